//! What a person says of records that a full snapshot lacks.
//!
//! What must stay true: a record is withdrawn because it was absent only by a person's word, and
//! only while the last word of the route's feeds is that it is absent; so nothing is withdrawn
//! while a feed is half read. The caller has the route's feeds to himself meanwhile.

use super::ordered::{Ordered, Sheet};
use super::removals::{directory_of, is_alive};
use super::{Cell, Inner, Queue};
use crate::error::RemovalError;
use crate::frames::{Note, Order, TakeFrame, TakenRow};
use crate::index::RecordPlace;
use crate::log::lock;
use crate::state::Route;
use credit_record::flow::{AdapterId, Operation, ParcelLimits};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A person's word that records are to be withdrawn.
#[derive(Clone, Debug)]
pub struct Withdrawal {
    /// The route.
    pub route: String,
    /// Targets that must withdraw them.
    pub targets: Vec<String>,
    /// How they are cut into parcels.
    pub parcels: ParcelLimits,
    /// Their ids.
    pub records: Vec<[u8; 16]>,
    /// Whose word it is.
    pub order: Order,
}

impl Queue {
    /// Withdraws records that the last snapshot lacks, durably; ids of those that could not be
    /// because the log has no text of them any more.
    ///
    /// # Errors
    /// When a record is not absent, a feed is half read, or something cannot be read or written.
    pub fn withdraw(&self, withdrawal: &Withdrawal) -> Result<Vec<[u8; 16]>, RemovalError> {
        let inner = &self.inner;
        let Some(cell) = inner.cell(&withdrawal.route) else {
            return withdrawal.records.first().map_or(Ok(Vec::new()), unknown);
        };
        let wanted = {
            let state = lock(&cell.route);
            let wanted: BTreeSet<_> = withdrawal.records.iter().collect();
            wanted
                .into_iter()
                .map(|id| Ok((absent(&state, id)?, *id)))
                .collect::<Result<Vec<_>, RemovalError>>()?
        };
        let mut gone = Vec::new();
        let mut sheet = Sheet::default();
        let mut sheets = Vec::new();
        inner.each(wanted, |(_, take), row, at, id| {
            let Some(body) = take.body(usize::from(at.row())) else {
                gone.push(id);
                return;
            };
            if sheet.is_full_with(body) {
                sheets.push(std::mem::take(&mut sheet));
            }
            sheet.add(withdrawal_of(row, at), body, directory_of(take, row));
        })?;
        sheets.push(sheet);
        for sheet in sheets {
            inner.withdraw(&cell, withdrawal, sheet)?;
        }
        Ok(gone)
    }

    /// Keeps records at the platforms although the last snapshot lacks them, durably, until they
    /// are seen again.
    ///
    /// # Errors
    /// When a record is not absent, a feed is half read, or it cannot be written.
    pub fn keep(
        &self,
        route: &str,
        records: Vec<[u8; 16]>,
        order: Order,
    ) -> Result<(), RemovalError> {
        let Some(cell) = self.inner.cell(route).filter(|_| !records.is_empty()) else {
            return records.first().map_or(Ok(()), unknown);
        };
        {
            let mut state = lock(&cell.route);
            for id in &records {
                absent(&state, id)?;
            }
            let Order { by, reason } = order;
            let route = route.to_owned();
            let note = Note::Kept {
                route,
                by,
                reason,
                records,
            };
            self.inner.write_note(&mut state, note)?;
        }
        self.sync().map_err(RemovalError::from)
    }
}

impl Inner {
    /// Writes one take of withdrawals, and waits until it is durable.
    fn withdraw(
        &self,
        cell: &Arc<Cell>,
        withdrawal: &Withdrawal,
        sheet: Sheet,
    ) -> Result<(), RemovalError> {
        let state = lock(&cell.route);
        for row in &sheet.rows {
            absent(&state, &row.id)?;
        }
        let feed = state.removals.snapshot.as_ref();
        let ordered = Ordered {
            route: &withdrawal.route,
            targets: &withdrawal.targets,
            feed: feed.map(|seen| seen.feed.clone()).unwrap_or_default(),
            adapter: AdapterId::default(),
            parcels: withdrawal.parcels,
            order: &withdrawal.order,
        };
        Ok(self.write_ordered(cell, state, ordered, sheet)?)
    }

    /// The body of a record in this take may be needed to withdraw it: it is alive, and full
    /// snapshots of its route are read, so that its absence can be confirmed whenever it is.
    pub(super) fn may_be_withdrawn(&self, payload: &[u8]) -> bool {
        let any = |cell: &Arc<Cell>| !lock(&cell.route).removals.is_empty();
        if !self.cells().iter().any(any) {
            return false;
        }
        let Ok(take) = TakeFrame::decode(payload.to_vec()) else {
            return false;
        };
        self.cell(&take.route).is_some_and(|cell| {
            let state = lock(&cell.route);
            let alive = |row: &TakenRow| {
                let known = state.index.get(&row.id);
                known.is_some_and(|known| {
                    is_alive(known.place)
                        && (known.digest, known.version) == (row.digest, row.version)
                })
            };
            !state.removals.is_empty() && take.rows.iter().any(alive)
        })
    }
}

/// Where a record stands that may be withdrawn or kept: the last snapshot lacks it.
fn absent(route: &Route, id: &[u8; 16]) -> Result<RecordPlace, RemovalError> {
    if let Some(open) = &route.ledger.resume.open {
        let feed = open.name.clone();
        return Err(RemovalError::HalfRead { feed });
    }
    let known = route.index.get(id).filter(|_| route.removals.lacks(id));
    known.map_or_else(|| unknown(id), |known| Ok(known.place))
}

fn unknown<T>(id: &[u8; 16]) -> Result<T, RemovalError> {
    let record = format!("{:032x}", u128::from_be_bytes(*id));
    Err(RemovalError::NotAbsent { record })
}

/// The withdrawal of `row`, which stands at `at`.
fn withdrawal_of(row: &TakenRow, at: RecordPlace) -> TakenRow {
    TakenRow {
        // No row of the snapshot: it is not in it.
        source_row: 0,
        prior: at.stateless().bits(),
        operation: Operation::Withdraw,
        ..*row
    }
}
