//! A reader of delimited text over a whole piece: fields are slices of the text, nothing is copied
//! but a quoted field that holds doubled quotes.
//!
//! What must stay true:
//! - What is read does not depend on where the feed was cut: a row counts once its line end is
//!   there (or the feed ends), and every limit counts from the row's own start.
//! - A quote that is not closed costs its own line and not the rest of the feed.

use memchr::{memchr, memchr2};

/// Longest row, in bytes: what the widest directory holds, twice over.
pub const ROW_BYTES_MAX: usize = 128 * 1024;

/// Where one field stands: in the text, or in the scratch text of the row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: usize,
    end: usize,
    scratch: bool,
}

#[cfg(any(feature = "json", feature = "tables", feature = "xml"))]
impl Span {
    /// A stretch of the scratch text.
    pub(crate) const fn of_scratch(start: usize, end: usize) -> Self {
        let scratch = true;
        Self {
            start,
            end,
            scratch,
        }
    }

    /// The text of a stretch of `scratch`.
    #[cfg(feature = "tables")]
    pub(crate) fn of(self, scratch: &str) -> &str {
        scratch.get(self.start..self.end).unwrap_or_default()
    }
}

/// What the reader came upon.
#[derive(Debug)]
pub enum Step<'r> {
    /// A row; its fields are with the reader.
    Row(Line<'r>),
    /// A line that is no row.
    Broken {
        /// As it stands in the feed; of a line beyond the limit, its beginning.
        raw: &'r str,
        /// Why.
        why: Broken,
    },
    /// The rest of the text is the beginning of a row: it needs what follows.
    More,
    /// The text is at its end.
    End,
}

/// Why a line is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A quote was opened and not closed, or closed in the middle of a field.
    Quote,
    /// Longer than [`ROW_BYTES_MAX`].
    TooLong,
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct Line<'r> {
    /// The row as it stands in the feed, without its line end.
    pub raw: &'r str,
    text: &'r str,
    scratch: &'r str,
    fields: &'r [Span],
}

impl<'r> Line<'r> {
    /// A row whose fields were read elsewhere: `fields` are stretches of `scratch`.
    #[cfg(any(feature = "json", feature = "tables", feature = "xml"))]
    pub(crate) const fn read_elsewhere(raw: &'r str, scratch: &'r str, fields: &'r [Span]) -> Self {
        let text = "";
        Self {
            raw,
            text,
            scratch,
            fields,
        }
    }

    /// How many fields it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is nothing in any of its fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().all(|field| crate::text::trim(field).is_empty())
    }

    /// A field, without its quotes.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&'r str> {
        let span = self.fields.get(index)?;
        if span.scratch {
            self.scratch
        } else {
            self.text
        }
        .get(span.start..span.end)
    }

    /// All fields in their order.
    pub fn iter(&self) -> impl Iterator<Item = &'r str> + use<'_, 'r> {
        (0..self.fields.len()).filter_map(|index| self.get(index))
    }

    /// Whether a quoted field of it holds a line end.
    #[must_use]
    pub fn spans_lines(&self) -> bool {
        has_line_end(self.raw.as_bytes())
    }
}

/// Reads rows out of a piece of text.
#[derive(Debug)]
pub struct Reader<'t> {
    text: &'t str,
    at: usize,
    last: bool,
    separator: u8,
    /// Inside a line that is longer than a row may be.
    in_long_line: bool,
    row_start: usize,
    fields: Vec<Span>,
    scratch: String,
}

impl<'t> Reader<'t> {
    /// A reader of `text`, which is the end of its feed if `last`. `separator` is ASCII.
    #[must_use]
    pub fn new(text: &'t str, last: bool, separator: u8) -> Self {
        Self {
            text,
            at: 0,
            last,
            separator: separator & 0x7f,
            in_long_line: false,
            row_start: 0,
            fields: Vec::with_capacity(32),
            scratch: String::new(),
        }
    }

    /// Goes on inside a line that was longer than a row may be: the piece before ended in it.
    pub fn resume_in_long_line(&mut self, in_long_line: bool) {
        self.in_long_line = in_long_line;
    }

    /// Whether the text read so far ends inside a line that is longer than a row may be.
    #[must_use]
    pub fn in_long_line(&self) -> bool {
        self.in_long_line
    }

    /// Bytes of whole rows read so far.
    #[must_use]
    pub fn consumed(&self) -> usize {
        self.at
    }

    /// Goes on behind the first line of the row that was read last, for a row that spans lines only
    /// because a quote is out of place.
    pub fn go_on_behind_first_line(&mut self) {
        let line = self
            .text
            .as_bytes()
            .get(self.row_start..self.at)
            .unwrap_or_default();
        if let Some(end) = memchr(b'\n', line) {
            self.at = self.row_start + end + 1;
        }
    }

    /// Reads the next row.
    pub fn step(&mut self) -> Step<'_> {
        if self.in_long_line && !self.leave_long_line() {
            return Step::End;
        }
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Step::End;
        }
        let window = rest.get(..ROW_BYTES_MAX).unwrap_or(rest);
        let full = window.len() == ROW_BYTES_MAX;
        let ends_here = self.last && !full;
        self.row_start = self.at;
        self.fields.clear();
        self.scratch.clear();
        match self.split(window, ends_here) {
            Ok(length) => {
                self.at = self.row_start + length;
                let line = self.text.get(self.row_start..self.at).unwrap_or_default();
                Step::Row(Line {
                    raw: without_line_end(line),
                    text: self.text,
                    scratch: &self.scratch,
                    fields: &self.fields,
                })
            }
            // What becomes of a broken row is settled once its first line, and for an open quote
            // all that it might still hold, is there.
            Err(stop) if !ends_here && !full && (stop == Stop::NoEnd || !has_line_end(window)) => {
                Step::More
            }
            Err(_) => self.broken(window, full),
        }
    }

    /// Splits the row at the start of `window` into fields; how long it is, with its line end.
    fn split(&mut self, window: &[u8], ends_here: bool) -> Result<usize, Stop> {
        let mut at = 0;
        loop {
            let field = window.get(at..).unwrap_or_default();
            let end = if field.first() == Some(&b'"') {
                at + self.quoted(field, at)?
            } else {
                let end = match memchr2(self.separator, b'\n', field) {
                    Some(end) => at + end,
                    None if ends_here => window.len(),
                    None => return Err(Stop::NoEnd),
                };
                self.push(at, end - carriage_return(window, end), false);
                end
            };
            match window.get(end) {
                Some(byte) if *byte == self.separator => at = end + 1,
                Some(b'\r') if window.get(end + 1) == Some(&b'\n') => return Ok(end + 2),
                Some(b'\n') => return Ok(end + 1),
                None if ends_here => return Ok(window.len()),
                Some(b'\r') if window.len() == end + 1 && ends_here => return Ok(window.len()),
                Some(b'\r') if window.len() == end + 1 => return Err(Stop::NoEnd),
                None => return Err(Stop::NoEnd),
                // Behind a closing quote only.
                Some(_) => return Err(Stop::Quote),
            }
        }
    }

    /// Reads the quoted field at the start of `field`, which stands at `at` of the row; where it
    /// ends, its quotes included.
    fn quoted(&mut self, field: &[u8], at: usize) -> Result<usize, Stop> {
        let scratch_from = self.scratch.len();
        let mut clean_from = 1;
        let mut from = 1;
        loop {
            let rest = field.get(from..).unwrap_or_default();
            let quote = from + memchr(b'"', rest).ok_or(Stop::NoEnd)?;
            if field.get(quote + 1) == Some(&b'"') {
                let clean = self.slice(at + clean_from, at + quote + 1);
                self.scratch.push_str(clean);
                clean_from = quote + 2;
                from = quote + 2;
                continue;
            }
            if self.scratch.len() == scratch_from {
                self.push(at + 1, at + quote, false);
            } else {
                let clean = self.slice(at + clean_from, at + quote);
                self.scratch.push_str(clean);
                self.fields.push(Span {
                    start: scratch_from,
                    end: self.scratch.len(),
                    scratch: true,
                });
            }
            return Ok(quote + 1);
        }
    }

    /// Part of the row, which is part of the text.
    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text
            .get(self.row_start + start..self.row_start + end)
            .unwrap_or_default()
    }

    #[inline]
    fn push(&mut self, start: usize, end: usize, scratch: bool) {
        let (start, end) = (self.row_start + start, self.row_start + end);
        self.fields.push(Span {
            start,
            end,
            scratch,
        });
    }

    /// Gives up the row at the start of `window`, and goes on behind its first line.
    fn broken(&mut self, window: &[u8], full: bool) -> Step<'_> {
        let first_line = memchr(b'\n', window);
        self.at = match first_line {
            Some(end) => self.row_start + end + 1,
            None => self.text.floor_char_boundary(self.row_start + window.len()),
        };
        self.in_long_line = first_line.is_none() && full;
        let raw = without_line_end(self.text.get(self.row_start..self.at).unwrap_or_default());
        Step::Broken {
            raw,
            why: if self.in_long_line {
                Broken::TooLong
            } else {
                Broken::Quote
            },
        }
    }

    /// Skips to behind the end of the long line; false if the text ends sooner.
    fn leave_long_line(&mut self) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        match memchr(b'\n', rest) {
            Some(end) => {
                self.at += end + 1;
                self.in_long_line = false;
                true
            }
            None => {
                self.at = self.text.len();
                false
            }
        }
    }
}

/// Why the splitting of a row stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// No line end in the window.
    NoEnd,
    /// A closing quote with text behind it.
    Quote,
}

/// 1 where the line end at `end` is CR LF, or the text ends with CR.
fn carriage_return(window: &[u8], end: usize) -> usize {
    let line_end = matches!(window.get(end), Some(b'\n') | None);
    usize::from(line_end && end > 0 && window.get(end - 1) == Some(&b'\r'))
}

fn has_line_end(window: &[u8]) -> bool {
    memchr(b'\n', window).is_some()
}

fn without_line_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

#[cfg(test)]
mod tests;
