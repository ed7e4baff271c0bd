//! 公民身份号码, GB 11643-1999: 18 characters, or the 15 digits of before.
//!
//! ```text
//! 520581 19880808 019 1        520581 880808 019
//! │      │        │   └ check, MOD 11-2
//! │      │        └ sequence, odd for men
//! │      └ birth
//! └ region, as it was when the id was given
//! ```

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::inline::Inline;
use super::normal::{Room, check_alphabet, lost_its_digits, normalise};
use super::region::is_province;
use super::{IdError, IdKind, Parsed, Region, Warnings};
use crate::mask::mask_id;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// Nobody in a feed was born before.
const BIRTH_YEAR_MIN: i32 = 1850;

/// A personal id. Its `Debug` masks it, and it has no `Display`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId {
    text: Inline<18>,
    birth: NaiveDate,
}

impl PersonId {
    /// Reads a personal id of 18 or 15 characters.
    ///
    /// # Errors
    /// Another length, other characters, no such province, no such day or one after `today`, a
    /// wrong check digit, nothing but zeros; a masked or destroyed id.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Parsed<Self>, IdError> {
        let mut room = Room::empty();
        let (text, repairs) = normalise(IdKind::PersonId, text, &mut room)?;
        if text.contains("XXX") {
            return Err(IdError::Masked {
                kind: IdKind::PersonId,
            });
        }
        let (value, warnings) = Self::of(text, today)?;
        Ok(Parsed {
            value,
            repairs,
            warnings,
        })
    }

    /// Fifteen or eighteen clean characters.
    pub(crate) fn of(text: &str, today: NaiveDate) -> Result<(Self, Warnings), IdError> {
        let kind = IdKind::PersonId;
        let found = text.chars().count();
        let old = found == 15;
        if !old && found != 18 {
            return Err(IdError::Length { kind, found });
        }
        check_alphabet(kind, text, |at, c| {
            c.is_ascii_digit() || (at == 17 && c == 'X')
        })?;
        let code = text.as_bytes();
        if code.iter().take(17).all(|&b| b == b'0') {
            return Err(IdError::AllZero { kind });
        }
        let region = Region::at(code, 0);
        if !is_province(region.province()) {
            return Err(IdError::Region {
                kind,
                province: region.province(),
            });
        }
        let birth = birth_of(code, old).ok_or(IdError::Date)?;
        if birth > today {
            return Err(IdError::Future);
        }
        if !old && code.last() != Some(&check_of(code)) {
            return Err(if lost_its_digits(text) {
                IdError::ExcelDestroyed { kind }
            } else {
                IdError::PersonCheck { kind }
            });
        }
        let warnings = region.warning()
            | Warnings::when(Warnings::OLD_PERSONAL_ID, old)
            | Warnings::when(Warnings::BORN_BEFORE_1900, birth.year() < 1900);
        let text = Inline::new(text).ok_or(IdError::Length { kind, found })?;
        Ok((Self { text, birth }, warnings))
    }

    /// Its characters, unmasked.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    pub(super) const fn text(&self) -> Inline<18> {
        self.text
    }

    /// The same id in its form of 18 characters: an old one and its successor are one person.
    #[must_use]
    pub fn id18(&self) -> Self {
        if self.as_str().len() == 18 {
            return *self;
        }
        let mut text = Inline::<18>::empty();
        let (region, rest) = self.as_str().split_at_checked(6).unwrap_or_default();
        for c in region.chars().chain("19".chars()).chain(rest.chars()) {
            text.push(c);
        }
        let check = check_of(text.as_str().as_bytes());
        text.push(check.into());
        Self {
            text,
            birth: self.birth,
        }
    }

    /// Date of birth.
    #[must_use]
    pub const fn birth(&self) -> NaiveDate {
        self.birth
    }

    /// Region as it was when the id was given.
    #[must_use]
    pub fn region(&self) -> Region {
        Region::at(self.as_str().as_bytes(), 0)
    }

    /// As it may be shown.
    #[must_use]
    pub fn masked(&self) -> String {
        mask_id(self.as_str())
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonId({})", self.masked())
    }
}

/// The date of birth behind the region: eight digits, or six of the 20th century if `old`.
fn birth_of(code: &[u8], old: bool) -> Option<NaiveDate> {
    let (year, rest) = match old {
        false => (number(code.get(6..10)?)?, code.get(10..14)?),
        true => (1900 + number(code.get(6..8)?)?, code.get(8..12)?),
    };
    let (month, day) = rest.split_at_checked(2)?;
    let year = i32::try_from(year)
        .ok()
        .filter(|&year| year >= BIRTH_YEAR_MIN)?;
    NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, b| {
        b.is_ascii_digit()
            .then(|| number * 10 + u32::from(b.wrapping_sub(b'0')))
    })
}

/// 18 characters with a province, a date of birth and a right check.
pub(crate) fn is_personal_id(code: &[u8]) -> bool {
    looks_like_birth(code, false) && is_check_right(code)
}

/// 17 digits and the check of ISO 7064 MOD 11-2.
pub(crate) fn is_check_right(code: &[u8]) -> bool {
    code.iter().take(17).all(u8::is_ascii_digit) && code.get(17) == Some(&check_of(code))
}

/// The check character of the first 17 digits.
fn check_of(code: &[u8]) -> u8 {
    let digit = |b: u8| u32::from(b.wrapping_sub(b'0'));
    let sum: u32 = code
        .iter()
        .zip(WEIGHTS)
        .map(|(&b, weight)| digit(b) * weight)
        .sum();
    CHECKS.get((sum % 11) as usize).copied().unwrap_or_default()
}

/// The digits begin with a province and go on with a date of birth (of six digits if `old`):
/// a personal id, whole or cut off.
pub(crate) fn looks_like_birth(digits: &[u8], old: bool) -> bool {
    let province = digits
        .get(..2)
        .and_then(number)
        .and_then(|p| u8::try_from(p).ok());
    province.is_some_and(is_province)
        && birth_of(digits, old).is_some_and(|birth| birth.year() < 2100)
}
