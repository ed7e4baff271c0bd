//! Workbooks (XLSX): the cells of their sheets, as text.
//!
//! ```text
//! xl/workbook.xml            the sheets in their order, hidden ones marked; the date system
//! xl/_rels/workbook.xml.rels which part each sheet is
//! xl/sharedStrings.xml       texts that cells name by their number
//! xl/styles.xml              which formats show a number as a day
//! xl/worksheets/sheet1.xml   <row r="4"><c r="C4" s="3" t="n"><v>1234567.89</v></c>...
//! ```
//!
//! What must stay true: a part is read as it is unpacked and never held as a whole; no entity but
//! XML's own five is expanded; amounts and ids come from the decimal text, never from a float.

mod cell;
mod xml;

use std::collections::HashMap;

use self::cell::{Cell, Merge};
use self::xml::{Tag, Xml};
use super::grid::{Grid, TooMuch};
use super::number::{DAYS_1904, is_date_format};
use super::zip::{Archive, PART_BYTES_MAX, Unreadable};
use crate::adapter::Fault;

/// Most sheets of a workbook that are read.
const SHEETS_MAX: usize = 64;
/// Most texts that cells name by number.
const STRINGS_MAX: usize = 500_000;
/// All of these texts.
const STRINGS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most formats of a workbook: what a spreadsheet allows.
const FORMATS_MAX: usize = 65_536;
/// Most merged ranges of a sheet.
const MERGES_MAX: usize = 65_536;
/// Last row of a sheet.
const ROW_MAX: u64 = 1_048_576;

/// Why a workbook cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SheetError {
    Damaged,
    Locked,
    Entity,
    TooLarge,
    TooMuch(TooMuch),
}

impl From<TooMuch> for SheetError {
    fn from(what: TooMuch) -> Self {
        Self::TooMuch(what)
    }
}

impl From<Unreadable> for SheetError {
    fn from(why: Unreadable) -> Self {
        match why {
            Unreadable::Damaged => Self::Damaged,
            Unreadable::Locked => Self::Locked,
        }
    }
}

impl From<SheetError> for Fault {
    fn from(error: SheetError) -> Self {
        match error {
            SheetError::Damaged => Self::new(
                "workbook_damaged",
                "工作簿已损坏或不是 XLSX 文件：请重新导出",
                "the workbook is damaged, or no XLSX: export it again",
            ),
            SheetError::Locked => super::document::locked(),
            SheetError::Entity => Self::new(
                "workbook_entities",
                "工作簿中含有自定义实体，可能是恶意文件：不予读取",
                "the workbook declares entities of its own, as hostile files do: it is not read",
            ),
            SheetError::TooLarge => Self::new(
                "document_too_large",
                format!(
                    "文件过大：解压后的部件超过 {} MiB，或单元格过多、过长。请拆分为几个文件",
                    PART_BYTES_MAX >> 20
                ),
                format!(
                    "the document is too large: a part of more than {} MiB unpacked, too many \
                     cells, or a huge one: split it into several",
                    PART_BYTES_MAX >> 20
                ),
            ),
            SheetError::TooMuch(what) => what.into(),
        }
    }
}

/// Texts that cells name by their number.
#[derive(Debug, Default)]
struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    fn get(&self, number: usize) -> Option<&str> {
        let start = match number.checked_sub(1) {
            None => 0,
            Some(before) => *self.ends.get(before)?,
        };
        self.text.get(start..*self.ends.get(number)?)
    }
}

/// What cells refer to.
#[derive(Debug, Default)]
struct Workbook {
    strings: Strings,
    /// By the number of the cell's format: it shows days.
    days: Vec<bool>,
    /// Days before the workbook's day 0.
    days_before: u64,
    /// Name and part of each sheet that can be seen.
    sheets: Vec<(String, String)>,
}

/// Reads every sheet that can be seen, each as a table.
pub(super) fn read(bytes: &[u8]) -> Result<Grid, Fault> {
    read_all(bytes).map_err(Fault::from)
}

fn read_all(bytes: &[u8]) -> Result<Grid, SheetError> {
    let archive = Archive::open(bytes)?;
    let mut buffer = Vec::new();
    let mut workbook = read_workbook(&archive, &mut buffer)?;
    if let Some(part) = archive.part("xl/sharedStrings.xml")? {
        workbook.strings = read_strings(&mut Xml::new(part, &mut buffer))?;
    }
    if let Some(part) = archive.part("xl/styles.xml")? {
        workbook.days = read_formats(&mut Xml::new(part, &mut buffer))?;
    }
    let mut grid = Grid::default();
    for (name, part) in &workbook.sheets {
        let part = archive.part(part)?.ok_or(SheetError::Damaged)?;
        let base = grid.last_number();
        grid.begin_table(name, true);
        let merges = read_sheet(&mut Xml::new(part, &mut buffer), &workbook, base, &mut grid)?;
        grid.end_table();
        for merge in merges {
            grid.fill_down(base + merge.from, base + merge.to, merge.column)?;
        }
    }
    Ok(grid)
}

fn read_workbook(archive: &Archive<'_>, buffer: &mut Vec<u8>) -> Result<Workbook, SheetError> {
    let part = |name| archive.part(name)?.ok_or(SheetError::Damaged);
    let mut targets = HashMap::new();
    let mut xml = Xml::new(part("xl/_rels/workbook.xml.rels")?, buffer);
    while let Some(tag) = xml.tag()? {
        if tag.is("Relationship")
            && let Some((id, target)) = tag.attribute("Id").zip(tag.attribute("Target"))
            && targets.len() < FORMATS_MAX
        {
            let path = match target.strip_prefix('/') {
                Some(path) => path.to_owned(),
                None => format!("xl/{target}"),
            };
            targets.insert(id, path);
        }
    }
    let mut workbook = Workbook::default();
    let mut xml = Xml::new(part("xl/workbook.xml")?, buffer);
    while let Some(tag) = xml.tag()? {
        if tag.is("workbookPr")
            && matches!(tag.attribute("date1904").as_deref(), Some("1" | "true"))
        {
            workbook.days_before = DAYS_1904;
        }
        let visible = !matches!(
            tag.attribute("state").as_deref(),
            Some("hidden" | "veryHidden")
        );
        if tag.is("sheet") && visible && workbook.sheets.len() < SHEETS_MAX {
            let part = tag.attribute("id").and_then(|id| targets.get(&id));
            let part = part.ok_or(SheetError::Damaged)?.clone();
            let name = tag.attribute("name").unwrap_or_default();
            workbook.sheets.push((name, part));
        }
    }
    Ok(workbook)
}

fn read_strings(xml: &mut Xml<'_, '_>) -> Result<Strings, SheetError> {
    let mut strings = Strings::default();
    while let Some(tag) = xml.tag()? {
        if tag.opens("si") {
            xml.text(&mut strings.text)?;
        } else if !tag.is("si") || tag.closes() {
            continue;
        }
        strings.ends.push(strings.text.len());
        if strings.ends.len() > STRINGS_MAX || strings.text.len() > STRINGS_BYTES_MAX {
            return Err(TooMuch::Text.into());
        }
    }
    Ok(strings)
}

fn read_formats(xml: &mut Xml<'_, '_>) -> Result<Vec<bool>, SheetError> {
    let mut own = HashMap::new();
    let (mut days, mut of_cells) = (Vec::new(), false);
    while let Some(tag) = xml.tag()? {
        let number = |name| tag.attribute(name)?.parse::<u32>().ok();
        if tag.is("numFmt")
            && own.len() < FORMATS_MAX
            && let Some((id, code)) = number("numFmtId").zip(tag.attribute("formatCode"))
        {
            own.insert(id, code);
        } else if tag.is("cellXfs") {
            of_cells = tag.opens("cellXfs");
        } else if tag.is("cellStyles") {
            of_cells = false;
        } else if tag.is("xf") && of_cells && !tag.closes() && days.len() < FORMATS_MAX {
            let id = number("numFmtId").unwrap_or_default();
            days.push(is_date_format(id, own.get(&id).map(String::as_str)));
        }
    }
    Ok(days)
}

/// Reads the rows of a sheet, which are numbered on from `base`; the ranges that are merged over
/// several rows.
fn read_sheet(
    xml: &mut Xml<'_, '_>,
    workbook: &Workbook,
    base: u64,
    grid: &mut Grid,
) -> Result<Vec<Merge>, SheetError> {
    let mut merges = Vec::new();
    // The row's number, the next column in it, and whether it has anything in it.
    let (mut row, mut next, mut begun) = (0, 0, false);
    while let Some(tag) = xml.tag()? {
        if tag.is("row") && !tag.closes() {
            row = next_row(&tag, row)?;
            (next, begun) = (0, false);
        } else if tag.is("row") && begun {
            grid.end_ragged_row();
        } else if tag.is("c") && !tag.closes() {
            let cell = Cell::read(&tag);
            let column = cell.column.unwrap_or(next);
            if column < next || row == 0 {
                return Err(SheetError::Damaged);
            }
            next = column + 1;
            let text = match tag {
                Tag::Start(_) => cell.text(xml, workbook)?,
                _ => String::new(),
            };
            if text.is_empty() {
                continue;
            }
            if !begun {
                grid.begin_row(base + row)?;
                begun = true;
            }
            grid.cell(column, &text)?;
            if cell.is_error() {
                grid.mark_error();
            }
        } else if tag.is("mergeCell")
            && let Some(merge) = tag.attribute("ref").as_deref().and_then(Merge::parse)
        {
            if merges.len() >= MERGES_MAX {
                return Err(TooMuch::Cells.into());
            }
            merges.push(merge);
        }
    }
    Ok(merges)
}

/// The number of a row: its own, or the one behind the row before.
fn next_row(tag: &Tag, before: u64) -> Result<u64, SheetError> {
    let number = match tag.attribute("r") {
        Some(number) => number.parse().map_err(|_| SheetError::Damaged)?,
        None => before + 1,
    };
    if number <= before || number > ROW_MAX {
        return Err(SheetError::Damaged);
    }
    Ok(number)
}

#[cfg(test)]
pub(super) mod tests;
