//! The way in (`take`), the way out (`next`, `settle`), and what is asked about both.
//!
//! Locks, in the order in which they may be taken: a route's state, then the log's tail; the
//! others are leaves. A route's lock is held from the decision about a batch until its frame is
//! written and folded in, so the state of a route always is the fold of its frames in their order.
//! What is not durable yet is folded in already, but is never handed out: `next` stops at
//! [`Log::synced`], and if a barrier fails nothing is taken or handed out any more.

mod again;
mod bells;
mod dead;
mod decide;
mod fate;
mod inbound;
mod lookup;
mod open;
mod ordered;
mod outbound;
mod removals;
mod sight;
mod tend;
#[cfg(test)]
mod tests;
mod trace;
mod withdraw;

pub use self::again::{Foreseen, Foresight, MadeBefore};
use self::bells::Bells;
pub use self::dead::{DeadFilter, DeadLetter, Refusal, Replay};
pub use self::fate::FeedFate;
pub use self::inbound::{Taken, Ticket};
pub use self::open::{Closed, Opened};
pub use self::outbound::Room;
pub use self::removals::{Compared, Removal, RemovalState, Snapshot};
pub use self::sight::Sight;
pub use self::tend::Tended;
pub use self::trace::{Outcome, OutcomeState, Trace, TraceQuery, TracedDoubt, TracedVersion};
pub use self::withdraw::Withdrawal;
use crate::cache::TakeCache;
use crate::error::{NoteError, WriteFailed};
use crate::frames::{Frame, KIND_NOTE, Note, NoteFrame, TakeFrame};
use crate::limits::Options;
use crate::log::Urgency;
use crate::log::disk::Disk;
use crate::log::{Log, Place, ReadError, lock};
use crate::state::{FileSeen, Imbalance, Route, RouteBooks};
use crate::views::Views;
use credit_record::flow::Resume;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

/// The wall. Cheap to share by reference; ends with [`Queue::close`]. Dropped without it, it stops
/// where it stands, as a killed process would.
pub struct Queue {
    inner: Arc<Inner>,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

struct Inner {
    disk: Arc<dyn Disk>,
    log: Arc<Log>,
    routes: RwLock<BTreeMap<String, Arc<Cell>>>,
    /// The route of each take that is not settled by all.
    open: Mutex<HashMap<u64, Arc<Cell>>>,
    cache: Mutex<TakeCache>,
    bells: Arc<Bells>,
    /// Guards nothing: settlements ring it, those who wait for room listen.
    room: (Mutex<()>, Condvar),
    options: Options,
    views: Result<Views, String>,
    tending: Mutex<tend::Tending>,
    snapshot_bytes_least: u64,
    stop: (Mutex<bool>, Condvar),
    _held: Option<File>,
}

/// A route and its lock.
struct Cell {
    name: String,
    route: Mutex<Route>,
}

impl Cell {
    fn books(&self) -> RouteBooks {
        let route = lock(&self.route);
        let (keys, bytes) = (route.index.keys(), route.index.bytes());
        RouteBooks {
            removals: route.removals.books(),
            paused: route.watch.paused.clone(),
            alarms: route.watch.alarms(),
            refused_feed: route.watch.refused.clone(),
            ..route.ledger.books(&self.name, keys, bytes)
        }
    }
}

impl Queue {
    /// Where a route goes on.
    #[must_use]
    pub fn resume(&self, route: &str) -> Resume {
        let cell = self.inner.cell(route);
        cell.map(|cell| lock(&cell.route).ledger.resume.clone())
            .unwrap_or_default()
    }

    /// Whether a file of this size was read by the route; if not, it need not be hashed.
    #[must_use]
    pub fn size_seen(&self, route: &str, bytes: u64) -> bool {
        let cell = self.inner.cell(route);
        cell.is_some_and(|cell| lock(&cell.route).ledger.sizes.contains_key(&bytes))
    }

    /// The file with this content, if the route has read it to its end and that is durable.
    #[must_use]
    pub fn file_seen(&self, route: &str, sha256: &[u8; 32]) -> Option<FileSeen> {
        let cell = self.inner.cell(route)?;
        let seen = lock(&cell.route).ledger.files.get(sha256).cloned();
        seen.filter(|seen| seen.seq <= self.inner.log.synced())
    }

    /// Whether nothing was read to its end by the route since this file was.
    #[must_use]
    pub fn is_last(&self, route: &str, seen: &FileSeen) -> bool {
        let cell = self.inner.cell(route);
        cell.is_some_and(|cell| {
            let files = &lock(&cell.route).ledger.files;
            files.values().all(|file| file.seq <= seen.seq)
        })
    }

    /// The last sequence that is durable: what is taken from now on comes after it.
    #[must_use]
    pub fn synced(&self) -> u64 {
        self.inner.log.synced()
    }

    /// Writes down what happened to a route.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn note(&self, note: Note) -> Result<(), NoteError> {
        let cell = self.inner.cell_or_new(note.route());
        self.inner.write_note(&mut lock(&cell.route), note)?;
        Ok(())
    }

    /// Whether a person has the route take nothing in.
    #[must_use]
    pub fn is_paused(&self, route: &str) -> bool {
        let cell = self.inner.cell(route);
        cell.is_some_and(|cell| lock(&cell.route).watch.paused.is_some())
    }

    /// The books of all routes.
    #[must_use]
    pub fn books(&self) -> Vec<RouteBooks> {
        self.inner.cells().iter().map(|cell| cell.books()).collect()
    }

    /// The books of one route, once something was taken or noted of it.
    #[must_use]
    pub fn books_of(&self, route: &str) -> Option<RouteBooks> {
        self.inner.cell(route).map(|cell| cell.books())
    }

    /// Sums of the books that do not come out: none, ever.
    #[must_use]
    pub fn check_books(&self) -> Vec<Imbalance> {
        let check = |cell: &Arc<Cell>| lock(&cell.route).ledger.check(&cell.name);
        self.inner.cells().iter().flat_map(check).collect()
    }

    /// Barrier: all that was settled or noted by now is durable, too.
    ///
    /// # Errors
    /// When a barrier failed.
    pub fn sync(&self) -> Result<(), NoteError> {
        self.inner
            .log
            .sync()
            .map_err(|error| NoteError::from(crate::error::WriteFailed(error)))
    }
}

impl Inner {
    fn now(&self) -> i64 {
        (self.options.clock)()
    }

    fn cell(&self, name: &str) -> Option<Arc<Cell>> {
        self.routes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    fn cells(&self) -> Vec<Arc<Cell>> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        routes.values().cloned().collect()
    }

    fn cell_or_new(&self, name: &str) -> Arc<Cell> {
        if let Some(cell) = self.cell(name) {
            return cell;
        }
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            Arc::new(Cell {
                name: name.to_owned(),
                route: Mutex::default(),
            })
        };
        Arc::clone(routes.entry(name.to_owned()).or_insert_with(new))
    }

    /// Writes a note and folds it in, under the lock of its route.
    fn write_note(&self, route: &mut Route, note: Note) -> Result<(), WriteFailed> {
        let at_ms = self.now();
        let frame = NoteFrame { at_ms, note };
        let (seq, _) = self
            .log
            .append(KIND_NOTE, &[&frame.encode()], Urgency::Soon)?;
        route.apply_note(seq, &frame);
        Ok(())
    }

    /// A take, from memory or from the log.
    fn load(&self, seq: u64, place: Place) -> Result<Arc<TakeFrame>, ReadError> {
        if let Some(take) = lock(&self.cache).get(seq) {
            return Ok(take);
        }
        let take = Arc::new(self.read_take(place)?);
        lock(&self.cache).put(seq, Arc::clone(&take));
        Ok(take)
    }

    fn read_take(&self, place: Place) -> Result<TakeFrame, ReadError> {
        Ok(self.read_numbered(place)?.1)
    }

    /// A take with its sequence.
    fn read_numbered(&self, place: Place) -> Result<(u64, TakeFrame), ReadError> {
        let stored = self.log.read(place)?;
        let seq = stored.header.seq;
        match Frame::decode(stored.header.kind, stored.payload) {
            Ok(Frame::Take(take)) => Ok((seq, *take)),
            _ => Err(self.log.misplaced(place)),
        }
    }

    fn read_frame(&self, place: Place) -> Result<Frame, ReadError> {
        let stored = self.log.read(place)?;
        let frame = Frame::decode(stored.header.kind, stored.payload);
        frame.map_err(|_| self.log.misplaced(place))
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.stop_keeper();
    }
}
