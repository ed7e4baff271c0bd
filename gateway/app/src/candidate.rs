//! Versions of adapters by what a person calls them, made ready beside what serves.

use crate::compile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::inbound::Translator;
use crate::live::limits;
use crate::site::Site;
use credit_adapter::{Catalogue, Installed, Sandbox};
use credit_config::RoutePlan;
use credit_record::judge::Judge;
use std::path::Path;
use std::sync::Arc;

/// The version that `text` names: a folder with `adapter.toml` and `adapter.wasm`, or NAME or
/// NAME@VERSION of one at hand.
pub(crate) fn find(text: &str, catalogue: &Catalogue) -> Result<Installed, Failure> {
    let folder = Path::new(text);
    if text.contains('/') || folder.join("adapter.toml").is_file() {
        return Installed::read(folder).map_err(|e| {
            let remedy = "name a folder with adapter.toml and adapter.wasm, or NAME@VERSION";
            Failure::of(Exit::NotFound, &e).remedy(remedy)
        });
    }
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let found = catalogue.get(name);
    let fits = |i: &&Installed| version.is_none_or(|version| i.manifest.version == version);
    found.filter(fits).cloned().ok_or_else(|| {
        let all = catalogue.iter().map(|i| &i.manifest);
        let all: Vec<_> = all.map(|m| format!("{}@{}", m.name, m.version)).collect();
        let message = format!("there is no adapter {text:?}");
        let remedy = format!("name a folder, or one of {}", all.join(", "));
        Failure::new(Exit::NotFound, message).remedy(remedy)
    })
}

/// By whom and by what rules the feeds of `route` are translated in `site`.
pub(crate) fn translator(
    site: &Site,
    route: &RoutePlan,
    sandbox: &Sandbox,
    judge: &Arc<Judge>,
) -> Result<Translator, Failure> {
    let missing = |what: &str| {
        let message = format!("route {}: there is no {what}", route.name);
        Failure::new(Exit::Config, message)
    };
    let installed = site.catalogue.get(&route.adapter);
    let installed = installed.ok_or_else(|| missing("adapter"))?;
    compile::ensure(installed, &compile::cache(&site.plan.state)?)?;
    let adapter = sandbox
        .load(installed, limits(&route.caps))
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    let spec = adapter.manifest().feed(&route.feed).cloned();
    let settings = route.settings.iter();
    Ok(Translator {
        route: route.name.clone(),
        spec: spec.ok_or_else(|| missing("feed"))?,
        adapter: Arc::new(adapter),
        settings: settings.map(|(n, v)| (n.clone(), v.clone())).collect(),
        chunk_bytes: route.chunk_bytes,
        judge: Arc::clone(judge),
        length_in: site.plan.length_in(route),
        zone: site.plan.timezone,
    })
}
