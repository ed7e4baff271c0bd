//! The rows of a document's tables, whatever the document is.
//!
//! What must stay true: everything has a limit; a row keeps its number in the document; a cell
//! that was merged over several rows stands in each of them.

use crate::adapter::Fault;
use crate::csv::{Broken, Line, Span};
use crate::text;

/// Most rows of a document that have anything in them: so many drafts make one page.
pub(super) const ROWS_MAX: usize = 65_535;
/// Most columns of a table.
pub(super) const COLUMNS_MAX: usize = 256;
/// Most cells of a document.
pub(super) const CELLS_MAX: usize = 1_000_000;
/// Longest text of one cell: what a spreadsheet can hold, at four bytes a character.
pub(super) const CELL_BYTES_MAX: usize = 128 * 1024;
/// All texts of a document.
pub(super) const TEXT_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Most texts around the tables, in blocks, and the longest that is kept of one.
const BLOCKS_MAX: usize = 200;
const BLOCK_BYTES_MAX: usize = 1024;

/// A limit that the document exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMuch {
    Rows,
    Columns,
    Cells,
    Cell,
    Text,
}

impl From<TooMuch> for Fault {
    fn from(what: TooMuch) -> Self {
        let (zh, en) = match what {
            TooMuch::Rows => (
                format!("超过 {ROWS_MAX} 行"),
                format!("more than {ROWS_MAX} rows"),
            ),
            TooMuch::Columns => (
                format!("超过 {COLUMNS_MAX} 列"),
                format!("more than {COLUMNS_MAX} columns"),
            ),
            TooMuch::Cells => (
                format!("超过 {CELLS_MAX} 个单元格"),
                format!("more than {CELLS_MAX} cells"),
            ),
            TooMuch::Cell => (
                format!("有单元格超过 {} KiB", CELL_BYTES_MAX >> 10),
                format!("a cell of more than {} KiB", CELL_BYTES_MAX >> 10),
            ),
            TooMuch::Text => (
                format!("文字超过 {} MiB", TEXT_BYTES_MAX >> 20),
                format!("more than {} MiB of text", TEXT_BYTES_MAX >> 20),
            ),
        };
        Self::new(
            "document_too_large",
            format!("文件过大：{zh}。请拆分为几个文件"),
            format!("the document is too large: {en}: split it into several"),
        )
    }
}

/// One row.
#[derive(Clone, Debug)]
pub(super) struct GridRow {
    /// In the document, from 1.
    pub(super) number: u64,
    raw: std::ops::Range<usize>,
    cells: std::ops::Range<usize>,
    /// It could not be parted into cells.
    pub(super) broken: Option<Broken>,
    /// A formula in it came to an error.
    pub(super) error: bool,
}

/// One table: a sheet of a workbook, a table of a page, a delimited text.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Of a sheet.
    pub(super) name: String,
    /// Rows may be shorter than the header: empty cells at their end were not written.
    pub(super) ragged: bool,
    /// Its rows.
    pub(super) rows: std::ops::Range<usize>,
    /// The number of its last row in the document, empty rows counted.
    pub(super) last: u64,
}

/// The tables of a document.
#[derive(Debug, Default)]
pub(super) struct Grid {
    text: String,
    cells: Vec<Span>,
    pub(super) rows: Vec<GridRow>,
    pub(super) tables: Vec<Table>,
    /// Texts that stand around the tables, in their order.
    pub(super) blocks: Vec<String>,
}

impl Grid {
    pub(super) fn with_capacity(text_bytes: usize) -> Self {
        Self {
            text: String::with_capacity(text_bytes),
            ..Self::default()
        }
    }

    /// Begins a table. Its rows are numbered on behind those of the tables before.
    pub(super) fn begin_table(&mut self, name: &str, ragged: bool) {
        let rows = self.rows.len()..self.rows.len();
        let last = self.last_number();
        self.tables.push(Table {
            name: name.to_owned(),
            ragged,
            rows,
            last,
        });
    }

    /// Ends the table, whose last row in the document is `last` or the last that was read.
    pub(super) fn end_table(&mut self) {
        let rows = self.rows.len();
        let number = self.rows.last().map_or(0, |row| row.number);
        if let Some(table) = self.tables.last_mut() {
            table.rows.end = rows;
            table.last = table.last.max(number);
        }
    }

    /// The number of the last row of the tables so far.
    pub(super) fn last_number(&self) -> u64 {
        self.tables.last().map_or(0, |table| table.last)
    }

    /// Begins a row.
    pub(super) fn begin_row(&mut self, number: u64) -> Result<(), TooMuch> {
        if self.rows.len() >= ROWS_MAX {
            return Err(TooMuch::Rows);
        }
        self.rows.push(GridRow {
            number,
            raw: self.text.len()..self.text.len(),
            cells: self.cells.len()..self.cells.len(),
            broken: None,
            error: false,
        });
        Ok(())
    }

    /// Adds a cell to the row, at `column` or behind the last cell where that is further.
    pub(super) fn cell(&mut self, column: usize, text: &str) -> Result<(), TooMuch> {
        if column >= COLUMNS_MAX {
            return Err(TooMuch::Columns);
        }
        if text.len() > CELL_BYTES_MAX {
            return Err(TooMuch::Cell);
        }
        let Some(row) = self.rows.last_mut() else {
            return Ok(());
        };
        let lacking = column.saturating_sub(self.cells.len() - row.cells.start);
        if self.cells.len() + lacking >= CELLS_MAX {
            return Err(TooMuch::Cells);
        }
        if self.text.len() + lacking + text.len() >= TEXT_BYTES_MAX {
            return Err(TooMuch::Text);
        }
        for _ in 0..lacking {
            self.cells
                .push(Span::of_scratch(self.text.len(), self.text.len()));
            self.text.push('\t');
        }
        if self.cells.len() > row.cells.start + lacking {
            self.text.push('\t');
        }
        let start = self.text.len();
        self.text.push_str(text);
        self.cells.push(Span::of_scratch(start, self.text.len()));
        row.raw.end = self.text.len();
        row.cells.end = self.cells.len();
        Ok(())
    }

    /// Marks the row: a formula in it came to an error.
    pub(super) fn mark_error(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.error = true;
        }
    }

    /// Ends a row of a ragged table: empty cells at its end count for nothing.
    pub(super) fn end_ragged_row(&mut self) {
        let Some(row) = self.rows.last_mut() else {
            return;
        };
        let blank = |span: &Span| text::trim(span.of(&self.text)).is_empty();
        while self.cells.len() > row.cells.start && self.cells.last().is_some_and(blank) {
            self.cells.pop();
        }
        row.cells.end = self.cells.len();
    }

    /// Adds a row of delimited text as it stands there.
    pub(super) fn delimited_row(&mut self, line: &Line<'_>) -> Result<(), TooMuch> {
        self.raw(line.raw)?;
        let (row_start, mut at) = (self.text.len() - line.raw.len(), 0);
        let plain = !line.raw.contains('"');
        for field in line.iter() {
            if self.cells.len() >= CELLS_MAX {
                return Err(TooMuch::Cells);
            }
            let start = if plain {
                row_start + at
            } else {
                let start = self.text.len();
                self.text.push_str(field);
                start
            };
            self.cells
                .push(Span::of_scratch(start, start + field.len()));
            at += field.len() + 1;
        }
        if let Some(row) = self.rows.last_mut() {
            row.cells.end = self.cells.len();
        }
        Ok(())
    }

    /// Adds a row that could not be parted into cells.
    pub(super) fn broken_row(&mut self, raw: &str, why: Broken) -> Result<(), TooMuch> {
        self.raw(raw)?;
        if let Some(row) = self.rows.last_mut() {
            row.broken = Some(why);
        }
        Ok(())
    }

    fn raw(&mut self, raw: &str) -> Result<(), TooMuch> {
        if self.text.len() + 2 * raw.len() > TEXT_BYTES_MAX {
            return Err(TooMuch::Text);
        }
        let start = self.text.len();
        self.text.push_str(raw);
        if let Some(row) = self.rows.last_mut() {
            row.raw = start..self.text.len();
        }
        Ok(())
    }

    /// Puts the value at (`from`, `column`) into the same column of the rows to `to`, where they
    /// have none. Numbers of rows are those of the document.
    pub(super) fn fill_down(&mut self, from: u64, to: u64, column: usize) -> Result<(), TooMuch> {
        let first = self.rows.partition_point(|row| row.number < from);
        let value = match self.rows.get(first) {
            Some(row) if row.number == from => self.cells.get(row.cells.clone()),
            _ => None,
        };
        let Some(value) = value.and_then(|cells| cells.get(column)).copied() else {
            return Ok(());
        };
        for row in self.rows.iter_mut().skip(first + 1) {
            if row.number > to {
                break;
            }
            let room = row.cells.len().max(column + 1);
            if self.cells.len() + room > CELLS_MAX {
                return Err(TooMuch::Cells);
            }
            if row.cells.len() <= column {
                // Not enough room where it stands: the row's cells move to the end.
                let start = self.cells.len();
                self.cells.extend_from_within(row.cells.clone());
                self.cells.resize(start + room, Span::of_scratch(0, 0));
                row.cells = start..self.cells.len();
            }
            let cell = self.cells.get_mut(row.cells.start + column);
            if let Some(cell) = cell.filter(|cell| text::trim(cell.of(&self.text)).is_empty()) {
                *cell = value;
            }
        }
        Ok(())
    }

    /// Keeps a text that stands around the tables.
    pub(super) fn block(&mut self, text: &str) {
        let text = text::trim(text);
        if !text.is_empty() && self.blocks.len() < BLOCKS_MAX {
            let cut = text.floor_char_boundary(BLOCK_BYTES_MAX);
            self.blocks
                .push(text.get(..cut).unwrap_or_default().to_owned());
        }
    }

    /// The rows of a table.
    pub(super) fn rows_of(&self, table: &Table) -> &[GridRow] {
        self.rows.get(table.rows.clone()).unwrap_or_default()
    }

    /// A row with its cells.
    pub(super) fn line(&self, row: &GridRow) -> Line<'_> {
        let raw = self.text.get(row.raw.clone()).unwrap_or_default();
        let cells = self.cells.get(row.cells.clone()).unwrap_or_default();
        Line::read_elsewhere(raw, &self.text, cells)
    }
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS_MAX, Grid, TooMuch};

    #[test]
    fn a_merged_value_stands_in_each_row_that_has_none_of_its_own() {
        let mut grid = Grid::default();
        grid.begin_table("", true);
        for (number, column, text) in [(3, 1, "甲"), (4, 0, "x"), (6, 1, "乙"), (7, 0, "y")] {
            grid.begin_row(number).unwrap();
            grid.cell(column, text).unwrap();
            grid.end_ragged_row();
        }
        grid.end_table();
        grid.fill_down(3, 6, 1).unwrap();
        grid.fill_down(5, 7, 0).unwrap();
        let rows: Vec<Vec<&str>> = grid
            .rows_of(&grid.tables[0])
            .iter()
            .map(|row| grid.line(row).iter().collect())
            .collect();
        assert_eq!(
            rows,
            [vec!["", "甲"], vec!["x", "甲"], vec!["", "乙"], vec!["y"]]
        );
        assert_eq!(grid.line(&grid.rows[1]).raw, "x");
        assert_eq!(grid.last_number(), 7);
    }

    #[test]
    fn a_cell_beyond_the_last_column_is_refused() {
        let mut grid = Grid::default();
        grid.begin_row(1).unwrap();
        assert_eq!(grid.cell(COLUMNS_MAX, "x"), Err(TooMuch::Columns));
        assert_eq!(
            grid.cell(0, &"x".repeat(super::CELL_BYTES_MAX + 1)),
            Err(TooMuch::Cell)
        );
    }
}
