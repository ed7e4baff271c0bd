//! From the text of the files to the plan, with every problem on the way.
//!
//! Nothing here touches the outside but the variables that `env` gives.

mod address;
mod gateway;
mod machine;
mod pull;
mod push;
mod route;
mod schedule;
mod settings;
mod snapshot;
mod source;
mod sql;
mod target;

use crate::env::Env;
use crate::known::Known;
use crate::plan::{AdmissionPlan, Plan, RoutePlan, Written};
use crate::problem::Problems;
use crate::reader::{Desk, Section, Spot, Trouble};
use crate::text::SourceText;
use gateway::Gateway;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeTable;

/// Name of the gateway's own file.
pub(crate) const GATEWAY: &str = "gateway.toml";
/// Name of the folder that has one file a route.
pub(crate) const ROUTES: &str = "routes";

/// Where to look to learn what a configuration can name, and what to ask of what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// Installed adapters.
    pub adapters: Option<PathBuf>,
    /// Further directories.
    pub directories: Option<PathBuf>,
    /// Which adapters are loaded.
    pub admission: AdmissionPlan,
    /// Folder of everything that the gateway stores.
    pub state: PathBuf,
}

/// What a file is, by its path.
enum Role {
    Gateway,
    Route(String),
    Stranger,
}

/// Checks a configuration: `gateway.toml`, and a file in `routes/` for each route.
///
/// # Errors
/// Every problem, where at least one makes the configuration unusable.
pub fn check(files: &[SourceText], env: &dyn Env, known: &Known) -> Result<Plan, Problems> {
    let mut desk = Desk::new(files, env);
    let plan = examine(files, &mut desk, known);
    conclude(plan, desk)
}

/// The folders that a configuration names, as far as it can be read.
#[must_use]
pub fn folders(files: &[SourceText], env: &dyn Env) -> Folders {
    let mut desk = Desk::new(files, env);
    let found = files
        .iter()
        .position(|file| matches!(role(&file.name), Role::Gateway));
    let Some(file) = found else {
        return Folders::default();
    };
    let table = desk.parse(file);
    let gateway = gateway::read(&mut desk, Section::of_file(file, "gateway", &table), &[]);
    Folders {
        adapters: gateway.adapters,
        directories: gateway.directories,
        admission: gateway.admission,
        state: gateway.state,
    }
}

/// Of `files` those that concern one adapter: `gateway.toml`, and the routes that name `adapter`;
/// no route where there is none. A route that cannot be read may name it, so it is among them.
#[must_use]
pub fn with_routes_of(files: Vec<SourceText>, adapter: Option<&str>) -> Vec<SourceText> {
    #[derive(serde::Deserialize)]
    struct Named {
        adapter: Option<String>,
    }
    let concerns = |file: &SourceText| match role(&file.name) {
        Role::Gateway => true,
        Role::Route(_) => adapter.is_some_and(|adapter| {
            let named = toml::from_str::<Named>(&file.text).ok();
            named.is_none_or(|named| named.adapter.as_deref() == Some(adapter))
        }),
        Role::Stranger => false,
    };
    files.into_iter().filter(concerns).collect()
}

/// The plan if nothing makes it unusable, with the warnings in it.
pub(crate) fn conclude(plan: Option<Plan>, desk: Desk<'_>) -> Result<Plan, Problems> {
    let problems = desk.close();
    match plan {
        Some(plan) if problems.errors() == 0 => Ok(Plan {
            warnings: problems,
            ..plan
        }),
        _ => Err(problems),
    }
}

/// Reads all files; what is wrong is on the desk afterwards.
pub(crate) fn examine<'a>(
    files: &'a [SourceText],
    desk: &mut Desk<'a>,
    known: &Known,
) -> Option<Plan> {
    let tables: Vec<_> = (0..files.len()).map(|file| desk.parse(file)).collect();
    let mut own = None;
    let mut routes = Vec::new();
    for (file, (source, table)) in files.iter().zip(&tables).enumerate() {
        match role(&source.name) {
            Role::Gateway => own = Some((file, table)),
            Role::Route(name) => routes.push((file, name, table)),
            Role::Stranger => stranger(desk, &source.name),
        }
    }
    let Some((file, table)) = own else {
        let help = "it is the gateway's own file: create it beside the folder routes";
        let trouble = Trouble::error("missing_file", "there is no gateway.toml", help);
        desk.report_file(trouble.in_file(GATEWAY));
        read_routes(desk, &routes, None, known);
        return None;
    };
    let section = Section::of_file(file, "gateway", table);
    let gateway = gateway::read(desk, section, &known.directories);
    let routes = read_routes(desk, &routes, Some(&gateway), known);
    unused_targets(desk, file, &gateway, &routes);
    let usable = gateway.targets.len() == gateway.named_targets.len();
    let routes: Option<BTreeMap<_, _>> = routes
        .into_iter()
        .map(|(name, route)| Some((name, route?)))
        .collect();
    routes
        .filter(|_| usable)
        .map(|routes| gateway.plan(routes, written(files)))
}

/// The files as they are written. What is no TOML has been reported.
fn written(files: &[SourceText]) -> Written {
    let mut written = Written::default();
    for file in files {
        let table: toml::Table = toml::from_str(&file.text).unwrap_or_default();
        match role(&file.name) {
            Role::Gateway => written.gateway = table,
            Role::Route(name) => drop(written.routes.insert(name, table)),
            Role::Stranger => {}
        }
    }
    written
}

type Routes = BTreeMap<String, Option<RoutePlan>>;

fn read_routes(
    desk: &mut Desk<'_>,
    files: &[(usize, String, &Spanned<DeTable<'_>>)],
    gateway: Option<&Gateway>,
    known: &Known,
) -> Routes {
    let mut routes = Routes::new();
    for (file, name, table) in files {
        let spot = Spot {
            file: *file,
            span: 0..0,
        };
        if !is_name(name) {
            let message = format!("{name:?} is no name of a route");
            let help = "rename the file: 1 to 64 of a-z, 0-9 and -, then .toml";
            desk.report(&spot, Trouble::error("bad_name", message, help));
        }
        let section = Section::of_file(*file, "route", table);
        let route = route::read(desk, section, name, gateway, known);
        if routes.insert(name.clone(), route).is_some() {
            let message = format!("there are two routes {name:?}");
            desk.report(
                &spot,
                Trouble::error("twice", message, "rename one of the files"),
            );
        }
    }
    routes
}

fn unused_targets(desk: &mut Desk<'_>, file: usize, gateway: &Gateway, routes: &Routes) {
    if routes.is_empty() {
        let help = "nothing will be taken in: add a file NAME.toml to the folder routes";
        let trouble = Trouble::warning("no_routes", "there is no route", help);
        desk.report(&Spot { file, span: 0..0 }, trouble);
        return;
    }
    let used = |plan: &RoutePlan| plan.targets.clone();
    let Some(used) = routes
        .values()
        .map(|r| r.as_ref().map(used))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let used: BTreeSet<String> = used.into_iter().flatten().collect();
    for (name, spot) in gateway
        .named_targets
        .iter()
        .filter(|(name, _)| !used.contains(*name))
    {
        let message = format!("no route delivers to the target \"{name}\"");
        let help = "name it in the targets of a route, or take it out";
        desk.report(spot, Trouble::warning("unused_target", message, help));
    }
}

fn stranger(desk: &mut Desk<'_>, name: &str) {
    let message = "this file is no part of a configuration";
    let help = "the gateway's own file is gateway.toml, each route's is routes/NAME.toml";
    desk.report_file(Trouble::error("unknown_file", message, help).in_file(name));
}

fn role(path: &str) -> Role {
    let path = Path::new(path);
    let text = |part: Option<&std::ffi::OsStr>| part.and_then(|p| p.to_str()).map(str::to_owned);
    let folder = text(path.parent().and_then(Path::file_name));
    let is_toml = path.extension().is_some_and(|e| e == "toml");
    match text(path.file_stem()) {
        Some(stem) if is_toml && folder.as_deref() == Some(ROUTES) => Role::Route(stem),
        Some(stem) if is_toml && stem == "gateway" => Role::Gateway,
        _ => Role::Stranger,
    }
}

/// `name` can name a route, a target or an adapter.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests;
