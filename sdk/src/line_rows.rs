//! Feeds of rows in lines: each line is a row, and a format of the author's own parts its fields.
//!
//! What must stay true: a line that cannot be read costs itself and no other; what is read does not
//! depend on where the feed was cut.

use std::marker::PhantomData;

use crate::adapter::{Adapter, Fault, Piece, Settings};
use crate::lines::{Reader, Step};
use crate::page::{Origin, PageBuilder, Reason};
use crate::rows::RowAdapter;
use crate::rows::named::{Fields, NamedCarry, NamedRows, Unread};

/// How the fields of a line are told apart.
pub trait LineFormat {
    /// A line is not readable as it stands: what is kept of it for a person is its fields, joined
    /// by `|`. Ids are masked only where they can be seen.
    const ENCODED: bool = false;

    /// Reads the fields of `line`, which is not blank.
    ///
    /// # Errors
    ///
    /// Why it cannot be read: then the whole line is kept for a person. An encoded one is kept as
    /// far as its fields were pushed.
    fn read(line: &str, fields: &mut LineFields<'_>) -> Result<(), Unreadable>;
}

/// Takes the fields of a line, with their names.
#[derive(Debug)]
pub struct LineFields<'f> {
    fields: &'f mut Fields,
    begun: bool,
}

impl LineFields<'_> {
    /// A field.
    pub fn push(&mut self, name: &str, value: &str) {
        if self.begun {
            self.fields.text.push('|');
        }
        self.begun = true;
        let start = self.fields.text.len();
        self.fields.text.push_str(value);
        self.fields.push(name, start);
    }
}

/// Why a line cannot be read, and in which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The source's own name of the field; empty for the whole line.
    pub field: &'static str,
    /// Why.
    pub reason: Reason,
}

/// An adapter of lines: `F` tells their fields apart, `A` says what becomes of them.
#[derive(Debug)]
pub struct Lines<F, A>(PhantomData<(F, A)>);

impl<F: LineFormat, A: RowAdapter> Adapter for Lines<F, A> {
    type Carry = NamedCarry<bool, A::Memory>;

    fn translate(
        piece: &Piece<'_>,
        carry: &mut Self::Carry,
        settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        if piece.offset == 0 {
            carry.rows = 0;
            carry.place = false;
        }
        carry.rows += u64::from(piece.lost);
        let text = piece.text()?;
        let mut reader = Reader::new(piece.bytes, piece.last, carry.place);
        let mut rows = NamedRows::<A>::new(settings, page);
        let mut fields = Fields::default();
        loop {
            let (line, whole) = match reader.step() {
                Step::Line(place) => (text.get(place), true),
                Step::TooLong(place) => {
                    let end = text.floor_char_boundary(place.end);
                    (text.get(place.start..end), false)
                }
                Step::More | Step::End => break,
            };
            let raw = line.unwrap_or_default();
            if crate::text::trim(raw).is_empty() {
                carry.rows += 1;
                rows.page.skip(carry.rows, "blank");
                continue;
            }
            fields.clear();
            let read = if whole {
                F::read(
                    raw,
                    &mut LineFields {
                        fields: &mut fields,
                        begun: false,
                    },
                )
            } else {
                Err(Unread::Long.into())
            };
            let raw = if F::ENCODED { &fields.text } else { raw };
            match read {
                Ok(()) if fields.too_many() => rows.unread(raw, Unread::Fields, carry),
                Ok(()) => rows.row(raw, &fields, carry)?,
                Err(Unreadable { field, reason }) => {
                    carry.rows += 1;
                    let source_row = carry.rows;
                    rows.page.doubt(&Origin { source_row, raw }, field, reason);
                }
            }
        }
        carry.place = reader.in_long_line();
        rows.end(carry);
        Ok(reader.consumed())
    }
}

impl From<Unread> for Unreadable {
    fn from(why: Unread) -> Self {
        Self {
            field: "",
            reason: why.into(),
        }
    }
}

#[cfg(test)]
mod tests;
