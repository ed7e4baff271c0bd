//! `routes/NAME.toml`.

use super::gateway::{Gateway, KIB, MIB, caps};
use super::{push, schedule, settings, snapshot, source};
use crate::known::{Known, KnownAdapter, KnownFeed};
use crate::limits::{CHUNK_KIB, PARCEL_MIB_MAX, PARCEL_RECORDS_MAX};
use crate::plan::{Department, RoutePlan, SourcePlan};
use crate::reader::{Desk, Section, Text, Trouble};
use crate::suggest::remedy;
use crate::text::shorten;
use chrono_tz::Tz;
use credit_record::flow::ParcelLimits;

/// Reads a route; nothing where it cannot be used.
pub(super) fn read(
    desk: &mut Desk<'_>,
    mut file: Section<'_>,
    name: &str,
    gateway: Option<&Gateway>,
    known: &Known,
) -> Option<RoutePlan> {
    let adapter = file.need_text(desk, "adapter", "adapter = \"tax\"");
    let feed = file.need_text(desk, "feed", "feed = \"rating\"");
    let known_adapter = adapter
        .as_ref()
        .and_then(|text| find_adapter(desk, text, known));
    let known_feed = match (&feed, known_adapter) {
        (Some(text), Some(adapter)) => find_feed(desk, text, adapter),
        _ => None,
    };
    let targets = targets(desk, &mut file, gateway);
    let department = department(desk, &mut file, &targets, gateway);
    let source = source::read(desk, &mut file);
    let zone = gateway.map_or(Tz::Asia__Shanghai, |g| g.timezone);
    let (schedule, silent_after) = schedule::read(desk, &mut file, source.as_ref(), zone);
    let settings = settings::read(desk, &mut file, known_feed);
    let snapshot = snapshot::read(desk, &mut file, known_feed, source.as_ref());

    let mut chunk = file.section(desk, "chunk");
    let chunk_bytes = chunk.number(desk, &CHUNK_KIB) * KIB;
    chunk.finish(desk);
    let parcels = parcels(desk, &mut file);
    let mut limits = file.section(desk, "limits");
    let caps = caps(desk, &mut limits, gateway.map(|g| &g.caps));
    limits.finish(desk);
    let paused = file.flag(desk, "paused");
    if let (Some(SourcePlan::Push(pushed)), Some(gateway)) = (&source, gateway)
        && !paused
        && !gateway.broken
    {
        push::fits(desk, &file.spot_of("source"), pushed, gateway);
    }
    let keeps = !file.has("keep_raw");
    let keep_raw = file.flag(desk, "keep_raw") || keeps;
    file.finish(desk);
    Some(RoutePlan {
        name: name.to_owned(),
        adapter: adapter?.value,
        feed: feed?.value,
        targets: targets.into_iter().map(|text| text.value).collect(),
        department: department?,
        source: source?,
        schedule: schedule?,
        settings: settings?,
        snapshot: snapshot?,
        chunk_bytes,
        parcels,
        caps,
        silent_after,
        keep_raw,
        paused,
    })
}

fn find_adapter<'k>(
    desk: &mut Desk<'_>,
    text: &Text,
    known: &'k Known,
) -> Option<&'k KnownAdapter> {
    let found = known
        .adapters
        .iter()
        .find(|adapter| adapter.name == text.value);
    if let Some(there) = known.unusable.iter().find(|a| a.name == text.value) {
        let message = format!(
            "the adapter \"{}\" cannot be used: {}",
            there.name, there.why
        );
        // With its manifest the route can be checked; nothing is read until it can be used.
        let trouble = match found {
            Some(_) => Trouble::warning("unusable_adapter", message, there.help.clone()),
            None => Trouble::error("unusable_adapter", message, there.help.clone()),
        };
        desk.report(&text.spot, trouble);
    } else if found.is_none() {
        let message = format!("there is no adapter {}", shorten(desk.written(&text.spot)));
        let help = remedy(&text.value, known.adapters.iter().map(|a| a.name.as_str()));
        desk.report(&text.spot, Trouble::error("unknown_adapter", message, help));
    }
    found
}

fn find_feed<'k>(
    desk: &mut Desk<'_>,
    text: &Text,
    adapter: &'k KnownAdapter,
) -> Option<&'k KnownFeed> {
    let found = adapter.feeds.iter().find(|feed| feed.name == text.value);
    if found.is_none() {
        let written = shorten(desk.written(&text.spot));
        let message = format!("the adapter \"{}\" reads no feed {written}", adapter.name);
        let help = remedy(&text.value, adapter.feeds.iter().map(|f| f.name.as_str()));
        desk.report(&text.spot, Trouble::error("unknown_feed", message, help));
    }
    found
}

fn targets(desk: &mut Desk<'_>, file: &mut Section<'_>, gateway: Option<&Gateway>) -> Vec<Text> {
    let texts = file.need_texts(desk, "targets", "targets = [\"county\"]");
    let mut targets: Vec<Text> = Vec::new();
    for text in texts {
        let written = shorten(desk.written(&text.spot));
        if targets.iter().any(|t| t.value == text.value) {
            let message = format!("the target {written} is named twice");
            desk.report(
                &text.spot,
                Trouble::error("twice", message, "take one of them out"),
            );
            continue;
        }
        if let Some(gateway) = gateway.filter(|g| !g.broken)
            && !gateway.named_targets.contains_key(&text.value)
        {
            let message = format!("there is no target {written} in gateway.toml");
            let names = gateway.named_targets.keys().map(String::as_str);
            let help = remedy(&text.value, names);
            desk.report(&text.spot, Trouble::error("unknown_target", message, help));
        }
        targets.push(text);
    }
    targets
}

fn department(
    desk: &mut Desk<'_>,
    file: &mut Section<'_>,
    targets: &[Text],
    gateway: Option<&Gateway>,
) -> Option<Department> {
    let mut section = file.section(desk, "department");
    if !section.is_present() {
        section.spot = file.spot.clone();
    }
    let has_code = section.has("code");
    let code = match has_code {
        true => section
            .need_text(desk, "code", "code = \"520581-SWJ\"")
            .map(|text| text.value),
        false => section.text(desk, "code").map(|text| text.value),
    };
    let name = section.need_text(desk, "name", "name = \"黔西市税务局\"");
    let plans = targets
        .iter()
        .filter_map(|text| gateway?.targets.get(&text.value));
    let without: Vec<_> = plans
        .filter(|target| target.department_code.is_none())
        .collect();
    if let (false, Some(target)) = (has_code, without.first()) {
        let message = format!(
            "the target \"{}\" needs to know the department's code",
            target.name
        );
        let help = "add code = \"…\" to [department], or department_code to the target";
        desk.report(&section.spot, Trouble::error("missing_key", message, help));
    }
    section.finish(desk);
    Some(Department {
        code,
        name: name?.value,
    })
}

fn parcels(desk: &mut Desk<'_>, file: &mut Section<'_>) -> ParcelLimits {
    let mut section = file.section(desk, "parcel");
    let records = section.number(desk, &PARCEL_RECORDS_MAX);
    let bytes = section.number(desk, &PARCEL_MIB_MAX) * MIB;
    section.finish(desk);
    ParcelLimits {
        records_max: u32::try_from(records).unwrap_or(u32::MAX),
        bytes_max: u32::try_from(bytes).unwrap_or(u32::MAX),
    }
}
