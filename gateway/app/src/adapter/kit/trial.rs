//! `gateway adapter try FILE`: what a file would become, row by row. Nothing is stored or sent.

mod page;

use super::bench::{Bench, PIECE_BYTES, Terms, decoded};
use super::project;
use super::walk::{Reading, walk};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report;
use crate::site::Site;
use crate::{shipped, site_or_problems, sources};
use clap::Args;
use credit_adapter::Installed;
use credit_source::decode::Encoding;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file, and how to read it.
#[derive(Debug, Args)]
pub(crate) struct Trial {
    /// The file, as the department sends it.
    pub file: PathBuf,
    /// The adapter: a name that a route could give, its folder, or a component beside its
    /// manifest.
    #[arg(long, required_unless_present = "route", value_name = "NAME|FOLDER")]
    pub adapter: Option<String>,
    /// Which of its feeds the file is; may be left out where it has one alone.
    #[arg(long)]
    pub feed: Option<String>,
    /// What a route would set.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// As this route reads it: its adapter, feed, settings and encoding, where nothing is said.
    #[arg(long)]
    pub route: Option<String>,
}

/// Shows what a file would become.
pub(super) fn show(trial: &Trial, config: &Path, format: Format) -> Result<Exit, Failure> {
    // Whoever writes an adapter need not have a configuration.
    let site = if trial.route.is_some() || config.join("gateway.toml").is_file() {
        match site_or_problems(config, format)? {
            Some(site) => Some(site),
            None => return Ok(Exit::Config),
        }
    } else {
        None
    };
    let route = trial
        .route
        .as_deref()
        .map(|name| route(site.as_ref(), name))
        .transpose()?;
    let mut terms = match &site {
        Some(site) => Terms::of(site),
        None => Terms::shipped()?,
    };
    if let (Some(site), Some(route)) = (&site, route) {
        terms.counted = site.plan.length_in(route);
    }
    let adapter = trial
        .adapter
        .as_deref()
        .or(route.map(|r| r.adapter.as_str()));
    let installed = adapter_of(adapter.unwrap_or_default(), site.as_ref())?;
    let manifest = &installed.manifest;
    let only = manifest.feeds.first().filter(|_| manifest.feeds.len() == 1);
    let feed = trial.feed.as_deref().or(route.map(|r| r.feed.as_str()));
    let feed = feed.or(only.map(|f| f.name.as_str()));
    let wrong = |message: String| Failure::new(Exit::NotFound, message);
    let spec = project::spec(manifest, feed.unwrap_or_default()).map_err(wrong)?;
    let mut given: Vec<(String, String)> = Vec::new();
    if let Some(route) = route {
        let settings = route.settings.iter().map(|(n, v)| (n.clone(), v.clone()));
        given.extend(settings.filter(|(n, _)| spec.settings.iter().any(|s| s.name == *n)));
    }
    given.extend(project::pairs(&trial.set)?);
    let settings = project::settings(spec, &given).map_err(wrong)?;

    let raw = std::fs::read(&trial.file).map_err(|e| project::unreadable(&trial.file, &e))?;
    let encoding = route.map_or(Encoding::Detect, |r| {
        sources::decoding(sources::written(r), spec.text)
    });
    let bench = Bench::open(&installed, terms)?;
    let name = trial.file.file_name().unwrap_or_default().to_string_lossy();
    let reading = Reading {
        spec,
        file: &name,
        settings: &settings,
    };
    let walked = walk(&bench, reading, &decoded(spec, &raw, encoding), PIECE_BYTES);
    let unreadable = walked.refused.is_some() || walked.broken.is_some();
    let entries = page::entries(&walked, bench.directories());
    let shown = report::print(format, &entries, page::text);
    shown.map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(if unreadable {
        Exit::Waiting
    } else {
        Exit::Done
    })
}

fn route<'s>(site: Option<&'s Site>, name: &str) -> Result<&'s credit_config::RoutePlan, Failure> {
    let routes = site.map(|site| &site.plan.routes);
    routes.and_then(|routes| routes.get(name)).ok_or_else(|| {
        let names = routes.into_iter().flat_map(|r| r.keys());
        let names: Vec<&str> = names.map(String::as_str).collect();
        Failure::new(Exit::NotFound, format!("there is no route {name:?}"))
            .remedy(format!("routes are: {}", names.join(", ")))
    })
}

/// The adapter of that name, or in that folder.
fn adapter_of(name: &str, site: Option<&Site>) -> Result<Installed, Failure> {
    if name.contains('/') || Path::new(name).join("adapter.toml").is_file() {
        return project::installed(Path::new(name));
    }
    let shipped = shipped::adapters().map_err(|e| Failure::of(Exit::Failed, &e))?;
    let serving: Vec<&Installed> = match site {
        Some(site) => site.serving.values().map(Arc::as_ref).collect(),
        None => shipped.iter().collect(),
    };
    let found = serving.iter().find(|i| i.manifest.name == name);
    found.map(|found| (*found).clone()).ok_or_else(|| {
        let names: Vec<&str> = serving.iter().map(|i| i.manifest.name.as_str()).collect();
        let remedy = format!("there are: {}; or name its folder", names.join(", "));
        Failure::new(Exit::NotFound, format!("there is no adapter {name:?}")).remedy(remedy)
    })
}
