//! Takes that a person ordered: withdrawals, and dead letters that are sent again.
//!
//! What must stay true: such a take has no feed of its own and moves no cursor; it is no larger
//! than its limits, and on disk before it is told.

use super::{Cell, Inner};
use crate::error::TakeError;
use crate::frames::{Order, TakeFrame, TakenRow};
use crate::limits::{ORDERED_BYTES_MAX, ORDERED_RECORDS_MAX};
use crate::state::{Route, cut};
use credit_record::flow::{AdapterId, ParcelLimits};
use std::sync::{Arc, MutexGuard};

/// The rows of one such take.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) rows: Vec<TakenRow>,
    directories: Vec<String>,
    bodies: String,
}

/// What is ordered of them.
pub(super) struct Ordered<'o> {
    pub(super) route: &'o str,
    pub(super) targets: &'o [String],
    /// The feed that it is about.
    pub(super) feed: String,
    /// The adapter that made them; none made a withdrawal.
    pub(super) adapter: AdapterId,
    pub(super) parcels: ParcelLimits,
    pub(super) order: &'o Order,
}

impl Sheet {
    /// There is no room for one more row with this body.
    pub(super) fn is_full_with(&self, body: &str) -> bool {
        let bytes = self.bodies.len() + body.len();
        !self.rows.is_empty()
            && (self.rows.len() >= ORDERED_RECORDS_MAX || bytes > ORDERED_BYTES_MAX)
    }

    /// Adds a row; where its body and its directory stand is said here.
    pub(super) fn add(&mut self, row: TakenRow, body: &str, directory: &str) {
        let place = self.directories.iter().position(|code| code == directory);
        let place = place.unwrap_or_else(|| {
            self.directories.push(directory.to_owned());
            self.directories.len() - 1
        });
        self.bodies.push_str(body);
        self.rows.push(TakenRow {
            end: u32::try_from(self.bodies.len()).unwrap_or(u32::MAX),
            directory: u16::try_from(place).unwrap_or(u16::MAX),
            repairs: 0,
            warnings: 0,
            ..row
        });
    }
}

impl Inner {
    /// Writes one such take, and waits until it is durable. A sheet without rows is none.
    pub(super) fn write_ordered(
        &self,
        cell: &Arc<Cell>,
        mut state: MutexGuard<'_, Route>,
        ordered: Ordered<'_>,
        sheet: Sheet,
    ) -> Result<(), TakeError> {
        let Sheet {
            rows,
            directories,
            bodies,
        } = sheet;
        if rows.is_empty() {
            return Ok(());
        }
        let unsound = |what| TakeError::Unsound { what };
        let repairs = vec![false; rows.len()];
        let parcels = cut(&rows, &repairs, false, ordered.parcels);
        let take = TakeFrame {
            at_ms: self.now(),
            route: ordered.route.to_owned(),
            targets: ordered.targets.to_vec(),
            feed: ordered.feed,
            adapter: ordered.adapter,
            drafted: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            duplicate: 0,
            stale: 0,
            directories,
            rows,
            parcels: parcels.map_err(|why| unsound(why.0))?,
            doubtful: Vec::new(),
            skipped: Vec::new(),
            resume: state.ledger.resume.clone(),
            finished: None,
            order: Some(ordered.order.clone()),
            replay_of: None,
            bodies: Some(bodies),
        };
        take.check()
            .ok_or_else(|| unsound("its targets do not fit"))?;
        let ticket = self.write(cell, &mut state, take)?;
        drop(state);
        ticket.wait().map(drop)
    }
}
