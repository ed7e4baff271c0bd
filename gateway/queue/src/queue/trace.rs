//! Everything that is known of one record, found by its id or by a value in it.

use super::{Cell, Inner, Queue};
use crate::error::LookupError;
use crate::frames::{Frame, Order, PRIOR_HERE, TakeFrame, TakenRow};
use crate::index::RecordPlace;
use crate::limits::{TRACE_DIGITS_LEAST, TRACE_RECORDS_MAX};
use crate::log::{Cursor, lock};
use crate::views::{DoubtEntry, ReceiptEntry, Row, receipt_key};
use credit_record::flow::{AdapterId, Operation, ParcelId, RowVerdict, Verdict};
use memchr::memmem::Finder;
use std::sync::Arc;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceQuery {
    /// A record's id, or the first digits of it, in hexadecimal: found through the index.
    Id(String),
    /// The whole text of one of its columns: found by reading all bodies that are kept.
    Value(String),
}

/// What became of a record at one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeState {
    /// Not sent, or not answered.
    Waiting,
    /// Stored.
    Delivered,
    /// Stored, and doubted by the platform.
    Doubted,
    /// Refused for good.
    Refused,
}

/// A record at one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The target.
    pub target: String,
    /// What became of it.
    pub state: OutcomeState,
    /// The receipt of its parcel.
    pub receipt: Option<ReceiptEntry>,
    /// What the platform said of it in particular.
    pub verdict: Option<RowVerdict>,
}

/// One version of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedVersion {
    /// The route.
    pub route: String,
    /// The record's id.
    pub id: [u8; 16],
    /// Whether this is its newest version.
    pub newest: bool,
    /// The take.
    pub take: u64,
    /// When it was taken.
    pub at_ms: i64,
    /// The feed.
    pub feed: String,
    /// Row of the source.
    pub source_row: u64,
    /// The adapter that made it.
    pub adapter: AdapterId,
    /// The directory's code.
    pub directory: String,
    /// What was to become of it at the platform.
    pub operation: Operation,
    /// By the directory's version column.
    pub version: Option<i64>,
    /// What was put right, as the judge counts.
    pub repairs: u16,
    /// What is odd, as the judge counts.
    pub warnings: u16,
    /// It concerns a natural person.
    pub person: bool,
    /// Whose word it was, where no feed said it.
    pub order: Option<Order>,
    /// Its parcel in the take.
    pub part: u16,
    /// One for each target.
    pub outcomes: Vec<Outcome>,
    /// The record, a JSON object; `None` once archived.
    pub body: Option<String>,
}

/// A doubtful row that has the value.
pub type TracedDoubt = DoubtEntry;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// By id: all versions of each record, the newest first. By value: all versions that have it,
    /// the oldest first.
    pub versions: Vec<TracedVersion>,
    /// By value: doubtful rows that have it.
    pub doubts: Vec<TracedDoubt>,
    /// By value: archived segments, whose bodies could not be looked into.
    pub archived: usize,
    /// There is more than is shown.
    pub more: bool,
}

impl Queue {
    /// Looks for a record.
    ///
    /// # Errors
    /// When the query says nothing, or views or log cannot be read.
    pub fn trace(&self, query: &TraceQuery) -> Result<Trace, LookupError> {
        let inner = &self.inner;
        inner.views()?.catch_up().map_err(LookupError::Views)?;
        match query {
            TraceQuery::Id(digits) => inner.trace_id(digits),
            TraceQuery::Value(value) => inner.trace_value(value),
        }
    }
}

impl Inner {
    fn trace_id(&self, text: &str) -> Result<Trace, LookupError> {
        let digits = text.trim().to_ascii_lowercase();
        let padded = format!("{digits:0<32}");
        let prefix = u128::from_str_radix(&padded, 16).ok().filter(|_| {
            (TRACE_DIGITS_LEAST..=32).contains(&digits.len())
                && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        });
        let prefix = prefix.ok_or_else(|| LookupError::Query {
            query: text.to_owned(),
            digits_least: TRACE_DIGITS_LEAST,
        })?;
        let mut trace = Trace::default();
        for cell in self.cells() {
            let found = {
                let route = lock(&cell.route);
                route
                    .index
                    .beginning(prefix, digits.len(), TRACE_RECORDS_MAX + 1)
            };
            for (_, known) in found {
                self.versions(&cell, known.place, &mut trace)?;
            }
        }
        Ok(trace)
    }

    /// All versions of a record, from the one at `place` back.
    fn versions(
        &self,
        cell: &Arc<Cell>,
        place: RecordPlace,
        trace: &mut Trace,
    ) -> Result<(), LookupError> {
        let mut at = place;
        let mut newest = true;
        loop {
            let stored = self.log.read(at.frame())?;
            let seq = stored.header.seq;
            let misplaced = || LookupError::from(self.log.misplaced(at.frame()));
            let Ok(Frame::Take(take)) = Frame::decode(stored.header.kind, stored.payload) else {
                return Err(misplaced());
            };
            let mut number = at.row();
            let prior = loop {
                if trace.versions.len() >= TRACE_RECORDS_MAX {
                    trace.more = true;
                    return Ok(());
                }
                let row = take.rows.get(usize::from(number)).ok_or_else(misplaced)?;
                trace
                    .versions
                    .push(self.version(cell, seq, &take, usize::from(number), newest)?);
                newest = false;
                let prior = RecordPlace::from_bits(row.prior);
                if row.prior & PRIOR_HERE == 0 || prior.row() >= number {
                    break row.prior & !PRIOR_HERE;
                }
                number = prior.row();
            };
            if prior == 0 {
                return Ok(());
            }
            at = RecordPlace::from_bits(prior);
        }
    }

    fn version(
        &self,
        cell: &Arc<Cell>,
        seq: u64,
        take: &TakeFrame,
        number: usize,
        newest: bool,
    ) -> Result<TracedVersion, LookupError> {
        let misfit = || LookupError::Log(format!("take {seq} has no row {number}"));
        let row: &TakenRow = take.rows.get(number).ok_or_else(misfit)?;
        let part = take
            .parts()
            .position(|(part, first, _)| number < first + part.rows as usize);
        let part = part
            .and_then(|part| u16::try_from(part).ok())
            .ok_or_else(misfit)?;
        let mut outcomes = Vec::with_capacity(take.targets.len());
        for target in &take.targets {
            let id = ParcelId {
                take: seq,
                part,
                target: target.clone(),
            };
            outcomes.push(self.outcome(cell, id, row)?);
        }
        Ok(TracedVersion {
            route: take.route.clone(),
            id: row.id,
            newest,
            take: seq,
            at_ms: take.at_ms,
            feed: take.feed.clone(),
            source_row: row.source_row,
            adapter: take.adapter.clone(),
            directory: take
                .directories
                .get(usize::from(row.directory))
                .cloned()
                .unwrap_or_default(),
            operation: row.operation,
            version: (row.version != i64::MIN).then_some(row.version),
            repairs: row.repairs,
            warnings: row.warnings,
            person: row.person,
            order: take.order.clone(),
            part,
            outcomes,
            body: take.body(number).map(str::to_owned),
        })
    }

    fn outcome(
        &self,
        cell: &Arc<Cell>,
        id: ParcelId,
        row: &TakenRow,
    ) -> Result<Outcome, LookupError> {
        let waiting = {
            let route = lock(&cell.route);
            let target = route.ledger.target(&id.target);
            target.is_some_and(|target| {
                target
                    .takes
                    .iter()
                    .any(|(take, part)| *take == id.take && *part <= id.part)
            })
        };
        let entry = if waiting {
            None
        } else {
            self.views()?
                .entry(&receipt_key(&id))
                .map_err(LookupError::Views)?
        };
        let target = id.target;
        let Some(Row::Receipt(entry, place)) = entry else {
            let state = OutcomeState::Waiting;
            return Ok(Outcome {
                target,
                state,
                receipt: None,
                verdict: None,
            });
        };
        let receipt = self.whole_receipt(entry, place)?;
        let ours = receipt
            .verdicts
            .iter()
            .find(|(source_row, id, _)| *source_row == row.source_row && *id == row.id);
        let verdict = ours.map(|(_, _, verdict)| verdict.clone());
        let state = match verdict.as_ref().map(|said| &said.verdict) {
            None => OutcomeState::Delivered,
            Some(Verdict::Doubted) => OutcomeState::Doubted,
            Some(Verdict::Refused) => OutcomeState::Refused,
        };
        Ok(Outcome {
            target,
            state,
            receipt: Some(receipt),
            verdict,
        })
    }

    fn trace_value(&self, value: &str) -> Result<Trace, LookupError> {
        let quoted = serde_json::to_string(value).unwrap_or_default();
        let in_bodies = Finder::new(quoted.as_bytes());
        let in_rows = Finder::new(value.as_bytes());
        let mut trace = Trace {
            archived: self.log.archived(),
            ..Trace::default()
        };
        if value.is_empty() {
            return Err(LookupError::Query {
                query: value.to_owned(),
                digits_least: TRACE_DIGITS_LEAST,
            });
        }
        let mut cursor = Cursor::at(1);
        let upto = self.log.synced();
        while let Some((place, stored)) = self.log.following(&mut cursor, upto)? {
            let seq = stored.header.seq;
            let Ok(Frame::Take(mut take)) = Frame::decode(stored.header.kind, stored.payload)
            else {
                continue;
            };
            let Some(cell) = self.cell(&take.route) else {
                continue;
            };
            for number in rows_with(&take, &in_bodies, quoted.len()) {
                let id = take.rows.get(number).map(|row| row.id).unwrap_or_default();
                let known = lock(&cell.route).index.get(&id);
                let here = u16::try_from(number).map(|row| RecordPlace::new(place, row, 0));
                let newest = known.map(|known| known.place.stateless()) == here.ok();
                if trace.versions.len() + trace.doubts.len() >= TRACE_RECORDS_MAX {
                    trace.more = true;
                    return Ok(trace);
                }
                trace
                    .versions
                    .push(self.version(&cell, seq, &take, number, newest)?);
            }
            for row in std::mem::take(&mut take.doubtful) {
                let content = row.content.as_bytes();
                if in_rows.find(content).is_none() && in_bodies.find(content).is_none() {
                    continue;
                }
                if trace.versions.len() + trace.doubts.len() >= TRACE_RECORDS_MAX {
                    trace.more = true;
                    return Ok(trace);
                }
                trace.doubts.push(DoubtEntry {
                    seq,
                    at_ms: take.at_ms,
                    route: take.route.clone(),
                    feed: take.feed.clone(),
                    adapter: take.adapter.clone(),
                    row,
                });
            }
        }
        Ok(trace)
    }
}

/// Rows whose body has the quoted text as a value (not as the name of a column), ascending.
fn rows_with(take: &TakeFrame, text: &Finder<'_>, text_bytes: usize) -> Vec<usize> {
    let Some(bodies) = &take.bodies else {
        return Vec::new();
    };
    let bytes = bodies.as_bytes();
    let values = text.find_iter(bytes).filter(|at| {
        let behind = bytes.get(at + text_bytes..).unwrap_or_default();
        let next = behind.iter().find(|byte| !byte.is_ascii_whitespace());
        next != Some(&b':')
    });
    let mut rows: Vec<usize> = values
        .map(|at| take.rows.partition_point(|row| row.end as usize <= at))
        .collect();
    rows.dedup();
    rows
}
