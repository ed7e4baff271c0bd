//! From the text of a feed to the text of an identifier.

use super::inline::Inline;
use super::{IdError, IdKind, Repairs};

/// Longest identifier, in bytes: older registration numbers hold Chinese characters of 3 bytes.
pub(crate) const ID_BYTES_MAX: usize = 64;

/// Where a normalised text is kept when the text of the feed cannot serve as it stands.
pub(crate) type Room = Inline<ID_BYTES_MAX>;

/// The text as it should have been written, with nothing but capital letters, digits and what
/// this identifier may not hold (told later, with its position), and what was put right for it.
///
/// Clean text is returned as it stands.
pub(crate) fn normalise<'a>(
    kind: IdKind,
    text: &'a str,
    room: &'a mut Room,
) -> Result<(&'a str, Repairs), IdError> {
    if text
        .bytes()
        .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    {
        return if text.is_empty() {
            Err(IdError::Empty { kind })
        } else {
            Ok((text, Repairs::NONE))
        };
    }
    let (repairs, chars) = rewrite(text, room);
    if chars > room.as_str().chars().count() {
        return Err(IdError::Length { kind, found: chars });
    }
    let clean = room.as_str();
    if clean.is_empty() {
        return Err(IdError::Empty { kind });
    }
    if clean.contains(['*', '●', '•', '×']) {
        return Err(IdError::Masked { kind });
    }
    if is_scientific(clean) {
        return Err(IdError::ExcelDestroyed { kind });
    }
    if let Some(whole) = whole_of_float(clean) {
        let whole = whole.len();
        room.truncate(whole);
        return Ok((room.as_str(), repairs | Repairs::EXCEL_POINT));
    }
    Ok((room.as_str(), repairs))
}

/// Writes the text into `room` as far as it fits; tells what was put right and how many
/// characters there are.
fn rewrite(text: &str, room: &mut Room) -> (Repairs, usize) {
    let mut repairs = Repairs::NONE;
    let mut chars = 0_usize;
    let mut blanks = false;
    for raw in text.chars() {
        let c = half_width(raw);
        if is_blank(c) {
            // At the start at once, later when it is known whether anything follows.
            if chars == 0 {
                repairs |= Repairs::TRIM;
            }
            blanks = chars > 0;
            continue;
        }
        if matches!(c, '\'' | '‘' | '’') {
            repairs |= Repairs::EXCEL_MARK;
            continue;
        }
        if blanks {
            repairs |= Repairs::INNER_BLANK;
            blanks = false;
        }
        if c != raw {
            repairs |= Repairs::WIDTH;
        }
        let upper = c.to_ascii_uppercase();
        if upper != c {
            repairs |= Repairs::CASE;
        }
        chars += 1;
        room.push(upper);
    }
    (repairs | Repairs::when(Repairs::TRIM, blanks), chars)
}

/// The ASCII character that a full-width one stands for.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// White space, controls, and what cannot be seen: NBSP and U+3000 are white space already.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// `9.15206E+17`. A sign or a point is needed: `1234567E8` can be an organisation code.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once('E') else {
        return false;
    };
    let signed = exponent.strip_prefix(['+', '-']);
    let whole = mantissa.split_once('.');
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let number = match whole {
        Some((before, after)) => digits(before) && digits(after),
        None => digits(mantissa),
    };
    number && digits(signed.unwrap_or(exponent)) && (signed.is_some() || whole.is_some())
}

/// `52052200000123.0` without its point and zeros.
fn whole_of_float(text: &str) -> Option<&str> {
    let (whole, zeros) = text.split_once('.')?;
    let number = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    (number && !zeros.is_empty() && zeros.bytes().all(|b| b == b'0')).then_some(whole)
}

/// Excel keeps 15 digits of a number: a longer one that ends with zeros in their place and fails
/// its check has lost them.
pub(crate) fn lost_its_digits(text: &str) -> bool {
    text.len() > 15
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.bytes().skip(15).all(|b| b == b'0')
}

/// The first character that `allowed` does not allow, as an error.
pub(crate) fn check_alphabet(
    kind: IdKind,
    text: &str,
    allowed: impl Fn(usize, char) -> bool,
) -> Result<(), IdError> {
    match text.chars().enumerate().find(|&(at, c)| !allowed(at, c)) {
        Some((at, found)) => Err(IdError::Alphabet {
            kind,
            position: at + 1,
            found,
        }),
        None => Ok(()),
    }
}
