//! Which adapters are at hand, in which versions.

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{self, hex};
use crate::shelf::{Admitted, Shelf};
use crate::site::Workshop;
use credit_bundle::{Signer, Version};
use serde::Serialize;
use std::path::Path;

/// One version of an adapter.
#[derive(Serialize)]
struct Listed {
    name: String,
    version: String,
    /// `serves`, `before`, `quarantine`, or empty.
    standing: &'static str,
    /// `shipped`, `installed` or `unpacked`.
    origin: &'static str,
    author: Option<String>,
    office: Option<String>,
    sha256: Option<String>,
    bytes: Option<usize>,
    feeds: Vec<String>,
    /// The routes that use the adapter.
    routes: Vec<String>,
    /// Why it cannot be loaded.
    problem: Option<String>,
}

/// Shows every version of every adapter.
pub(super) fn list(shop: &Workshop, format: Format) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    for name in shop.shelves.names()? {
        let shelf = match shop.shelves.shelf(&name) {
            Ok(shelf) => shelf,
            Err(failure) => {
                eprintln!("{failure}");
                continue;
            }
        };
        let routes = routes(&shop.folder, &name);
        let versions = shelf.versions.keys();
        all.extend(versions.map(|v| listed(shop, &shelf, *v, &routes)));
    }
    report::print(format, &all, text).map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(Exit::Done)
}

/// The routes that use an adapter.
pub(super) fn routes(config: &Path, name: &str) -> Vec<String> {
    let (files, _) = credit_config::read(config);
    let files = credit_config::with_routes_of(files, Some(name));
    let stems = files
        .iter()
        .skip(1)
        .filter_map(|f| Path::new(&f.name).file_stem());
    stems.map(|s| s.to_string_lossy().into_owned()).collect()
}

/// How a version stands.
pub(super) fn standing(shelf: &Shelf, version: &str) -> &'static str {
    if shelf.standing.quarantined(version).is_some() {
        "quarantine"
    } else if shelf.current().as_deref() == Some(version) {
        "serves"
    } else if shelf.standing.before.iter().any(|v| v == version) {
        "before"
    } else {
        ""
    }
}

/// A signer's name, or the key where the trust store has no name for it.
pub(super) fn who(signer: Option<&Signer>) -> Option<String> {
    signer.map(|s| s.name.clone().unwrap_or_else(|| s.key.short()))
}

fn listed(shop: &Workshop, shelf: &Shelf, version: Version, routes: &[String]) -> Listed {
    let opened = shop.shelves.open(shelf, version);
    let problem = opened.as_ref().err().map(|f| f.message.clone());
    let admitted: Option<Admitted> = opened.ok();
    let installed = admitted.as_ref().map(|a| &a.installed);
    let signed = admitted.as_ref().map(|a| &a.signed);
    let text = version.to_string();
    Listed {
        name: shelf.name.clone(),
        standing: standing(shelf, &text),
        version: text,
        origin: shelf.versions.get(&version).map_or("", |o| o.word()),
        author: who(signed.and_then(|s| s.author.as_ref())),
        office: who(signed.and_then(|s| s.office.as_ref())),
        sha256: installed.map(|i| hex(&i.sha256)),
        bytes: installed.map(|i| i.component.len()),
        feeds: installed
            .map(|i| i.manifest.feeds.iter().map(|f| f.name.clone()).collect())
            .unwrap_or_default(),
        routes: routes.to_vec(),
        problem,
    }
}

fn text(all: &[Listed]) -> String {
    let head = [
        "适配器\nadapter",
        "版本\nversion",
        "状态\nstanding",
        "来源\norigin",
        "签名与准入\nsigned and admitted by",
        "大小\nsize",
        "数据\nfeeds",
        "路由\nroutes",
    ];
    let rows = all.iter().map(|a| {
        let standing = match a.standing {
            "serves" => "现行 serves",
            "before" => "前任 before",
            "quarantine" => "隔离 quarantine",
            _ => "",
        };
        let signed = [&a.author, &a.office].map(|s| s.as_deref().unwrap_or("-"));
        let size = a.bytes.map_or("-".to_owned(), |b| {
            format!("{} KiB", report::thousands((b as u64).div_ceil(1024)))
        });
        let signed = match (a.origin, &a.problem) {
            (_, Some(_)) => "不可用 cannot be loaded".to_owned(),
            ("shipped", _) => "随网关发布 with the gateway".to_owned(),
            _ => signed.join("\n"),
        };
        let cells = [a.name.clone(), a.version.clone(), standing.to_owned()];
        let rest = [
            a.origin.to_owned(),
            signed,
            size,
            a.feeds.join("\n"),
            a.routes.join("\n"),
        ];
        cells.into_iter().chain(rest).collect()
    });
    let mut text = report::table(&head, rows);
    for a in all {
        if let Some(problem) = &a.problem {
            text.push_str(&format!(
                "不可用 cannot be loaded   {}@{}: {problem}\n",
                a.name, a.version
            ));
        }
    }
    text
}
