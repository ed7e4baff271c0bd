//! The fixed-width file: the same fields without a separator, widths in bytes of GB18030.
//!
//! ```text
//! header    kind 1, bank 14, feed 8, date 8, rows 8, encoding 10
//! row       kind 1, seq 8, id 18, name 80, contract 40, note 40, guarantee kind 3, granted 18,
//!           balance 18, class 2, from 8, to 8, overdue 18, overdue periods 3
//! trailer   kind 1, rows 8, granted 20, balance 20, overdue 20
//! text is padded with blanks behind, numbers with zeros in front
//! ```
//!
//! What must stay true: fields are cut out of the bytes, before anything is decoded; half a
//! character at the end of a field is an error, never a repair.

use std::borrow::Cow;

use credit_sdk::{Fault, Reason, Settings, decode, text};

use crate::layout::{HEADER_FIELDS, Layout, Parts, ROW_FIELDS, TRAILER_FIELDS, kind_unknown};

const HEADER_WIDTHS: [usize; HEADER_FIELDS] = [1, 14, 8, 8, 8, 10];
const ROW_WIDTHS: [usize; ROW_FIELDS] = [1, 8, 18, 80, 40, 40, 3, 18, 18, 2, 8, 8, 18, 3];
const TRAILER_WIDTHS: [usize; TRAILER_FIELDS] = [1, 8, 20, 20, 20];

/// Widest field, in bytes.
const WIDTH_BYTES_MAX: usize = 4_096;

/// Cuts lines at widths.
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    header: [usize; HEADER_FIELDS],
    row: [usize; ROW_FIELDS],
    trailer: [usize; TRAILER_FIELDS],
}

impl Layout for Fixed {
    const TEXT: bool = false;

    fn of(settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self {
            header: widths(settings, "header_widths", HEADER_WIDTHS)?,
            row: widths(settings, "row_widths", ROW_WIDTHS)?,
            trailer: widths(settings, "trailer_widths", TRAILER_WIDTHS)?,
        })
    }

    fn part<'l>(&self, line: &'l [u8]) -> Parts<'l> {
        let widths = match line.first() {
            Some(b'H') => &self.header[..],
            Some(b'D') => &self.row[..],
            Some(b'T') => &self.trailer[..],
            _ => return broken(line, kind_unknown()),
        };
        let expected: usize = widths.iter().sum();
        if line.len() != expected {
            let mut parts = broken(line, width(line.len(), expected));
            parts.fields.push(Cow::Borrowed(kind(line)));
            return parts;
        }
        let mut parts = Parts::default();
        let mut rest = line;
        for (at, width) in widths.iter().enumerate() {
            let (field, behind) = rest.split_at_checked(*width).unwrap_or((rest, &[]));
            rest = behind;
            let shown = decode::gb18030(field);
            if at > 0 {
                parts.raw.to_mut().push('|');
            }
            parts.raw.to_mut().push_str(text::trim(&shown));
            if shown.contains('\u{fffd}') {
                parts.unread.push((at, cut()));
                parts.fields.push(Cow::Borrowed(""));
            } else {
                parts.fields.push(match shown {
                    Cow::Borrowed(text) => Cow::Borrowed(text::trim(text)),
                    Cow::Owned(text) => Cow::Owned(text::trim(&text).to_owned()),
                });
            }
        }
        parts
    }
}

/// The kind of a line that begins with one.
fn kind(line: &[u8]) -> &str {
    line.get(..1)
        .and_then(|kind| std::str::from_utf8(kind).ok())
        .unwrap_or_default()
}

/// A line that is not parted. Two of its fields can make one number there, so digits are not kept.
fn broken(line: &[u8], reason: Reason) -> Parts<'_> {
    let shown = decode::gb18030(line);
    let hidden = shown
        .chars()
        .map(|c| if c.is_ascii_digit() { '*' } else { c });
    Parts {
        raw: Cow::Owned(hidden.collect()),
        broken: Some(reason),
        ..Parts::default()
    }
}

/// The widths that a route gives, or the usual ones.
fn widths<const N: usize>(
    settings: &Settings<'_>,
    name: &str,
    usual: [usize; N],
) -> Result<[usize; N], Fault> {
    let Some(given) = settings.get(name) else {
        return Ok(usual);
    };
    let read = |text: &str| {
        let width = text.trim().parse().ok()?;
        (1..=WIDTH_BYTES_MAX).contains(&width).then_some(width)
    };
    let widths: Option<Vec<usize>> = given.split(',').map(read).collect();
    let widths = widths.and_then(|widths| <[usize; N]>::try_from(widths).ok());
    widths
        .filter(|widths| widths.first() == Some(&1))
        .ok_or_else(|| widths_wrong(name, N))
}

fn widths_wrong(name: &str, fields: usize) -> Fault {
    Fault::new(
        "widths_wrong",
        format!(
            "设置 {name} 应为 {fields} 个以逗号分隔的字节数，首个为 1，每个 1 至 {WIDTH_BYTES_MAX}"
        ),
        format!(
            "`{name}` must be {fields} numbers of bytes with commas between them, the first 1, \
             each 1 to {WIDTH_BYTES_MAX}"
        ),
    )
}

fn width(found: usize, expected: usize) -> Reason {
    Reason::new(
        "line_width",
        format!("该行 {found} 字节，应为 {expected} 字节（按 GB18030 计）"),
        format!("{found} bytes of GB18030 instead of {expected}"),
    )
}

fn cut() -> Reason {
    Reason::new(
        "character_cut",
        "该字段中有被截断或无法识别的汉字（定长按 GB18030 字节截取时截断了半个字符）",
        "the field holds a character that was cut in two",
    )
}
