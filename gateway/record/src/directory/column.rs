//! Columns and code sets of a checked directory.

use std::sync::Arc;

use serde::Deserialize;

use crate::money::{Fen, Unit};

/// What a length counts; the greater, the stricter.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Unicode characters.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
}

/// Where a column belongs.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The record itself.
    #[default]
    Record,
    /// Kept with the record, sent only where a target asks.
    Envelope,
}

/// How far a column's values may go.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// May be published.
    #[default]
    Publish,
    /// Shared among departments only.
    Share,
    /// On the party's authorisation only.
    Authorised,
}

/// Class of personal data.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// Not personal.
    #[default]
    None,
    /// About a person.
    Person,
    /// Sensitive: numbers of documents, accounts.
    Sensitive,
}

/// What the judge works out of a tax id.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Derived {
    /// The word for its form.
    Form,
    /// The USCC that it is or holds.
    Uscc,
    /// The organisation code that it holds.
    OrgCode,
}

/// A column's type. Indexes are those of the directory's columns.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// Name of a person or an organisation.
    Name,
    /// 统一社会信用代码.
    Uscc,
    /// 组织机构代码.
    OrgCode,
    /// 工商注册号.
    RegNo,
    /// 纳税人识别号.
    TaxId,
    /// 公民身份号码.
    PersonId,
    /// Number of a personal document, its kind in another column.
    Document {
        /// The column with the kind.
        kind: Option<u16>,
    },
    /// `YYYY-MM-DD`.
    Date {
        /// 2099-12-31 may stand for "for ever".
        open_end: bool,
        /// It cannot lie ahead.
        not_after_today: bool,
    },
    /// `YYYY-MM-DDThh:mm:ss` or a date alone, Beijing time.
    DateTime {
        /// It cannot lie ahead.
        not_after_today: bool,
    },
    /// Decimal text.
    Amount {
        /// Its unit.
        unit: Unit,
        /// Most decimals in that unit.
        decimals: u8,
        /// Above it, a person looks.
        plausible_max: Option<Fen>,
    },
    /// A whole number.
    Integer,
    /// Four digits.
    Year,
    /// One of a set.
    Code(Arc<CodeSet>),
    /// Several of a set, joined by `;`.
    Codes(Arc<CodeSet>),
    /// Six digits of GB/T 2260.
    Region,
}

/// A column of a directory.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its code: the JSON key.
    pub code: String,
    /// Its title, in Chinese.
    pub title_zh: String,
    /// Its title, in English.
    pub title_en: String,
    /// Its type.
    pub kind: Kind,
    /// The longest value.
    pub length: Option<u32>,
    /// What `length` counts, where the column itself says so.
    pub length_in: Option<Counted>,
    /// Worked out of another column by the judge.
    pub derive: Option<(u16, Derived)>,
    /// Where it belongs.
    pub layer: Layer,
    /// How far it may go.
    pub scope: Scope,
    /// Class of personal data.
    pub personal: Personal,
    /// It is no content, only a stamp of it.
    pub stamp: bool,
    /// Other codes of it in use.
    pub aliases: Vec<String>,
    /// Tells equal values of two columns apart in a digest.
    pub(crate) seed: u64,
}

/// A code set: at most 64 values, so that several of them are one word of bits.
#[derive(Clone, Debug)]
pub struct CodeSet {
    /// Its code.
    pub code: String,
    /// Its title, in Chinese.
    pub title_zh: String,
    /// Its title, in English.
    pub title_en: String,
    /// Its values.
    pub values: Vec<CodeValue>,
}

/// A value of a code set.
#[derive(Clone, Debug)]
pub struct CodeValue {
    /// The canonical spelling.
    pub value: String,
    /// What it means, in Chinese.
    pub title_zh: String,
    /// What it means, in English.
    pub title_en: String,
    /// Other spellings in use.
    pub aliases: Vec<String>,
    /// May be followed by `-` and free text.
    pub free_text: bool,
    /// First day on which the law knew it.
    pub from: Option<String>,
    /// Last day on which the law knew it.
    pub until: Option<String>,
}

/// A value found in a set.
pub(crate) struct Found<'s> {
    /// Which value, as a bit.
    pub(crate) bit: u64,
    /// The canonical spelling, where it was given by an alias.
    pub(crate) instead: Option<&'s str>,
}

impl CodeSet {
    /// Finds `text`, by value, by value with free text, or by alias.
    pub(crate) fn find(&self, text: &str) -> Option<Found<'_>> {
        let bit = |at: usize| 1_u64 << (at & 63);
        if let Some(at) = self.values.iter().position(|v| v.value == text) {
            return Some(Found {
                bit: bit(at),
                instead: None,
            });
        }
        for (at, v) in self.values.iter().enumerate() {
            if v.free_text
                && text
                    .strip_prefix(v.value.as_str())
                    .is_some_and(is_free_text)
            {
                return Some(Found {
                    bit: bit(at),
                    instead: None,
                });
            }
            if v.aliases.iter().any(|alias| alias == text) {
                return Some(Found {
                    bit: bit(at),
                    instead: Some(&v.value),
                });
            }
        }
        None
    }

    /// The bit of a canonical value.
    pub(crate) fn bit(&self, value: &str) -> Option<u64> {
        self.values
            .iter()
            .position(|v| v.value == value)
            .map(|at| 1 << (at & 63))
    }
}

/// `-` and at least one character more.
fn is_free_text(rest: &str) -> bool {
    rest.strip_prefix('-')
        .is_some_and(|words| !words.trim().is_empty())
}
