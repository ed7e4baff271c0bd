//! `gateway adapter diff`: what two versions say of themselves, held against each other and
//! against the routes.

mod differences;

use crate::candidate::Named;
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{self, table};
use crate::site::Site;
use clap::Args;
use credit_adapter::Installed;
use credit_config::RoutePlan;
use differences::{Differing, differences};
use serde::Serialize;
use std::path::Path;

/// What is asked for.
#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// NAME, for what serves, or NAME@VERSION; a bundle's file; or a folder with adapter.toml and
    /// adapter.wasm. Nothing of it runs, so nobody need have signed it.
    old: String,
    /// The same.
    new: String,
}

/// One difference, and what it means.
#[derive(Debug, Serialize)]
struct Difference {
    /// A stable word: `version`, `feed`, `setting`, `limit`, …
    what: &'static str,
    /// Of which feed, setting or limit.
    name: String,
    before: Option<String>,
    after: Option<String>,
    meaning_zh: String,
    meaning_en: String,
    /// Routes that it concerns.
    routes: Vec<String>,
    /// With the new version these routes cannot run as they are configured.
    breaks: bool,
}

/// Shows it.
pub(super) fn run(asked: &Diff, config: &Path, format: Format) -> Result<Exit, Failure> {
    let Some(site) = crate::site_or_problems(config, format)? else {
        return Ok(Exit::Config);
    };
    let shelves = &site.shelves;
    let old = Named::parse(&asked.old, shelves)?.read(shelves)?;
    let new = Named::parse(&asked.new, shelves)?.read(shelves)?;
    let found: Vec<Difference> = differences(&old, &new)
        .into_iter()
        .map(|differing| concerning(differing, &site, &old, &new))
        .collect();
    report::print(format, &found, text).map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(match found.is_empty() {
        true => Exit::Done,
        false => Exit::Differs,
    })
}

/// With the routes that it concerns.
fn concerning(d: Differing, site: &Site, old: &Installed, new: &Installed) -> Difference {
    let names = [&old.manifest.name, &new.manifest.name];
    let through = |r: &&RoutePlan| names.contains(&&r.adapter);
    let of_feed = |r: &&RoutePlan| d.feed.as_ref().is_none_or(|feed| r.feed == *feed);
    let written = |r: &&RoutePlan| {
        let settings = site
            .plan
            .written
            .routes
            .get(&r.name)
            .and_then(|r| r.get("settings"));
        let sets = d
            .setting
            .as_ref()
            .map(|name| settings.and_then(|s| s.get(name)).is_some());
        match sets {
            None => true,
            Some(sets) => sets == d.where_set,
        }
    };
    let routes = site.plan.routes.values().filter(through).filter(of_feed);
    let routes: Vec<String> = routes.filter(written).map(|r| r.name.clone()).collect();
    Difference {
        what: d.what,
        name: d.name,
        before: d.before,
        after: d.after,
        meaning_zh: d.meaning.0.to_owned(),
        meaning_en: d.meaning.1.to_owned(),
        breaks: d.breaks && !routes.is_empty(),
        routes,
    }
}

fn text(found: &[Difference]) -> String {
    if found.is_empty() {
        return "没有差异 no difference\n".to_owned();
    }
    let head = [
        "项目\nwhat",
        "旧\nbefore",
        "新\nafter",
        "含义\nmeaning",
        "路由\nroutes",
    ];
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
    let rows = found.iter().map(|d| {
        let routes = match d.breaks {
            true => format!("不能运行 cannot run:\n{}", d.routes.join("\n")),
            false => d.routes.join("\n"),
        };
        vec![
            format!("{}\n{}", d.what, d.name),
            shown(&d.before),
            shown(&d.after),
            format!("{}\n{}", d.meaning_zh, d.meaning_en),
            routes,
        ]
    });
    table(&head, rows)
}
