//! What the configuration says, made ready to work with. It is replaced as a whole when the
//! configuration changes, so whoever has it sees one configuration and not two halves.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::inbound::Inbound;
use crate::progress::Progress;
use crate::shelf::{Loader, Serving};
use crate::site::Site;
use crate::sources::Source;
use crate::targets;
use crate::turn::Turn;
use credit_config::{Plan, RoutePlan};
use credit_deliver::Courier;
use credit_queue::Queue;
use credit_record::calendar::Calendar;
use credit_record::directory::Directories;
use credit_record::judge::Judge;
use std::collections::BTreeMap;
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
    /// Which days are worked.
    pub calendar: Arc<Calendar>,
    /// By target.
    pub couriers: BTreeMap<String, Arc<Courier>>,
    /// By route.
    pub progress: BTreeMap<String, Arc<Progress>>,
    /// Routes that are no longer in the plan while rows of theirs wait: those are delivered still.
    pub leaving: BTreeMap<String, RoutePlan>,
    /// Digest of the directories and rules that lie beside the configuration.
    pub ground: [u8; 32],
    /// Which version of which adapter serves which route.
    pub serving: Arc<Serving>,
    turns: BTreeMap<String, Arc<Turn>>,
}

impl Live {
    /// Makes ready what `site` says. `only` leaves out the adapters of other routes; `before` is
    /// what was in force until now.
    pub(crate) fn make(
        site: Site,
        loader: &Arc<Loader>,
        only: Option<&str>,
        before: Option<(&Self, &Queue)>,
    ) -> Result<Self, Failure> {
        let serving = Serving::open(&site, loader, only)?;
        let Site {
            plan,
            directories,
            publicity,
            calendar,
            ground,
            ..
        } = site;
        let leaving = before.map_or_else(BTreeMap::new, |(b, queue)| leaving(b, queue, &plan));
        let mut couriers = BTreeMap::new();
        for target in plan.targets.values() {
            let routes = plan.routes.values().chain(leaving.values());
            let courier =
                targets::courier(routes, target, &directories, plan.timezone, &plan.state)?;
            couriers.insert(target.name.clone(), Arc::new(courier));
        }
        Ok(Self {
            progress: kept(&plan, before.map(|(b, _)| &b.progress)),
            turns: kept(&plan, before.map(|(b, _)| &b.turns)),
            judge: Arc::new(Judge::new(directories.clone(), publicity)),
            plan,
            calendar: Arc::new(calendar),
            directories,
            couriers,
            leaving,
            ground,
            serving,
        })
    }

    /// The way in of `route`.
    pub(crate) fn inbound(
        &self,
        route: &RoutePlan,
        house: &House,
        runtime: &Handle,
    ) -> Result<Inbound, Failure> {
        Ok(Inbound {
            route: route.clone(),
            duty: Arc::clone(&house.duty),
            failed_feeds: 0,
            refused: None,
            source: Source::new(
                route,
                &self.plan.state,
                (runtime.clone(), self.plan.timezone),
            )?,
            judge: Arc::clone(&self.judge),
            length_in: self.plan.length_in(route),
            queue: Arc::clone(&house.queue),
            raw: route.keep_raw.then(|| Arc::clone(&house.raw)),
            shadows: Arc::clone(&house.shadows),
            turn: self.turn(&route.name)?,
            zone: self.plan.timezone,
            began_paused: false,
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
