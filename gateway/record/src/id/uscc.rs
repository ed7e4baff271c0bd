//! 统一社会信用代码, GB 32100-2015.
//!
//! ```text
//! 9 1 440300 71526726X G
//! │ │ │      │         └ check, modulo 31
//! │ │ │      └ organisation code, GB 11714 with its own check
//! │ │ └ region of the registering authority
//! │ └ type of organisation
//! └ registering authority
//! ```

use std::fmt;

use super::inline::Inline;
use super::normal::{Room, check_alphabet, lost_its_digits, normalise};
use super::{IdError, IdKind, OrgCode, Parsed, Region, Warnings, org_code};

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Powers of 3 modulo 31.
const WEIGHTS: [u32; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];

/// Each registering authority and its types of organisation.
const AUTHORITIES: [(u8, &[u8]); 12] = [
    (b'1', b"1239"),   // 机构编制
    (b'2', b"19"),     // 外交
    (b'3', b"123459"), // 司法行政
    (b'4', b"19"),     // 文化
    (b'5', b"1239"),   // 民政
    (b'6', b"129"),    // 旅游
    (b'7', b"129"),    // 宗教
    (b'8', b"19"),     // 工会
    (b'9', b"123"),    // 市场监管
    (b'A', b"19"),     // 中央军委
    (b'N', b"1239"),   // 农业
    (b'Y', b"1"),      // 其他
];

/// No character of the alphabet.
const NONE: u8 = 0xff;

/// Value of each byte.
const VALUES: [u8; 256] = values();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated while compiling, where it cannot panic"
)]
const fn values() -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
}

/// A unified social credit code of 18 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc(Inline<18>);

impl Uscc {
    /// Reads a unified social credit code. An unknown region and a wrong check of the
    /// organisation code inside are warnings: real, right codes have both.
    ///
    /// # Errors
    /// Another length, other characters, a wrong check character, an unknown authority or type,
    /// nothing but zeros; a masked or destroyed code.
    pub fn parse(text: &str) -> Result<Parsed<Self>, IdError> {
        let mut room = Room::empty();
        let (text, repairs) = normalise(IdKind::Uscc, text, &mut room)?;
        let (value, warnings) = Self::of(text)?;
        Ok(Parsed {
            value,
            repairs,
            warnings,
        })
    }

    /// Eighteen clean characters.
    pub(crate) fn of(text: &str) -> Result<(Self, Warnings), IdError> {
        let kind = IdKind::Uscc;
        let found = text.chars().count();
        if found != 18 {
            return Err(IdError::Length { kind, found });
        }
        check_alphabet(kind, text, |at, c| match at {
            2..8 => c.is_ascii_digit(),
            _ => c.is_ascii() && value(c as u8) != NONE,
        })?;
        if text.bytes().take(17).all(|b| b == b'0') {
            return Err(IdError::AllZero { kind });
        }
        let code = text.as_bytes();
        let expected = check_of(code);
        match code {
            [.., last] if *last != expected => {
                return Err(if lost_its_digits(text) {
                    IdError::ExcelDestroyed { kind }
                } else {
                    IdError::UsccCheck {
                        expected: expected.into(),
                        found: (*last).into(),
                    }
                });
            }
            [first, second, ..] if !is_authority(*first, *second) => {
                let (first, second) = (char::from(*first), char::from(*second));
                return Err(IdError::Authority { first, second });
            }
            _ => {}
        }
        let inner = code.get(8..17).unwrap_or_default();
        let inner_right = inner.last() == Some(&org_code::check_of(inner));
        let warnings =
            Region::at(code, 2).warning() | Warnings::when(Warnings::INNER_ORG_CHECK, !inner_right);
        Ok((
            Self(Inline::new(text).ok_or(IdError::Length { kind, found })?),
            warnings,
        ))
    }

    /// Its 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Region of the registering authority when the code was given.
    #[must_use]
    pub fn region(&self) -> Region {
        Region::at(self.as_str().as_bytes(), 2)
    }

    /// The organisation code inside, where its own check is right.
    #[must_use]
    pub fn org_code(&self) -> Option<OrgCode> {
        OrgCode::of(self.as_str().get(8..17)?).ok()
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uscc({self})")
    }
}

fn value(byte: u8) -> u8 {
    VALUES.get(usize::from(byte)).copied().unwrap_or(NONE)
}

/// The check character of the first 17 characters of the alphabet.
fn check_of(code: &[u8]) -> u8 {
    let sum: u32 = code
        .iter()
        .zip(WEIGHTS)
        .map(|(&b, w)| u32::from(value(b)) * w)
        .sum();
    ALPHABET
        .get(((31 - sum % 31) % 31) as usize)
        .copied()
        .unwrap_or(NONE)
}

fn is_authority(first: u8, second: u8) -> bool {
    AUTHORITIES
        .iter()
        .any(|(authority, types)| *authority == first && types.contains(&second))
}
