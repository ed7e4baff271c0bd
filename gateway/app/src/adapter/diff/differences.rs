//! What two versions differ in: a pure comparison of what they are and say of themselves.

use crate::report::hex;
use credit_adapter::{Feed, Installed, Setting, SettingKind, component_of, imports};
use std::collections::BTreeSet;

/// One thing that differs.
#[derive(Debug)]
pub(super) struct Differing {
    pub(super) what: &'static str,
    pub(super) name: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    /// In Chinese and in English.
    pub(super) meaning: (&'static str, &'static str),
    /// It concerns routes of this feed alone,
    pub(super) feed: Option<String>,
    /// and of those the ones that set this, or do not.
    pub(super) setting: Option<String>,
    pub(super) where_set: bool,
    /// The routes that it concerns cannot run with the new version.
    pub(super) breaks: bool,
}

/// Gathers them.
#[derive(Default)]
struct Found(Vec<Differing>);

impl Found {
    fn add(
        &mut self,
        what: &'static str,
        name: &str,
        (before, after): (Option<String>, Option<String>),
        meaning: (&'static str, &'static str),
    ) -> Option<&mut Differing> {
        if before == after {
            return None;
        }
        self.0.push(Differing {
            what,
            name: name.to_owned(),
            before,
            after,
            meaning,
            feed: None,
            setting: None,
            where_set: false,
            breaks: false,
        });
        self.0.last_mut()
    }
}

/// What `old` and `new` differ in.
pub(super) fn differences(old: &Installed, new: &Installed) -> Vec<Differing> {
    let mut found = Found::default();
    let both = |of: fn(&Installed) -> String| (Some(of(old)), Some(of(new)));
    let renamed = found.add(
        "name",
        "",
        both(|i| i.manifest.name.clone()),
        (
            "是另一个适配器，不是新版本",
            "another adapter, not another version of it",
        ),
    );
    renamed.into_iter().for_each(|d| d.breaks = true);
    found.add(
        "version",
        "",
        both(|i| i.manifest.version.clone()),
        (
            "读到一半的文件由原版本读完或从头重读，重复的行不会再送",
            "a half-read feed is read anew unless it reads the old state; no row is sent twice",
        ),
    );
    found.add(
        "contract",
        "",
        both(|i| i.manifest.contract.clone()),
        (
            "网关须支持该接口版本",
            "the gateway must serve that version of the contract",
        ),
    );
    let digest = |i: &Installed| hex(&i.sha256);
    found.add(
        "sha256",
        "",
        both(digest),
        ("程序不同", "the component is another"),
    );
    found.add(
        "bytes",
        "",
        both(|i| i.component.len().to_string()),
        ("程序大小不同", "the component has another size"),
    );
    // One that reaches for more is told as what it is: it differs, and cannot serve.
    let imported = |i: &Installed| component_of(&i.component).and_then(|c| imports(&c));
    let refused = imported(new).is_err();
    let said = |i: &Installed| match imported(i) {
        Ok(names) => names.join(", "),
        Err(error) => error.to_string(),
    };
    let reaches = found.add(
        "imports",
        "",
        (Some(said(old)), Some(said(new))),
        (
            "除 log 外不得引入任何功能",
            "an adapter may import nothing but log",
        ),
    );
    reaches.into_iter().for_each(|d| d.breaks = refused);
    limits(&mut found, old, new);
    feeds(&mut found, &old.manifest.feeds, &new.manifest.feeds);
    found.0
}

fn limits(found: &mut Found, old: &Installed, new: &Installed) {
    let (old, new) = (&old.manifest.limits, &new.manifest.limits);
    let meaning = (
        "申请的限额不同；实际不超过网关和路由的上限",
        "it asks for another limit; the gateway's and the route's stay the most",
    );
    let mut limit = |name: &str, before: u64, after: u64| {
        let both = (Some(before.to_string()), Some(after.to_string()));
        found.add("limit", name, both, meaning);
    };
    limit("memory_mib", old.memory_bytes >> 20, new.memory_bytes >> 20);
    let ms = |call: std::time::Duration| u64::try_from(call.as_millis()).unwrap_or(u64::MAX);
    limit("call_ms", ms(old.call), ms(new.call));
    limit("output_mib", old.output_bytes >> 20, new.output_bytes >> 20);
    limit("carry_kib", old.carry_bytes >> 10, new.carry_bytes >> 10);
}

fn feeds(found: &mut Found, old: &[Feed], new: &[Feed]) {
    let names: BTreeSet<&String> = old.iter().chain(new).map(|f| &f.name).collect();
    for name in names {
        let of = |feeds: &'_ [Feed]| feeds.iter().find(|f| f.name == *name).cloned();
        let titled = |feed: &Feed| format!("{} {}", feed.title_zh, feed.title_en);
        match (of(old), of(new)) {
            (Some(before), Some(after)) => feed(found, &before, &after),
            (before, after) => {
                let gone = after.is_none();
                let meaning = match gone {
                    true => ("新版本不再读取此类数据", "the new version does not read it"),
                    false => ("新版本可读取此类数据", "the new version reads it, too"),
                };
                let both = (before.as_ref().map(titled), after.as_ref().map(titled));
                if let Some(d) = found.add("feed", name, both, meaning) {
                    (d.feed, d.breaks) = (Some(name.clone()), gone);
                }
            }
        }
    }
}

fn feed(found: &mut Found, old: &Feed, new: &Feed) {
    let mut add = |what, both, meaning| {
        if let Some(d) = found.add(what, &old.name, both, meaning) {
            d.feed = Some(old.name.clone());
        }
    };
    let both = |of: fn(&Feed) -> String| (Some(of(old)), Some(of(new)));
    add(
        "title",
        both(|f| format!("{} {}", f.title_zh, f.title_en)),
        ("名称不同", "it has another title"),
    );
    add(
        "text",
        both(|f| f.text.to_string()),
        (
            "是否由网关解码；读取方式随之改变",
            "whether the gateway decodes it: what the adapter gets is another",
        ),
    );
    add(
        "controls",
        both(|f| f.controls.to_string()),
        (
            "是否先核对控制总数再接收",
            "whether control totals are compared before anything is taken",
        ),
    );
    add(
        "directories",
        both(|f| f.directories.join(", ")),
        (
            "可能产生的目录不同；目标须有相应的表",
            "its records go to other directories: targets need their tables",
        ),
    );
    let names: BTreeSet<&String> = old
        .settings
        .iter()
        .chain(&new.settings)
        .map(|s| &s.name)
        .collect();
    for name in names {
        let of = |feed: &Feed| feed.settings.iter().find(|s| s.name == *name).cloned();
        setting(found, &old.name, name, (of(old), of(new)));
    }
}

fn setting(
    found: &mut Found,
    feed: &str,
    name: &str,
    (old, new): (Option<Setting>, Option<Setting>),
) {
    let both = (old.as_ref().map(shown), new.as_ref().map(shown));
    // What it means, for which routes (those that set it, or those that do not), and whether it
    // keeps them from running.
    let (meaning, where_set, breaks) = match (&old, &new) {
        (Some(_), None) => (
            (
                "新版本没有此设置；路由中须删去",
                "it is gone: routes must not set it",
            ),
            true,
            true,
        ),
        (_, Some(new))
            if new.required
                && new.default.is_none()
                && old.as_ref().is_none_or(|old| !old.required) =>
        {
            (("路由须给出此设置", "routes must set it"), false, true)
        }
        (Some(old), Some(new)) if (old.kind, &old.values) != (new.kind, &new.values) => (
            (
                "可取的值不同；请核对路由",
                "it may have other values: see to the routes",
            ),
            true,
            false,
        ),
        (Some(_), Some(_)) => (
            (
                "未设置的路由取新的默认值",
                "routes that do not set it get another default",
            ),
            false,
            false,
        ),
        _ => (
            (
                "新设置；未设置的路由取默认值",
                "it is new: routes that do not set it get the default",
            ),
            false,
            false,
        ),
    };
    let name = format!("{feed}.{name}");
    if let Some(d) = found.add("setting", &name, both, meaning) {
        let own = name.split_once('.').map(|(_, own)| own.to_owned());
        (d.feed, d.setting) = (Some(feed.to_owned()), own);
        (d.where_set, d.breaks) = (where_set, breaks);
    }
}

fn shown(setting: &Setting) -> String {
    let kind = match setting.kind {
        SettingKind::Text => "text".to_owned(),
        SettingKind::Integer => "integer".to_owned(),
        SettingKind::Boolean => "boolean".to_owned(),
        SettingKind::OneOf => setting.values.join("|"),
    };
    let needed = if setting.required { " required" } else { "" };
    let default = setting.default.as_ref().map(|d| format!(" = {d}"));
    format!("{kind}{needed}{}", default.unwrap_or_default())
}
