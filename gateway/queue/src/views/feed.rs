//! The thread that follows the log and feeds the views.

use super::codec::key;
use super::entries::{Row, rows_of};
use super::store::Store;
use crate::frames::{Frame, KIND_TAKE, strip};
use crate::limits::{VIEWS_STEP_FRAMES, VIEWS_STEP_MS};
use crate::log::{Cursor, Log, lock};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the feeder is told, and what it tells.
#[derive(Default)]
pub(crate) struct Signal {
    state: Mutex<Told>,
    changed: Condvar,
}

#[derive(Default)]
struct Told {
    /// Frames up to this one are durable.
    synced: u64,
    /// Somebody waits for frames up to this one.
    wanted: u64,
    /// Frames up to this one are in the views.
    applied: u64,
    stop: bool,
    failed: Option<String>,
}

impl Signal {
    /// Frames up to `seq` are durable.
    pub(crate) fn synced(&self, seq: u64) {
        let mut told = lock(&self.state);
        told.synced = told.synced.max(seq);
        drop(told);
        self.changed.notify_all();
    }

    fn tell(&self, change: impl FnOnce(&mut Told)) {
        change(&mut lock(&self.state));
        self.changed.notify_all();
    }

    /// Waits for something to do; `None` to stop.
    fn work(&self) -> Option<u64> {
        let idle = |told: &mut Told| !told.stop && told.synced <= told.applied;
        let told = lock(&self.state);
        let told = self
            .changed
            .wait_while(told, idle)
            .unwrap_or_else(PoisonError::into_inner);
        // Lets a few more come together, unless somebody waits.
        let patient = |told: &mut Told| !told.stop && told.wanted <= told.applied;
        let step = Duration::from_millis(VIEWS_STEP_MS);
        let waited = self.changed.wait_timeout_while(told, step, patient);
        let (told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        (!told.stop).then_some(told.synced)
    }

    /// Waits until frames up to `seq` are in the views.
    fn wait(&self, seq: u64) -> Result<(), String> {
        self.tell(|told| told.wanted = told.wanted.max(seq));
        let behind = |told: &mut Told| told.applied < seq && told.failed.is_none() && !told.stop;
        let told = lock(&self.state);
        let told = self
            .changed
            .wait_while(told, behind)
            .unwrap_or_else(PoisonError::into_inner);
        match &told.failed {
            Some(why) => Err(why.clone()),
            None if told.applied < seq => Err("the queue is being closed".to_owned()),
            None => Ok(()),
        }
    }
}

/// The views of a queue.
pub(crate) struct Views {
    store: Arc<Store>,
    signal: Arc<Signal>,
    feeder: Mutex<Option<JoinHandle<()>>>,
    log: Arc<Log>,
    /// Why they were made anew on opening.
    pub(crate) rebuilt: Option<String>,
}

impl Views {
    /// Opens them and begins to follow the log.
    pub(crate) fn open(
        folder: &Path,
        log: &Arc<Log>,
        signal: &Arc<Signal>,
    ) -> Result<Self, String> {
        let (mut store, mut rebuilt) = Store::open(folder)?;
        let mut applied = store.applied()?;
        if applied > log.synced() {
            // It knows more than the log: it belongs to another.
            drop(store);
            drop(std::fs::remove_dir_all(folder));
            (store, _) = Store::open(folder)?;
            applied = 0;
            rebuilt = Some("it was ahead of the log".to_owned());
        }
        if let Some(why) = &rebuilt {
            tracing::warn!(%why, "the views were set aside and are made anew from the log");
        }
        let store = Arc::new(store);
        signal.tell(|told| {
            told.applied = applied;
            told.synced = told.synced.max(log.synced());
        });
        let feeder = {
            let (log, store, signal) = (Arc::clone(log), Arc::clone(&store), Arc::clone(signal));
            std::thread::Builder::new()
                .name("queue-views".to_owned())
                .spawn(move || feed(&log, &store, &signal, applied))
                .map_err(|error| error.to_string())?
        };
        Ok(Self {
            store,
            signal: Arc::clone(signal),
            feeder: Mutex::new(Some(feeder)),
            log: Arc::clone(log),
            rebuilt,
        })
    }

    /// Entries of a kind, from take `seq` on, up to what is written by now.
    pub(crate) fn entries(
        &self,
        kind: u8,
        seq: u64,
    ) -> Result<impl Iterator<Item = Result<Row, String>> + use<>, String> {
        self.catch_up()?;
        Ok(self.store.from(key(kind, seq)))
    }

    /// One entry, by its key.
    pub(crate) fn entry(&self, key: &[u8]) -> Result<Option<Row>, String> {
        self.store.get(key)
    }

    /// Waits until all that was written by now is in.
    pub(crate) fn catch_up(&self) -> Result<(), String> {
        self.log.sync().map_err(|error| error.to_string())?;
        self.signal.wait(self.log.synced())
    }

    /// Ends them cleanly.
    pub(crate) fn close(&self) -> Result<(), String> {
        self.catch_up()?;
        self.stop();
        self.store.close()
    }

    fn stop(&self) {
        self.signal.tell(|told| told.stop = true);
        if let Some(thread) = lock(&self.feeder).take() {
            drop(thread.join());
        }
    }
}

impl Drop for Views {
    fn drop(&mut self) {
        self.stop();
    }
}

fn feed(log: &Log, store: &Store, signal: &Signal, applied: u64) {
    let mut cursor = Cursor::at(applied + 1);
    while let Some(upto) = signal.work() {
        match step(log, store, &mut cursor, upto) {
            Ok(applied) => signal.tell(|told| told.applied = applied),
            Err(why) => {
                tracing::warn!(%why, "the views cannot be fed until the next start");
                signal.tell(|told| told.failed = Some(why));
                return;
            }
        }
    }
}

/// Puts the next frames into the views; returns how far they go.
fn step(log: &Log, store: &Store, cursor: &mut Cursor, upto: u64) -> Result<u64, String> {
    let mut rows = Vec::new();
    for _ in 0..VIEWS_STEP_FRAMES {
        let next = log
            .following(cursor, upto)
            .map_err(|error| error.to_string())?;
        let Some((place, stored)) = next else { break };
        let seq = stored.header.seq;
        let (kind, payload) = (stored.header.kind, stored.payload);
        // Nothing in the views is made of bodies.
        let payload = if kind == KIND_TAKE {
            strip(payload)
        } else {
            payload
        };
        let frame = Frame::decode(kind, payload);
        let frame = frame.map_err(|error| format!("frame {seq}: {error}"))?;
        rows.extend(rows_of(seq, place, &frame));
    }
    let applied = cursor.next_seq() - 1;
    store.put(&rows, applied)?;
    Ok(applied)
}
