//! What came of a whole feed, whatever pieces it was read in.

use std::collections::BTreeSet;
use std::fmt;

use super::Violation;
use crate::adapter::Fault;
use crate::page::{Doubt, Draft, Operation, Page, Skip};

/// What an adapter made of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// All pages as one, with the last carry and cursor.
    pub page: Page,
    /// The feed as a whole could not be read.
    pub fault: Option<Fault>,
}

/// One draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftView<'o> {
    /// Row of the source.
    pub source_row: u64,
    /// Directory, with its profile.
    pub directory: &'o str,
    /// What is to become of it.
    pub operation: Operation,
    /// Its JSON object.
    pub body: &'o str,
}

impl Outcome {
    /// The drafts in their order.
    pub fn drafts(&self) -> impl Iterator<Item = DraftView<'_>> {
        let mut start = 0;
        self.page.drafts.iter().map(move |draft| {
            let end = draft.end as usize;
            let body = self.page.bodies.get(start..end).unwrap_or_default();
            start = end;
            let directory = self.page.directories.get(usize::from(draft.directory));
            DraftView {
                source_row: draft.source_row,
                directory: directory.map_or("", String::as_str),
                operation: draft.operation,
                body,
            }
        })
    }

    /// The doubts of a row.
    pub fn doubts(&self, source_row: u64) -> impl Iterator<Item = &Doubt> {
        self.page
            .doubts
            .iter()
            .filter(move |doubt| doubt.source_row == source_row)
    }

    /// Why a row was skipped, if it was.
    #[must_use]
    pub fn skipped(&self, source_row: u64) -> Option<&str> {
        let run = self
            .page
            .skipped
            .iter()
            .find(|run| rows(run).contains(&source_row))?;
        Some(&run.reason)
    }

    /// How many rows the source has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let drafts = self.page.drafts.iter().map(|draft| draft.source_row);
        let doubts = self.page.doubts.iter().map(|doubt| doubt.source_row);
        let skipped = self
            .page
            .skipped
            .iter()
            .map(|run| run.first_row + run.rows - 1);
        drafts.chain(doubts).chain(skipped).max().unwrap_or(0)
    }

    /// Adds the page of the next piece, checked as the host checks it.
    pub(super) fn add(&mut self, page: Page) -> Result<(), Violation> {
        let base = self.page.bodies.len();
        let mut start = 0;
        for draft in &page.drafts {
            let end = draft.end as usize;
            if end <= start || !page.bodies.is_char_boundary(end) {
                return Err(Violation(format!(
                    "row {}: body ends at {end}",
                    draft.source_row
                )));
            }
            let Some(code) = page.directories.get(usize::from(draft.directory)) else {
                return Err(Violation(format!(
                    "row {}: no such directory",
                    draft.source_row
                )));
            };
            let directory = self.directory(code);
            let end_here = u32::try_from(base + end).unwrap_or(u32::MAX);
            self.page.drafts.push(Draft {
                directory,
                end: end_here,
                ..*draft
            });
            start = end;
        }
        if start != page.bodies.len() {
            return Err(Violation(format!(
                "bodies of {} bytes end at {start}",
                page.bodies.len()
            )));
        }
        self.page.bodies.push_str(&page.bodies);
        self.page.doubts.extend(page.doubts);
        for run in page.skipped {
            match self.page.skipped.last_mut() {
                Some(before)
                    if before.reason == run.reason && rows(before).end == run.first_row =>
                {
                    before.rows += run.rows;
                }
                _ => self.page.skipped.push(run),
            }
        }
        self.page.controls.extend(page.controls);
        self.page.consumed += page.consumed;
        self.page.carry = page.carry;
        self.page.cursor = page.cursor.or(self.page.cursor.take());
        Ok(())
    }

    fn directory(&mut self, code: &str) -> u16 {
        let known = self.page.directories.iter().position(|known| known == code);
        let index = known.unwrap_or_else(|| {
            self.page.directories.push(code.to_owned());
            self.page.directories.len() - 1
        });
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    /// Every body is one JSON object, and every row is accounted for once.
    pub(super) fn check(&self) -> Result<(), Violation> {
        for draft in self.drafts() {
            let parsed: Result<serde_json::Map<_, _>, _> = serde_json::from_str(draft.body);
            if let Err(error) = parsed {
                return Err(Violation(format!(
                    "row {}: body: {error}",
                    draft.source_row
                )));
            }
        }
        let skipped: BTreeSet<u64> = self.page.skipped.iter().flat_map(rows).collect();
        let drafts = self.page.drafts.iter().map(|draft| draft.source_row);
        let doubts = self.page.doubts.iter().map(|doubt| doubt.source_row);
        let told: BTreeSet<u64> = drafts.chain(doubts).collect();
        if let Some(row) = skipped.intersection(&told).next() {
            return Err(Violation(format!(
                "row {row} is skipped, and more than that"
            )));
        }
        match (1..=self.rows()).find(|row| !skipped.contains(row) && !told.contains(row)) {
            Some(row) => Err(Violation(format!("row {row} is lost"))),
            None => Ok(()),
        }
    }

    /// In what the outcome of another cut differs.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        if self.fault != other.fault {
            return Some(format!(
                "fault {:?} instead of {:?}",
                other.fault, self.fault
            ));
        }
        let (whole, cut) = (self.to_string(), other.to_string());
        match super::first_difference(&whole, &cut) {
            Some((_, whole, cut)) => Some(format!("{cut}\ninstead of: {whole}")),
            None if self.page.carry != other.page.carry => Some("the carry differs".to_owned()),
            None => None,
        }
    }
}

/// The golden text: a line for each draft, doubt and run of skipped rows, in the order of rows.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = &self.fault {
            let row = fault
                .source_row
                .map_or_else(|| "-".to_owned(), |row| row.to_string());
            return writeln!(f, "fault {row} {}: {} | {}", fault.code, fault.zh, fault.en);
        }
        let mut lines: Vec<(u64, String)> = Vec::new();
        for run in &self.page.skipped {
            let rows = rows(run);
            lines.push((
                rows.start,
                format!("skip {}..{} {}", rows.start, rows.end, run.reason),
            ));
        }
        for draft in self.drafts() {
            let DraftView {
                source_row,
                directory,
                operation,
                body,
            } = draft;
            lines.push((
                source_row,
                format!("draft {source_row} {directory} {operation:?} {body}"),
            ));
        }
        for doubt in &self.page.doubts {
            let Doubt {
                source_row,
                field,
                reason,
                excerpt,
            } = doubt;
            lines.push((
                *source_row,
                format!(
                    "doubt {source_row} {:?} {}: {} | {} | {excerpt:?}",
                    field, reason.code, reason.zh, reason.en
                ),
            ));
        }
        lines.sort_by_key(|(row, _)| *row);
        for (_, line) in lines {
            writeln!(f, "{line}")?;
        }
        for control in &self.page.controls {
            writeln!(
                f,
                "control {}: {} | {}",
                control.name, control.declared, control.found
            )?;
        }
        match &self.page.cursor {
            Some(cursor) => writeln!(f, "cursor {cursor}"),
            None => Ok(()),
        }
    }
}

fn rows(run: &Skip) -> std::ops::Range<u64> {
    run.first_row..run.first_row + run.rows
}
