//! What a document is, by its first bytes; the rows of delimited text.

use super::grid::Grid;
use super::{TableAdapter, header, html, sheet};
use crate::adapter::Fault;
use crate::csv::{Broken, Reader, Step};
use crate::decode::decode;
use crate::place::Place;
use crate::text;

/// The tables of a document, whatever its form.
pub(super) fn read<A: TableAdapter>(bytes: &[u8], place: &Place<'_>) -> Result<Grid, Fault> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return sheet::read(bytes);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(locked());
    }
    if bytes.starts_with(b"%PDF") {
        return Err(no_document());
    }
    let text = decode(bytes);
    if text::trim(&text).starts_with('<') {
        return Ok(html::read(&text)?);
    }
    delimited::<A>(&text, place)
}

/// Delimited text as one table.
fn delimited<A: TableAdapter>(text: &str, place: &Place<'_>) -> Result<Grid, Fault> {
    // Fields in quotes stand twice in the grid, once as they were written.
    let mut grid = Grid::with_capacity(text.len() + text.len() / 4);
    grid.begin_table("", false);
    let mut reader = Reader::new(text, true, b',');
    let mut width = None;
    for number in 1.. {
        let again = match reader.step() {
            Step::Row(line) => {
                grid.begin_row(number)?;
                // A quote out of place can swallow rows that are none of its business.
                let swallowed = width.is_some_and(|width| width != line.len());
                if swallowed && line.spans_lines() {
                    let first = line.raw.split_once('\n').map_or(line.raw, |(line, _)| line);
                    grid.broken_row(first.trim_end_matches('\r'), Broken::Quote)?;
                    true
                } else {
                    grid.delimited_row(&line)?;
                    if width.is_none() {
                        width = header::<A>(&line, place).ok().map(|header| header.fields());
                    }
                    false
                }
            }
            Step::Broken { raw, why } => {
                grid.begin_row(number)?;
                grid.broken_row(raw, why)?;
                false
            }
            Step::More | Step::End => break,
        };
        if again {
            reader.go_on_behind_first_line();
        }
    }
    grid.end_table();
    Ok(grid)
}

pub(super) fn locked() -> Fault {
    Fault::new(
        "workbook_old_or_locked",
        "旧版 XLS 文件或加密的工作簿：请另存为不加密的 XLSX",
        "an old XLS, or a workbook with a password: save it as XLSX without one",
    )
}

fn no_document() -> Fault {
    Fault::new(
        "format_unknown",
        "PDF 文件无法可靠读取：请提供 XLSX、CSV 或网页表格",
        "a PDF cannot be read for certain: send XLSX, CSV or a table in HTML",
    )
}
