//! What a file says of itself, and what was found in it.
//!
//! What must stay true: sums are exact, and every row counts, whatever becomes of it.

use credit_sdk::carry::{Carry, Reader, Writer};
use credit_sdk::{Money, PageBuilder};

/// The sums, as controls name them: by the directory's columns.
const SUMS: [&str; 3] = ["dkje", "dkye", "yqbj"];

/// Longest value of a control, in characters: longer is no number, and the host takes 128 bytes.
const DECLARED_CHARS_MAX: usize = 30;

/// The books of one file, carried from piece to piece.
#[derive(Debug, Default)]
pub struct Books {
    /// Lines read so far.
    pub(crate) lines: u64,
    pub(crate) in_long_line: bool,
    /// The bank's code; empty before the header.
    pub(crate) bank: String,
    /// The accounting date, as `YYYY-MM-DD`.
    pub(crate) day: String,
    declared_rows: String,
    rows: u64,
    /// In 分.
    sums: [i128; SUMS.len()],
    trailers: u64,
    /// The first trailer's rows and sums.
    declared: [String; 1 + SUMS.len()],
}

impl Books {
    /// Begins with the header.
    pub(crate) fn open(&mut self, bank: &str, day: String, rows: &str) {
        bank.clone_into(&mut self.bank);
        self.day = day;
        self.declared_rows = count(rows);
    }

    /// There was a header.
    pub(crate) const fn is_open(&self) -> bool {
        !self.bank.is_empty()
    }

    /// There was a trailer.
    pub(crate) const fn is_closed(&self) -> bool {
        self.trailers > 0
    }

    /// Counts a row that cannot be read.
    pub(crate) const fn count_row(&mut self) {
        self.rows += 1;
    }

    /// Counts a row with its amounts.
    pub(crate) fn add(&mut self, amounts: [Option<Money>; SUMS.len()]) {
        self.rows += 1;
        for (sum, amount) in self.sums.iter_mut().zip(amounts) {
            *sum += amount.map_or(0, |amount| i128::from(amount.fen()));
        }
    }

    /// Takes down what a trailer says: its rows, and its sums as they were read.
    pub(crate) fn close(&mut self, rows: &str, sums: [(&str, Option<Money>); SUMS.len()]) {
        self.trailers += 1;
        if self.trailers > 1 {
            return;
        }
        let sums = sums.map(|(raw, amount)| match amount {
            Some(amount) => yuan(amount.fen().into()),
            None => shortened(raw),
        });
        for (declared, found) in self
            .declared
            .iter_mut()
            .zip(std::iter::once(count(rows)).chain(sums))
        {
            *declared = found;
        }
    }

    /// Reports the control totals, at the end of the file.
    pub(crate) fn report(&self, page: &mut PageBuilder) {
        let rows = self.rows.to_string();
        page.control("header_rows", &self.declared_rows, &rows);
        page.control("trailer", "1", &self.trailers.to_string());
        if self.is_closed() {
            let found = std::iter::once(rows).chain(self.sums.iter().map(|sum| yuan(*sum)));
            let names = std::iter::once("rows").chain(SUMS);
            for ((name, declared), found) in names.zip(&self.declared).zip(found) {
                page.control(name, declared, &found);
            }
        }
    }
}

/// A number of rows without zeros in front.
fn count(text: &str) -> String {
    match text.parse::<u64>() {
        Ok(number) => number.to_string(),
        Err(_) => shortened(text),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(DECLARED_CHARS_MAX).collect()
}

/// So many 分 in 元, with two decimals.
fn yuan(fen: i128) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

impl Carry for Books {
    const VERSION: u8 = 1;

    fn write(&self, out: &mut Writer) {
        out.number(self.lines);
        self.in_long_line.write(out);
        out.text(&self.bank);
        out.text(&self.day);
        out.text(&self.declared_rows);
        out.number(self.rows);
        self.sums.iter().for_each(|sum| out.text(&sum.to_string()));
        out.number(self.trailers);
        self.declared.iter().for_each(|declared| out.text(declared));
    }

    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let mut books = Self {
            lines: fields.number()?,
            in_long_line: bool::read(fields)?,
            bank: String::read(fields)?,
            day: String::read(fields)?,
            declared_rows: String::read(fields)?,
            rows: fields.number()?,
            ..Self::default()
        };
        for sum in &mut books.sums {
            *sum = fields.text()?.parse().ok()?;
        }
        books.trailers = fields.number()?;
        for declared in &mut books.declared {
            *declared = String::read(fields)?;
        }
        Some(books)
    }
}
