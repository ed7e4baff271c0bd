//! The page that an adapter fills: drafts in one text of bodies, doubts, skipped rows.
//!
//! What must stay true: a body is whole or it is not there; the ends of the drafts ascend and lie
//! on character boundaries; the same calls make the same page, byte for byte.

use std::borrow::Cow;

/// Longest excerpt that a doubt keeps, in bytes.
pub const EXCERPT_BYTES_MAX: usize = 64 * 1024;

/// What is to become of the record with a draft's key at the platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    /// A new record, or a newer state of a known one: the host finds out which.
    #[default]
    Insert,
    /// A change of a record, said so by the feed.
    Update,
    /// Withdrawn by its author (撤销).
    Withdraw,
    /// Contested (异议): kept, not published.
    Hold,
}

/// Where one record stands in [`Page::bodies`]: it ends before byte `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Row of the source file, from 1, header lines counted.
    pub source_row: u64,
    /// Index into [`Page::directories`].
    pub directory: u16,
    /// What is to become of it.
    pub operation: Operation,
    /// Its end in [`Page::bodies`].
    pub end: u32,
}

/// A row, or a field of it, that could not be read for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Row of the source file, from 1.
    pub source_row: u64,
    /// The directory's column, or the source's own name of it; empty for the whole row.
    pub field: String,
    /// Why.
    pub reason: Reason,
    /// The row as it stood in the feed.
    pub excerpt: String,
}

/// Why a row is doubtful, without personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// A stable word: `field_count`, `date_unreadable`, ...
    pub code: Cow<'static, str>,
    /// In Chinese.
    pub zh: Cow<'static, str>,
    /// In English.
    pub en: Cow<'static, str>,
}

impl Reason {
    /// A reason with its stable word.
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code: code.into(),
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// Rows that are no records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Why: `header`, `title`, `total`, `blank`, ...
    pub reason: Cow<'static, str>,
    /// The first of them.
    pub first_row: u64,
    /// How many, one after the other.
    pub rows: u64,
}

/// A control total: what the feed says of itself, and what was found. Both in one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// What is counted.
    pub name: String,
    /// What the feed says.
    pub declared: String,
    /// What was found.
    pub found: String,
}

/// What an adapter made of one piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// One JSON object a draft, nothing between them.
    pub bodies: String,
    /// Where they stand.
    pub drafts: Vec<Draft>,
    /// Directory codes, as `penalty` or, with a profile, `penalty@gen1`.
    pub directories: Vec<String>,
    /// What could not be read for certain.
    pub doubts: Vec<Doubt>,
    /// What is no record.
    pub skipped: Vec<Skip>,
    /// Control totals.
    pub controls: Vec<Control>,
    /// Bytes of the piece dealt with.
    pub consumed: u64,
    /// The adapter's whole state.
    pub carry: Vec<u8>,
    /// Where the next pull goes on, in the source's own words.
    pub cursor: Option<String>,
}

/// A row of the source, by its number and as it stood there: what drafts and doubts refer to.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'r> {
    /// Row of the source file, from 1, header lines counted.
    pub source_row: u64,
    /// The row as it stood in the feed, without its line end.
    pub raw: &'r str,
}

/// Fills a [`Page`].
#[derive(Debug)]
pub struct PageBuilder {
    pub(crate) page: Page,
    /// The page's directories as the drafts' builders name them.
    directories: Vec<&'static str>,
}

impl PageBuilder {
    /// A page for a piece of `piece_bytes`.
    #[must_use]
    pub fn for_piece(piece_bytes: usize) -> Self {
        // Column codes cost more than separators: half as much again, so that nothing is moved.
        let bodies = String::with_capacity(piece_bytes + piece_bytes / 2);
        let drafts = Vec::with_capacity(piece_bytes / 256);
        Self {
            page: Page {
                bodies,
                drafts,
                ..Page::default()
            },
            directories: Vec::new(),
        }
    }

    /// Keeps a row, or a field of it, for a person. Drafts of the same row are kept with it.
    pub fn doubt(&mut self, origin: &Origin<'_>, field: &str, reason: impl Into<Reason>) {
        let cut = origin.raw.floor_char_boundary(EXCERPT_BYTES_MAX);
        self.page.doubts.push(Doubt {
            source_row: origin.source_row,
            field: field.to_owned(),
            reason: reason.into(),
            excerpt: origin.raw.get(..cut).unwrap_or_default().to_owned(),
        });
    }

    /// Counts a row that is no record.
    pub fn skip(&mut self, source_row: u64, reason: impl Into<Cow<'static, str>>) {
        let reason = reason.into();
        match self.page.skipped.last_mut() {
            Some(run) if run.reason == reason && run.first_row + run.rows == source_row => {
                run.rows += 1;
            }
            _ => self.page.skipped.push(Skip {
                reason,
                first_row: source_row,
                rows: 1,
            }),
        }
    }

    /// Reports a control total: what the feed says of itself, and what was found.
    pub fn control(&mut self, name: &str, declared: &str, found: &str) {
        self.page.controls.push(Control {
            name: name.to_owned(),
            declared: declared.to_owned(),
            found: found.to_owned(),
        });
    }

    /// Says where the next pull goes on.
    pub fn cursor(&mut self, cursor: &str) {
        self.page.cursor = Some(cursor.to_owned());
    }

    /// Puts the end of a draft behind the bodies written so far.
    pub(crate) fn end_draft(
        &mut self,
        source_row: u64,
        directory: &'static str,
        operation: Operation,
    ) {
        let directory = self.directory(directory);
        let end = u32::try_from(self.page.bodies.len()).unwrap_or(u32::MAX);
        self.page.drafts.push(Draft {
            source_row,
            directory,
            operation,
            end,
        });
    }

    fn directory(&mut self, code: &'static str) -> u16 {
        let known = self.directories.iter().position(|known| *known == code);
        let index = known.unwrap_or_else(|| {
            self.directories.push(code);
            self.directories.len() - 1
        });
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    pub(crate) fn finish(mut self, consumed: usize, carry: Vec<u8>) -> Page {
        self.page.directories = self.directories.into_iter().map(str::to_owned).collect();
        self.page.consumed = consumed as u64;
        self.page.carry = carry;
        self.page
    }
}
