//! The lines of a piece, of text or of bytes.
//!
//! What must stay true: what is read does not depend on where the feed was cut. A line counts once
//! its end is there (or the feed ends), and its limit counts from its own start.

use std::ops::Range;

use memchr::memchr;

/// Longest line, in bytes: as long as a row of delimited text.
pub const LINE_BYTES_MAX: usize = crate::csv::ROW_BYTES_MAX;

/// What the reader came upon; places are bytes of the piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A line, without its end.
    Line(Range<usize>),
    /// The beginning of a line that is longer than [`LINE_BYTES_MAX`]; the rest of it is skipped.
    TooLong(Range<usize>),
    /// The rest is the beginning of a line: it needs what follows.
    More,
    /// Nothing is left.
    End,
}

/// Finds the lines of a piece, of text or of any encoding in which a line feed is that byte and
/// nothing else (GB18030 is one).
#[derive(Debug)]
pub struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    last: bool,
    in_long_line: bool,
}

impl<'b> Reader<'b> {
    /// A reader of `bytes`, which are the end of their feed if `last`. `in_long_line`: the piece
    /// before ended inside a line that is too long.
    #[must_use]
    pub const fn new(bytes: &'b [u8], last: bool, in_long_line: bool) -> Self {
        Self {
            bytes,
            at: 0,
            last,
            in_long_line,
        }
    }

    /// Whether what was read ends inside a line that is too long.
    #[must_use]
    pub const fn in_long_line(&self) -> bool {
        self.in_long_line
    }

    /// Bytes of whole lines read so far.
    #[must_use]
    pub const fn consumed(&self) -> usize {
        self.at
    }

    /// Reads the next line.
    pub fn step(&mut self) -> Step {
        if self.in_long_line && !self.leave_long_line() {
            return Step::End;
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Step::End;
        }
        let start = self.at;
        let window = rest.get(..LINE_BYTES_MAX).unwrap_or(rest);
        let end = match memchr(b'\n', window) {
            Some(end) => {
                self.at = start + end + 1;
                start + end
            }
            None if window.len() == LINE_BYTES_MAX => {
                self.at = start + window.len();
                self.in_long_line = true;
                return Step::TooLong(start..self.at);
            }
            None if self.last => {
                self.at = self.bytes.len();
                self.at
            }
            None => return Step::More,
        };
        let line = self.bytes.get(start..end).unwrap_or_default();
        Step::Line(start..end - usize::from(line.ends_with(b"\r")))
    }

    /// Skips to behind the end of the long line; false if the piece ends sooner.
    fn leave_long_line(&mut self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match memchr(b'\n', rest) {
            Some(end) => {
                self.at += end + 1;
                self.in_long_line = false;
            }
            None => self.at = self.bytes.len(),
        }
        !self.in_long_line
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE_BYTES_MAX, Reader, Step};

    #[test]
    fn lines_are_found_in_bytes_of_any_encoding() {
        let mut reader = Reader::new(b"\xfe\x9f\r\n\xc7\xad", false, false);
        assert_eq!(reader.step(), Step::Line(0..2));
        assert_eq!(reader.step(), Step::More);
        assert_eq!(reader.consumed(), 4);
        let mut reader = Reader::new(b"\xc7\xad", true, false);
        assert_eq!(reader.step(), Step::Line(0..2));
        assert_eq!(reader.step(), Step::End);
    }

    #[test]
    fn the_rest_of_a_line_that_is_too_long_is_skipped() {
        let bytes = vec![b'x'; LINE_BYTES_MAX + 1];
        let mut reader = Reader::new(&bytes, false, false);
        assert_eq!(reader.step(), Step::TooLong(0..LINE_BYTES_MAX));
        assert_eq!(reader.step(), Step::End);
        assert_eq!(reader.consumed(), bytes.len());
        let mut reader = Reader::new(b"x\ny", true, reader.in_long_line());
        assert_eq!(reader.step(), Step::Line(2..3));
        assert!(!reader.in_long_line());
    }
}
