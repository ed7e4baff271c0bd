//! 工商注册号: 15 digits of GS 15-2006 with a check of ISO 7064 MOD 11,10, and older forms.

use std::fmt;

use super::inline::Inline;
use super::normal::{ID_BYTES_MAX, Room, check_alphabet, normalise};
use super::{IdError, IdKind, Parsed, Region, Warnings};

/// A registration number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegNo {
    text: Inline<ID_BYTES_MAX>,
    form: RegNoForm,
}

/// The forms of registration numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegNoForm {
    /// 15 digits, with a check.
    Digits15,
    /// 13 digits, or words like `企合黔总字第000123号`: there is nothing to check.
    Legacy,
}

impl RegNoForm {
    /// Stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Digits15 => "digits15",
            Self::Legacy => "legacy",
        }
    }
}

impl RegNo {
    /// Reads a registration number.
    ///
    /// # Errors
    /// Another form, a wrong check digit, nothing but zeros; a masked or destroyed number.
    pub fn parse(text: &str) -> Result<Parsed<Self>, IdError> {
        let kind = IdKind::RegNo;
        let mut room = Room::empty();
        let (text, repairs) = normalise(kind, text, &mut room)?;
        let (form, warnings) = if is_worded(text) {
            (RegNoForm::Legacy, Warnings::LEGACY_REG_NO)
        } else {
            check_digits(text)?
        };
        let found = text.chars().count();
        let text = Inline::new(text).ok_or(IdError::Length { kind, found })?;
        Ok(Parsed {
            value: Self { text, form },
            repairs,
            warnings,
        })
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// Its form.
    #[must_use]
    pub const fn form(&self) -> RegNoForm {
        self.form
    }
}

impl fmt::Display for RegNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RegNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegNo({self})")
    }
}

fn check_digits(text: &str) -> Result<(RegNoForm, Warnings), IdError> {
    let kind = IdKind::RegNo;
    check_alphabet(kind, text, |_, c| c.is_ascii_digit())?;
    if text.bytes().all(|b| b == b'0') {
        return Err(IdError::AllZero { kind });
    }
    match text.len() {
        13 => Ok((RegNoForm::Legacy, Warnings::LEGACY_REG_NO)),
        15 => match (check_of(text), text.bytes().last().unwrap_or_default()) {
            (expected, found) if expected != found => Err(IdError::RegNoCheck {
                expected: expected.into(),
                found: found.into(),
            }),
            _ => Ok((
                RegNoForm::Digits15,
                Region::at(text.as_bytes(), 0).warning(),
            )),
        },
        found => Err(IdError::Length { kind, found }),
    }
}

/// `企合黔总字第000123号`: Chinese characters and digits, with 字, 第 or 号.
fn is_worded(text: &str) -> bool {
    text.contains(['字', '第', '号'])
        && text.bytes().any(|b| b.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '(' | ')' | '-' | '〔' | '〕'))
}

/// ISO 7064, hybrid system MOD 11,10, over 14 digits.
fn check_of(digits: &str) -> u8 {
    let product = digits.bytes().take(14).fold(10_u32, |product, b| {
        let sum = (product + u32::from(b.wrapping_sub(b'0'))) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    b'0' + ((11 - product) % 10) as u8
}
