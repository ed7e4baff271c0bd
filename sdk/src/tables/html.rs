//! Tables of a page (HTML), as browsers read them: tolerant of tags that are not closed.
//!
//! Departments' "XLS" exports are often this, too. What must stay true: a cell that spans rows
//! stands in each of them; text outside of tables is kept, it says what the tables are about; what
//! is no table and no text (scripts, styles) is left out.

mod text;

use self::text::{Text, number_attribute};
use super::grid::{CELLS_MAX, COLUMNS_MAX, Grid, ROWS_MAX, TooMuch};

/// Most tables of a page.
const TABLES_MAX: usize = 1_000;

#[derive(Default)]
struct HtmlTable {
    rows: Vec<Vec<HtmlCell>>,
    /// Inside `td` or `th`.
    in_cell: bool,
}

struct HtmlCell {
    text: Text,
    columns: usize,
    rows: usize,
}

/// A page while it is read.
#[derive(Default)]
struct Page {
    tables: Vec<HtmlTable>,
    /// Those that are open, the innermost last.
    open: Vec<usize>,
    /// Outside of cells.
    block: Text,
    blocks: Vec<Text>,
    cells: usize,
    rows: usize,
}

/// Reads every table of a page.
pub(super) fn read(html: &str) -> Result<Grid, TooMuch> {
    let mut page = Page::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at_checked(at).unwrap_or((rest, ""));
        page.text(before);
        rest = page.markup(tag)?;
    }
    page.text(rest);
    page.end_block();
    page.into_grid(html.len())
}

impl Page {
    /// Deals with what begins with `<`; what follows it.
    fn markup<'h>(&mut self, tag: &'h str) -> Result<&'h str, TooMuch> {
        let behind = |end: &str| {
            let at = tag.find(end).map_or(tag.len(), |at| at + end.len());
            tag.get(at..).unwrap_or_default()
        };
        if tag.starts_with("<!--") {
            return Ok(behind("-->"));
        }
        let inside = tag.get(1..).unwrap_or_default();
        let (closes, name) = match inside.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, inside),
        };
        let letters = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, _) = name.split_at_checked(letters).unwrap_or_default();
        if name.is_empty() && !tag.starts_with("<!") && !tag.starts_with("<?") {
            self.text("<");
            return Ok(inside);
        }
        let end = text::tag_end(tag);
        let (whole, rest) = tag.split_at_checked(end).unwrap_or((tag, ""));
        let name = name.to_ascii_lowercase();
        match (name.as_str(), closes) {
            ("script" | "style" | "select", false) => {
                return Ok(text::behind_element(rest, &name));
            }
            ("table", false) => self.begin_table()?,
            ("table", true) => self.end_table(),
            ("tr", false) => self.begin_row()?,
            ("td" | "th", false) => self.begin_cell(whole)?,
            ("tr" | "td" | "th" | "thead" | "tbody" | "tfoot", _) => self.end_cell(),
            (
                "br" | "p" | "div" | "li" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
                | "title" | "caption" | "center" | "section" | "article" | "hr" | "body" | "head",
                _,
            ) => self.separate(),
            _ => {}
        }
        Ok(rest)
    }

    fn table(&mut self) -> Option<&mut HtmlTable> {
        self.tables.get_mut(*self.open.last()?)
    }

    fn cell(&mut self) -> Option<&mut HtmlCell> {
        let table = self.table().filter(|table| table.in_cell)?;
        table.rows.last_mut()?.last_mut()
    }

    fn text(&mut self, text: &str) {
        match self.cell() {
            Some(cell) => cell.text.push(text),
            None => self.block.push(text),
        }
    }

    /// What follows is another line.
    fn separate(&mut self) {
        match self.cell() {
            Some(cell) => cell.text.push_blank(),
            None => self.end_block(),
        }
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        if !block.is_empty() {
            self.blocks.push(block);
        }
    }

    fn begin_table(&mut self) -> Result<(), TooMuch> {
        self.end_block();
        if self.tables.len() >= TABLES_MAX {
            return Err(TooMuch::Rows);
        }
        self.open.push(self.tables.len());
        self.tables.push(HtmlTable::default());
        Ok(())
    }

    fn end_table(&mut self) {
        self.end_block();
        self.open.pop();
    }

    fn begin_row(&mut self) -> Result<(), TooMuch> {
        self.end_block();
        if self.rows >= ROWS_MAX {
            return Err(TooMuch::Rows);
        }
        self.rows += 1;
        if let Some(table) = self.table() {
            table.in_cell = false;
            table.rows.push(Vec::new());
        }
        Ok(())
    }

    fn begin_cell(&mut self, tag: &str) -> Result<(), TooMuch> {
        self.end_block();
        if self.cells >= CELLS_MAX {
            return Err(TooMuch::Cells);
        }
        self.cells += 1;
        if self.table().is_some_and(|table| table.rows.is_empty()) {
            self.begin_row()?;
        }
        let span = |name| number_attribute(tag, name);
        let cell = HtmlCell {
            text: Text::default(),
            columns: span("colspan").unwrap_or(1).clamp(1, COLUMNS_MAX),
            // 0 means: to the end of the table.
            rows: span("rowspan").map_or(1, |rows| if rows == 0 { ROWS_MAX } else { rows }),
        };
        if let Some(table) = self.table() {
            table.in_cell = true;
            table.rows.last_mut().unwrap_or(&mut Vec::new()).push(cell);
        }
        Ok(())
    }

    fn end_cell(&mut self) {
        self.end_block();
        if let Some(table) = self.table() {
            table.in_cell = false;
        }
    }

    fn into_grid(self, bytes: usize) -> Result<Grid, TooMuch> {
        let mut grid = Grid::with_capacity(bytes);
        for table in &self.tables {
            grid.begin_table("", true);
            let base = grid.last_number();
            // Cells of rows above that reach down: first column, columns, last row.
            let mut reaching: Vec<(usize, usize, u64)> = Vec::new();
            let mut merges = Vec::new();
            for (row, number) in table.rows.iter().zip(base + 1..) {
                grid.begin_row(number)?;
                reaching.retain(|(.., last)| *last >= number);
                let above = reaching.clone();
                let mut column = 0;
                for cell in row {
                    while let Some((first, columns, _)) = above
                        .iter()
                        .find(|(first, columns, _)| (*first..first + columns).contains(&column))
                    {
                        column = first + columns;
                    }
                    let text = cell.text.as_str();
                    if !text.is_empty() {
                        grid.cell(column, text)?;
                    }
                    if cell.rows > 1 && reaching.len() < COLUMNS_MAX {
                        let last = number + cell.rows.min(ROWS_MAX) as u64 - 1;
                        reaching.push((column, cell.columns, last));
                        merges.push((number, last, column));
                    }
                    column += cell.columns;
                }
                grid.end_ragged_row();
            }
            grid.end_table();
            for (from, to, column) in merges {
                grid.fill_down(from, to, column)?;
            }
        }
        for block in &self.blocks {
            grid.block(block.as_str());
        }
        Ok(grid)
    }
}

#[cfg(test)]
mod tests;
