//! The way in: a batch is decided, written and folded in.

use super::decide::{Intake, decide};
use super::{Cell, Inner, Queue};
use crate::error::TakeError;
use crate::frames::{KIND_TAKE, TakeFrame};
use crate::log::{Log, Urgency, lock};
use crate::state::Route;
use credit_record::flow::Batch;
use std::sync::Arc;

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its sequence.
    pub seq: u64,
    /// Records that go on.
    pub accepted: u32,
    /// Rows kept for a person.
    pub doubtful: u32,
    /// Records known already.
    pub duplicate: u32,
    /// Those of `duplicate` that were older than what is known.
    pub stale: u32,
    /// Rows that are no records.
    pub skipped: u64,
}

/// A batch that is written but perhaps not durable yet. One may be kept while the next batch is
/// made ready; nothing is acknowledged before [`Ticket::wait`] returned.
#[must_use = "a take is not durable before its ticket was waited for"]
pub struct Ticket {
    log: Arc<Log>,
    taken: Taken,
}

impl Ticket {
    /// Waits until the take is durable.
    ///
    /// # Errors
    /// When the barrier failed; the queue must be opened again to learn what is there.
    pub fn wait(self) -> Result<Taken, TakeError> {
        self.log.wait(self.taken.seq)?;
        Ok(self.taken)
    }
}

impl Queue {
    /// Takes a batch: all of it is written, or nothing. Batches of a route must come from one
    /// caller at a time, in the order of its feed.
    ///
    /// # Errors
    /// When the batch is not sound or could not be written; nothing of it is kept then, and later
    /// batches are taken as if there had been none.
    pub fn take(&self, batch: Batch) -> Result<Ticket, TakeError> {
        self.take_in(Intake::from(batch))
    }

    pub(super) fn take_in(&self, intake: Intake) -> Result<Ticket, TakeError> {
        let inner = &self.inner;
        inner.log.check()?;
        let cell = inner.cell_or_new(&intake.route);
        let at_ms = inner.now();
        let mut route = lock(&cell.route);
        let mut known_at = inner.known_at();
        let take = decide(&route.index, intake, at_ms, &mut known_at)?;
        drop(known_at);
        inner.write(&cell, &mut route, take)
    }
}

impl Inner {
    /// Writes a take and folds it in, under the lock of its route.
    pub(super) fn write(
        &self,
        cell: &Arc<Cell>,
        route: &mut Route,
        take: TakeFrame,
    ) -> Result<Ticket, TakeError> {
        let head = take.encode_head();
        let bodies = take.bodies.as_deref().unwrap_or_default();
        let written = self
            .log
            .append(KIND_TAKE, &[&head, bodies.as_bytes()], Urgency::Now)?;
        let (seq, place) = written;
        route.apply_take(seq, place, &take);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let taken = Taken {
            seq,
            accepted: count(take.rows.len()),
            doubtful: count(take.doubtful.len()),
            duplicate: take.duplicate,
            stale: take.stale,
            skipped: take
                .skipped
                .iter()
                .fold(0, |sum: u64, skip| sum.saturating_add(skip.rows)),
        };
        if !take.rows.is_empty() {
            self.announce(cell, seq, take);
        }
        Ok(Ticket {
            log: Arc::clone(&self.log),
            taken,
        })
    }

    /// Makes a take with records known to those who deliver.
    fn announce(&self, cell: &Arc<Cell>, seq: u64, take: TakeFrame) {
        lock(&self.open).insert(seq, Arc::clone(cell));
        self.bells.expect(seq, &take.route, &take.targets);
        lock(&self.cache).put(seq, Arc::new(take));
        // The barrier may have been quicker than we were.
        self.bells.ring(self.log.synced());
    }
}
