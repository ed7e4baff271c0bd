//! Full snapshots: held against what is known, and what they lack. The caller has the route's feeds
//! to himself meanwhile.

use super::{Inner, Queue};
use crate::error::{LookupError, NoteError, RemovalError};
use crate::frames::{Note, Order, TakeFrame, TakenRow};
use crate::index::{ABSENT, REFUSED, RecordPlace, WITHDRAWN};
use crate::limits::ABSENT_RECORDS_MAX;
use crate::log::lock;
use crate::state::Route;

/// A full snapshot that was read wholly and well.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The route.
    pub route: String,
    /// Its name.
    pub feed: String,
    /// Ids of the records in it, in any order.
    pub present: Vec<[u8; 16]>,
    /// Rows of which it is not known which record they are.
    pub unidentified: u64,
    /// Directories that it has the whole of.
    pub directories: Vec<String>,
    /// More absent records than this share of the known are suspicious.
    pub absent_max_percent: u8,
}

/// What comparing a snapshot with what is known came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Records of the route that were alive.
    pub known: u64,
    /// Those that the snapshot lacks, whatever a person said of them; `None` where they are too
    /// many to be kept.
    pub absent: Option<u64>,
}

/// What is to become of a record that the last snapshot lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovalState {
    /// It waits for a person's word.
    Pending,
    /// A person keeps it.
    Kept {
        /// Since when.
        at_ms: i64,
        /// Who, and why.
        order: Order,
    },
}

/// A record that the last snapshot lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Its id.
    pub id: [u8; 16],
    /// What is to become of it.
    pub state: RemovalState,
    /// The directory's code.
    pub directory: String,
    /// It concerns a natural person.
    pub person: bool,
    /// The feed that had it last with other content than before.
    pub feed: String,
    /// Row of that feed.
    pub source_row: u64,
    /// When that was taken.
    pub at_ms: i64,
    /// The record, a JSON object; `None` once archived.
    pub body: Option<String>,
}

impl Queue {
    /// Holds a snapshot against what is known and not withdrawn. What it lacks waits for a
    /// person's word from now on, in place of what an earlier one lacked.
    ///
    /// # Errors
    /// When what is known cannot be read, or what is absent not be written.
    pub fn compare(&self, snapshot: Snapshot) -> Result<Compared, RemovalError> {
        let Snapshot {
            route,
            feed,
            mut present,
            unidentified,
            directories,
            absent_max_percent,
        } = snapshot;
        present.sort_unstable();
        let inner = &self.inner;
        let cell = inner.cell_or_new(&route);
        let (mut known, lacking) = lacking(&lock(&cell.route), &present);
        let too_many = || "too_many_absent".to_owned();
        if lacking.len() > ABSENT_RECORDS_MAX {
            self.present(&route, &feed, Some(too_many()), present)?;
            let absent = None;
            return Ok(Compared { known, absent });
        }
        let mut records = Vec::with_capacity(lacking.len());
        inner.each(lacking, |(_, take), row, at, id| {
            let ours = directories.contains(directory_of(take, row));
            // Refused by the only target, with no version before it: no platform has it.
            let nowhere = at.state() & REFUSED != 0 && row.prior == 0 && take.targets.len() == 1;
            if ours && !nowhere {
                records.push(id);
            } else {
                known -= 1;
            }
        })?;
        records.sort_unstable();
        let absent = Some(records.len() as u64);
        let note = Note::Absent {
            route,
            feed,
            known,
            unidentified,
            absent_max_percent,
            records,
        };
        inner.write_note(&mut lock(&cell.route), note)?;
        Ok(Compared { known, absent })
    }

    /// These records are there, in a feed that says of no record that it is absent: an increment,
    /// or a snapshot that could not be read wholly and well, and why (a stable word). How many of
    /// them an earlier snapshot lacked.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn present(
        &self,
        route: &str,
        feed: &str,
        code: Option<String>,
        mut present: Vec<[u8; 16]>,
    ) -> Result<u64, NoteError> {
        present.sort_unstable();
        if code.is_none() && self.inner.cell(route).is_none() {
            return Ok(0);
        }
        let cell = self.inner.cell_or_new(route);
        let mut state = lock(&cell.route);
        let absent = state.removals.absent();
        let back = absent.filter(|id| present.binary_search(id).is_ok());
        let records: Vec<_> = back.copied().collect();
        let back = records.len() as u64;
        if back > 0 || code.is_some() {
            let (route, feed) = (route.to_owned(), feed.to_owned());
            let note = Note::Present {
                route,
                feed,
                code,
                records,
            };
            self.inner.write_note(&mut state, note)?;
        }
        Ok(back)
    }

    /// What the last snapshot of a route lacks, at most `most` of them, in the order in which
    /// they were taken.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn removals(&self, route: &str, most: usize) -> Result<Vec<Removal>, LookupError> {
        let Some(cell) = self.inner.cell(route) else {
            return Ok(Vec::new());
        };
        let (wanted, removals) = {
            let state = lock(&cell.route);
            let ids = state.removals.absent().take(most);
            let place = |id: &[u8; 16]| Some((state.index.get(id)?.place, *id));
            let wanted: Vec<_> = ids.filter_map(place).collect();
            (wanted, state.removals.clone())
        };
        let mut found = Vec::with_capacity(wanted.len());
        self.inner.each(wanted, |(_, take), row, at, id| {
            let kept = removals.kept.iter().find(|kept| kept.records.contains(&id));
            let state = kept.map_or(RemovalState::Pending, |kept| RemovalState::Kept {
                at_ms: kept.at_ms,
                order: kept.order.clone(),
            });
            found.push(Removal {
                id,
                state,
                directory: directory_of(take, row).clone(),
                person: row.person,
                feed: take.feed.clone(),
                source_row: row.source_row,
                at_ms: take.at_ms,
                body: take.body(usize::from(at.row())).map(str::to_owned),
            });
        })?;
        Ok(found)
    }

    /// Ids of the records that wait for a person's word, and of those that a person keeps.
    #[must_use]
    pub fn absent(&self, route: &str) -> (Vec<[u8; 16]>, Vec<[u8; 16]>) {
        let removals = self.inner.cell(route).map(|cell| {
            let state = lock(&cell.route);
            let kept = state.removals.kept.iter().flat_map(|kept| &kept.records);
            let pending = state.removals.pending.iter().copied().collect();
            (pending, kept.copied().collect())
        });
        removals.unwrap_or_default()
    }
}

impl Inner {
    /// Calls `look` for the newest version of each record, in the order of the log, with the
    /// sequence of its take.
    pub(super) fn each(
        &self,
        mut wanted: Vec<(RecordPlace, [u8; 16])>,
        mut look: impl FnMut((u64, &TakeFrame), &TakenRow, RecordPlace, [u8; 16]),
    ) -> Result<(), LookupError> {
        wanted.sort_unstable_by_key(|(place, _)| place.bits());
        for group in wanted.chunk_by(|(a, _), (b, _)| a.frame() == b.frame()) {
            let Some((first, _)) = group.first() else {
                continue;
            };
            let (seq, take) = self.read_numbered(first.frame())?;
            for (place, id) in group {
                let row = take.rows.get(usize::from(place.row()));
                let row = row.ok_or_else(|| self.log.misplaced(first.frame()))?;
                look((seq, &take), row, *place, *id);
            }
        }
        Ok(())
    }
}

/// A platform may have it: it is not withdrawn, or was to be because it is absent and a target
/// refused that.
pub(super) fn is_alive(place: RecordPlace) -> bool {
    let refused = ABSENT | REFUSED;
    place.state() & WITHDRAWN == 0 || place.state() & refused == refused
}

/// How many records are alive, and those of them that are not in `present`, which is sorted.
fn lacking(route: &Route, present: &[[u8; 16]]) -> (u64, Vec<(RecordPlace, [u8; 16])>) {
    let mut alive = 0;
    let known = route.index.iter().filter(|(_, known)| {
        alive += u64::from(is_alive(known.place));
        is_alive(known.place)
    });
    let lacking = known.filter(|(id, _)| present.binary_search(id).is_err());
    let lacking = lacking.map(|(id, known)| (known.place, id)).collect();
    (alive, lacking)
}

pub(super) fn directory_of<'t>(take: &'t TakeFrame, row: &TakenRow) -> &'t String {
    static NONE: String = String::new();
    let directory = take.directories.get(usize::from(row.directory));
    directory.unwrap_or(&NONE)
}
