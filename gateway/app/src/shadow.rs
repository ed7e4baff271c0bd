//! A candidate beside what serves, while the gateway runs: after each feed it is told what came
//! in, and writes down what the candidate would have made of it.
//!
//! What must stay true: no route waits for it (what it cannot keep up with is dropped, and
//! counted); nothing of it is sent; the report has an end. It stands in the state folder, so it
//! outlives a restart, and ends when it is told to or when the candidate serves.

mod report;
mod standing;

pub(crate) use report::{Entry, Report};
pub(crate) use standing::{OfRoute, Standing};

use crate::compare::{Difference, compare};
use crate::failure::{Failure, causes};
use crate::inbound::Translator;
use crate::shelf::{Duty, Loader};
use crate::stop::Stop;
use credit_adapter::Adapter;
use credit_config::Encoding as Written;
use credit_source::raw::Kept;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Feeds that wait to be compared.
const WAITING_MAX: usize = 16;
/// Differences of one feed that are written down; all are counted.
const DIFFERENCES_MAX: usize = 200;

/// See the module.
pub(crate) struct Shadows {
    state: PathBuf,
    loader: Arc<Loader>,
    /// Knows the adapters at hand.
    duty: Arc<Duty>,
    stop: Stop,
    worker: Mutex<Option<(SyncSender<Job>, JoinHandle<()>)>>,
}

/// A feed to be compared.
struct Job {
    kept: Kept,
    by: Translator,
    written: Written,
}

impl Shadows {
    /// Those of a state folder; nothing is started before there is something to do.
    pub(crate) fn new(
        state: &Path,
        loader: &Arc<Loader>,
        duty: &Arc<Duty>,
        stop: &Stop,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: state.to_owned(),
            loader: Arc::clone(loader),
            duty: Arc::clone(duty),
            stop: stop.clone(),
            worker: Mutex::default(),
        })
    }

    /// A feed was read by `by`: is compared where a candidate stands beside it.
    pub(crate) fn offer(&self, kept: Kept, by: Translator, written: Written) {
        let name = by.ready.adapter.id().name.clone();
        if !Standing::is_there(&self.state, &name) {
            return;
        }
        let job = Job { kept, by, written };
        let mut worker = self.worker();
        if worker.is_none() {
            match self.start() {
                Ok(started) => *worker = Some(started),
                Err(error) => {
                    tracing::error!(%error, "the shadow does not start");
                    return;
                }
            }
        }
        let Some((sender, _)) = worker.as_ref() else {
            return;
        };
        if let Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) = sender.try_send(job)
        {
            let why = format!("{WAITING_MAX} feeds wait already");
            self.dropped(&name, &job, &why);
        }
    }

    /// Ends it. What waits is compared first, unless everything is to come to an end.
    pub(crate) fn end(&self) {
        let worker = self.worker().take();
        if let Some((sender, thread)) = worker {
            drop(sender);
            if thread.join().is_err() {
                tracing::error!("the shadow ended badly");
            }
        }
    }

    fn worker(&self) -> MutexGuard<'_, Option<(SyncSender<Job>, JoinHandle<()>)>> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> std::io::Result<(SyncSender<Job>, JoinHandle<()>)> {
        let (sender, jobs) = sync_channel(WAITING_MAX);
        let own = Self {
            state: self.state.clone(),
            loader: Arc::clone(&self.loader),
            duty: Arc::clone(&self.duty),
            stop: self.stop.clone(),
            worker: Mutex::default(),
        };
        let thread = std::thread::Builder::new()
            .name("shadow".to_owned())
            .spawn(move || own.work(&jobs))?;
        Ok((sender, thread))
    }

    fn work(&self, jobs: &Receiver<Job>) {
        // The last one, so that it is not loaded anew for each feed.
        let mut loaded = None;
        for job in jobs {
            let name = job.by.ready.adapter.id().name.clone();
            if self.stop.is_set() {
                self.dropped(&name, &job, "the gateway was told to stop");
                continue;
            }
            if let Err(failure) = self.one(&name, &job, &mut loaded) {
                tracing::error!(adapter = name, %failure, "a feed is not compared");
                self.dropped(&name, &job, &failure.message);
            }
        }
    }

    fn one(&self, name: &str, job: &Job, loaded: &mut Option<Arc<Adapter>>) -> Result<(), Failure> {
        let Some(standing) = Standing::read(&self.state, name)? else {
            return Ok(());
        };
        if standing.is(job.by.ready.adapter.id()) {
            tracing::info!(adapter = name, "the candidate serves: its shadow ends");
            return Standing::end(&self.state, name);
        }
        let Some(own) = standing.routes.get(&job.kept.route) else {
            return Ok(());
        };
        let installed = standing.candidate(&self.duty.serving().shelves)?;
        let adapter = self.loader.one(&installed, &own.caps())?;
        *loaded = Some(Arc::clone(&adapter));
        let candidate = own.translator(&job.by, adapter)?;
        let mut differences: Vec<Difference> = Vec::new();
        let mut tell = |difference| {
            if differences.len() < DIFFERENCES_MAX {
                differences.push(difference);
            }
        };
        let both = (&job.by, &candidate);
        match compare(&job.kept, job.written, both, &self.stop, &mut tell)? {
            None => self.dropped(name, job, "the gateway was told to stop"),
            Some(compared) => {
                let differences = differences.into_iter().map(Entry::Difference);
                let entries = differences.chain([Entry::Feed(compared)]);
                Report::of(&self.state, name).add(entries)?;
            }
        }
        Ok(())
    }

    fn dropped(&self, name: &str, job: &Job, why: &str) {
        let entry = Entry::Dropped {
            route: job.kept.route.clone(),
            file: credit_record::mask::mask_text(&job.kept.label.name).into_owned(),
            why: why.to_owned(),
        };
        if let Err(failure) = Report::of(&self.state, name).add([entry]) {
            tracing::warn!(adapter = name, why, error = failure.message, "not compared");
        }
    }
}

/// The folder of all shadows.
fn folder(state: &Path) -> PathBuf {
    state.join("shadow")
}

fn failed(path: &Path, error: &dyn std::error::Error) -> Failure {
    let message = format!("{}: {error}", path.display());
    Failure::new(crate::exit::Exit::Failed, message)
}

fn unreadable(path: &Path, error: &(dyn std::error::Error + 'static)) -> Failure {
    let message = format!("{}: {}", path.display(), causes(error));
    let remedy = "begin the shadow again: gateway adapter shadow CANDIDATE --live";
    Failure::new(crate::exit::Exit::Failed, message).remedy(remedy)
}
