//! 纳税人识别号: an organisation's code, or a person's document, in nine forms told by length.
//!
//! Where a text can be read both ways the organisation's check decides; a taxpayer id that holds a
//! personal id is personal data as a whole.

use std::fmt;

use chrono::NaiveDate;

use super::inline::Inline;
use super::normal::{Room, check_alphabet, normalise};
use super::{IdError, IdKind, OrgCode, Parsed, PersonId, Region, Uscc, Warnings, looks_like_birth};
use crate::mask::mask_id;

/// A taxpayer id. Its `Debug` masks what holds a personal id, and it has no `Display`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TaxId {
    text: Inline<20>,
    form: TaxForm,
    holds: Holds,
}

/// The forms of taxpayer ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaxForm {
    /// A unified social credit code.
    Uscc18,
    /// A personal id.
    Person18,
    /// Region and organisation code.
    TaxId15,
    /// An old personal id.
    Person15,
    /// Region, organisation code and `01`: a branch or second registration.
    Branch17,
    /// An old personal id and a sequence of two digits.
    Person17,
    /// A personal id and a sequence of two digits.
    Person20,
    /// `L` and 18 characters: a temporary taxpayer.
    Temporary19,
    /// `L` and 15 characters: the same, with an old number.
    Temporary16,
}

impl TaxForm {
    /// Stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Uscc18 => "uscc18",
            Self::Person18 => "person18",
            Self::TaxId15 => "taxid15",
            Self::Person15 => "person15",
            Self::Branch17 => "branch17",
            Self::Person17 => "person17",
            Self::Person20 => "person20",
            Self::Temporary19 => "temporary19",
            Self::Temporary16 => "temporary16",
        }
    }
}

/// What a taxpayer id is made of.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Holds {
    Uscc(Uscc),
    Org(OrgCode),
    Person(PersonId),
}

type Reading = (TaxForm, Holds, Warnings);

impl TaxId {
    /// Reads a taxpayer id.
    ///
    /// # Errors
    /// No form has this length, or the codes inside fail their checks.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Parsed<Self>, IdError> {
        let kind = IdKind::TaxId;
        let mut room = Room::empty();
        let (text, repairs) = normalise(kind, text, &mut room)?;
        check_alphabet(kind, text, |_, c| {
            c.is_ascii_digit() || c.is_ascii_uppercase()
        })?;
        let found = text.len();
        let (form, holds, warnings) = read(text, today)?;
        let text = Inline::new(text).ok_or(IdError::Length { kind, found })?;
        Ok(Parsed {
            value: Self { text, form, holds },
            repairs,
            warnings,
        })
    }

    /// Its characters, unmasked.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// Its form.
    #[must_use]
    pub const fn form(&self) -> TaxForm {
        self.form
    }

    /// The unified social credit code inside.
    #[must_use]
    pub const fn uscc(&self) -> Option<Uscc> {
        match self.holds {
            Holds::Uscc(uscc) => Some(uscc),
            Holds::Org(_) | Holds::Person(_) => None,
        }
    }

    /// The organisation code inside, also that of a unified social credit code.
    #[must_use]
    pub fn org_code(&self) -> Option<OrgCode> {
        match self.holds {
            Holds::Uscc(uscc) => uscc.org_code(),
            Holds::Org(code) => Some(code),
            Holds::Person(_) => None,
        }
    }

    /// The personal id inside.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match self.holds {
            Holds::Person(person) => Some(person),
            Holds::Uscc(_) | Holds::Org(_) => None,
        }
    }

    /// There is a personal id inside.
    #[must_use]
    pub const fn holds_person(&self) -> bool {
        matches!(self.holds, Holds::Person(_))
    }

    /// As it may be shown: masked if there is a personal id inside.
    #[must_use]
    pub fn masked(&self) -> String {
        if self.holds_person() {
            mask_id(self.as_str())
        } else {
            self.as_str().to_owned()
        }
    }
}

impl fmt::Debug for TaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaxId({}, {})", self.masked(), self.form.word())
    }
}

fn read(text: &str, today: NaiveDate) -> Result<Reading, IdError> {
    let length = IdError::Length {
        kind: IdKind::TaxId,
        found: text.len(),
    };
    let temporary = text.strip_prefix('L');
    match (text.len(), temporary) {
        (18, None) => read18(text, today),
        (15, None) => read15(text, today),
        (17, None) => read17(text, today).ok_or(length),
        (20, None) => read20(text, today, length),
        (19, Some(inner)) => {
            read18(inner, today).map(|(_, holds, warnings)| (TaxForm::Temporary19, holds, warnings))
        }
        (16, Some(inner)) => {
            read15(inner, today).map(|(_, holds, warnings)| (TaxForm::Temporary16, holds, warnings))
        }
        _ => Err(length),
    }
}

/// A unified social credit code or a personal id.
fn read18(text: &str, today: NaiveDate) -> Result<Reading, IdError> {
    let person = PersonId::of(text, today).ok();
    match (Uscc::of(text), person) {
        // One person in 31 passes as a USCC, but hardly any with a right organisation code inside.
        (Ok((_, odd)), Some((person, warnings))) if odd.contains(Warnings::INNER_ORG_CHECK) => {
            Ok((TaxForm::Person18, Holds::Person(person), warnings))
        }
        (Ok((uscc, warnings)), person) => {
            let both = Warnings::when(Warnings::ALSO_PERSONAL_ID, person.is_some());
            Ok((TaxForm::Uscc18, Holds::Uscc(uscc), warnings | both))
        }
        (Err(_), Some((person, warnings))) => {
            Ok((TaxForm::Person18, Holds::Person(person), warnings))
        }
        (Err(IdError::UsccCheck { .. }), None) if looks_like_birth(text.as_bytes(), false) => {
            Err(IdError::PersonCheck {
                kind: IdKind::TaxId,
            })
        }
        (Err(error), None) => Err(error),
    }
}

/// Region and organisation code, or an old personal id.
fn read15(text: &str, today: NaiveDate) -> Result<Reading, IdError> {
    let kind = IdKind::TaxId;
    check_alphabet(kind, text, |at, c| at >= 6 || c.is_ascii_digit())?;
    let person = PersonId::of(text, today).ok();
    match (OrgCode::of(text.get(6..).unwrap_or_default()), person) {
        (Ok(code), person) => {
            let warnings = Region::at(text.as_bytes(), 0).warning()
                | Warnings::when(Warnings::ALSO_PERSONAL_ID, person.is_some());
            Ok((TaxForm::TaxId15, Holds::Org(code), warnings))
        }
        (Err(_), Some((person, warnings))) => {
            Ok((TaxForm::Person15, Holds::Person(person), warnings))
        }
        (Err(error), None) => Err(error),
    }
}

/// A form of 15 characters and two more.
fn read17(text: &str, today: NaiveDate) -> Option<Reading> {
    let (inner, sequence) = text.split_at_checked(15)?;
    match read15(inner, today).ok()? {
        (TaxForm::TaxId15, holds, warnings) if sequence == "01" => {
            Some((TaxForm::Branch17, holds, warnings))
        }
        _ if sequence.bytes().all(|b| b.is_ascii_digit()) => {
            let (person, warnings) = PersonId::of(inner, today).ok()?;
            Some((TaxForm::Person17, Holds::Person(person), warnings))
        }
        _ => None,
    }
}

/// A personal id and a sequence of two digits.
fn read20(text: &str, today: NaiveDate, length: IdError) -> Result<Reading, IdError> {
    match text.split_at_checked(18) {
        Some((inner, sequence)) if sequence.bytes().all(|b| b.is_ascii_digit()) => {
            let (person, warnings) = PersonId::of(inner, today)?;
            Ok((TaxForm::Person20, Holds::Person(person), warnings))
        }
        _ => Err(length),
    }
}
