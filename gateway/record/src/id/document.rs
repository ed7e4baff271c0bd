//! Documents of persons, as the departments' code tables name them.
//!
//! Whatever the document, its number is personal data: its `Debug` masks it.

use std::fmt;

use chrono::NaiveDate;

use super::inline::Inline;
use super::normal::{Room, check_alphabet, normalise};
use super::person::is_check_right;
use super::{IdError, IdKind, Parsed, PersonId, Warnings};
use crate::mask::mask_id;

/// Longest number of a document, in characters.
const NUMBER_CHARS_MAX: usize = 18;

/// Kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// 居民身份证.
    IdCard,
    /// 护照, Chinese or foreign.
    Passport,
    /// 港澳居民来往内地通行证.
    HongKongMacaoPass,
    /// 台湾居民来往大陆通行证.
    TaiwanPass,
    /// 外国人永久居留身份证.
    PermanentResident,
    /// 港澳台居民居住证.
    ResidencePermit,
}

/// What feeds write for each kind: the codes of the publicity tables, of GA/T 517 and of market
/// supervision, and the names.
const WRITTEN: [(DocumentKind, &[&str]); 6] = [
    (
        DocumentKind::IdCard,
        &[
            "01",
            "1",
            "001",
            "10",
            "111",
            "身份证",
            "居民身份证",
            "身份证号",
            "公民身份号码",
        ],
    ),
    (
        DocumentKind::Passport,
        &[
            "02",
            "2",
            "002",
            "414",
            "护照",
            "护照号",
            "护照号码",
            "普通护照",
            "外国护照",
        ],
    ),
    (
        DocumentKind::HongKongMacaoPass,
        &[
            "03",
            "3",
            "003",
            "516",
            "港澳居民来往内地通行证",
            "港澳居民来往内地通行证号",
            "港澳通行证",
            "回乡证",
        ],
    ),
    (
        DocumentKind::TaiwanPass,
        &[
            "04",
            "4",
            "004",
            "511",
            "台湾居民来往大陆通行证",
            "台湾居民来往大陆通行证号",
            "台胞证",
        ],
    ),
    (
        DocumentKind::PermanentResident,
        &[
            "05",
            "5",
            "005",
            "553",
            "外国人永久居留身份证",
            "外国人永久居留身份证号",
            "外国人永久居留证",
            "永久居留证",
        ],
    ),
    (
        DocumentKind::ResidencePermit,
        &["港澳台居民居住证", "港澳居民居住证", "台湾居民居住证"],
    ),
];

impl DocumentKind {
    /// The kind that a feed writes as a code or a name.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        WRITTEN
            .iter()
            .find(|(_, written)| written.contains(&text))
            .map(|&(kind, _)| kind)
    }

    /// Its code in the publicity tables; a residence permit goes as an identity card.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::IdCard | Self::ResidencePermit => "01",
            Self::Passport => "02",
            Self::HongKongMacaoPass => "03",
            Self::TaiwanPass => "04",
            Self::PermanentResident => "05",
        }
    }

    /// Its name in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::IdCard => "身份证",
            Self::Passport => "护照",
            Self::HongKongMacaoPass => "港澳居民来往内地通行证",
            Self::TaiwanPass => "台湾居民来往大陆通行证",
            Self::PermanentResident => "外国人永久居留身份证",
            Self::ResidencePermit => "港澳台居民居住证",
        }
    }

    /// Its name in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::IdCard => "identity card",
            Self::Passport => "passport",
            Self::HongKongMacaoPass => "Hong Kong or Macao travel permit",
            Self::TaiwanPass => "Taiwan travel permit",
            Self::PermanentResident => "permanent resident card",
            Self::ResidencePermit => "residence permit",
        }
    }
}

/// The number of a person's document. Its `Debug` masks it, and it has no `Display`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Document {
    kind: DocumentKind,
    text: Inline<NUMBER_CHARS_MAX>,
}

impl Document {
    /// Reads the number of a document of `kind`.
    ///
    /// # Errors
    /// What [`PersonId::parse`] says of an identity card or residence permit; for the others a
    /// number of no known shape, or a wrong check.
    pub fn parse(
        kind: DocumentKind,
        text: &str,
        today: NaiveDate,
    ) -> Result<Parsed<Self>, IdError> {
        if kind == DocumentKind::IdCard {
            let id = PersonId::parse(text, today)?;
            return Ok(Parsed {
                value: Self {
                    kind,
                    text: id.value.text(),
                },
                repairs: id.repairs,
                warnings: id.warnings,
            });
        }
        let mut room = Room::empty();
        let (text, repairs) = normalise(IdKind::Document, text, &mut room)?;
        let warnings = check_shape(kind, text, today)?;
        let found = text.chars().count();
        let length = IdError::Length {
            kind: IdKind::Document,
            found,
        };
        let value = Self {
            kind,
            text: Inline::new(text).ok_or(length)?,
        };
        Ok(Parsed {
            value,
            repairs,
            warnings,
        })
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// Its number, unmasked.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// Its number as it may be shown.
    #[must_use]
    pub fn masked(&self) -> String {
        mask_id(self.as_str())
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({:?}, {})", self.kind, self.masked())
    }
}

fn check_shape(kind: DocumentKind, text: &str, today: NaiveDate) -> Result<Warnings, IdError> {
    let document = IdKind::Document;
    check_alphabet(document, text, |_, c| {
        c.is_ascii_digit() || c.is_ascii_uppercase()
    })?;
    let right = match kind {
        DocumentKind::IdCard => false,
        DocumentKind::ResidencePermit => {
            let (id, warnings) = PersonId::of(text, today)?;
            return match id.region().code() {
                810_000 | 820_000 | 830_000 => Ok(warnings),
                _ => Err(IdError::DocumentShape { document: kind }),
            };
        }
        DocumentKind::Passport => {
            let chinese = is_chinese_passport(text);
            let foreign = (5..=NUMBER_CHARS_MAX).contains(&text.len())
                && text.bytes().any(|b| b.is_ascii_digit());
            if foreign && !chinese {
                return Ok(Warnings::FOREIGN_PASSPORT);
            }
            chinese
        }
        DocumentKind::HongKongMacaoPass => text
            .strip_prefix(['H', 'M'])
            .is_some_and(|digits| matches!(digits.len(), 8 | 10) && is_digits(digits)),
        DocumentKind::TaiwanPass => match text.strip_suffix(|c: char| c.is_ascii_uppercase()) {
            Some(digits) => digits.len() == 10 && is_digits(digits),
            None => text.len() == 8,
        },
        DocumentKind::PermanentResident if text.len() == 18 && text.starts_with('9') => {
            if !is_check_right(text.as_bytes()) {
                return Err(IdError::PersonCheck { kind: document });
            }
            true
        }
        DocumentKind::PermanentResident => {
            text.split_at_checked(3).is_some_and(|(head, digits)| {
                digits.len() == 12
                    && is_digits(digits)
                    && head.bytes().all(|b| b.is_ascii_uppercase())
            })
        }
    };
    if right {
        Ok(Warnings::NONE)
    } else {
        Err(IdError::DocumentShape { document: kind })
    }
}

/// `E12345678`, `EA1234567`, and those of officials.
fn is_chinese_passport(text: &str) -> bool {
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    match (letters, text.len() - letters.len()) {
        ("E" | "G", 8) | ("D" | "S" | "P" | "SE" | "DE" | "PE", 7 | 8) => true,
        (_, 7) => {
            matches!(letters.as_bytes(), [b'E', b'A'..=b'Z']) && !letters.ends_with(['I', 'O'])
        }
        _ => false,
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}
