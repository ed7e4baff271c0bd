//! The house with all its rooms open: what the loops, the service and the reports work with.

use crate::compile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::inbound::{Inbound, RunReport, now_ms};
use crate::progress::Progress;
use crate::site::Site;
use crate::sources::Source;
use crate::targets;
use credit_adapter::{Adapter, Limits, Sandbox};
use credit_config::{Caps, Plan, RoutePlan};
use credit_deliver::{Courier, Stop as Stopped};
use credit_queue::{Note, OpenError, Options, Queue};
use credit_record::judge::Judge;
use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;

/// All rooms.
pub(crate) struct House {
    /// What the operator wants.
    pub plan: Plan,
    /// The wall.
    pub queue: Queue,
    /// Judges every route's drafts.
    pub judge: Arc<Judge>,
    /// By route.
    pub adapters: BTreeMap<String, Arc<Adapter>>,
    /// By target.
    pub couriers: BTreeMap<String, Arc<Courier>>,
    /// By route.
    pub progress: BTreeMap<String, Arc<Progress>>,
    now: Mutex<Now>,
}

/// What is known of the present, beside the books.
#[derive(Default)]
pub(crate) struct Now {
    /// Why deliveries of a route to a target stopped.
    pub stopped: BTreeMap<(String, String), Stopped>,
    /// What the last run of a route came to.
    pub runs: BTreeMap<String, LastRun>,
}

/// The last run of a route.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastRun {
    /// When it ended.
    pub ended_ms: i64,
    /// Feeds read to their end.
    pub feeds: u64,
    /// Why it ended early.
    pub trouble: Option<String>,
    /// What was there and not read.
    pub held: Vec<String>,
}

impl House {
    /// Opens every room. `only` leaves out the adapters of other routes.
    pub(crate) fn open(site: Site, only: Option<&str>) -> Result<Arc<Self>, Failure> {
        let Site { plan, catalogue, directories, publicity } = site;
        let queue = open_queue(&plan)?;
        let cache = compile::cache(&plan.state)?;
        let sandbox = Sandbox::start(&cache).map_err(|e| Failure::of(Exit::Failed, &e))?;
        let mut adapters = BTreeMap::new();
        for route in plan.routes.values().filter(|r| only.is_none_or(|o| r.name == o)) {
            let Some(installed) = catalogue.get(&route.adapter) else { continue };
            compile::ensure(installed, &cache)?;
            let adapter = sandbox.load(installed, limits(&route.caps));
            let adapter = adapter.map_err(|e| Failure::of(Exit::Failed, &e))?;
            adapters.insert(route.name.clone(), Arc::new(adapter));
        }
        let mut couriers = BTreeMap::new();
        for target in plan.targets.values() {
            let courier = targets::courier(&plan, target, &directories)?;
            couriers.insert(target.name.clone(), Arc::new(courier));
        }
        let progress = plan.routes.keys().map(|r| (r.clone(), Arc::default())).collect();
        let judge = Arc::new(Judge::new(directories, publicity));
        let now = Mutex::default();
        Ok(Arc::new(Self { plan, queue, judge, adapters, couriers, progress, now }))
    }

    /// The way in of `route`.
    pub(crate) fn inbound(&self, route: &RoutePlan, runtime: &Handle) -> Result<Inbound, Failure> {
        let missing = |what: &str| {
            Failure::new(Exit::Config, format!("route {}: there is no {what}", route.name))
        };
        let adapter = self.adapters.get(&route.name).ok_or_else(|| missing("adapter"))?;
        let spec = adapter.manifest().feed(&route.feed).ok_or_else(|| missing("feed"))?;
        Ok(Inbound {
            route: route.clone(),
            adapter: Arc::clone(adapter),
            spec: spec.clone(),
            source: Source::new(route, &self.plan.state, runtime.clone())?,
            judge: Arc::clone(&self.judge),
            queue: self.queue.clone(),
            zone: self.plan.timezone,
            progress: self.progress.get(&route.name).map(Arc::clone).unwrap_or_default(),
        })
    }

    /// What is known of the present.
    pub(crate) fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run of `route` ended.
    pub(crate) fn ran(&self, route: &str, report: &RunReport) {
        let trouble = report.trouble.as_ref().map(|t| t.message.clone());
        let ended_ms = now_ms();
        self.note(&Note::run(route, ended_ms, report.feeds, trouble.as_deref()));
        let held = report.held.clone();
        let run = LastRun { ended_ms, feeds: report.feeds, trouble, held };
        self.now().runs.insert(route.to_owned(), run);
    }

    /// Deliveries of `route` to `target` stopped.
    pub(crate) fn stopped(&self, route: &str, target: &str, why: Stopped) {
        self.note(&Note::stopped(route, target, now_ms(), &why.code, &why.to_string()));
        self.now().stopped.insert((route.to_owned(), target.to_owned()), why);
    }

    /// They go on.
    pub(crate) fn went_on(&self, route: &str, target: &str) {
        let key = (route.to_owned(), target.to_owned());
        let was_stopped = self.now().stopped.remove(&key).is_some();
        if was_stopped {
            self.note(&Note::went_on(route, target, now_ms()));
        }
    }

    fn note(&self, note: &Note) {
        if let Err(error) = self.queue.note(note.clone()) {
            tracing::warn!(%error, "an event cannot be noted");
        }
    }
}

fn limits(caps: &Caps) -> Limits {
    Limits {
        memory_bytes: caps.memory_bytes,
        call: caps.call,
        output_bytes: caps.output_bytes,
        carry_bytes: caps.carry_bytes,
    }
}

/// The queue in the state folder, which is made where it is missing: its owner's alone.
pub(crate) fn open_queue(plan: &Plan) -> Result<Queue, Failure> {
    let state = &plan.state;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(state)
        .map_err(|e| Failure::new(Exit::Failed, format!("{}: {e}", state.display())))?;
    let options = Options {
        waiting_records_max: plan.queue.waiting_records_max,
        waiting_bytes_max: plan.queue.waiting_bytes_max,
        retention: plan.queue.retention,
        retention_bytes: plan.queue.retention_bytes,
        ..Options::default()
    };
    let (queue, opened) = Queue::open(state, options).map_err(|e| not_open(&e, state))?;
    tracing::info!(?opened, "the queue is open");
    Ok(queue)
}

fn not_open(error: &OpenError, state: &Path) -> Failure {
    let (exit, remedy) = match error {
        OpenError::Held { .. } => {
            (Exit::Held, "ask the running gateway (status, doubts, trace, receipts), or stop it")
        }
        OpenError::Damaged { .. } => {
            (Exit::Damaged, "nothing was changed; restore the folder from its copy, or ask for help")
        }
        _ => (Exit::Failed, "look at the disk and the permissions of the state folder"),
    };
    let failure = Failure::of(exit, error);
    Failure { message: format!("{}: {}", state.display(), failure.message), ..failure }
        .remedy(remedy)
}
