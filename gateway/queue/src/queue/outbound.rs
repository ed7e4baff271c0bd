//! The way out: parcels leave in their order, and end with a receipt.

use super::{Cell, Inner, Queue};
use crate::error::{NextError, SettleError, WriteFailed};
use crate::frames::{KIND_SETTLE, SettleFrame, Settled, TakeFrame, is_about};
use crate::limits::REASON_BYTES_MAX;
use crate::log::{Urgency, lock};
use credit_record::flow::{Parcel, ParcelId, Receipt, Row};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// How often one who waits for room looks whether it should stop.
const STOP_LOOK: Duration = Duration::from_millis(100);

/// What waits in a route, and whether that is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Records that not all targets have settled.
    pub waiting_records: u64,
    /// The same in bytes of bodies.
    pub waiting_bytes: u64,
    /// Nothing should be taken until some are settled.
    pub over: bool,
}

impl Queue {
    /// What waits in a route.
    #[must_use]
    pub fn room(&self, route: &str) -> Room {
        let (waiting_records, waiting_bytes) = self.inner.cell(route).map_or((0, 0), |cell| {
            let route = lock(&cell.route);
            (route.ledger.waiting_records, route.ledger.waiting_bytes)
        });
        let options = &self.inner.options;
        let over = waiting_records >= options.waiting_records_max
            || waiting_bytes >= options.waiting_bytes_max;
        Room {
            waiting_records,
            waiting_bytes,
            over,
        }
    }

    /// Blocks until the route has room (true) or `stop` is set (false).
    pub fn wait_for_room(&self, route: &str, stop: &AtomicBool) -> bool {
        let (guard, bell) = &self.inner.room;
        loop {
            let held = lock(guard);
            if !self.room(route).over {
                return true;
            }
            if stop.load(Ordering::Acquire) {
                return false;
            }
            drop(
                bell.wait_timeout(held, STOP_LOOK)
                    .unwrap_or_else(PoisonError::into_inner),
            );
        }
    }

    /// Has `bell` called whenever `target` may have a new parcel. It must not block: it is called
    /// between two barriers. Look for a parcel once after this call.
    pub fn watch(&self, route: &str, target: &str, bell: Arc<dyn Fn() + Send + Sync>) {
        self.inner.bells.watch(route, target, bell);
    }

    /// The first durable parcel that `target` has not settled; the same until it is settled.
    ///
    /// # Errors
    /// When it could not be read back.
    pub fn next(&self, route: &str, target: &str) -> Result<Option<Parcel>, NextError> {
        self.inner.log.check().map_err(WriteFailed)?;
        let Some(cell) = self.inner.cell(route) else {
            return Ok(None);
        };
        let found = {
            let route = lock(&cell.route);
            let next = route.ledger.next(target);
            next.filter(|(take, _)| *take <= self.inner.log.synced())
                .and_then(|(seq, part)| {
                    let take = route.ledger.takes.get(&seq)?;
                    let first = take.parts.get(usize::from(part))?.first as usize;
                    Some((seq, part, take.place, first))
                })
        };
        let Some((seq, part, place, first)) = found else {
            return Ok(None);
        };
        let unreadable = |why: String| NextError::Unreadable { take: seq, why };
        let take = self
            .inner
            .load(seq, place)
            .map_err(|e| unreadable(e.to_string()))?;
        let id = ParcelId {
            take: seq,
            part,
            target: target.to_owned(),
        };
        let parcel = parcel(&take, id, first);
        parcel
            .map(Some)
            .ok_or_else(|| unreadable("it has no such parcel".to_owned()))
    }

    /// Records, and bytes of bodies, that `target` has not settled.
    #[must_use]
    pub fn waiting(&self, route: &str, target: &str) -> (u64, u64) {
        let Some(cell) = self.inner.cell(route) else {
            return (0, 0);
        };
        let route = lock(&cell.route);
        let target = route.ledger.target(target);
        target.map_or((0, 0), |target| {
            (target.waiting_records, target.waiting_bytes)
        })
    }

    /// Ends a parcel at its target. It is written on return, and durable with the next take or a
    /// moment later: a power cut in between has the parcel handed out again, with the same id.
    ///
    /// # Errors
    /// When the parcel is not the next of its target, the receipt cannot be about it, or it could
    /// not be written; nothing is changed then.
    pub fn settle(&self, parcel: &ParcelId, receipt: &Receipt) -> Result<(), SettleError> {
        let inner = &self.inner;
        let not_next = || SettleError::NotNext {
            take: parcel.take,
            part: parcel.part,
            target: parcel.target.clone(),
        };
        let cell = lock(&inner.open)
            .get(&parcel.take)
            .cloned()
            .ok_or_else(not_next)?;
        let receipt = trimmed(receipt);
        let records = inner.named(&cell, parcel, &receipt)?;
        let mut route = lock(&cell.route);
        let next = route.ledger.next(&parcel.target);
        let ours = next == Some((parcel.take, parcel.part)) && parcel.take <= inner.log.synced();
        let part = route.ledger.takes.get(&parcel.take).filter(|_| ours);
        let part = part.and_then(|take| take.parts.get(usize::from(parcel.part)));
        let rows = part.map(|part| part.rows).ok_or_else(not_next)?;
        if !is_about(&receipt, rows) || records.len() != receipt.rows.len() {
            let (doubted, refused) = (receipt.doubted, receipt.refused());
            return Err(SettleError::Unsound {
                rows,
                doubted,
                refused,
            });
        }
        let frame = SettleFrame {
            at_ms: inner.now(),
            route: cell.name.clone(),
            parcel: parcel.clone(),
            rows,
            receipt,
            records,
        };
        let written = inner
            .log
            .append(KIND_SETTLE, &[&frame.encode()], Urgency::Soon);
        let (seq, _) = written.map_err(WriteFailed)?;
        route.apply_settle(seq, &frame).map_err(|_| not_next())?;
        let done = !route.ledger.takes.contains_key(&parcel.take);
        drop(route);
        if done {
            lock(&inner.open).remove(&parcel.take);
            lock(&inner.cache).remove(parcel.take);
        }
        drop(lock(&inner.room.0));
        inner.room.1.notify_all();
        Ok(())
    }
}

impl Inner {
    /// The records that the receipt's rows are about.
    fn named(
        &self,
        cell: &Arc<Cell>,
        parcel: &ParcelId,
        receipt: &Receipt,
    ) -> Result<Vec<Settled>, NextError> {
        if receipt.rows.is_empty() {
            return Ok(Vec::new());
        }
        let found = {
            let route = lock(&cell.route);
            let take = route.ledger.takes.get(&parcel.take);
            take.and_then(|take| {
                Some((take.place, take.parts.get(usize::from(parcel.part))?.first))
            })
        };
        let Some((place, first)) = found else {
            return Ok(Vec::new());
        };
        let take = self
            .load(parcel.take, place)
            .map_err(|error| NextError::Unreadable {
                take: parcel.take,
                why: error.to_string(),
            })?;
        let named = receipt.rows.iter().filter_map(|said| {
            let row = first.checked_add(said.row)?;
            let record = take.rows.get(row as usize)?;
            let take_row = u16::try_from(row).ok()?;
            Some(Settled {
                id: record.id,
                take_row,
                source_row: record.source_row,
            })
        });
        Ok(named.collect())
    }
}

fn parcel(take: &TakeFrame, id: ParcelId, first: usize) -> Option<Parcel> {
    let part = take.parcels.get(usize::from(id.part))?;
    let rows = take.rows.get(first..first + part.rows as usize)?;
    let begin = take.body_end(first);
    let bodies = take
        .bodies
        .as_ref()?
        .get(begin..rows.last()?.end as usize)?;
    let row = |row: &crate::frames::TakenRow| Row {
        id: row.id,
        source_row: row.source_row,
        end: row.end - u32::try_from(begin).unwrap_or(0),
        person: row.person,
    };
    Some(Parcel {
        id,
        route: take.route.clone(),
        taken_ms: take.at_ms,
        directory: take.directories.get(usize::from(part.directory))?.clone(),
        operation: part.operation,
        repair: part.repair,
        rows: rows.iter().map(row).collect(),
        bodies: bodies.to_owned(),
    })
}

/// A receipt with a platform's texts cut to what is kept of them.
fn trimmed(receipt: &Receipt) -> Receipt {
    let mut receipt = receipt.clone();
    let texts = receipt
        .rows
        .iter_mut()
        .flat_map(|row| [&mut row.code, &mut row.reason]);
    for text in texts.chain([&mut receipt.task]) {
        text.truncate(text.floor_char_boundary(REASON_BYTES_MAX));
    }
    receipt
}
