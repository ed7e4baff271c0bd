//! Which adapters are at hand.

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report;
use credit_adapter::Installed;
use serde::Serialize;
use std::path::Path;

/// One adapter.
#[derive(Serialize)]
struct Listed {
    name: String,
    version: String,
    sha256: String,
    bytes: usize,
    feeds: Vec<String>,
}

/// Shows the adapters that a route can name.
pub(super) fn list(config: &Path, format: Format) -> Result<Exit, Failure> {
    let Some(site) = crate::site_or_problems(config, format)? else {
        return Ok(Exit::Config);
    };
    let listed: Vec<Listed> = site.catalogue.iter().map(listed).collect();
    report::print(format, &listed, text).map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(Exit::Done)
}

fn listed(installed: &Installed) -> Listed {
    let feeds = installed.manifest.feeds.iter();
    Listed {
        name: installed.manifest.name.clone(),
        version: installed.manifest.version.clone(),
        sha256: installed.sha256.map(|b| format!("{b:02x}")).concat(),
        bytes: installed.component.len(),
        feeds: feeds.map(|f| f.name.clone()).collect(),
    }
}

fn text(listed: &[Listed]) -> String {
    let head = [
        "适配器\nadapter",
        "版本\nversion",
        "大小\nsize",
        "数据\nfeeds",
    ];
    let rows = listed.iter().map(|a| {
        let size = format!("{} KiB", report::thousands((a.bytes as u64).div_ceil(1024)));
        vec![a.name.clone(), a.version.clone(), size, a.feeds.join("\n")]
    });
    report::table(&head, rows)
}
