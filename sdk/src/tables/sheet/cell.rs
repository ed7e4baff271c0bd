//! One cell of a sheet.

use super::xml::{Tag, Xml};
use super::{SheetError, Workbook};
use crate::tables::number;

/// What a cell's tag says.
#[derive(Debug)]
pub(super) struct Cell {
    kind: Kind,
    /// The number of its format.
    format: usize,
    /// Its column, from 0, where the tag says it.
    pub(super) column: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    /// The number of a text.
    Shared,
    Text,
    Boolean,
    Error,
    Date,
}

impl Cell {
    pub(super) fn read(tag: &Tag) -> Self {
        let kind = match tag.attribute("t").as_deref() {
            Some("s") => Kind::Shared,
            Some("str" | "inlineStr") => Kind::Text,
            Some("b") => Kind::Boolean,
            Some("e") => Kind::Error,
            Some("d") => Kind::Date,
            _ => Kind::Number,
        };
        let format = tag.attribute("s").and_then(|number| number.parse().ok());
        let place = tag.attribute("r").as_deref().and_then(place);
        Self {
            kind,
            format: format.unwrap_or_default(),
            column: place.map(|(column, _)| column),
        }
    }

    /// A formula came to an error.
    pub(super) fn is_error(&self) -> bool {
        self.kind == Kind::Error
    }

    /// What stands in it, as a person sees it.
    pub(super) fn text(
        &self,
        xml: &mut Xml<'_, '_>,
        workbook: &Workbook,
    ) -> Result<String, SheetError> {
        let mut raw = String::new();
        xml.text(&mut raw)?;
        Ok(match self.kind {
            Kind::Number => {
                let stored = raw.trim();
                let shows_days = workbook.days.get(self.format).is_some_and(|days| *days);
                let day = if shows_days {
                    number::day(stored, workbook.days_before)
                } else {
                    None
                };
                day.or_else(|| number::plain(stored)).unwrap_or(raw)
            }
            Kind::Shared if raw.is_empty() => raw,
            Kind::Shared => {
                let number = raw.trim().parse().ok();
                let text = number.and_then(|number| workbook.strings.get(number));
                unescaped(text.ok_or(SheetError::Damaged)?)
            }
            Kind::Text => unescaped(&raw),
            Kind::Boolean if raw.trim() == "1" => "TRUE".to_owned(),
            Kind::Boolean => "FALSE".to_owned(),
            Kind::Error | Kind::Date => raw,
        })
    }
}

/// A text without the escapes of characters that XML cannot hold: `_x000D_`.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let code = escape.get(2..6).filter(|_| escape.get(6..7) == Some("_"));
        let hex = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let c = hex.and_then(|code| u32::from_str_radix(code, 16).ok());
        match c.and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = escape.get(7..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = escape.get(2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// `C4`: the column from 0, and the row from 1.
fn place(text: &str) -> Option<(usize, u64)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = text.split_at_checked(letters)?;
    if !(1..=3).contains(&column.len()) {
        return None;
    }
    let number = column.bytes().fold(0, |number, letter| {
        number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    Some((number - 1, row.parse().ok()?))
}

/// A range that is merged over several rows: its value stands in the first column of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merge {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) column: usize,
}

impl Merge {
    /// Reads `A4:E5`.
    pub(super) fn parse(range: &str) -> Option<Self> {
        let (first, last) = range.split_once(':')?;
        let ((column, from), (_, to)) = (place(first)?, place(last)?);
        (to > from).then_some(Self { from, to, column })
    }
}

#[cfg(test)]
mod tests {
    use super::{Merge, place, unescaped};

    #[test]
    fn a_place_is_a_column_and_a_row() {
        for (text, found) in [
            ("A1", Some((0, 1))),
            ("H9", Some((7, 9))),
            ("AA10", Some((26, 10))),
            ("XFD1048576", Some((16_383, 1_048_576))),
            ("4", None),
            ("ABCD1", None),
            ("", None),
        ] {
            assert_eq!(place(text), found, "{text}");
        }
        let merge = |from, to, column| Some(Merge { from, to, column });
        assert_eq!(Merge::parse("B4:C5"), merge(4, 5, 1));
        assert_eq!(Merge::parse("A9:F9"), None);
    }

    #[test]
    fn escapes_of_characters_that_xml_cannot_hold_are_read() {
        for (text, read) in [
            ("甲_x000D_\n乙", "甲\r\n乙"),
            ("a_x", "a_x"),
            ("_x000_x0041_", "_x000A"),
            ("_xD800_", "_xD800_"),
            ("_x文字_", "_x文字_"),
        ] {
            assert_eq!(unescaped(text), read);
        }
    }
}
