//! Feed after feed of a route that is tried, until there are enough rows.

use super::page::{Entry, Fate, Sum};
use super::sent::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::inbound::{
    Made, Translation, Translator, count_rows, feed_failed, newer_snapshot, now_ms,
};
use crate::report::rows;
use crate::sources::{Ahead, Found, Reader, Source};
use crate::stop::Stop;
use credit_queue::{Foreseen, Sight};
use credit_record::flow::{Doubtful, Resume, Skip};
use credit_record::judge::Record;
use credit_record::mask::mask_text;
use credit_source::feed::Feed;
use credit_source::files::Seen;
use credit_source::http::Rows;

/// Feeds that are looked into for rows.
const FEEDS_MAX: u64 = 100;

/// A route being tried.
pub(super) struct Tryout<'a> {
    pub(super) name: &'a str,
    pub(super) snapshots: bool,
    pub(super) rows_max: u32,
    pub(super) source: Source,
    pub(super) by: Translator,
    pub(super) desk: Desk<'a>,
    pub(super) stop: &'a Stop,
    /// What is known of the route, and would be known had what was shown been taken.
    pub(super) sight: Sight,
    pub(super) cursor: Option<String>,
    pub(super) entries: Vec<Entry>,
    pub(super) sum: Sum,
    /// The row shown last.
    pub(super) last_row: Option<u64>,
    /// A feed is refused by its adapter as a whole.
    pub(super) unreadable: bool,
}

/// What became of a row.
enum Item<'m> {
    Record(&'m Record, &'m str),
    Doubtful(&'m Doubtful),
    Skipped(&'m Skip),
}

impl Tryout<'_> {
    /// Reads feed after feed until there are enough rows, or no more.
    pub(super) fn pull(&mut self) -> Result<(), Failure> {
        self.source.begin();
        for _ in 0..self.source.feeds_max().min(FEEDS_MAX) {
            let seen = InSight {
                sight: &self.sight,
                route: self.name,
                snapshots: self.snapshots,
            };
            let reader = Reader {
                adapter: self.by.ready.adapter.id(),
                text: self.by.ready.spec.text,
            };
            let resume = Resume {
                open: None,
                cursor: self.cursor.clone(),
            };
            let look = (self.source).look((&seen, reader), &resume, now_ms(), self.stop)?;
            self.go_on()?;
            let more = match look.next {
                Ahead::Feed(found) => self.read(&found)?,
                _ => false,
            };
            if !more {
                let held = look.held.into_iter();
                self.entries.extend(held.map(|what| Entry::Held {
                    what: mask_text(&what).into_owned(),
                }));
                return Ok(());
            }
        }
        Ok(())
    }

    /// Reads on in a feed until there are enough rows; whether another follows.
    fn read(&mut self, found: &Found) -> Result<bool, Failure> {
        let file = &found.file;
        let encoding = self.source.encoding(self.by.ready.spec.text);
        let feed = Feed::open(file, encoding, None).map_err(feed_failed)?;
        let mut translation = Translation::new(&self.by, feed, &file.name, None);
        let mut rows = Rows {
            whole: true,
            ..Rows::default()
        };
        let at = self.entries.len();
        self.last_row = None;
        self.entries.push(Entry::Feed {
            file: mask_text(&file.name).into_owned(),
            bytes: file.stamp.bytes,
            whole: false,
            controls: self.by.ready.spec.controls,
        });
        loop {
            self.go_on()?;
            let made = translation.next(&self.by);
            let made = made.map_err(|stuck| self.by.failure(stuck))?;
            count_rows(&mut rows, &made.judged, &made.skipped);
            let all = self.show(&made);
            self.unreadable |= translation.withheld;
            if !all {
                return Ok(false);
            }
            if made.end {
                break;
            }
        }
        if let Some(Entry::Feed { whole, .. }) = self.entries.get_mut(at) {
            *whole = true;
        }
        let finished = translation.feed.finished().map_err(feed_failed)?;
        let sha256 = finished.sha256;
        self.sight.finish(self.name, finished, now_ms());
        let after = found.after(self.cursor.clone(), translation.cursor.take(), rows);
        let before = std::mem::replace(&mut self.cursor, after);
        let goes_on = self
            .source
            .goes_on(before.as_deref(), self.cursor.as_deref());
        self.source.done(file, sha256, now_ms());
        Ok(goes_on && self.sum.rows < u64::from(self.rows_max))
    }

    /// Shows what a piece became, in the order of rows; whether that was all of it.
    fn show(&mut self, made: &Made) -> bool {
        let judged = &made.judged;
        let records = judged.each().map(|(record, body)| {
            let item = Item::Record(record, body);
            (record.source_row(), item)
        });
        let doubtful = judged.doubtful.iter();
        let skipped = made.skipped.iter();
        let mut items: Vec<(u64, Item<'_>)> = records
            .chain(doubtful.map(|row| (row.source_row, Item::Doubtful(row))))
            .chain(skipped.map(|run| (run.first_row, Item::Skipped(run))))
            .collect();
        items.sort_by_key(|(row, _)| *row);
        for (row, item) in items {
            let again = self.last_row == Some(row) && row > 0;
            if !again && self.sum.rows >= u64::from(self.rows_max) {
                return false;
            }
            let entry = match item {
                Item::Skipped(run) => {
                    self.sum.skipped += run.rows;
                    self.entries.push(Entry::Skipped(rows::Skipped::of(run)));
                    continue;
                }
                Item::Doubtful(row) => {
                    self.sum.doubtful += 1;
                    Entry::Doubtful(rows::Doubt::of(row, self.by.judge.directories()))
                }
                Item::Record(record, body) => {
                    let code = judged.directories.get(usize::from(record.directory()));
                    self.record(record, code.map_or("", String::as_str), body)
                }
            };
            self.entries.push(entry);
            self.sum.rows += u64::from(!again);
            self.last_row = Some(row);
        }
        true
    }

    fn record(&mut self, record: &Record, code: &str, body: &str) -> Entry {
        let (fate, operation) = match self.sight.foresee(self.name, record) {
            Foreseen::New { operation } => (Fate::New, operation),
            Foreseen::Changed { operation, .. } => (Fate::Changed, operation),
            Foreseen::Duplicate => (Fate::Duplicate, record.operation()),
            Foreseen::Stale => (Fate::Stale, record.operation()),
        };
        self.sum.count(fate);
        let mut row = rows::Row::of(record, code, self.by.judge.directories());
        row.operation = operation.word();
        Entry::Record {
            row,
            fate,
            targets: self.desk.sent((code, body), operation),
        }
    }

    fn go_on(&self) -> Result<(), Failure> {
        if !self.stop.is_set() {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Failed,
            "已中断 it was interrupted; nothing of it was kept",
        ))
    }
}

/// What is known of a route's feeds.
struct InSight<'a> {
    sight: &'a Sight,
    route: &'a str,
    snapshots: bool,
}

impl Seen for InSight<'_> {
    fn size_seen(&self, bytes: u64) -> bool {
        self.sight.size_seen(self.route, bytes)
    }

    fn file_seen(&self, sha256: &[u8; 32], modified_ms: i64) -> bool {
        let seen = self.sight.file_seen(self.route, sha256);
        seen.is_some_and(|seen| {
            let last = || self.sight.is_last(self.route, &seen);
            !(self.snapshots && newer_snapshot(seen.at_ms, modified_ms, last))
        })
    }
}
