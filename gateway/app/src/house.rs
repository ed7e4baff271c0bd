//! The house with all its rooms open: what the loops, the service and the reports work with.

use crate::alarms;
use crate::crew::Orders;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::inbound::{RunReport, now_ms};
use crate::live::Live;
use crate::push::Tls;
use crate::shadow::Shadows;
use crate::shelf::{Duty, Loader};
use crate::site::Site;
use crate::stop::Stop;
use credit_config::Plan;
use credit_deliver::Failing;
use credit_queue::{Note, OpenError, Options, Queue};
use credit_record::flow::{Parcel, Receipt};
use credit_source::raw::{Bounds, Store};
use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

/// All rooms.
pub(crate) struct House {
    /// The wall.
    pub queue: Arc<Queue>,
    /// What the sources gave.
    pub raw: Arc<Store>,
    /// Compares candidates with what serves.
    pub shadows: Arc<Shadows>,
    /// Set when everything is to come to an end.
    pub stop: Stop,
    /// When it was opened.
    pub opened_ms: i64,
    /// Takes what a person tells the running service, where one runs.
    pub orders: OnceLock<Orders>,
    /// By what pushes are encrypted, where they are.
    pub tls: OnceLock<Arc<Tls>>,
    /// Which version translates which route's next feed.
    pub duty: Arc<Duty>,
    loader: Arc<Loader>,
    live: RwLock<Arc<Live>>,
    now: Mutex<Now>,
}

/// What is known of the present, beside the books.
#[derive(Clone, Default)]
pub(crate) struct Now {
    /// By route.
    pub runs: BTreeMap<String, LastRun>,
    /// What runs that are under way wait for, by route.
    pub waits: BTreeMap<String, Vec<String>>,
    /// Targets that are outside their hours, and when those begin again.
    pub closed: BTreeMap<String, i64>,
    /// How far a replay is, by route.
    pub replays: BTreeMap<String, String>,
    /// Deliveries that fail and are tried again, by target and route.
    pub failing: BTreeMap<String, BTreeMap<String, Failing>>,
    /// Why a receipt is not stored yet, by route and target.
    pub unstored: BTreeMap<(String, String), String>,
    /// What the last receipts refused, by route and target.
    pub refusing: BTreeMap<(String, String), Refusing>,
}

/// Rows that were refused one after the other, up to the last receipt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusing {
    /// How many; none where a row was accepted since.
    pub rows: u64,
    /// What was said of the last.
    pub reason: String,
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
    /// Some of it may become readable within moments.
    pub settling: bool,
    /// Why the raw input of the last feed was not kept.
    pub not_kept: Option<String>,
}

impl House {
    /// Opens every room. `only` leaves out the adapters of other routes.
    pub(crate) fn open(site: Site, only: Option<&str>) -> Result<Arc<Self>, Failure> {
        let queue = Arc::new(open_queue(&site.plan)?);
        let loader = Loader::start(&site.plan.state, site.plan.caps.stack_bytes)?;
        let loader = Arc::new(loader);
        let raw = Arc::new(raw_store(&site.plan));
        let stop = Stop::default();
        let state = site.plan.state.clone();
        let live = Live::make(site, &loader, only, None)?;
        let duty = Arc::new(Duty::new(Arc::clone(&live.serving)));
        let shadows = Shadows::new(&state, &loader, &duty, &stop);
        Ok(Arc::new(Self {
            queue,
            raw,
            shadows,
            stop,
            opened_ms: now_ms(),
            orders: OnceLock::new(),
            tls: OnceLock::new(),
            duty,
            loader,
            live: RwLock::new(Arc::new(live)),
            now: Mutex::default(),
        }))
    }

    /// What the configuration in force says.
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes ready what another configuration says; the one in force stays in force.
    pub(crate) fn make(&self, site: Site) -> Result<Live, Failure> {
        Live::make(site, &self.loader, None, Some((&self.live(), &self.queue)))
    }

    /// From now on `live` is in force.
    pub(crate) fn replace(&self, live: Arc<Live>) {
        self.duty.replace(Arc::clone(&live.serving));
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = live;
    }

    /// What is known of the present.
    pub(crate) fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of the present, as a person asks for it.
    pub(crate) fn present(&self) -> Now {
        let mut now = self.now().clone();
        let couriers = self.live().couriers.clone();
        let closed = couriers
            .into_iter()
            .filter_map(|(name, courier)| Some((name, courier.closed_until_ms()?)));
        now.closed = closed.collect();
        let failing = self.live().couriers.clone().into_iter();
        now.failing = failing
            .map(|(name, courier)| (name, courier.failing()))
            .collect();
        now
    }

    /// A receipt for `parcel` was stored.
    pub(crate) fn settled(&self, parcel: &Parcel, receipt: &Receipt) {
        let mut now = self.now();
        let refusing = (now.refusing)
            .entry((parcel.route.clone(), parcel.id.target.clone()))
            .or_default();
        let last = receipt.rows.last();
        *refusing = match last.filter(|_| receipt.refused() as usize == parcel.rows.len()) {
            Some(last) => Refusing {
                rows: refusing.rows.saturating_add(parcel.rows.len() as u64),
                reason: format!("{} [{}]", last.reason, last.code),
            },
            None => Refusing::default(),
        };
    }

    /// The run of `route` that is under way waits for files that are still being written.
    pub(crate) fn waits(&self, route: &str, held: &[String]) {
        self.now().waits.insert(route.to_owned(), held.to_vec());
    }

    /// A run of `route` ended. It is written down where something came of it, or where that is
    /// other than before: a folder is looked into every few seconds. `always` is for a route that
    /// runs at certain times, so that it is known which of them it missed.
    pub(crate) fn ran(&self, route: &str, report: &RunReport, always: bool) {
        let trouble = report.trouble.as_ref().map(|t| t.message.clone());
        let run = LastRun {
            ended_ms: now_ms(),
            trouble,
            held: report.held.clone(),
            settling: report.settling,
            not_kept: match report.feeds {
                0 => self.not_kept_before(route),
                _ => report.not_kept.clone(),
            },
        };
        self.now().waits.remove(route);
        let before = self.now().runs.insert(route.to_owned(), run.clone());
        let noted = match before {
            Some(before) => before.trouble == run.trouble,
            None => run.trouble.is_none() && !self.failed_before(route),
        };
        if report.feeds == 0 && report.alarms.is_empty() && noted && !always {
            return;
        }
        let (outcome, detail) = match run.trouble {
            Some(trouble) => ("failed", trouble),
            None if !report.alarms.is_empty() => ("quarantined", report.alarms.join("; ")),
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
        let run = self.queue.books_of(route).and_then(|b| b.run);
        run.and_then(|r| r.ended)
            .is_some_and(|(_, outcome, _)| outcome == "failed")
    }

    fn not_kept_before(&self, route: &str) -> Option<String> {
        let known = self.now().runs.get(route).map(|r| r.not_kept.clone());
        known.unwrap_or_else(|| alarms::not_kept_before(&self.queue.books_of(route)?))
    }

    /// Writes down what happened; a note is no record, and without it nothing is lost.
    pub(crate) fn note(&self, note: Note) {
        if let Err(error) = self.queue.note(note) {
            tracing::warn!(error = causes(&error), "an event cannot be noted");
        }
    }

    /// Ends it: all is durable, and the next start is quick.
    pub(crate) fn close(self: Arc<Self>) -> Result<(), Failure> {
        self.shadows.end();
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

/// The folder of raw input in the state folder.
pub(crate) fn raw_store(plan: &Plan) -> Store {
    let bounds = Bounds {
        keep_ms: i64::try_from(plan.raw.keep.as_millis()).unwrap_or(i64::MAX),
        bytes_max: plan.raw.bytes_max,
        free_bytes_least: plan.raw.free_bytes_least,
    };
    Store::new(&plan.state.join("raw"), bounds)
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
