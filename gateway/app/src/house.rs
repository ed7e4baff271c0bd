//! The house with all its rooms open: what the loops, the service and the reports work with.

use crate::compile;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::inbound::{Inbound, RunReport, now_ms};
use crate::progress::Progress;
use crate::site::Site;
use crate::sources::Source;
use crate::targets;
use crate::turn::Turn;
use credit_adapter::{Adapter, Limits, Sandbox};
use credit_config::{Caps, Plan, RoutePlan};
use credit_deliver::Courier;
use credit_queue::{Note, OpenError, Options, Queue};
use credit_record::directory::Directories;
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
    pub queue: Arc<Queue>,
    /// Reads what people look up.
    pub directories: Directories,
    /// Judges every route's drafts.
    pub judge: Arc<Judge>,
    /// By route.
    pub adapters: BTreeMap<String, Arc<Adapter>>,
    /// By target.
    pub couriers: BTreeMap<String, Arc<Courier>>,
    /// By route.
    pub progress: BTreeMap<String, Arc<Progress>>,
    /// By route.
    turns: BTreeMap<String, Arc<Turn>>,
    /// When it was opened.
    pub opened_ms: i64,
    now: Mutex<Now>,
}

/// What is known of the present, beside the books.
#[derive(Clone, Default)]
pub(crate) struct Now {
    /// By route.
    pub runs: BTreeMap<String, LastRun>,
}

/// The last run of a route.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastRun {
    /// When it ended.
    pub ended_ms: i64,
    /// Why it ended early.
    pub trouble: Option<String>,
    /// What was there and was not read, and why.
    pub held: Vec<String>,
}

impl House {
    /// Opens every room. `only` leaves out the adapters of other routes.
    pub(crate) fn open(site: Site, only: Option<&str>) -> Result<Arc<Self>, Failure> {
        let Site {
            plan,
            catalogue,
            directories,
            publicity,
        } = site;
        let queue = Arc::new(open_queue(&plan)?);
        let cache = compile::cache(&plan.state)?;
        let sandbox = Sandbox::start(&cache, plan.caps.stack_bytes)
            .map_err(|e| Failure::of(Exit::Failed, &e))?;
        let mut adapters = BTreeMap::new();
        for route in plan
            .routes
            .values()
            .filter(|r| only.is_none_or(|o| r.name == o))
        {
            let Some(installed) = catalogue.get(&route.adapter) else {
                continue;
            };
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
        let progress = plan
            .routes
            .keys()
            .map(|r| (r.clone(), Arc::default()))
            .collect();
        let turns = plan
            .routes
            .keys()
            .map(|r| (r.clone(), Arc::default()))
            .collect();
        let judge = Arc::new(Judge::new(directories.clone(), publicity));
        let now = Mutex::default();
        Ok(Arc::new(Self {
            plan,
            queue,
            directories,
            judge,
            adapters,
            couriers,
            progress,
            turns,
            opened_ms: now_ms(),
            now,
        }))
    }

    /// The way in of `route`.
    pub(crate) fn inbound(&self, route: &RoutePlan, runtime: &Handle) -> Result<Inbound, Failure> {
        let missing = |what: &str| {
            Failure::new(
                Exit::Config,
                format!("route {}: there is no {what}", route.name),
            )
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
            source: Source::new(route, spec.text, &self.plan.state, runtime.clone())?,
            judge: Arc::clone(&self.judge),
            length_in: self.plan.length_in(route),
            queue: Arc::clone(&self.queue),
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

    /// What is known of the present.
    pub(crate) fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run of `route` ended. It is written down where something came of it, or where that is
    /// other than before: a folder is looked into every few seconds.
    pub(crate) fn ran(&self, route: &str, report: &RunReport) {
        let trouble = report.trouble.as_ref().map(|t| t.message.clone());
        let run = LastRun {
            ended_ms: now_ms(),
            trouble,
            held: report.held.clone(),
        };
        let before = self.now().runs.insert(route.to_owned(), run.clone());
        let noted = match before {
            Some(before) => before.trouble == run.trouble,
            None => run.trouble.is_none() && !self.failed_before(route),
        };
        if report.feeds == 0 && noted {
            return;
        }
        let (outcome, detail) = match run.trouble {
            Some(trouble) => ("failed", trouble),
            None if report.feeds > 0 => ("done", format!("{} feeds", report.feeds)),
            None => ("idle", String::new()),
        };
        let (route, outcome) = (route.to_owned(), outcome.to_owned());
        self.note(Note::RunEnded {
            route,
            outcome,
            detail,
        });
    }

    fn failed_before(&self, route: &str) -> bool {
        let books = self.queue.books();
        let run = books
            .into_iter()
            .find(|b| b.route == route)
            .and_then(|b| b.run);
        run.and_then(|r| r.ended)
            .is_some_and(|(_, outcome, _)| outcome == "failed")
    }

    /// Writes down what happened; a note is no record, and without it nothing is lost.
    pub(crate) fn note(&self, note: Note) {
        if let Err(error) = self.queue.note(note) {
            tracing::warn!(error = causes(&error), "an event cannot be noted");
        }
    }

    /// Ends it: all is durable, and the next start is quick.
    pub(crate) fn close(self: Arc<Self>) -> Result<(), Failure> {
        let queue = Arc::into_inner(self).and_then(|house| Arc::into_inner(house.queue));
        let Some(queue) = queue else {
            tracing::warn!("something still uses the queue; it stops where it stands");
            return Ok(());
        };
        queue
            .close()
            .map(|_| ())
            .map_err(|e| Failure::of(Exit::Failed, &e))
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
        retain_days: u32::try_from(plan.queue.retention.as_secs() / 86_400).unwrap_or(u32::MAX),
        retain_bytes_max: plan.queue.retention_bytes,
        ..Options::default()
    };
    let (queue, opened) = Queue::open(state, options).map_err(|e| not_open(&e, state))?;
    tracing::info!(?opened, "the queue is open");
    Ok(queue)
}

fn not_open(error: &OpenError, state: &Path) -> Failure {
    let exit = match error {
        OpenError::Held { .. } => Exit::Held,
        OpenError::Damaged { .. } | OpenError::Missing { .. } | OpenError::Unreadable { .. } => {
            Exit::Damaged
        }
        OpenError::Unusable { .. } => Exit::Failed,
    };
    let failure = Failure::of(exit, error);
    Failure {
        message: format!("{}: {}", state.display(), failure.message),
        ..failure
    }
    .remedy(error.help())
}
