//! The rows under a header: what each is.

use super::grid::{Grid, GridRow, Table};
use super::{Around, Head, TableAdapter};
use crate::adapter::{Fault, Settings};
use crate::csv::Line;
use crate::header::Columns;
use crate::page::{Origin, PageBuilder, Reason};
use crate::rows::{Row, broken_reason, field_count, no_record};
use crate::text;

/// A table under its header.
pub(super) struct Under<'g, C> {
    pub(super) grid: &'g Grid,
    pub(super) table: &'g Table,
    pub(super) head: Head<C>,
    /// The row before the table.
    pub(super) number: u64,
}

impl<C: Columns> Under<'_, C> {
    pub(super) fn read<A: TableAdapter<Column = C>>(
        mut self,
        file: &str,
        settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<(), Fault> {
        let rows = self.grid.rows_of(self.table);
        let foot = self.foot(rows);
        let around = self.around(file, rows, foot);
        let header_row = rows.get(self.head.at).map_or(0, |row| row.number);
        let mut adapter =
            A::begin(&around, &self.head.header, settings).map_err(|fault| fault.at(header_row))?;
        for (at, row) in rows.iter().enumerate() {
            (self.number + 1..row.number).for_each(|number| page.skip(number, "blank"));
            self.number = row.number;
            let line = self.grid.line(row);
            let title = if at < self.head.at {
                Some("title")
            } else if at >= foot {
                Some("note")
            } else {
                self.repeated(&line, rows)
            };
            if text::trim(line.raw).is_empty() {
                page.skip(row.number, "blank");
            } else if let (Some(reason), None) = (title, row.broken) {
                page.skip(row.number, reason);
            } else {
                self.row(&mut adapter, row, line, page);
            }
        }
        (self.number + 1..=self.table.last).for_each(|number| page.skip(number, "blank"));
        adapter.end(page);
        Ok(())
    }

    /// Deals with a row under the header that is none of its repetitions.
    fn row<A: TableAdapter<Column = C>>(
        &self,
        adapter: &mut A,
        row: &GridRow,
        line: Line<'_>,
        page: &mut PageBuilder,
    ) {
        let origin = Origin {
            source_row: row.number,
            raw: line.raw,
        };
        let (found, fields) = (line.len(), self.head.header.fields());
        let fits = if self.table.ragged {
            found <= fields
        } else {
            found == fields
        };
        let no_record = no_record(&line);
        let reason = match row.broken {
            Some(why) => broken_reason(why),
            None if no_record.is_some() => {
                if no_record == Some("total") && fits && !row.error {
                    adapter.total(&self.under_header(origin, line));
                }
                page.skip(row.number, no_record.unwrap_or_default());
                return;
            }
            None if !fits => field_count(found, fields),
            None if row.error => Reason::new(
                "cell_error",
                "单元格中的公式出错（如 #N/A）",
                "a formula of the row came to an error, like #N/A",
            ),
            None => {
                adapter.row(&self.under_header(origin, line), page);
                return;
            }
        };
        page.doubt(&origin, "", reason);
        adapter.unread();
    }

    fn under_header<'r>(&'r self, origin: Origin<'r>, line: Line<'r>) -> Row<'r, C> {
        Row {
            origin,
            line,
            header: &self.head.header,
        }
    }

    /// A title or the header, once more, as at the top of each printed page.
    fn repeated(&self, line: &Line<'_>, rows: &[GridRow]) -> Option<&'static str> {
        let same = |row: &GridRow| {
            let other = self.grid.line(row);
            let cells = line.iter().map(text::trim);
            row.broken.is_none() && cells.eq(other.iter().map(text::trim))
        };
        let above = rows.iter().enumerate().take(self.head.at + 1);
        let (at, _) = above.into_iter().find(|(_, row)| same(row))?;
        Some(if at == self.head.at {
            "header"
        } else {
            "title"
        })
    }

    /// Where the rows of one cell begin that end the table.
    fn foot(&self, rows: &[GridRow]) -> usize {
        let in_foot = |row: &GridRow| {
            let line = self.grid.line(row);
            let cells = line.iter().filter(|cell| !text::trim(cell).is_empty());
            row.broken.is_none() && cells.take(2).count() < 2 && no_record(&line).is_none()
        };
        let from = rows.len() - rows.iter().rev().take_while(|row| in_foot(row)).count();
        // A table of one or two columns has no such rows.
        if self.head.header.fields() > 2 {
            from.max(self.head.at + 1)
        } else {
            rows.len()
        }
    }

    fn around<'d>(&'d self, file: &'d str, rows: &[GridRow], foot: usize) -> Around<'d> {
        let cells = |rows: &[GridRow]| -> Vec<&'d str> {
            let lines = rows.iter().map(|row| self.grid.line(row));
            let cells = lines.flat_map(|line| line.iter().map(text::trim).collect::<Vec<_>>());
            cells.filter(|cell| !cell.is_empty()).collect()
        };
        let mut texts = cells(rows.get(..self.head.at).unwrap_or_default());
        texts.extend(self.grid.blocks.iter().map(String::as_str));
        texts.push(&self.table.name);
        texts.extend(cells(rows.get(foot..).unwrap_or_default()));
        Around { file, texts }
    }
}
