//! The entries of the views, and which of them a frame makes.

use crate::frames::{Frame, Note, SettleFrame, TakeFrame};
use crate::log::Place;
use credit_record::flow::{AdapterId, Doubtful, ParcelId, RowVerdict};
use std::collections::BTreeMap;

/// One take, in records unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeEntry {
    /// Its sequence.
    pub seq: u64,
    /// When.
    pub at_ms: i64,
    /// The route.
    pub route: String,
    /// The feed.
    pub feed: String,
    /// The adapter's name and version.
    pub adapter: (String, String),
    /// What came in.
    pub drafted: u32,
    /// What went on.
    pub accepted: u32,
    /// Kept for a person.
    pub doubtful: u32,
    /// Known already.
    pub duplicate: u32,
    /// Those of `duplicate` that were older than what is known.
    pub stale: u32,
    /// Rows that are no records.
    pub skipped: u64,
    /// Whether the feed ended with it.
    pub finished: bool,
}

/// Doubtful rows of one take with one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubtCount {
    /// The take.
    pub seq: u64,
    /// When.
    pub at_ms: i64,
    /// The route.
    pub route: String,
    /// The feed.
    pub feed: String,
    /// The code.
    pub code: String,
    /// Reasons with it.
    pub reasons: u64,
}

/// A row kept for a person, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubtEntry {
    /// The take.
    pub seq: u64,
    /// When.
    pub at_ms: i64,
    /// The route.
    pub route: String,
    /// The feed.
    pub feed: String,
    /// The adapter.
    pub adapter: AdapterId,
    /// The row.
    pub row: Doubtful,
}

/// Which doubtful rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoubtFilter {
    /// Of this route.
    pub route: Option<String>,
    /// Of this feed.
    pub feed: Option<String>,
    /// With this code among their reasons.
    pub code: Option<String>,
    /// Taken then or later.
    pub since_ms: Option<i64>,
}

/// The end of one parcel at one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptEntry {
    /// The parcel.
    pub parcel: ParcelId,
    /// The route.
    pub route: String,
    /// When we wrote it down.
    pub at_ms: i64,
    /// Records of the parcel.
    pub rows: u32,
    /// The platform's own number.
    pub task: String,
    /// When it was given.
    pub given_ms: i64,
    /// How often the parcel was sent.
    pub attempts: u32,
    /// Stored but doubted.
    pub doubted: u32,
    /// Refused for good.
    pub refused: u32,
    /// The rows that are not simply stored: source row, id, verdict.
    pub verdicts: Vec<(u64, [u8; 16], RowVerdict)>,
}

/// Which receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptFilter {
    /// Of this route.
    pub route: Option<String>,
    /// Of this target.
    pub target: Option<String>,
    /// With rows that are not simply stored.
    pub with_verdicts: bool,
    /// Written down then or later.
    pub since_ms: Option<i64>,
}

/// Something that happened to a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEntry {
    /// Its sequence.
    pub seq: u64,
    /// When.
    pub at_ms: i64,
    /// What; the records that it is about are left out.
    pub note: Note,
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Take(TakeEntry, Place),
    Doubts(Vec<DoubtCount>, Place),
    Receipt(ReceiptEntry, Place),
    Run(RunEntry),
}

/// The entries that a frame makes.
pub(crate) fn rows_of(seq: u64, place: Place, frame: &Frame) -> Vec<Row> {
    match frame {
        Frame::Take(take) => {
            let mut rows = vec![Row::Take(take_entry(seq, take), place)];
            if !take.doubtful.is_empty() {
                rows.push(Row::Doubts(doubt_counts(seq, take), place));
            }
            rows
        }
        Frame::Settle(settle) => vec![Row::Receipt(receipt_entry(settle, false), place)],
        Frame::Note(note) => {
            vec![Row::Run(RunEntry {
                seq,
                at_ms: note.at_ms,
                note: note.note.without_records(),
            })]
        }
        Frame::Seal => Vec::new(),
    }
}

fn take_entry(seq: u64, take: &TakeFrame) -> TakeEntry {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    TakeEntry {
        seq,
        at_ms: take.at_ms,
        route: take.route.clone(),
        feed: take.feed.clone(),
        adapter: (take.adapter.name.clone(), take.adapter.version.clone()),
        drafted: take.drafted,
        accepted: count(take.rows.len()),
        doubtful: count(take.doubtful.len()),
        duplicate: take.duplicate,
        stale: take.stale,
        skipped: take
            .skipped
            .iter()
            .fold(0, |sum: u64, skip| sum.saturating_add(skip.rows)),
        finished: take.finished.is_some(),
    }
}

fn doubt_counts(seq: u64, take: &TakeFrame) -> Vec<DoubtCount> {
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in take.doubtful.iter().flat_map(|row| &row.reasons) {
        *codes.entry(&reason.code).or_default() += 1;
    }
    let count = |(code, reasons): (&str, u64)| DoubtCount {
        seq,
        at_ms: take.at_ms,
        route: take.route.clone(),
        feed: take.feed.clone(),
        code: code.to_owned(),
        reasons,
    };
    codes.into_iter().map(count).collect()
}

/// A settlement as it is shown.
pub(crate) fn receipt_entry(settle: &SettleFrame, with_verdicts: bool) -> ReceiptEntry {
    let receipt = &settle.receipt;
    let said = receipt
        .rows
        .iter()
        .zip(&settle.records)
        .filter(|_| with_verdicts);
    ReceiptEntry {
        parcel: settle.parcel.clone(),
        route: settle.route.clone(),
        at_ms: settle.at_ms,
        rows: settle.rows,
        task: receipt.task.clone(),
        given_ms: receipt.at_ms,
        attempts: receipt.attempts,
        doubted: receipt.doubted,
        refused: receipt.refused(),
        verdicts: said
            .map(|(said, record)| (record.source_row, record.id, said.clone()))
            .collect(),
    }
}
