//! Documents that hold tables: workbooks (XLSX), pages (HTML) and delimited text, told apart by
//! their first bytes, whatever the file is called.
//!
//! ```text
//! 欠税公告（2026年第3季度）                       titles: what the table is about
//! 单位：元              国家税务总局某市税务局
//! 序号 | 纳税人名称 | ... | 欠税余额               the header: the first row that names all needed
//! 1    | 某公司     | ... | 1,234,567.89           rows
//! 合计 |            | ... | 1,234,567.89           a total
//! 国家税务总局某市税务局                          the foot: rows of one cell at the end
//! ```
//!
//! What must stay true: a document is read as a whole, in one call, for what stands at its end can
//! say something of its beginning. Each row is a draft, a doubt or a skip. Rows are numbered as
//! they stand; those of a further sheet or table are numbered on behind those of the one before.

mod document;
mod grid;
mod html;
mod number;
mod sheet;
mod under;
mod zip;

use std::marker::PhantomData;

use self::grid::{Grid, Table};
use self::under::Under;
use crate::adapter::{Adapter, Fault, Piece, Settings, log};
use crate::csv::Line;
use crate::header::{Columns, Header, Reading};
use crate::page::PageBuilder;
use crate::place::Place;
use crate::rows::{HEADER_ROWS_MAX, Row, RowAdapter, incomplete, no_header};

/// Largest document.
pub const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// An adapter of the tables of a document, each under its header. One is begun for each table.
pub trait TableAdapter: Sized {
    /// The columns, from [`crate::columns!`].
    type Column: Columns;

    /// The names of the data's fields, by place, where a header does not simply say so.
    fn names(header: Vec<&str>) -> Vec<&str> {
        header
    }

    /// Prepares the reading of rows under `header`, with what stands around the table.
    ///
    /// # Errors
    ///
    /// A [`Fault`] where header, surroundings and settings leave something open.
    fn begin(
        around: &Around<'_>,
        header: &Header<Self::Column>,
        settings: &Settings<'_>,
    ) -> Result<Self, Fault>;

    /// Makes drafts or doubts of one row, or skips it.
    fn row(&mut self, row: &Row<'_, Self::Column>, page: &mut PageBuilder);

    /// Sees a total (合计, not 小计), which is skipped.
    fn total(&mut self, _row: &Row<'_, Self::Column>) {}

    /// Told of a row that cannot be read: it is doubted, and what it held is not known.
    fn unread(&mut self) {}

    /// Called behind the rows of the table: the place for control totals.
    fn end(self, _page: &mut PageBuilder) {}
}

/// What stands around a table.
#[derive(Debug)]
pub struct Around<'d> {
    /// The file's name.
    pub file: &'d str,
    texts: Vec<&'d str>,
}

impl<'d> Around<'d> {
    /// Its texts: titles above the header, text around the tables of a page, the sheet's name, the
    /// rows of one cell at the table's end.
    pub fn texts(&self) -> impl Iterator<Item = &'d str> {
        self.texts.iter().copied()
    }
}

/// Reads documents, and hands the rows of their tables to `A`.
#[derive(Debug)]
pub struct Tables<A>(PhantomData<A>);

impl<A: TableAdapter> Adapter for Tables<A> {
    type Carry = ();

    fn translate(
        piece: &Piece<'_>,
        _carry: &mut (),
        settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        if piece.bytes.len() > DOCUMENT_BYTES_MAX {
            return Err(too_large());
        }
        if !piece.last {
            return Ok(0);
        }
        // What the host could not get the adapter past is cut out whole: nothing is left then.
        if piece.offset == 0 {
            read_tables::<A>(piece, settings, page)?;
        }
        Ok(piece.bytes.len())
    }
}

/// A [`RowAdapter`] over the tables of a document.
#[derive(Debug)]
pub struct Rows<A: RowAdapter> {
    adapter: A,
    memory: A::Memory,
}

impl<A: RowAdapter> TableAdapter for Rows<A> {
    type Column = A::Column;

    fn names(header: Vec<&str>) -> Vec<&str> {
        A::names(header)
    }

    fn begin(
        _around: &Around<'_>,
        header: &Header<A::Column>,
        settings: &Settings<'_>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            adapter: A::begin(header, settings)?,
            memory: A::Memory::default(),
        })
    }

    fn row(&mut self, row: &Row<'_, A::Column>, page: &mut PageBuilder) {
        self.adapter.row(row, &mut self.memory, page);
    }

    fn end(self, page: &mut PageBuilder) {
        self.adapter.end(&self.memory, page);
    }
}

fn read_tables<A: TableAdapter>(
    piece: &Piece<'_>,
    settings: &Settings<'_>,
    page: &mut PageBuilder,
) -> Result<(), Fault> {
    let place = Place::of(settings)?;
    let grid = document::read::<A>(piece.bytes, &place)?;
    let heads = grid
        .tables
        .iter()
        .map(|table| head::<A>(&grid, table, &place));
    let heads: Vec<Option<Head<A::Column>>> = heads.collect::<Result<_, _>>()?;
    if heads.iter().all(Option::is_none) {
        return Err(no_header(grid.last_number().min(HEADER_ROWS_MAX)));
    }
    let mut number = 0;
    for (table, head) in grid.tables.iter().zip(heads) {
        match head {
            Some(head) => {
                let file = piece.file;
                let under = Under {
                    grid: &grid,
                    table,
                    head,
                    number,
                };
                under.read::<A>(file, settings, page)?;
            }
            None => (number + 1..=table.last).for_each(|row| page.skip(row, "other_table")),
        }
        number = table.last;
    }
    Ok(())
}

/// A header, and where it stands among the rows of its table.
struct Head<C> {
    at: usize,
    header: Header<C>,
}

/// The header in a row; else what a row lacks that may be one.
fn header<A: TableAdapter>(
    line: &Line<'_>,
    place: &Place<'_>,
) -> Result<Header<A::Column>, Vec<&'static str>> {
    match Header::read(&A::names(line.iter().collect()), place) {
        Reading::Header(header) => Ok(header),
        Reading::Incomplete(missing) => Err(missing),
        Reading::Other => Err(Vec::new()),
    }
}

/// The header of a table: the first row that names all that is needed; of a header of two rows,
/// the second, whose names are the narrower ones.
fn head<A: TableAdapter>(
    grid: &Grid,
    table: &Table,
    place: &Place<'_>,
) -> Result<Option<Head<A::Column>>, Fault> {
    let (mut found, mut nearly) = (None, None);
    let rows = grid.rows_of(table).iter().enumerate();
    for (at, row) in rows.take(usize::try_from(HEADER_ROWS_MAX).unwrap_or_default()) {
        match header::<A>(&grid.line(row), place) {
            Ok(header) => found = Some((at, row, header)),
            Err(_) if found.is_some() => break,
            Err(missing) if !missing.is_empty() && nearly.is_none() => {
                nearly = Some(incomplete(&missing).at(row.number));
            }
            Err(_) => {}
        }
    }
    let Some((at, row, header)) = found else {
        return nearly.map_or(Ok(None), Err);
    };
    let line = grid.line(row);
    let names = A::names(line.iter().collect());
    let unused = header.unused(&names);
    if !unused.is_empty() {
        log(&format!("columns of no use here: {}", unused.join(", ")));
    }
    Ok(Some(Head { at, header }))
}

fn too_large() -> Fault {
    Fault::new(
        "document_too_large",
        format!(
            "文件超过 {} MiB：请拆分为几个文件",
            DOCUMENT_BYTES_MAX >> 20
        ),
        format!(
            "the document is larger than {} MiB: split it into several",
            DOCUMENT_BYTES_MAX >> 20
        ),
    )
}

#[cfg(test)]
mod tests;
