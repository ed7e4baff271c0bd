//! Feeds of rows: an author says what becomes of one row, all else is done here.
//!
//! What must stay true:
//! - Every row of the feed is a draft, a doubt or a skip, and none is two of them by accident.
//! - Nothing depends on where the host cut the feed.

use std::fmt::Display;

use crate::adapter::{Adapter, Fault, Piece, Settings, log};
use crate::carry::{Carry, Reader as CarryReader, Writer as CarryWriter};
use crate::csv::{Broken, Line, Reader, Step};
use crate::header::{Columns, Header, Reading};
use crate::page::{Origin, PageBuilder, Reason};
use crate::place::Place;
use crate::text;

#[cfg(any(feature = "json", feature = "xml"))]
pub(crate) mod named;
mod row;

pub use row::Row;

/// The longest header: it is carried from piece to piece, and a carry has its limit.
const HEADER_BYTES_MAX: usize = 8 * 1024;

/// The header stands among so many rows from the top.
pub(crate) const HEADER_ROWS_MAX: u64 = 20;

/// An adapter of a feed of delimited rows under a header.
///
/// Done here: the header, with titles above it and repetitions of it; row numbers; totals, notes
/// and blank rows (skipped, and counted); rows with too many or too few fields, and broken quotes
/// (doubted, and kept as they stood). Characters that were no text in the feed's encoding
/// (U+FFFD) are passed on: the judge sees them.
pub trait RowAdapter: Sized {
    /// The columns, from [`crate::columns!`].
    type Column: Columns;

    /// What it remembers from one row to the next, over the whole feed.
    type Memory: Carry;

    /// Between two fields; ASCII.
    const SEPARATOR: u8 = b',';

    /// The names of the data's fields, by place, where a header does not simply say so.
    fn names(header: Vec<&str>) -> Vec<&str> {
        header
    }

    /// Prepares the reading of rows under `header`.
    ///
    /// # Errors
    ///
    /// A [`Fault`] where header and settings leave something open.
    fn begin(header: &Header<Self::Column>, settings: &Settings<'_>) -> Result<Self, Fault>;

    /// Makes drafts or doubts of one row, or skips it.
    fn row(&self, row: &Row<'_, Self::Column>, memory: &mut Self::Memory, page: &mut PageBuilder);

    /// Called once behind the rows of each piece: the place to set the page's cursor.
    fn end(&self, _memory: &Self::Memory, _page: &mut PageBuilder) {}
}

/// What is carried from piece to piece: how many rows, and the header as it stood in the file, so
/// that its columns are found anew by each version of the adapter.
#[derive(Debug, Default)]
pub struct RowCarry<M> {
    rows: u64,
    header: String,
    in_long_line: bool,
    memory: M,
}

impl<M: Carry> Carry for RowCarry<M> {
    const VERSION: u8 = 16 + M::VERSION;

    fn write(&self, out: &mut CarryWriter) {
        out.number(self.rows);
        out.text(&self.header);
        out.number(self.in_long_line.into());
        self.memory.write(out);
    }

    fn read(fields: &mut CarryReader<'_>) -> Option<Self> {
        let rows = fields.number()?;
        let header = fields.text()?.to_owned();
        let in_long_line = fields.number()? == 1;
        Some(Self {
            rows,
            header,
            in_long_line,
            memory: M::read(fields)?,
        })
    }
}

impl<A: RowAdapter> Adapter for A {
    type Carry = RowCarry<A::Memory>;

    fn translate(
        piece: &Piece<'_>,
        carry: &mut Self::Carry,
        settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        if piece.offset == 0 {
            // A further file of the delivery has a header of its own, and its rows count from 1.
            carry.rows = 0;
            carry.header.clear();
        }
        carry.rows += u64::from(piece.lost);
        let text = piece.text()?;
        let mut reader = Reader::new(text, piece.last, A::SEPARATOR);
        reader.resume_in_long_line(carry.in_long_line);
        let mut rows = Rows::<A> {
            settings,
            place: Place::of(settings)?,
            page,
            begun: None,
        };
        rows.recall_header(carry)?;
        loop {
            let again = match reader.step() {
                Step::Row(line) => rows.line(line, carry)?,
                Step::Broken { raw, why } => {
                    rows.broken(raw, why, carry);
                    false
                }
                Step::More | Step::End => break,
            };
            if again {
                reader.go_on_behind_first_line();
            }
        }
        carry.in_long_line = reader.in_long_line();
        match rows.begun {
            Some((_, adapter)) => adapter.end(&carry.memory, rows.page),
            None if piece.last => return Err(no_header(carry.rows)),
            None => {}
        }
        Ok(reader.consumed())
    }
}

/// The rows of one piece.
struct Rows<'p, A: RowAdapter> {
    settings: &'p Settings<'p>,
    place: Place<'p>,
    page: &'p mut PageBuilder,
    /// Once the header is known.
    begun: Option<(Header<A::Column>, A)>,
}

impl<A: RowAdapter> Rows<'_, A> {
    /// Reads the header again that an earlier piece held.
    fn recall_header(&mut self, carry: &RowCarry<A::Memory>) -> Result<(), Fault> {
        let mut reader = Reader::new(&carry.header, true, A::SEPARATOR);
        if let Step::Row(line) = reader.step()
            && let Reading::Header(header) = Header::read(&names::<A>(&line), &self.place)
        {
            let adapter = A::begin(&header, self.settings)?;
            self.begun = Some((header, adapter));
        }
        Ok(())
    }

    /// Deals with a row; true where only its first line is dealt with.
    fn line(&mut self, line: Line<'_>, carry: &mut RowCarry<A::Memory>) -> Result<bool, Fault> {
        carry.rows += 1;
        let origin = Origin {
            source_row: carry.rows,
            raw: line.raw,
        };
        if line.is_empty() {
            self.page.skip(origin.source_row, "blank");
            return Ok(false);
        }
        let Some((header, adapter)) = &self.begun else {
            self.header(&line, carry)?;
            return Ok(false);
        };
        if line.len() != header.fields() {
            // A quote out of place can swallow rows that are none of its business.
            let again = line.spans_lines();
            let first = line
                .raw
                .split_once('\n')
                .map_or(line.raw, |(first, _)| first);
            let origin = Origin {
                raw: first.trim_end_matches('\r'),
                ..origin
            };
            match no_record(&line) {
                Some(reason) if !again => self.page.skip(origin.source_row, reason),
                _ => self
                    .page
                    .doubt(&origin, "", field_count(line.len(), header.fields())),
            }
            return Ok(again);
        }
        if line.raw == carry.header {
            self.page.skip(origin.source_row, "header");
        } else if let Some(reason) = no_record(&line) {
            self.page.skip(origin.source_row, reason);
        } else {
            adapter.row(
                &Row {
                    origin,
                    line,
                    header,
                },
                &mut carry.memory,
                self.page,
            );
        }
        Ok(false)
    }

    /// Reads a row above the data: the header, or a title.
    fn header(&mut self, line: &Line<'_>, carry: &mut RowCarry<A::Memory>) -> Result<(), Fault> {
        let names = names::<A>(line);
        match Header::read(&names, &self.place) {
            Reading::Header(_) if line.raw.len() > HEADER_BYTES_MAX => {
                Err(header_too_long(line.raw.len()).at(carry.rows))
            }
            Reading::Header(header) => {
                let adapter = A::begin(&header, self.settings).map_err(|f| f.at(carry.rows))?;
                let unused = header.unused(&names);
                if !unused.is_empty() {
                    log(&format!("columns of no use here: {}", unused.join(", ")));
                }
                self.page.skip(carry.rows, "header");
                line.raw.clone_into(&mut carry.header);
                self.begun = Some((header, adapter));
                Ok(())
            }
            Reading::Incomplete(missing) => Err(incomplete(&missing).at(carry.rows)),
            Reading::Other if carry.rows >= HEADER_ROWS_MAX => Err(no_header(carry.rows)),
            Reading::Other => {
                self.page.skip(carry.rows, "title");
                Ok(())
            }
        }
    }

    fn broken(&mut self, raw: &str, why: Broken, carry: &mut RowCarry<A::Memory>) {
        carry.rows += 1;
        self.page.doubt(
            &Origin {
                source_row: carry.rows,
                raw,
            },
            "",
            broken_reason(why),
        );
    }
}

/// The names of the data's fields that a line holds.
fn names<'l, A: RowAdapter>(line: &Line<'l>) -> Vec<&'l str> {
    A::names(line.iter().collect())
}

pub(crate) fn broken_reason(why: Broken) -> Reason {
    match why {
        Broken::Quote => Reason::new(
            "quote",
            "引号未成对，无法分辨各列",
            "a quote is out of place: the columns cannot be told apart",
        ),
        Broken::TooLong => Reason::new("row_too_long", "该行过长", "the row is too long"),
    }
}

/// Why a row under the header is no record.
pub(crate) fn no_record(line: &Line<'_>) -> Option<&'static str> {
    let first = line
        .iter()
        .map(text::trim)
        .find(|field| !field.is_empty())?;
    let word = first.trim_end_matches(['：', ':']);
    let colon = word.len() < first.len();
    if word.starts_with(['合', '总', '共', '小']) {
        // Two characters, often set apart.
        match &*text::half_width(word) {
            "合计" | "总计" | "共计" => return Some("total"),
            "小计" => return Some("subtotal"),
            _ => {}
        }
    }
    match word {
        "说明" | "注" | "备注" if colon => Some("note"),
        _ if first.starts_with("表格说明") || first.starts_with("填表说明") => Some("note"),
        _ if first.starts_with("单位：") || first.starts_with("单位:") => Some("unit"),
        _ => None,
    }
}

pub(crate) fn field_count(found: impl Display, expected: impl Display) -> Reason {
    Reason::new(
        "field_count",
        format!("共 {found} 列，应为 {expected} 列（可能有未加引号的分隔符）"),
        format!("{found} fields instead of {expected}: an unquoted separator, perhaps"),
    )
}

pub(crate) fn no_header(rows: u64) -> Fault {
    Fault::new(
        "header_missing",
        format!("前 {rows} 行中没有找到表头：请检查文件是否为该数据的格式"),
        format!("no header among the first {rows} rows: is this a file of that feed?"),
    )
}

fn header_too_long(bytes: usize) -> Fault {
    Fault::new(
        "header_too_long",
        format!(
            "表头长 {bytes} 字节，超过上限 {HEADER_BYTES_MAX} 字节：请检查文件是否为该数据的格式"
        ),
        format!("the header has {bytes} bytes, more than {HEADER_BYTES_MAX}: is this such a file?"),
    )
}

pub(crate) fn incomplete(missing: &[&str]) -> Fault {
    let columns = missing.join("、");
    Fault::new(
        "header_incomplete",
        format!("表头缺少列：{columns}"),
        format!("the header lacks columns: {columns}"),
    )
}

#[cfg(test)]
mod tests;
