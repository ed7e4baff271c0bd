//! `[settings]` of a route: what is handed to the adapter, held against what the adapter declares.

use crate::known::{KnownFeed, KnownSetting, SettingKind};
use crate::reader::{Desk, Section, Spot, Text, Trouble, integer};
use crate::suggest::remedy;
use crate::text::shorten;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::DeValue;

/// Reads the settings of a route, completed by the feed's defaults; nothing where one is wrong or
/// the feed is not known.
pub(super) fn read(
    desk: &mut Desk<'_>,
    route: &mut Section<'_>,
    feed: Option<&KnownFeed>,
) -> Option<BTreeMap<String, String>> {
    let section = route.section(desk, "settings");
    let feed = feed?;
    let mut settings = BTreeMap::new();
    let mut right = true;
    for (name, value) in section.entries() {
        let Some(setting) = feed.settings.iter().find(|s| s.name == name.value) else {
            section.mask(desk, value);
            let message = format!(
                "the feed \"{}\" has no setting \"{}\"",
                feed.name,
                shorten(&name.value)
            );
            let help = remedy(&name.value, feed.settings.iter().map(|s| s.name.as_str()));
            desk.report(&name.spot, Trouble::error("unknown_setting", message, help));
            right = false;
            continue;
        };
        match read_one(desk, &section, setting, value) {
            Some(value) => {
                settings.insert(setting.name.clone(), value);
            }
            None => right = false,
        }
    }
    for setting in &feed.settings {
        if section.has(&setting.name) {
            continue;
        }
        match &setting.default {
            Some(default) => {
                settings.insert(setting.name.clone(), default.clone());
            }
            None if setting.required => {
                let spot: Spot = section.spot.clone();
                let message = format!(
                    "the feed \"{}\" needs the setting \"{}\"",
                    feed.name, setting.name
                );
                let help = format!(
                    "add {} = {} to [settings]",
                    setting.name,
                    example(&setting.kind)
                );
                desk.report(&spot, Trouble::error("missing_key", message, help));
                right = false;
            }
            None => {}
        }
    }
    right.then_some(settings)
}

fn read_one(
    desk: &mut Desk<'_>,
    section: &Section<'_>,
    setting: &KnownSetting,
    value: &Spanned<DeValue<'_>>,
) -> Option<String> {
    let Some(text) = plain(desk, section, setting, value)? else {
        section.wrong_type(
            desk,
            &setting.name,
            value,
            "a text, a whole number, true or false",
        );
        return None;
    };
    let fits = match &setting.kind {
        SettingKind::Text => true,
        SettingKind::Integer => text.value.parse::<i64>().is_ok(),
        SettingKind::Boolean => matches!(text.value.as_str(), "true" | "false"),
        SettingKind::OneOf(words) => words.contains(&text.value),
    };
    if fits {
        return Some(text.value);
    }
    let written = shorten(desk.written(&text.spot));
    let message = format!(
        "{} = {written} is not what the setting can be",
        setting.name
    );
    let help = match &setting.kind {
        SettingKind::OneOf(words) => remedy(&text.value, words.iter().map(String::as_str)),
        kind => format!("as in {} = {}", setting.name, example(kind)),
    };
    desk.report(&text.spot, Trouble::error("bad_setting", message, help));
    None
}

/// The value as text; `None` inside where it is no plain value.
fn plain(
    desk: &mut Desk<'_>,
    section: &Section<'_>,
    setting: &KnownSetting,
    value: &Spanned<DeValue<'_>>,
) -> Option<Option<Text>> {
    let spot = section.at(value);
    let text = match value.get_ref() {
        DeValue::String(_) => return section.as_text(desk, &setting.name, value).map(Some),
        DeValue::Integer(number) => integer(number).map(|n| n.to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    };
    Some(text.map(|value| Text { value, spot }))
}

fn example(kind: &SettingKind) -> String {
    match kind {
        SettingKind::Text => "\"…\"".to_owned(),
        SettingKind::Integer => "2026".to_owned(),
        SettingKind::Boolean => "true".to_owned(),
        SettingKind::OneOf(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            words.join(" or ")
        }
    }
}
