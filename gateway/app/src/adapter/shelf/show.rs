//! One version of an adapter, in full.

use super::list::{routes, standing, who};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{self, hex};
use crate::shelf::Event;
use crate::site::Workshop;
use credit_adapter::{Feed, Setting, SettingKind};
use credit_bundle::Signer;
use serde::Serialize;

/// All there is to know.
#[derive(Serialize)]
struct Shown {
    name: String,
    version: String,
    contract: String,
    standing: &'static str,
    origin: &'static str,
    sha256: String,
    bytes: usize,
    author: Option<String>,
    author_key: Option<String>,
    office: Option<String>,
    office_key: Option<String>,
    memory_mib: u64,
    call_ms: u64,
    output_mib: u64,
    carry_kib: u64,
    /// What its component reaches for.
    imports: Vec<String>,
    reads_carry_of: Vec<String>,
    feeds: Vec<ShownFeed>,
    routes: Vec<String>,
    /// What happened to it.
    history: Vec<Event>,
}

#[derive(Serialize)]
struct ShownFeed {
    name: String,
    title_zh: String,
    title_en: String,
    text: bool,
    controls: bool,
    directories: Vec<String>,
    settings: Vec<ShownSetting>,
}

#[derive(Serialize)]
struct ShownSetting {
    name: String,
    kind: String,
    required: bool,
    default: Option<String>,
    title_zh: String,
    title_en: String,
}

/// Shows `NAME` or `NAME@VERSION`.
pub(super) fn show(shop: &Workshop, adapter: &str, format: Format) -> Result<Exit, Failure> {
    let (name, version) = match adapter.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (adapter, None),
    };
    let shelf = shop.shelves.shelf(name)?;
    let version = match version {
        Some(text) => shelf.version(text)?,
        None => shelf.version(&shelf.current().unwrap_or_default())?,
    };
    let admitted = shop.shelves.open(&shelf, version)?;
    let installed = &admitted.installed;
    let (manifest, text) = (&installed.manifest, version.to_string());
    let (author, office) = (&admitted.signed.author, &admitted.signed.office);
    let key = |signer: &Option<Signer>| signer.as_ref().map(|s| s.key.to_string());
    let limits = manifest.limits;
    let shown = Shown {
        name: name.to_owned(),
        standing: standing(&shelf, &text),
        contract: manifest.contract.clone(),
        origin: shelf.versions.get(&version).map_or("", |o| o.word()),
        sha256: hex(&installed.sha256),
        bytes: installed.component.len(),
        author: who(author.as_ref()),
        author_key: key(author),
        office: who(office.as_ref()),
        office_key: key(office),
        memory_mib: limits.memory_bytes >> 20,
        call_ms: u64::try_from(limits.call.as_millis()).unwrap_or(u64::MAX),
        output_mib: limits.output_bytes >> 20,
        carry_kib: limits.carry_bytes >> 10,
        imports: imports(&installed.component)?,
        reads_carry_of: manifest.reads_carry_of.clone(),
        feeds: manifest.feeds.iter().map(feed).collect(),
        routes: routes(&shop.folder, name),
        history: {
            let of_version = |e: &&Event| e.version == text;
            shelf
                .standing
                .history
                .iter()
                .filter(of_version)
                .cloned()
                .collect()
        },
        version: text,
    };
    for warning in &admitted.warnings {
        eprintln!("警告 warning: {warning}");
    }
    report::print(format, &[shown], |shown| {
        shown.iter().map(text_of).collect()
    })
    .map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(Exit::Done)
}

fn imports(component: &[u8]) -> Result<Vec<String>, Failure> {
    // A shipped adapter is a core module, which is made a component when it is loaded.
    let component = credit_adapter::component_of(component);
    let imports = component.and_then(|c| credit_adapter::imports(&c));
    imports.map_err(|e| Failure::of(Exit::Failed, &e))
}

fn feed(feed: &Feed) -> ShownFeed {
    ShownFeed {
        name: feed.name.clone(),
        title_zh: feed.title_zh.clone(),
        title_en: feed.title_en.clone(),
        text: feed.text,
        controls: feed.controls,
        directories: feed.directories.clone(),
        settings: feed.settings.iter().map(setting).collect(),
    }
}

fn setting(setting: &Setting) -> ShownSetting {
    ShownSetting {
        name: setting.name.clone(),
        kind: match setting.kind {
            SettingKind::Text => "text".to_owned(),
            SettingKind::Integer => "integer".to_owned(),
            SettingKind::Boolean => "true or false".to_owned(),
            SettingKind::OneOf => setting.values.join(" | "),
        },
        required: setting.required,
        default: setting.default.clone(),
        title_zh: setting.title_zh.clone(),
        title_en: setting.title_en.clone(),
    }
}

fn text_of(shown: &Shown) -> String {
    let signer = |name: &Option<String>, key: &Option<String>| match (name, key) {
        (Some(name), Some(key)) => format!("{name}  {key}"),
        _ => "-".to_owned(),
    };
    let limits = format!(
        "{} MiB, {} ms, {} MiB, {} KiB  (memory, call, output, carry)",
        shown.memory_mib, shown.call_ms, shown.output_mib, shown.carry_kib
    );
    let lines = [
        (
            "适配器 adapter",
            format!("{} {}  {}", shown.name, shown.version, shown.standing),
        ),
        ("来源 origin", shown.origin.to_owned()),
        ("契约 contract", shown.contract.clone()),
        (
            "摘要 sha256",
            format!(
                "{}  {} bytes",
                shown.sha256,
                report::thousands(shown.bytes as u64)
            ),
        ),
        ("签名 signed by", signer(&shown.author, &shown.author_key)),
        ("准入 admitted by", signer(&shown.office, &shown.office_key)),
        ("限额 limits", limits),
        ("引入 imports", shown.imports.join(", ")),
        ("可续读 reads carry of", shown.reads_carry_of.join(", ")),
        ("路由 routes", shown.routes.join(", ")),
    ];
    let said = lines.iter().filter(|(_, value)| !value.is_empty());
    let mut text: String = said
        .map(|(what, value)| format!("{what}   {value}\n"))
        .collect();
    for feed in &shown.feeds {
        let (name, directories) = (&feed.name, feed.directories.join(", "));
        text.push_str(&format!(
            "数据 feed   {name}  {} / {}  → {directories}\n",
            feed.title_zh, feed.title_en
        ));
        for setting in &feed.settings {
            let default = setting.default.as_ref().map(|d| format!(", default {d}"));
            let need = if setting.required {
                ", 必填 required"
            } else {
                ""
            };
            text.push_str(&format!(
                "    {} = {}{need}{}  {} / {}\n",
                setting.name,
                setting.kind,
                default.unwrap_or_default(),
                setting.title_zh,
                setting.title_en
            ));
        }
    }
    for event in &shown.history {
        let did = serde_json::to_value(event.did).unwrap_or_default();
        let did = did.as_str().unwrap_or_default().replace('_', " ");
        let reason = match event.reason.is_empty() {
            true => String::new(),
            false => format!(": {}", event.reason),
        };
        text.push_str(&format!("{}   {did} by {}{reason}\n", event.at, event.by));
    }
    text
}
