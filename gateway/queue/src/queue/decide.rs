//! What becomes of each record of a batch: a pure decision by what the index knows.

use crate::error::TakeError;
use crate::frames::{PRIOR_HERE, TakeFrame, TakenRow};
use crate::index::{HELD, Index, Known, RecordPlace, WITHDRAWN};
use crate::limits::{TAKE_PARCELS_MAX, TAKE_ROWS_MAX};
use crate::log::{Place, ReadError};
use crate::state::{ById, Fate, New, cut, fate};
use credit_record::flow::{
    AdapterId, Batch, Doubtful, FinishedFeed, Operation, ParcelLimits, Resume, Skip,
};
use credit_record::judge::Record;
use std::collections::HashMap;
use std::ops::Range;

/// A record on its way in.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewRow {
    pub(super) new: New,
    pub(super) source_row: u64,
    pub(super) end: u32,
    pub(super) directory: u16,
    pub(super) repairs: u16,
    pub(super) warnings: u16,
    pub(super) person: bool,
}

impl From<&Record> for NewRow {
    fn from(record: &Record) -> Self {
        Self {
            new: New {
                id: record.id(),
                digest: record.digest(),
                version: record.version(),
                operation: record.operation(),
            },
            source_row: record.source_row(),
            end: record.end(),
            directory: record.directory(),
            repairs: record.repairs(),
            warnings: record.warnings(),
            person: record.person(),
        }
    }
}

/// A batch, its records as the queue sees them.
#[derive(Clone, Debug)]
pub(super) struct Intake {
    pub(super) route: String,
    pub(super) targets: Vec<String>,
    pub(super) feed: String,
    pub(super) adapter: AdapterId,
    pub(super) bodies: String,
    pub(super) rows: Vec<NewRow>,
    pub(super) directories: Vec<String>,
    pub(super) doubtful: Vec<Doubtful>,
    pub(super) skipped: Vec<Skip>,
    pub(super) resume: Resume,
    pub(super) finished: Option<FinishedFeed>,
    pub(super) replay_of: Option<u64>,
    pub(super) parcels: ParcelLimits,
}

impl From<Batch> for Intake {
    fn from(batch: Batch) -> Self {
        Self {
            route: batch.route,
            targets: batch.targets,
            feed: batch.feed,
            adapter: batch.adapter,
            rows: batch.judged.records.iter().map(NewRow::from).collect(),
            bodies: batch.judged.bodies,
            directories: batch.judged.directories,
            doubtful: batch.judged.doubtful,
            skipped: batch.skipped,
            resume: batch.resume,
            finished: batch.finished,
            replay_of: batch.replay_of,
            parcels: batch.parcels,
        }
    }
}

/// Makes a take of a batch. Rows with the same key are decided in their order. What is read again
/// gives way to what is known from later, as `known_at` tells of the take at a place.
pub(super) fn decide(
    index: &Index,
    intake: Intake,
    at_ms: i64,
    known_at: &mut dyn FnMut(RecordPlace) -> Result<u64, ReadError>,
) -> Result<TakeFrame, TakeError> {
    let drafted = intake.rows.len() + intake.doubtful.len();
    let unsound = |what| TakeError::Unsound { what };
    let too_many = TakeError::TooMany {
        rows: intake.rows.len(),
        most: TAKE_ROWS_MAX,
    };
    if !bodies_fit(&intake) {
        return Err(unsound("its records do not fit its bodies"));
    }
    let mut decided = Decided::with_room(intake.rows.len());
    let mut begin = 0;
    for row in &intake.rows {
        let end = row.end as usize;
        let known = decided.known(index, row);
        let mut fate = fate(known, row.new);
        if let (Some(ended), Some(known)) = (intake.replay_of, known)
            && !decided.here.contains_key(&row.new.id)
            && matches!(fate, Fate::Accepted { .. })
            && known_at(known.place)? > ended
        {
            fate = Fate::Duplicate { stale: true };
        }
        if !decided.add((row, known, fate), &intake.bodies, begin..end) {
            return Err(too_many);
        }
        begin = end;
    }
    let Decided {
        rows,
        repairs,
        kept,
        duplicate,
        stale,
        repeats,
        ..
    } = decided;
    if !rows.is_empty() && intake.targets.is_empty() {
        return Err(TakeError::NoTarget {
            route: intake.route,
        });
    }
    let parcels = cut(&rows, &repairs, repeats, intake.parcels).map_err(|why| unsound(why.0))?;
    if parcels.len() > TAKE_PARCELS_MAX {
        return Err(too_many);
    }
    let take = TakeFrame {
        at_ms,
        route: intake.route,
        targets: intake.targets,
        feed: intake.feed,
        adapter: intake.adapter,
        drafted: u32::try_from(drafted).map_err(|_| unsound("it is too large"))?,
        duplicate,
        stale,
        directories: intake.directories,
        rows,
        parcels,
        doubtful: intake.doubtful,
        skipped: intake.skipped,
        resume: intake.resume,
        finished: intake.finished,
        order: None,
        replay_of: intake.replay_of,
        bodies: Some(kept.bodies.unwrap_or(intake.bodies)),
    };
    // What is written must be readable for ever.
    take.check()
        .map(|()| take)
        .ok_or(unsound("directories or targets do not fit"))
}

/// What was decided so far.
struct Decided {
    rows: Vec<TakenRow>,
    repairs: Vec<bool>,
    kept: Kept,
    duplicate: u32,
    stale: u32,
    /// Some key was accepted twice.
    repeats: bool,
    /// What this batch has made known, which the index does not know yet.
    here: HashMap<[u8; 16], Known, ById>,
}

impl Decided {
    fn with_room(rows: usize) -> Self {
        Self {
            rows: Vec::with_capacity(rows),
            repairs: Vec::with_capacity(rows),
            kept: Kept::default(),
            duplicate: 0,
            stale: 0,
            repeats: false,
            here: HashMap::with_capacity_and_hasher(rows, ById::default()),
        }
    }

    /// What is known of a row's key.
    fn known(&self, index: &Index, row: &NewRow) -> Option<Known> {
        let here = self.here.get(&row.new.id).copied();
        here.or_else(|| index.get(&row.new.id))
    }

    /// Adds one more row with its fate; false if a take cannot hold it.
    fn add(
        &mut self,
        (row, known, fate): (&NewRow, Option<Known>, Fate),
        bodies: &str,
        body: Range<usize>,
    ) -> bool {
        let id = row.new.id;
        let earlier_here = self.here.contains_key(&id);
        let (operation, digest, version, repair) = match fate {
            Fate::Duplicate { stale } => {
                self.duplicate += 1;
                self.stale += u32::from(stale);
                self.kept.leave(bodies, body.start);
                return true;
            }
            Fate::Accepted {
                operation,
                digest,
                version,
                repair,
            } => (operation, digest, version, repair),
        };
        let number = u16::try_from(self.rows.len()).ok();
        let Some(number) = number.filter(|number| u32::from(*number) < TAKE_ROWS_MAX) else {
            return false;
        };
        let mark = if earlier_here { PRIOR_HERE } else { 0 };
        let prior = known.map_or(0, |known| known.place.stateless().bits() | mark);
        // The take has no place yet; segment 0 stands for itself.
        let nowhere = Place {
            segment: 0,
            block: 0,
        };
        let place = RecordPlace::new(nowhere, number, state(operation));
        self.here.insert(
            id,
            Known {
                digest,
                version,
                place,
            },
        );
        self.repeats |= earlier_here;
        self.repairs.push(repair);
        self.kept.keep(bodies, body);
        self.rows.push(TakenRow {
            id,
            digest,
            version,
            source_row: row.source_row,
            prior,
            end: self.kept.end,
            directory: row.directory,
            repairs: row.repairs,
            warnings: row.warnings,
            operation,
            person: row.person,
        });
        true
    }
}

pub(super) fn state(operation: Operation) -> u8 {
    match operation {
        Operation::Insert | Operation::Update => 0,
        Operation::Withdraw => WITHDRAWN,
        Operation::Hold => HELD,
    }
}

/// Whether the records' ends ascend, lie on borders of characters, and end with the bodies.
fn bodies_fit(intake: &Intake) -> bool {
    let bodies = &intake.bodies;
    let ascend = intake.rows.is_sorted_by(|a, b| a.end <= b.end);
    let on_borders = intake
        .rows
        .iter()
        .all(|row| bodies.is_char_boundary(row.end as usize));
    let last = intake.rows.last().map_or(0, |row| row.end as usize);
    ascend && on_borders && last == bodies.len()
}

/// The bodies that are kept: those of the batch as they are, until one is left out.
#[derive(Default)]
struct Kept {
    bodies: Option<String>,
    end: u32,
}

impl Kept {
    fn leave(&mut self, all: &str, before: usize) {
        if self.bodies.is_none() {
            let mut bodies = String::with_capacity(all.len());
            bodies.push_str(all.get(..before).unwrap_or_default());
            self.bodies = Some(bodies);
        }
    }

    fn keep(&mut self, all: &str, body: Range<usize>) {
        self.end += u32::try_from(body.len()).unwrap_or(0);
        if let Some(bodies) = &mut self.bodies {
            bodies.push_str(all.get(body).unwrap_or_default());
        }
    }
}
