//! Looking after the queue: snapshots, and segments that have become archives.

use super::{Inner, Queue};
use crate::error::{TendError, WriteFailed};
use crate::frames::{KIND_TAKE, strip};
use crate::limits::{TEND_AGAIN_MS, TEND_MS};
use crate::log::lock;
use crate::snapshot::{SnapshotWriter, encode_shard};
use crate::wire::Writer;
use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

const DAY_MS: i64 = 86_400_000;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tended {
    /// A snapshot was written.
    pub snapshot: bool,
    /// Segments that became archives.
    pub archived: u32,
}

/// What tending remembers.
pub(super) struct Tending {
    /// Bytes that were in the log behind the snapshot when it was opened; none once there is one.
    behind_bytes: u64,
    /// Bytes that had been appended when the last snapshot was written.
    appended_bytes: u64,
}

impl Tending {
    pub(super) const fn after(replayed_bytes: u64) -> Self {
        Self {
            behind_bytes: replayed_bytes,
            appended_bytes: 0,
        }
    }
}

impl Queue {
    /// Writes a snapshot and archives settled segments, where due. An open queue does this by
    /// itself every second.
    ///
    /// # Errors
    /// When something could not be written or read; it is tried again with the next call.
    pub fn tend(&self) -> Result<Tended, TendError> {
        self.inner.tend()
    }
}

impl Inner {
    /// The life of the thread that looks after the queue.
    pub(super) fn keep(&self) {
        let (stop, changed) = &self.stop;
        let mut pause_ms = TEND_MS;
        loop {
            let pause = Duration::from_millis(pause_ms);
            let waited = changed.wait_timeout_while(lock(stop), pause, |stop| !*stop);
            if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                return;
            }
            pause_ms = TEND_MS;
            if let Err(error) = self.tend() {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, "the queue could not look after itself");
                pause_ms = TEND_AGAIN_MS;
            }
        }
    }

    fn tend(&self) -> Result<Tended, TendError> {
        let snapshot = self.snapshot_if(self.snapshot_bytes_least)?;
        Ok(Tended {
            snapshot,
            archived: self.retire()?,
        })
    }

    /// Writes a snapshot if so many bytes, and as many as the index has, were logged since the
    /// last.
    pub(super) fn snapshot_if(&self, bytes_least: u64) -> Result<bool, TendError> {
        let mut tending = lock(&self.tending);
        let appended = self.log.appended_bytes();
        let since = tending.behind_bytes + appended - tending.appended_bytes;
        let index: u64 = self
            .cells()
            .iter()
            .map(|cell| lock(&cell.route).index.bytes())
            .sum();
        if since <= bytes_least || since <= index {
            return Ok(false);
        }
        self.snapshot()?;
        tending.behind_bytes = 0;
        tending.appended_bytes = appended;
        Ok(true)
    }

    pub(super) fn snapshot(&self) -> Result<(), TendError> {
        // Whatever is appended up to here is folded in by the time a route's lock is ours.
        let after = self.log.appended();
        let mut out =
            SnapshotWriter::begin(Arc::clone(&self.disk), after).map_err(TendError::Snapshot)?;
        self.write_routes(&mut out).map_err(TendError::Snapshot)?;
        self.log.sync().map_err(WriteFailed)?;
        out.finish(self.log.synced()).map_err(TendError::Snapshot)?;
        Ok(())
    }

    /// Each lock is held for one ledger or one shard, never for long.
    fn write_routes(&self, out: &mut SnapshotWriter) -> io::Result<()> {
        for cell in self.cells() {
            let (mut ledger, mut removals) = (Writer::default(), Writer::default());
            let mut watch = Writer::default();
            let shards = {
                let route = lock(&cell.route);
                route.ledger.encode(&mut ledger);
                if !route.removals.is_empty() {
                    route.removals.encode(&mut removals);
                }
                if !route.watch.is_empty() {
                    route.watch.encode(&mut watch);
                }
                route.index.shards()
            };
            out.route(&cell.name, ledger)?;
            if removals.len() > 0 {
                out.removals(removals)?;
            }
            if watch.len() > 0 {
                out.watch(watch)?;
            }
            for number in 0..shards {
                let shard = {
                    let route = lock(&cell.route);
                    let shard = route.index.shard(number).filter(|shard| shard.len() > 0);
                    shard.map(|shard| encode_shard(number, shard))
                };
                if let Some(shard) = shard {
                    out.shard(shard)?;
                }
            }
        }
        Ok(())
    }

    /// Archives sealed segments whose parcels are all settled, and which are old enough, or too
    /// many.
    fn retire(&self) -> Result<u32, TendError> {
        // Sealed first: what was appended to these is folded in once each route's lock was ours.
        let sealed = self.log.sealed();
        let mut waiting = BTreeSet::new();
        for cell in self.cells() {
            let route = lock(&cell.route);
            waiting.extend(route.ledger.takes.values().map(|take| take.place.segment));
        }
        let failed = |segment: u32, why: String| TendError::Archive { segment, why };
        let mut bytes = 0;
        let mut sizes = Vec::with_capacity(sealed.len());
        for (head, ended_ms) in &sealed {
            let size = self.log.segment_bytes(head.number);
            let size = size.map_err(|error| failed(head.number, error.to_string()))?;
            bytes += size;
            sizes.push((head.number, *ended_ms, size));
        }
        let kept_since = self.now() - i64::from(self.options.retain_days) * DAY_MS;
        let mut archived = 0;
        for (segment, ended_ms, size) in sizes {
            let due = ended_ms < kept_since || bytes > self.options.retain_bytes_max;
            if !due || waiting.contains(&segment) {
                continue;
            }
            let strip = |kind: u8, payload: Vec<u8>| {
                if kind == KIND_TAKE && !self.may_be_withdrawn(&payload) {
                    strip(payload)
                } else {
                    payload
                }
            };
            let done = self.log.archive(segment, &strip);
            done.map_err(|error| failed(segment, error.to_string()))?;
            bytes -= size;
            archived += 1;
        }
        Ok(archived)
    }
}
