//! A column of amounts and the totals (合计) under it.
//!
//! What must stay true: a total is compared with what stands above it, doubtful rows and all; rows
//! whose amount could not be read are told, for then the total cannot agree.

use credit_sdk::body::Reading;
use credit_sdk::{Columns, Money, PageBuilder, Row, Unit};

/// What is told of a total that is no number.
const WRITTEN_CHARACTERS_MAX: usize = 40;

/// The amounts of a column so far, and the totals seen.
#[derive(Debug)]
pub(crate) struct Totals<C> {
    /// What is totalled, for the official who reads of a mismatch.
    title: &'static str,
    column: C,
    unit: Unit,
    /// In 分: all rows, and those behind the total before.
    all: i128,
    since: i128,
    unread: u32,
    /// What each says, and what was found, in 元.
    controls: Vec<(String, String)>,
}

impl<C: Columns> Totals<C> {
    pub(crate) fn new(title: &'static str, (column, unit): (C, Unit)) -> Self {
        Self {
            title,
            column,
            unit,
            all: 0,
            since: 0,
            unread: 0,
            controls: Vec::new(),
        }
    }

    /// The amount of a row.
    pub(crate) fn read<'r>(&self, row: &Row<'r, C>) -> Reading<'r, Option<Money>> {
        row.money(self.column, self.unit)
    }

    /// Counts the amount of a row.
    pub(crate) fn add(&mut self, row: &Row<'_, C>) {
        match self.read(row).value() {
            Some(Some(amount)) => {
                self.all += i128::from(amount.fen());
                self.since += i128::from(amount.fen());
            }
            Some(None) => {}
            None => self.unread += 1,
        }
    }

    /// A row could not be read, its amount neither.
    pub(crate) fn unread(&mut self) {
        self.unread += 1;
    }

    /// Sees a total: of all rows, or of those since the total before (a page's).
    pub(crate) fn declared(&mut self, row: &Row<'_, C>) {
        let declared = match self.read(row).value() {
            Some(Some(amount)) => i128::from(amount.fen()),
            Some(None) => return,
            None => {
                let written = row.get(self.column).unwrap_or_default();
                let written = written.chars().take(WRITTEN_CHARACTERS_MAX).collect();
                self.controls.push((written, yuan(self.all)));
                return;
            }
        };
        let of_page = declared == self.since && !self.controls.is_empty();
        let found = if of_page { self.since } else { self.all };
        let found = match self.unread {
            rows if rows > 0 && found != declared => {
                let found = yuan(found);
                format!("{found}，另有 {rows} 行未能识别 ({rows} rows unread)")
            }
            _ => yuan(found),
        };
        self.since = 0;
        self.controls.push((yuan(declared), found));
    }

    /// Reports the totals.
    pub(crate) fn report(self, page: &mut PageBuilder) {
        for (declared, found) in &self.controls {
            page.control(self.title, declared, found);
        }
    }
}

fn yuan(fen: i128) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}
