//! The way in: what becomes of each record of a batch is decided, written and folded in.

use super::{Cell, Inner, Queue};
use crate::error::TakeError;
use crate::frames::{KIND_TAKE, PRIOR_HERE, TakeFrame, TakenRow};
use crate::index::{Index, Known, RecordPlace};
use crate::limits::{TAKE_PARCELS_MAX, TAKE_ROWS_MAX};
use crate::log::{Log, Place, Urgency, lock};
use crate::state::{ById, Fate, New, cut, fate};
use credit_record::flow::{
    AdapterId, Batch, Doubtful, FinishedFeed, Operation, ParcelLimits, Resume, Skip,
};
use credit_record::judge::Record;
use std::collections::HashMap;
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
        Ok(self.taken)
    }
}

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
            parcels: batch.parcels,
        }
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
        let take = decide(&route.index, intake, at_ms)?;
        let head = take.encode_head();
        let bodies = take.bodies.as_deref().unwrap_or_default();
        let written = inner
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
            inner.announce(&cell, seq, take);
        }
        drop(route);
        Ok(Ticket {
            log: Arc::clone(&inner.log),
            taken,
        })
    }
}

impl Inner {
    /// Makes a take with records known to those who deliver.
    fn announce(&self, cell: &Arc<Cell>, seq: u64, take: TakeFrame) {
        lock(&self.open).insert(seq, Arc::clone(cell));
        self.bells.expect(seq, &take.route, &take.targets);
        lock(&self.cache).put(seq, Arc::new(take));
        // The barrier may have been quicker than we were.
        self.bells.ring(self.log.synced());
    }
}

/// What becomes of each record, in their order.
fn decide(index: &Index, intake: Intake, at_ms: i64) -> Result<TakeFrame, TakeError> {
    let drafted = intake.rows.len() + intake.doubtful.len();
    let unsound = |what| TakeError::Unsound { what };
    if !bodies_fit(&intake) {
        return Err(unsound("its records do not fit its bodies"));
    }
    let mut here: HashMap<[u8; 16], Known, ById> = HashMap::default();
    here.reserve(intake.rows.len());
    let mut rows: Vec<TakenRow> = Vec::with_capacity(intake.rows.len());
    let mut repairs = Vec::with_capacity(intake.rows.len());
    let mut kept = Kept::default();
    let (mut duplicate, mut stale, mut repeats) = (0_u32, 0_u32, false);
    let mut begin = 0;
    for row in &intake.rows {
        let id = row.new.id;
        let in_batch = here.get(&id).copied();
        let known = in_batch.or_else(|| index.get(&id));
        let body = begin..row.end as usize;
        begin = row.end as usize;
        match fate(known, row.new) {
            Fate::Duplicate { stale: older } => {
                duplicate += 1;
                stale += u32::from(older);
                kept.leave(&intake.bodies, body.start);
            }
            Fate::Accepted {
                operation,
                digest,
                version,
                repair,
            } => {
                kept.keep(&intake.bodies, body);
                repeats |= in_batch.is_some();
                let prior = known.map_or(0, |known| match in_batch {
                    Some(earlier) => earlier.place.stateless().bits() | PRIOR_HERE,
                    None => known.place.stateless().bits(),
                });
                let number = u16::try_from(rows.len()).map_err(|_| too_many(&intake))?;
                let place = RecordPlace::new(
                    Place {
                        segment: 0,
                        block: 0,
                    },
                    number,
                    state(operation),
                );
                here.insert(
                    id,
                    Known {
                        digest,
                        version,
                        place,
                    },
                );
                repairs.push(repair);
                rows.push(TakenRow {
                    id,
                    digest,
                    version,
                    source_row: row.source_row,
                    prior,
                    end: kept.end,
                    directory: row.directory,
                    repairs: row.repairs,
                    warnings: row.warnings,
                    operation,
                    person: row.person,
                });
            }
        }
    }
    if rows.len() > TAKE_ROWS_MAX as usize {
        return Err(too_many(&intake));
    }
    if !rows.is_empty() && intake.targets.is_empty() {
        return Err(TakeError::NoTarget {
            route: intake.route,
        });
    }
    let parcels = cut(&rows, &repairs, repeats, intake.parcels).map_err(|why| unsound(why.0))?;
    if parcels.len() > TAKE_PARCELS_MAX {
        return Err(too_many(&intake));
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
        bodies: Some(kept.bodies.unwrap_or(intake.bodies)),
    };
    // What is written must be readable for ever.
    take.check()
        .map(|()| take)
        .ok_or(unsound("directories or targets do not fit"))
}

const fn too_many(intake: &Intake) -> TakeError {
    TakeError::TooMany {
        rows: intake.rows.len(),
        most: TAKE_ROWS_MAX,
    }
}

fn state(operation: Operation) -> u8 {
    match operation {
        Operation::Insert | Operation::Update => 0,
        Operation::Withdraw => crate::index::WITHDRAWN,
        Operation::Hold => crate::index::HELD,
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

    fn keep(&mut self, all: &str, body: std::ops::Range<usize>) {
        self.end += u32::try_from(body.len()).unwrap_or(0);
        if let Some(bodies) = &mut self.bodies {
            bodies.push_str(all.get(body).unwrap_or_default());
        }
    }
}
