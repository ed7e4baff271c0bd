//! The doubtful rows of a page: one entry a row of the source, with all its reasons.

use std::collections::BTreeMap;

use crate::{
    flow::{Doubt, Doubtful, Draft, Judged, Reason},
    judge::Record,
    mask::mask_text,
};

/// Rows by number and a count that is 0 but for row 0: that is no row, and what is said of it is
/// never put together.
pub(super) struct Rows {
    rows: BTreeMap<(u64, usize), Row>,
}

/// A row that is becoming doubtful.
struct Row {
    entry: Doubtful,
    /// Of its drafts whose key could be read.
    ids: Vec<[u8; 16]>,
    /// There is a draft in it whose key could not.
    unidentified: bool,
    /// The row as it stood in the feed is known: drafts add nothing to it.
    has_excerpt: bool,
    /// How many of its reasons are the adapter's: they come first.
    of_adapter: usize,
}

impl Rows {
    /// The adapter's own doubts.
    pub(super) fn of(doubts: &[Doubt]) -> Self {
        let mut rows = Self {
            rows: BTreeMap::new(),
        };
        for doubt in doubts {
            let row = rows.row(doubt.source_row);
            row.of_adapter += 1;
            row.entry.reasons.push(Reason {
                field: mask_text(&doubt.field).into_owned(),
                code: doubt.code.clone(),
                zh: mask_text(&doubt.zh).into_owned(),
                en: mask_text(&doubt.en).into_owned(),
            });
            if !row.has_excerpt && !doubt.excerpt.is_empty() {
                row.has_excerpt = true;
                row.entry.content.clone_from(&doubt.excerpt);
                // An id in the row means that it may concern a person.
                row.entry.person = mask_text(&doubt.excerpt) != doubt.excerpt;
            }
        }
        rows
    }

    /// Whether this row is doubtful already.
    pub(super) fn has(&self, source_row: u64) -> bool {
        !self.rows.is_empty() && self.rows.contains_key(&(source_row, 0))
    }

    /// Whether there is a doubt about this column of the row.
    pub(super) fn doubts(&self, source_row: u64, column: &str) -> bool {
        let row = self.rows.get(&(source_row, 0));
        row.is_some_and(|row| row.entry.reasons.iter().any(|r| r.field == column))
    }

    /// A draft that is not sent – its directory, its body, whether it concerns a person –, its id
    /// where that is known, and what is wrong with it (nothing, if its row is).
    pub(super) fn doubt(
        &mut self,
        draft: &Draft,
        (directory, body, person): (&str, &str, bool),
        id: Option<[u8; 16]>,
        reasons: impl IntoIterator<Item = Reason>,
    ) {
        let row = self.row(draft.source_row);
        row.ids.extend(id);
        row.unidentified |= id.is_none();
        if row.entry.directory.is_empty() {
            directory.clone_into(&mut row.entry.directory);
        }
        row.entry.person |= person;
        row.add(body);
        // What the adapter could not read it has left out, or as it stood, and said why: that it is
        // missing, or no such value, is no second reason. Nor is what is wrong also missing.
        for reason in reasons {
            let missing = reason.code.ends_with("_missing");
            let said = |(at, r): (usize, &Reason)| {
                let same = r.field == reason.field && !r.field.is_empty();
                same && (at < row.of_adapter || r.code == reason.code || missing)
            };
            if !row.entry.reasons.iter().enumerate().any(said) {
                row.entry.reasons.push(reason);
            }
        }
    }

    /// Takes the records of doubtful rows back, and hands over the rows, ascending.
    pub(super) fn settle(mut self, out: &mut Judged) {
        if !self.rows.is_empty() && out.records.iter().any(|r| self.has(r.source_row())) {
            self.take_back(out);
        }
        for row in self.rows.into_values() {
            out.unidentified += u64::from(row.unidentified || row.ids.is_empty());
            out.doubtful_ids.extend(row.ids);
            out.doubtful.push(row.entry);
        }
    }

    fn take_back(&mut self, out: &mut Judged) {
        let bodies = std::mem::take(&mut out.bodies);
        let directories = &out.directories;
        let mut start = 0;
        let mut kept = String::with_capacity(bodies.len());
        out.records.retain_mut(|record: &mut Record| {
            let body = bodies.get(start..record.end as usize).unwrap_or_default();
            start = record.end as usize;
            let Some(row) = self.rows.get_mut(&(record.source_row, 0)) else {
                kept.push_str(body);
                record.end = u32::try_from(kept.len()).unwrap_or(u32::MAX);
                return true;
            };
            if row.entry.directory.is_empty() {
                let directory = directories.get(usize::from(record.directory));
                row.entry.directory = directory.cloned().unwrap_or_default();
            }
            row.entry.person |= record.person;
            row.ids.push(record.id);
            row.add(body);
            false
        });
        out.bodies = kept;
    }

    fn row(&mut self, source_row: u64) -> &mut Row {
        let new = || Row {
            entry: Doubtful {
                source_row,
                directory: String::new(),
                person: false,
                reasons: Vec::new(),
                content: String::new(),
                place: None,
            },
            ids: Vec::new(),
            unidentified: false,
            has_excerpt: false,
            of_adapter: 0,
        };
        let count = if source_row == 0 {
            1 + self.rows.len()
        } else {
            0
        };
        self.rows.entry((source_row, count)).or_insert_with(new)
    }
}

impl Row {
    fn add(&mut self, body: &str) {
        if self.has_excerpt {
            return;
        }
        if !self.entry.content.is_empty() {
            self.entry.content.push('\n');
        }
        self.entry.content.push_str(body);
    }
}
