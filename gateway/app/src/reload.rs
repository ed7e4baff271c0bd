//! From one configuration in force to the next, while the gateway runs.
//!
//! What must stay true: a configuration that does not check, or that cannot be made ready, changes
//! nothing; only what changed is stopped and started anew, between two takes.

use crate::crew::{Crew, Work};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::live::Live;
use crate::push::Made;
use crate::report::changes::{Change, InForce, Kind, changes};
use crate::secrets;
use crate::site::{self, NoSite};
use credit_config::ProcessEnv;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Handle;

/// What is read once at the start: keys of `gateway.toml`, and whole tables of it.
const FIXED: [&str; 7] = [
    "gateway.state",
    "admin",
    "push",
    "queue",
    "raw",
    "log",
    "adapters.stack_kib",
];

/// Puts the configuration in `folder` in force; what changed by it.
pub(crate) async fn reload(
    house: &Arc<House>,
    crew: &mut Crew,
    folder: &Path,
) -> Result<Vec<Value>, Failure> {
    let before = house.live();
    let (own, folder) = (Arc::clone(house), folder.to_owned());
    let made = tokio::task::spawn_blocking(move || ready(&own, &folder)).await;
    let (next, tls) = made.map_err(|e| Failure::new(Exit::Failed, e.to_string()))??;
    let changed = changes(&before.plan.written, &next.plan.written);
    let mut ending = ending(&before, &next, &changed);
    ending.extend(stopped(house));
    crew.stop(|work| ending.contains(work)).await;
    let next = Arc::new(next);
    house.replace(Arc::clone(&next));
    if let Some((tls, made)) = house.tls.get().zip(tls) {
        tls.renew(made);
    }
    crew.start(house, &next)?;
    InForce::write(&next.plan)?;
    tracing::info!(changes = changed.len(), "another configuration is in force");
    site::warn(&next.plan);
    let values: Result<Vec<Value>, _> = changed.iter().map(serde_json::to_value).collect();
    values.map_err(|e| Failure::of(Exit::Failed, &e))
}

/// The configuration in `folder`, checked and made ready, with the certificate for pushes.
fn ready(house: &House, folder: &Path) -> Result<(Live, Option<Made>), Failure> {
    let unchanged = "nothing was changed: the configuration in force stays in force";
    let site = site::read(folder, &ProcessEnv).map_err(|why| match why {
        NoSite::Failure(failure) => failure,
        NoSite::Problems(problems) => {
            Failure::new(Exit::Config, format!("{problems}")).remedy(unchanged)
        }
    })?;
    let changed = changes(&house.live().plan.written, &site.plan.written);
    let fixed = fixed_keys(&changed);
    if !fixed.is_empty() {
        let message = format!("these change with a restart only: {}", fixed.join(", "));
        return Err(Failure::new(Exit::Config, message).remedy(unchanged));
    }
    let live = house.make(site)?;
    secrets::reveal(&live.plan)?;
    let tls = house.tls.get().map(|tls| tls.read()).transpose();
    let tls = tls.map_err(|failure| failure.remedy(unchanged))?;
    let readers = live.plan.routes.values().filter(|route| !route.paused);
    let (before, duty) = (house.live(), house.duty.serving());
    for route in readers {
        // Only what could not be used before may be so after.
        let known = before.plan.routes.contains_key(&route.name);
        if !known || duty.of(route).is_ok() {
            live.serving.of(route)?;
        }
        live.inbound(route, house, &Handle::current())?;
    }
    Ok((live, tls))
}

/// The keys that differ and that cannot change while the gateway runs.
pub(crate) fn fixed_keys(changes: &[Change]) -> Vec<String> {
    let own = changes.iter().filter(|c| c.kind == Kind::Gateway);
    let keys = own.flat_map(|c| &c.keys).map(|k| &k.key);
    let fixed = keys.filter(|key| FIXED.iter().any(|f| key.starts_with(f)));
    fixed.cloned().collect()
}

/// Deliveries that were stopped until somebody acts: whoever reloads has, and they are tried anew.
fn stopped(house: &House) -> Vec<Work> {
    let books = house.queue.books().into_iter();
    let targets = books.flat_map(|b| {
        let route = b.route;
        b.targets.into_iter().map(move |t| (route.clone(), t))
    });
    let stopped = targets.filter(|(_, target)| target.stopped.is_some());
    stopped
        .map(|(route, target)| Work::Deliver(route, target.target))
        .collect()
}

/// The work that has to end, because what it works by is another now.
fn ending(before: &Live, next: &Live, changed: &[Change]) -> BTreeSet<Work> {
    let is = |kind: Kind, name: &str| changed.iter().any(|c| c.kind == kind && c.name == name);
    let ground = before.ground != next.ground || is(Kind::Gateway, "");
    let mut ending = BTreeSet::new();
    for (name, route) in before.plan.routes.iter().chain(&before.leaving) {
        let target_changed = route.targets.iter().any(|t| is(Kind::Target, t));
        // Another version of the adapter ends nothing: what begins from now on goes through it.
        if ground || is(Kind::Route, name) || target_changed {
            ending.insert(Work::Read(name.clone()));
        }
        let now = next
            .plan
            .routes
            .get(name)
            .or_else(|| next.leaving.get(name));
        for target in &route.targets {
            let stays = now.is_some_and(|r| r.targets.contains(target))
                && next.couriers.contains_key(target);
            if !stays || is(Kind::Target, target) {
                ending.insert(Work::Deliver(name.clone(), target.clone()));
            }
        }
    }
    ending
}
