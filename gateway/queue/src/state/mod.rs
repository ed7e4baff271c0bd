//! The state of every route: a pure fold over the frames of the log.
//!
//! The same `apply` serves live takes and settlements, recovery, and rebuilding from the archives;
//! what it makes depends on the frames alone. Frames at or before `applied` are skipped, so a
//! snapshot and the log behind it may overlap.

mod books;
mod codec;
mod cut;
mod fate;
mod ledger;
mod removals;
mod watch;

pub use self::books::{Imbalance, RouteBooks, TargetBooks};
pub(crate) use self::cut::{ById, cut};
pub(crate) use self::fate::{Fate, New, fate};
pub(crate) use self::ledger::Ledger;
pub use self::ledger::{FileSeen, RunSeen, StopSeen};
pub(crate) use self::removals::Removals;
pub use self::removals::{RemovalBooks, SnapshotSeen};
pub(crate) use self::watch::Watch;
pub use self::watch::{AlarmSeen, RefusedFeed};
use crate::frames::{Frame, NoteFrame, SettleFrame, TakeFrame};
use crate::index::{ABSENT, DOUBTED, HELD, Index, Known, REFUSED, RecordPlace, WITHDRAWN};
use crate::log::Place;
use crate::wire::Malformed;
use credit_record::flow::{Operation, Verdict};
use std::collections::BTreeMap;

/// All routes.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct State {
    pub(crate) routes: BTreeMap<String, Route>,
}

impl State {
    /// Folds one frame in.
    pub(crate) fn apply(&mut self, seq: u64, place: Place, frame: &Frame) -> Result<(), Malformed> {
        let name = match frame {
            Frame::Take(take) => &take.route,
            Frame::Settle(settle) => &settle.route,
            Frame::Note(note) => note.note.route(),
            Frame::Seal => return Ok(()),
        };
        if !self.routes.contains_key(name) {
            self.routes.insert(name.to_owned(), Route::default());
        }
        let Some(route) = self.routes.get_mut(name) else {
            return Ok(());
        };
        if seq <= route.ledger.applied {
            return Ok(());
        }
        match frame {
            Frame::Take(take) => route.apply_take(seq, place, take),
            Frame::Settle(settle) => route.apply_settle(seq, settle)?,
            Frame::Note(note) => route.apply_note(seq, note),
            Frame::Seal => {}
        }
        Ok(())
    }
}

/// One route.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Route {
    pub(crate) index: Index,
    pub(crate) ledger: Ledger,
    pub(crate) removals: Removals,
    pub(crate) watch: Watch,
}

impl Route {
    pub(crate) fn apply_take(&mut self, seq: u64, place: Place, take: &TakeFrame) {
        for (row, taken) in (0_u16..).zip(&take.rows) {
            let state = match taken.operation {
                Operation::Insert | Operation::Update => 0,
                Operation::Withdraw if take.order.is_some() => WITHDRAWN | ABSENT,
                Operation::Withdraw => WITHDRAWN,
                Operation::Hold => HELD,
            };
            let place = RecordPlace::new(place, row, state);
            let known = Known {
                digest: taken.digest,
                version: taken.version,
                place,
            };
            self.index.put(&taken.id, known);
        }
        self.removals.take(take);
        self.watch.take(seq, take);
        self.ledger.take(seq, place, take);
    }

    pub(crate) fn apply_settle(&mut self, seq: u64, settle: &SettleFrame) -> Result<(), Malformed> {
        let place = self
            .ledger
            .settle(seq, settle)
            .ok_or(Malformed("order of settlements"))?;
        for (said, record) in settle.receipt.rows.iter().zip(&settle.records) {
            let state = match said.verdict {
                Verdict::Doubted => DOUBTED,
                Verdict::Refused => REFUSED,
            };
            self.index.mark(
                &record.id,
                RecordPlace::new(place, record.take_row, 0),
                state,
            );
        }
        Ok(())
    }

    pub(crate) fn apply_note(&mut self, seq: u64, note: &NoteFrame) {
        self.removals.note(note);
        self.watch.note(note);
        self.ledger.note(seq, note);
    }
}
