//! Full snapshots: what they lack, and what a person says becomes of it.
//!
//! What must stay true: a record is withdrawn because it was absent only by a person's word, and
//! only while the last word of the route's feeds is that it is absent; so nothing is withdrawn
//! while a feed is half read. The caller has the route's feeds to himself meanwhile.

use super::{Cell, Inner, Queue};
use crate::error::{LookupError, NoteError, RemovalError};
use crate::frames::{Note, Order, TakeFrame, TakenRow};
use crate::index::{REFUSED, RecordPlace, WITHDRAWN};
use crate::limits::{ABSENT_RECORDS_MAX, WITHDRAW_BYTES_MAX, WITHDRAW_RECORDS_MAX};
use crate::log::lock;
use crate::state::{Route, cut};
use credit_record::flow::{AdapterId, Operation, ParcelLimits};
use std::collections::BTreeSet;
use std::sync::Arc;

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
        inner.each(lacking, |take, row, at, id| {
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
        self.inner.each(wanted, |take, row, at, id| {
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

    /// Withdraws records that the last snapshot lacks, durably; ids of those that could not be
    /// because the log has no text of them any more.
    ///
    /// # Errors
    /// When a record is not absent, a feed is half read, or something cannot be read or written.
    pub fn withdraw(&self, withdrawal: &Withdrawal) -> Result<Vec<[u8; 16]>, RemovalError> {
        let inner = &self.inner;
        let cell = inner.cell_or_new(&withdrawal.route);
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
        inner.each(wanted, |take, row, at, id| {
            let Some(body) = take.body(usize::from(at.row())) else {
                gone.push(id);
                return;
            };
            if sheet.is_full_with(body) {
                sheets.push(std::mem::take(&mut sheet));
            }
            sheet.add(row, at, body, directory_of(take, row));
        })?;
        sheets.push(sheet);
        for sheet in sheets.into_iter().filter(|sheet| !sheet.rows.is_empty()) {
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
        let cell = self.inner.cell_or_new(route);
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
    /// Calls `look` for the newest version of each record, in the order of the log.
    fn each(
        &self,
        mut wanted: Vec<(RecordPlace, [u8; 16])>,
        mut look: impl FnMut(&TakeFrame, &TakenRow, RecordPlace, [u8; 16]),
    ) -> Result<(), LookupError> {
        wanted.sort_unstable_by_key(|(place, _)| place.bits());
        for group in wanted.chunk_by(|(a, _), (b, _)| a.frame() == b.frame()) {
            let Some((first, _)) = group.first() else {
                continue;
            };
            let take = self.read_take(first.frame())?;
            for (place, id) in group {
                let row = take.rows.get(usize::from(place.row()));
                let row = row.ok_or_else(|| self.log.misplaced(first.frame()))?;
                look(&take, row, *place, *id);
            }
        }
        Ok(())
    }

    /// Writes one take of withdrawals, and waits until it is durable.
    fn withdraw(
        &self,
        cell: &Arc<Cell>,
        withdrawal: &Withdrawal,
        sheet: Sheet,
    ) -> Result<(), RemovalError> {
        let Sheet {
            rows,
            directories,
            bodies,
        } = sheet;
        let repairs = vec![false; rows.len()];
        let unsound = |what| RemovalError::from(crate::TakeError::Unsound { what });
        let parcels = cut(&rows, &repairs, false, withdrawal.parcels);
        let mut state = lock(&cell.route);
        for row in &rows {
            absent(&state, &row.id)?;
        }
        let feed = state.removals.snapshot.as_ref();
        let take = TakeFrame {
            at_ms: self.now(),
            route: withdrawal.route.clone(),
            targets: withdrawal.targets.clone(),
            feed: feed.map(|seen| seen.feed.clone()).unwrap_or_default(),
            adapter: AdapterId::default(),
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
            order: Some(withdrawal.order.clone()),
            bodies: Some(bodies),
        };
        take.check()
            .ok_or_else(|| unsound("its targets do not fit"))?;
        let ticket = self.write(cell, &mut state, take)?;
        drop(state);
        ticket.wait()?;
        Ok(())
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
                    known.place.state() & WITHDRAWN == 0
                        && (known.digest, known.version) == (row.digest, row.version)
                })
            };
            !state.removals.is_empty() && take.rows.iter().any(alive)
        })
    }
}

/// How many records are alive, and those of them that are not in `present`, which is sorted.
fn lacking(route: &Route, present: &[[u8; 16]]) -> (u64, Vec<(RecordPlace, [u8; 16])>) {
    let mut alive = 0;
    let known = route.index.iter().filter(|(_, known)| {
        let is = known.place.state() & WITHDRAWN == 0;
        alive += u64::from(is);
        is
    });
    let lacking = known.filter(|(id, _)| present.binary_search(id).is_err());
    let lacking = lacking.map(|(id, known)| (known.place, id)).collect();
    (alive, lacking)
}

/// Where a record stands that may be withdrawn or kept: the last snapshot lacks it.
fn absent(route: &Route, id: &[u8; 16]) -> Result<RecordPlace, RemovalError> {
    if let Some(open) = &route.ledger.resume.open {
        let feed = open.name.clone();
        return Err(RemovalError::HalfRead { feed });
    }
    let known = route.index.get(id);
    known
        .filter(|_| route.removals.lacks(id))
        .map(|known| known.place)
        .ok_or_else(|| RemovalError::NotAbsent {
            record: format!("{:032x}", u128::from_be_bytes(*id)),
        })
}

fn directory_of<'t>(take: &'t TakeFrame, row: &TakenRow) -> &'t String {
    static NONE: String = String::new();
    let directory = take.directories.get(usize::from(row.directory));
    directory.unwrap_or(&NONE)
}

/// The rows of a take of withdrawals.
#[derive(Default)]
struct Sheet {
    rows: Vec<TakenRow>,
    directories: Vec<String>,
    bodies: String,
}

impl Sheet {
    fn is_full_with(&self, body: &str) -> bool {
        let bytes = self.bodies.len() + body.len();
        !self.rows.is_empty()
            && (self.rows.len() >= WITHDRAW_RECORDS_MAX || bytes > WITHDRAW_BYTES_MAX)
    }

    /// The withdrawal of `row`, which stands at `at`.
    fn add(&mut self, row: &TakenRow, at: RecordPlace, body: &str, directory: &String) {
        let place = self.directories.iter().position(|code| code == directory);
        let place = place.unwrap_or_else(|| {
            self.directories.push(directory.clone());
            self.directories.len() - 1
        });
        self.bodies.push_str(body);
        self.rows.push(TakenRow {
            // No row of the snapshot: it is not in it.
            source_row: 0,
            prior: at.stateless().bits(),
            end: u32::try_from(self.bodies.len()).unwrap_or(u32::MAX),
            directory: u16::try_from(place).unwrap_or(u16::MAX),
            repairs: 0,
            warnings: 0,
            operation: Operation::Withdraw,
            ..*row
        });
    }
}
