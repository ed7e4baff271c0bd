//! A whole feed through the sandbox and the judge, in pieces of any size.
//!
//! What must stay true: it walks as the inbound loop walks (the same narrowing, the same asking
//! for longer pieces, the same cuts), and takes nothing.

use super::bench::Bench;
use credit_adapter::narrow::{Broken, Budget, Narrow, Step};
use credit_adapter::{CallError, Feed as FeedSpec, Input, Usage};
use credit_record::flow::{Draft, Judged, Page, Skip};
use std::time::{Duration, Instant};

/// The longest piece, as in the inbound loop.
const PIECE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How a feed is read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    /// What the manifest says of it.
    pub spec: &'a FeedSpec,
    /// The name of the file.
    pub file: &'a str,
    /// What the adapter is told.
    pub settings: &'a [(String, String)],
}

/// What became of a feed.
#[derive(Default)]
pub(super) struct Walked {
    /// All pages as one, with the last carry and cursor.
    pub page: Page,
    /// What the judge made of each page.
    pub judged: Vec<Judged>,
    /// Stretches that the adapter could not be got past.
    pub cuts: Vec<Cut>,
    /// The adapter refused the feed as a whole.
    pub refused: Option<CallError>,
    /// The adapter is broken: the route would stop here.
    pub broken: Option<String>,
    /// The most that any call used.
    pub usage: Usage,
    /// Calls made.
    pub calls: u64,
    /// Time in all calls.
    pub time: Duration,
}

/// A stretch that was cut out.
pub(super) struct Cut {
    /// Its first byte in the decoded feed.
    pub offset: u64,
    /// How many bytes.
    pub bytes: usize,
    /// Stable word.
    pub code: String,
    /// Why, in Chinese.
    pub zh: String,
    /// Why, in English.
    pub en: String,
}

/// Walks `bytes`, a decoded feed, in pieces of `piece_bytes`.
pub(super) fn walk(
    bench: &Bench,
    reading: Reading<'_>,
    bytes: &[u8],
    piece_bytes: usize,
) -> Walked {
    let mut walked = Walked::default();
    let mut narrow = Narrow::new(Budget::default(), reading.spec.text);
    let (mut at, mut lost, mut carry) = (0, 0_u32, Vec::new());
    let mut want = piece_bytes.max(1);
    loop {
        let end = end_of_piece(bytes, at, want, reading.spec.text);
        let (piece, last) = (bytes.get(at..end).unwrap_or_default(), end == bytes.len());
        let offset = at as u64;
        let step = narrow.step(piece, last, |bytes, last| {
            let input = Input {
                file: reading.file,
                bytes,
                offset,
                last,
                lost,
                carry: &carry,
                settings: reading.settings,
            };
            let began = Instant::now();
            let (answer, usage) = bench.adapter.measured(reading.spec, &input);
            walked.time += began.elapsed();
            walked.calls += 1;
            walked.usage = walked.usage.most(usage);
            answer
        });
        let longest = piece.len() >= PIECE_BYTES_MAX;
        match step {
            Ok(Step::Page(mut page)) => {
                let consumed = usize::try_from(page.consumed).unwrap_or(piece.len());
                (carry, lost) = (std::mem::take(&mut page.carry), 0);
                walked.judged.push(bench.judge(&page));
                walked.add(page, &carry);
                at += consumed;
                if last && consumed == piece.len() {
                    return walked;
                }
            }
            Ok(Step::Longer) if !longest => {
                want = want.saturating_mul(2);
                continue;
            }
            Ok(Step::Longer) => {
                let most = PIECE_BYTES_MAX >> 20;
                walked.cuts.push(Cut {
                    offset,
                    bytes: piece.len(),
                    code: "record_too_long".to_owned(),
                    zh: format!("记录长度超过 {most} MiB，无法读取"),
                    en: format!("a record is longer than {most} MiB"),
                });
                (at, lost) = (end, lost + 1);
            }
            Ok(Step::Cut { bytes: cut, why }) => {
                walked.cuts.push(Cut {
                    offset,
                    bytes: cut,
                    code: why.code().to_owned(),
                    zh: why.zh(),
                    en: why.to_string(),
                });
                (at, lost) = (at + cut, lost + 1);
                if last && piece.is_empty() {
                    return walked;
                }
            }
            Err(Broken::Feed(why)) => {
                walked.refused = Some(why);
                return walked;
            }
            Err(broken) => {
                walked.broken = Some(broken.to_string());
                return walked;
            }
        }
        want = piece_bytes.max(1);
    }
}

/// Where a piece from `at` ends: in text, behind the character that its last byte is of.
fn end_of_piece(bytes: &[u8], at: usize, want: usize, text: bool) -> usize {
    let end = at.saturating_add(want.min(PIECE_BYTES_MAX));
    let rest = bytes.get(end..).unwrap_or_default().iter();
    let within = rest
        .take_while(|byte| text && **byte & 0xc0 == 0x80)
        .count();
    (end + within).min(bytes.len())
}

impl Walked {
    fn add(&mut self, page: Page, carry: &[u8]) {
        let whole = &mut self.page;
        let base = whole.bodies.len();
        for draft in &page.drafts {
            let code = page.directories.get(usize::from(draft.directory));
            let code = code.map_or("", String::as_str);
            let known = whole.directories.iter().position(|known| known == code);
            let index = known.unwrap_or_else(|| {
                whole.directories.push(code.to_owned());
                whole.directories.len() - 1
            });
            whole.drafts.push(Draft {
                directory: u16::try_from(index).unwrap_or(u16::MAX),
                end: u32::try_from(base + draft.end as usize).unwrap_or(u32::MAX),
                ..*draft
            });
        }
        whole.bodies.push_str(&page.bodies);
        whole.doubts.extend(page.doubts);
        for run in page.skipped {
            match whole.skipped.last_mut() {
                Some(before) if before.reason == run.reason && end(before) == run.first_row => {
                    before.rows = before.rows.saturating_add(run.rows);
                }
                _ => whole.skipped.push(run),
            }
        }
        whole.controls.extend(page.controls);
        whole.consumed += page.consumed;
        whole.carry = carry.to_vec();
        whole.cursor = page.cursor.or(whole.cursor.take());
    }

    /// Rows of the source that are told of.
    pub(super) fn rows(&self) -> u64 {
        let told = self.told().map(|(row, ..)| row);
        let skipped = self.page.skipped.iter().map(|run| end(run) - 1);
        told.chain(skipped).max().unwrap_or(0)
    }

    /// Records, and rows kept for a person (stretches that were cut out among them).
    pub(super) fn fates(&self) -> (u64, u64) {
        let records = self.judged.iter().map(|j| j.records.len()).sum::<usize>();
        let doubtful = self.judged.iter().map(|j| j.doubtful.len()).sum::<usize>();
        (records as u64, (doubtful + self.cuts.len()) as u64)
    }

    /// Rows that are no records.
    pub(super) fn skipped(&self) -> u64 {
        let runs = self.page.skipped.iter().map(|run| run.rows);
        runs.fold(0, u64::saturating_add)
    }

    /// Each row that a draft or a doubt tells of: from, to before, and that it is not skipped.
    fn told(&self) -> impl Iterator<Item = (u64, u64, bool)> {
        let drafts = self.page.drafts.iter().map(|draft| draft.source_row);
        let doubts = self.page.doubts.iter().map(|doubt| doubt.source_row);
        drafts
            .chain(doubts)
            .map(|r| (r, r.saturating_add(1), false))
    }

    /// What is wrong with the account of the rows, if anything: each row of the source ends as
    /// drafts or doubts, or is skipped, or is one of the stretches that were cut out; and every
    /// draft of an adapter is a record or stands with a doubtful row.
    pub(super) fn unaccounted(&self, feed_bytes: usize) -> Option<String> {
        if self.refused.is_some() || self.broken.is_some() {
            return None;
        }
        let cut: usize = self.cuts.iter().map(|cut| cut.bytes).sum();
        let dealt_with = self.page.consumed + cut as u64;
        if dealt_with != feed_bytes as u64 {
            return Some(format!(
                "{dealt_with} of {feed_bytes} bytes are accounted for"
            ));
        }
        self.rows_unaccounted()
            .or_else(|| self.drafts_unaccounted())
    }

    fn rows_unaccounted(&self) -> Option<String> {
        let skipped = self.page.skipped.iter().filter(|run| run.rows > 0);
        let skipped = skipped.map(|run| (run.first_row, end(run), true));
        let mut spans: Vec<(u64, u64, bool)> = self.told().chain(skipped).collect();
        spans.retain(|(first, ..)| *first > 0);
        spans.sort_unstable();
        let (mut next, mut skipped_to) = (1, 1);
        let (mut missing, mut first_missing) = (0, 0);
        for (first, end, skip) in spans {
            if first < skipped_to || (skip && first < next) {
                return Some(format!("row {first} is skipped, and more than that"));
            }
            if first > next {
                missing += first - next;
                first_missing = if first_missing == 0 {
                    next
                } else {
                    first_missing
                };
            }
            next = next.max(end);
            skipped_to = if skip { end } else { skipped_to };
        }
        // A stretch that was cut out counts as one row, wherever it ends.
        (missing > self.cuts.len() as u64).then(|| format!("row {first_missing} is lost"))
    }

    fn drafts_unaccounted(&self) -> Option<String> {
        let doubtful = self.judged.iter().flat_map(|judged| &judged.doubtful);
        let mut rows: Vec<u64> = doubtful.map(|entry| entry.source_row).collect();
        rows.sort_unstable();
        let with_doubts = self.page.drafts.iter();
        let with_doubts = with_doubts.filter(|d| rows.binary_search(&d.source_row).is_ok());
        let (records, kept) = (self.fates().0, with_doubts.count() as u64);
        let drafts = self.page.drafts.len() as u64;
        (records + kept != drafts)
            .then(|| format!("{drafts} drafts became {records} records, and {kept} were kept"))
    }
}

/// The row behind a run of skipped ones.
fn end(run: &Skip) -> u64 {
    run.first_row.saturating_add(run.rows)
}
