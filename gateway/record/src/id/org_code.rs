//! 组织机构代码, GB 11714: eight characters and a check of weights modulo 11.

use std::fmt;

use super::inline::Inline;
use super::normal::{Room, check_alphabet, normalise};
use super::{IdError, IdKind, Parsed, Repairs, Warnings};

const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// An organisation code of nine characters, without its hyphen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgCode(Inline<9>);

impl OrgCode {
    /// Reads an organisation code, with or without a hyphen.
    ///
    /// # Errors
    /// Another length, other characters, a wrong check character, nothing but zeros.
    pub fn parse(text: &str) -> Result<Parsed<Self>, IdError> {
        let kind = IdKind::OrgCode;
        let mut room = Room::empty();
        let (text, mut repairs) = normalise(kind, text, &mut room)?;
        let mut joined = Inline::<9>::empty();
        let text = match text.rsplit_once(['-', '–', '—', '‐', '‑', '−']) {
            Some((body, check)) if body.len() == 8 && check.len() == 1 => {
                repairs |= Repairs::HYPHEN;
                body.chars().chain(check.chars()).for_each(|c| {
                    joined.push(c);
                });
                joined.as_str()
            }
            _ => text,
        };
        let value = Self::of(text)?;
        Ok(Parsed {
            value,
            repairs,
            warnings: Warnings::NONE,
        })
    }

    /// Nine clean characters.
    pub(crate) fn of(text: &str) -> Result<Self, IdError> {
        let kind = IdKind::OrgCode;
        let found = text.chars().count();
        if found != 9 {
            return Err(IdError::Length { kind, found });
        }
        // A letter where the check stands is a wrong check, not a wrong character.
        check_alphabet(kind, text, |_, c| {
            c.is_ascii_digit() || c.is_ascii_uppercase()
        })?;
        if text.bytes().take(8).all(|b| b == b'0') {
            return Err(IdError::AllZero { kind });
        }
        let expected = check_of(text.as_bytes());
        match text.bytes().last() {
            Some(found) if found != expected => Err(IdError::OrgCheck {
                expected: expected.into(),
                found: found.into(),
            }),
            _ => Inline::new(text)
                .map(Self)
                .ok_or(IdError::Length { kind, found }),
        }
    }

    /// Its nine characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for OrgCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for OrgCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrgCode({self})")
    }
}

/// The check character of the first eight characters, digits or capital letters.
pub(crate) fn check_of(code: &[u8]) -> u8 {
    let value = |b: u8| {
        u32::from(if b.is_ascii_digit() {
            b - b'0'
        } else {
            b.wrapping_sub(55)
        })
    };
    let sum: u32 = code
        .iter()
        .zip(WEIGHTS)
        .map(|(&b, weight)| value(b) * weight)
        .sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + (digit % 10) as u8,
    }
}
