//! Opening and closing.

use super::bells::Bells;
use super::tend::Tending;
use super::{Cell, Inner, Queue};
use crate::cache::TakeCache;
use crate::error::{OpenError, TendError, WriteFailed};
use crate::frames::Frame;
use crate::limits::{Options, SEGMENT_BYTES, SNAPSHOT_BYTES_LEAST};
use crate::log::disk::{Disk, RealDisk};
use crate::log::{self, Log, Place, Replayed, Stored, lock};
use crate::snapshot;
use crate::state::State;
use crate::views::{Signal, Views};
use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, RwLock};
use std::thread::JoinHandle;

/// What was found on opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Frames read back since the snapshot.
    pub frames: u64,
    /// Bytes of an unfinished write that were cut off; nothing acknowledged was in them.
    pub torn_bytes: u64,
    /// Snapshots that were damaged and not used.
    pub snapshots_damaged: u32,
    /// Why the views were made anew, if they were.
    pub views_rebuilt: Option<String>,
    /// Why there are no views, if there are none.
    pub views_missing: Option<String>,
    /// Routes known.
    pub routes: u64,
    /// Keys known.
    pub keys: u64,
}

/// What was done on closing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Whether a snapshot was written.
    pub snapshot: bool,
    /// Why the views will be made anew, if they will.
    pub views: Option<String>,
}

/// What a queue is made of.
pub(super) struct Setup {
    pub(super) disk: Arc<dyn Disk>,
    /// The folder of the views.
    pub(super) views: Option<PathBuf>,
    pub(super) options: Options,
    pub(super) segment_bytes: u64,
    pub(super) snapshot_bytes_least: u64,
    /// Whether it looks after itself.
    pub(super) tended: bool,
    pub(super) held: Option<File>,
}

impl Queue {
    /// Opens the queue in `folder`, which it makes where there is none, and reads back what was
    /// durable. The folder belongs to one process at a time.
    ///
    /// # Errors
    /// When another process has it, or something in it is not what was written. Nothing is
    /// changed then.
    pub fn open(folder: &Path, options: Options) -> Result<(Self, Opened), OpenError> {
        let unusable = |source| OpenError::Unusable {
            what: folder.display().to_string(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let held = hold(folder)?;
        Self::set_up(Setup {
            disk: Arc::new(RealDisk::new(&folder.join("log")).map_err(unusable)?),
            views: Some(folder.join("views")),
            options,
            segment_bytes: SEGMENT_BYTES,
            snapshot_bytes_least: SNAPSHOT_BYTES_LEAST,
            tended: true,
            held: Some(held),
        })
    }

    pub(super) fn set_up(setup: Setup) -> Result<(Self, Opened), OpenError> {
        let disk = setup.disk;
        let (state, replayed, mut opened) = read_back(disk.as_ref())?;
        let bells = Arc::new(Bells::default());
        let signal = Arc::new(Signal::default());
        let on_synced = {
            let (bells, signal) = (Arc::clone(&bells), Arc::clone(&signal));
            Box::new(move |seq| {
                bells.ring(seq);
                signal.synced(seq);
            })
        };
        let clock = Arc::clone(&setup.options.clock);
        let tending = Tending::after(replayed.bytes);
        let log = Log::start(
            Arc::clone(&disk),
            setup.segment_bytes,
            clock,
            replayed,
            on_synced,
        )?;
        let log = Arc::new(log);
        let views = match &setup.views {
            Some(folder) => Views::open(folder, &log, &signal),
            None => Err("there is no folder for them".to_owned()),
        };
        match &views {
            Ok(views) => opened.views_rebuilt.clone_from(&views.rebuilt),
            Err(why) => {
                tracing::warn!(%why, "there are no views: nothing can be looked up");
                opened.views_missing = Some(why.clone());
            }
        }
        let (routes, open) = cells(state);
        let inner = Arc::new(Inner {
            disk,
            log,
            routes: RwLock::new(routes),
            open: Mutex::new(open),
            cache: Mutex::new(TakeCache::new(setup.options.cache_bytes_max)),
            bells,
            room: (Mutex::default(), Condvar::new()),
            options: setup.options,
            views,
            tending: Mutex::new(tending),
            snapshot_bytes_least: setup.snapshot_bytes_least,
            stop: (Mutex::new(false), Condvar::new()),
            _held: setup.held,
        });
        let keeper = if setup.tended {
            Some(keep(&inner)?)
        } else {
            None
        };
        Ok((
            Self {
                inner,
                keeper: Mutex::new(keeper),
            },
            opened,
        ))
    }

    /// Ends the queue: all is durable, and the next start is quick.
    ///
    /// # Errors
    /// When a barrier failed. Everything acknowledged is safe all the same.
    pub fn close(self) -> Result<Closed, TendError> {
        self.stop_keeper();
        let inner = &self.inner;
        let snapshot = match inner.snapshot_if(inner.snapshot_bytes_least / 16) {
            Ok(written) => written,
            Err(error) => {
                tracing::warn!(%error, "no snapshot was written: the next start takes longer");
                false
            }
        };
        let views = inner
            .views
            .as_ref()
            .map_err(Clone::clone)
            .and_then(Views::close)
            .err();
        inner.log.close().map_err(WriteFailed)?;
        Ok(Closed { snapshot, views })
    }

    pub(super) fn stop_keeper(&self) {
        *lock(&self.inner.stop.0) = true;
        self.inner.stop.1.notify_all();
        if let Some(thread) = lock(&self.keeper).take() {
            drop(thread.join());
        }
    }
}

/// The state as snapshot and log tell it.
pub(super) fn read_back(disk: &dyn Disk) -> Result<(State, Replayed, Opened), OpenError> {
    let what = "the log folder".to_owned();
    let loaded = snapshot::load(disk).map_err(|source| OpenError::Unusable { what, source })?;
    let mut state = loaded.state;
    let mut sink = |place: Place, stored: &Stored| {
        let frame = Frame::decode(stored.header.kind, stored.payload.clone())?;
        state.apply(stored.header.seq, place, &frame)
    };
    let replayed = log::replay(disk, loaded.after, loaded.durable, &mut sink)?;
    let opened = Opened {
        frames: replayed.frames,
        torn_bytes: replayed.torn_bytes,
        snapshots_damaged: loaded.damaged,
        routes: state.routes.len() as u64,
        keys: state.routes.values().map(|route| route.index.keys()).sum(),
        ..Opened::default()
    };
    Ok((state, replayed, opened))
}

type Cells = (BTreeMap<String, Arc<Cell>>, HashMap<u64, Arc<Cell>>);

/// Each route with its lock, by name and by the takes that are not settled.
fn cells(state: State) -> Cells {
    let mut routes = BTreeMap::new();
    let mut open = HashMap::new();
    for (name, route) in state.routes {
        let takes: Vec<u64> = route.ledger.takes.keys().copied().collect();
        let cell = Arc::new(Cell {
            name: name.clone(),
            route: Mutex::new(route),
        });
        open.extend(takes.into_iter().map(|take| (take, Arc::clone(&cell))));
        routes.insert(name, cell);
    }
    (routes, open)
}

fn keep(inner: &Arc<Inner>) -> Result<JoinHandle<()>, OpenError> {
    let inner = Arc::clone(inner);
    std::thread::Builder::new()
        .name("queue-keeper".to_owned())
        .spawn(move || inner.keep())
        .map_err(|source| OpenError::Unusable {
            what: "a thread".to_owned(),
            source,
        })
}

/// Locks the folder for this process, and says so in it.
fn hold(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join("lock");
    let unusable = |source| OpenError::Unusable {
        what: path.display().to_string(),
        source,
    };
    let mut options = OpenOptions::new();
    let open = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let mut file = open.map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            file.read_to_string(&mut pid).map_err(unusable)?;
            let pid = pid.trim().parse().unwrap_or(0);
            return Err(OpenError::Held {
                folder: folder.to_owned(),
                pid,
            });
        }
        Err(TryLockError::Error(source)) => return Err(unusable(source)),
    }
    let write = |file: &mut File| -> io::Result<()> {
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(unusable)?;
    Ok(file)
}
