//! What the configuration says, made ready to work with. It is replaced as a whole when the
//! configuration changes, so whoever has it sees one configuration and not two halves.

use crate::compile;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::inbound::Inbound;
use crate::progress::Progress;
use crate::site::Site;
use crate::sources::Source;
use crate::targets;
use crate::turn::Turn;
use credit_adapter::{Adapter, Limits, Sandbox};
use credit_config::{Caps, Plan, ProcessEnv, RoutePlan};
use credit_deliver::Courier;
use credit_queue::Queue;
use credit_record::directory::Directories;
use credit_record::judge::Judge;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Handle;

/// See the module.
pub(crate) struct Live {
    /// What the operator wants.
    pub plan: Plan,
    /// Reads what people look up.
    pub directories: Directories,
    /// Judges every route's drafts.
    pub judge: Arc<Judge>,
    /// By target.
    pub couriers: BTreeMap<String, Arc<Courier>>,
    /// By route.
    pub progress: BTreeMap<String, Arc<Progress>>,
    /// Routes that are no longer in the plan while rows of theirs wait: those are delivered still.
    pub leaving: BTreeMap<String, RoutePlan>,
    /// Digest of the directories and rules that lie beside the configuration.
    pub ground: [u8; 32],
    adapters: BTreeMap<String, Arc<Adapter>>,
    turns: BTreeMap<String, Arc<Turn>>,
}

impl Live {
    /// Makes ready what `site` says. `only` leaves out the adapters of other routes; `before` is
    /// what was in force until now.
    pub(crate) fn make(
        site: Site,
        sandbox: &Sandbox,
        only: Option<&str>,
        before: Option<(&Self, &Queue)>,
    ) -> Result<Self, Failure> {
        let Site {
            plan,
            catalogue,
            directories,
            publicity,
            ground,
        } = site;
        let cache = compile::cache(&plan.state)?;
        let mut adapters: BTreeMap<String, Arc<Adapter>> = BTreeMap::new();
        for route in plan
            .routes
            .values()
            .filter(|r| only.is_none_or(|o| r.name == o))
        {
            let Some(installed) = catalogue.get(&route.adapter) else {
                continue;
            };
            let limits = installed.manifest.limits.capped_by(limits(&route.caps));
            let same = |a: &&Arc<Adapter>| *a.id() == installed.id() && *a.limits() == limits;
            let kept = before.and_then(|(b, _)| b.adapters.values().find(same));
            let adapter = match adapters.values().find(same).or(kept) {
                Some(adapter) => Arc::clone(adapter),
                None => {
                    compile::ensure(installed, &cache)?;
                    let adapter = sandbox.load(installed, limits);
                    Arc::new(adapter.map_err(|e| Failure::of(Exit::Failed, &e))?)
                }
            };
            adapters.insert(route.name.clone(), adapter);
        }
        let leaving = before.map_or_else(BTreeMap::new, |(b, queue)| leaving(b, queue, &plan));
        let mut couriers = BTreeMap::new();
        for target in plan.targets.values() {
            let routes = plan.routes.values().chain(leaving.values());
            let courier = targets::courier(routes, target, &directories, plan.timezone)?;
            couriers.insert(target.name.clone(), Arc::new(courier));
        }
        Ok(Self {
            progress: kept(&plan, before.map(|(b, _)| &b.progress)),
            turns: kept(&plan, before.map(|(b, _)| &b.turns)),
            judge: Arc::new(Judge::new(directories.clone(), publicity)),
            plan,
            directories,
            couriers,
            leaving,
            ground,
            adapters,
        })
    }

    /// The way in of `route`.
    pub(crate) fn inbound(
        &self,
        route: &RoutePlan,
        queue: &Arc<Queue>,
        runtime: &Handle,
    ) -> Result<Inbound, Failure> {
        let missing = |what: &str| {
            let message = format!("route {}: there is no {what}", route.name);
            Failure::new(Exit::Config, message)
        };
        let adapter = self
            .adapters
            .get(&route.name)
            .ok_or_else(|| missing("adapter"))?;
        let spec = adapter
            .manifest()
            .feed(&route.feed)
            .ok_or_else(|| missing("feed"))?;
        Ok(Inbound {
            route: route.clone(),
            adapter: Arc::clone(adapter),
            spec: spec.clone(),
            source: Source::new(
                route,
                spec.text,
                &self.plan.state,
                (runtime.clone(), self.plan.timezone),
            )?,
            judge: Arc::clone(&self.judge),
            length_in: self.plan.length_in(route),
            queue: Arc::clone(queue),
            turn: self.turn(&route.name)?,
            zone: self.plan.timezone,
            progress: self
                .progress
                .get(&route.name)
                .map(Arc::clone)
                .unwrap_or_default(),
        })
    }

    /// Whose turn it is at `route`.
    pub(crate) fn turn(&self, route: &str) -> Result<Arc<Turn>, Failure> {
        self.turns.get(route).map(Arc::clone).ok_or_else(|| {
            let names: Vec<&str> = self.turns.keys().map(String::as_str).collect();
            Failure::new(Exit::NotFound, format!("there is no route {route:?}"))
                .remedy(format!("routes are: {}", names.join(", ")))
        })
    }

    /// The adapter that `route` goes through.
    pub(crate) fn adapter(&self, route: &str) -> Option<&Arc<Adapter>> {
        self.adapters.get(route)
    }

    /// Reads every secret once, so that a missing one is told now and not at night.
    pub(crate) fn reveal(&self) -> Result<(), Failure> {
        for target in self.plan.targets.values() {
            let mut secrets = target.secrets();
            if let Some(error) = secrets.find_map(|s| s.reveal(&ProcessEnv).err()) {
                let message = format!("target {}: {}", target.name, causes(&error));
                return Err(Failure::new(Exit::Config, message));
            }
        }
        Ok(())
    }
}

/// One thing a route: that of the route before where there was one.
fn kept<T: Default>(
    plan: &Plan,
    before: Option<&BTreeMap<String, Arc<T>>>,
) -> BTreeMap<String, Arc<T>> {
    let one = |route: &String| {
        let before = before.and_then(|b| b.get(route)).map(Arc::clone);
        (route.clone(), before.unwrap_or_default())
    };
    plan.routes.keys().map(one).collect()
}

/// The routes of `before` that are not in `plan` and of which rows wait.
fn leaving(before: &Live, queue: &Queue, plan: &Plan) -> BTreeMap<String, RoutePlan> {
    let known = before.plan.routes.iter().chain(&before.leaving);
    known
        .filter(|(name, _)| !plan.routes.contains_key(*name))
        .filter(|(name, _)| queue.room(name).waiting_records > 0)
        .map(|(name, route)| (name.clone(), route.clone()))
        .collect()
}

fn limits(caps: &Caps) -> Limits {
    Limits {
        memory_bytes: caps.memory_bytes,
        call: caps.call,
        output_bytes: caps.output_bytes,
        carry_bytes: caps.carry_bytes,
    }
}

/// The engine that runs the adapters.
pub(crate) fn sandbox(plan: &Plan) -> Result<Sandbox, Failure> {
    let cache = compile::cache(&plan.state)?;
    Sandbox::start(Path::new(&cache), plan.caps.stack_bytes)
        .map_err(|e| Failure::of(Exit::Failed, &e))
}
