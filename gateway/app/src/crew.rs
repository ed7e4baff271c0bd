//! Who is at work: a task that reads each route, and one for each target of it that delivers.
//!
//! What must stay true: a task of a route is started only after the one before it has ended, so
//! that there is one reader a route and one courier a route and target at any time; a task ends
//! between two takes or two parcels, and what it leaves half done is gone on with by the next.

use crate::failure::Failure;
use crate::house::House;
use crate::live::Live;
use crate::outbound;
use crate::service::keep;
use crate::stop::Stop;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Where the running service takes orders.
pub(crate) type Orders = mpsc::Sender<Order>;

/// What the service itself is told to do; what came of it is sent back.
pub(crate) enum Order {
    /// Put the configuration in force as it is written now.
    Reload(oneshot::Sender<Result<Vec<Value>, Failure>>),
}

/// The reading of a route, or its delivery to one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// Reads the route.
    Read(String),
    /// Delivers what the route has for the target.
    Deliver(String, String),
}

/// See the module.
#[derive(Default)]
pub(crate) struct Crew {
    tasks: BTreeMap<Work, (Stop, JoinHandle<()>)>,
}

impl Crew {
    /// Starts all work of `live` that nobody is at.
    pub(crate) fn start(&mut self, house: &Arc<House>, live: &Live) -> Result<(), Failure> {
        for (work, paused) in wanted(live) {
            if self.tasks.contains_key(&work) {
                continue;
            }
            let stop = Stop::default();
            let task = match &work {
                Work::Read(route) if paused => {
                    tracing::info!(route, "paused: nothing is taken in");
                    continue;
                }
                Work::Read(route) => {
                    let Some(plan) = live.plan.routes.get(route) else {
                        continue;
                    };
                    let inbound = live.inbound(plan, house, &Handle::current())?;
                    tokio::spawn(keep(Arc::clone(house), inbound, stop.clone()))
                }
                Work::Deliver(route, target) => {
                    let (house, stop) = (Arc::clone(house), stop.clone());
                    let (route, target) = (route.clone(), target.clone());
                    tokio::spawn(outbound::deliver(house, route, target, stop))
                }
            };
            self.tasks.insert(work, (stop, task));
        }
        Ok(())
    }

    /// Ends the work that `which` names, and waits until it has ended.
    pub(crate) async fn stop(&mut self, which: impl Fn(&Work) -> bool) {
        let ending: Vec<Work> = self.tasks.keys().filter(|w| which(w)).cloned().collect();
        let ending: Vec<_> = ending
            .iter()
            .filter_map(|work| self.tasks.remove(work))
            .collect();
        for (stop, _) in &ending {
            stop.now();
        }
        for (_, task) in ending {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task ended badly");
            }
        }
    }
}

/// All work that there is to do, and whether it is paused.
fn wanted(live: &Live) -> impl Iterator<Item = (Work, bool)> + '_ {
    let read = live.plan.routes.values();
    let read = read.map(|route| (Work::Read(route.name.clone()), route.paused));
    let routes = live.plan.routes.values().chain(live.leaving.values());
    let deliver = routes.flat_map(|route| {
        let targets = route.targets.iter();
        let known = targets.filter(|target| live.couriers.contains_key(*target));
        known.map(|target| (Work::Deliver(route.name.clone(), target.clone()), false))
    });
    read.chain(deliver)
}
