//! Directory files as they are written: every key known, nothing checked yet.

use serde::Deserialize;
use toml::Spanned;

use super::StatusColumn;
use super::column::{Counted, Layer, Personal, Scope};

/// Words that an error may have to point at.
pub(super) type Word = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDirectory {
    pub(super) code: Word,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    #[serde(default)]
    pub(super) person: bool,
    pub(super) length_in: Counted,
    pub(super) version: Option<Word>,
    pub(super) key: Spanned<Vec<Vec<Word>>>,
    #[serde(default)]
    pub(super) key_optional: Vec<Word>,
    #[serde(default)]
    pub(super) groups: Vec<Vec<Word>>,
    #[serde(default)]
    pub(super) person_if: Vec<RawPersonIf>,
    pub(super) publicity: Option<RawPublicity>,
    #[serde(default)]
    pub(super) order: Vec<RawOrder>,
    #[serde(default)]
    pub(super) profile: Vec<RawProfile>,
    #[serde(default)]
    pub(super) naming: Vec<RawNaming>,
    pub(super) column: Vec<Spanned<RawColumn>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPersonIf {
    pub(super) column: Word,
    #[serde(default)]
    pub(super) values: Vec<Word>,
    #[serde(default)]
    pub(super) starts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPublicity {
    pub(super) until: Word,
    pub(super) decided: Word,
    pub(super) grade: Option<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOrder {
    pub(super) column: Word,
    pub(super) after: Option<Word>,
    pub(super) not_before: Option<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProfile {
    pub(super) code: Word,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    #[serde(default)]
    pub(super) optional: Vec<Word>,
    #[serde(default)]
    pub(super) required: Vec<Word>,
    #[serde(default)]
    pub(super) groups: Vec<Vec<Word>>,
    pub(super) order: Option<Vec<RawOrder>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNaming {
    pub(super) code: Word,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    /// Each a column, and its name there where it has another.
    pub(super) columns: Vec<Vec<Word>>,
    #[serde(default)]
    pub(super) dates: RawDates,
    pub(super) status: Option<StatusColumn>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawDates {
    #[default]
    Dash,
    Slash,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawType {
    Text,
    Name,
    Uscc,
    OrgCode,
    RegNo,
    TaxId,
    PersonId,
    Document,
    Date,
    Datetime,
    Amount,
    Integer,
    Year,
    Code,
    Codes,
    Region,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(super) enum RawUnit {
    #[serde(rename = "分")]
    Fen,
    #[serde(rename = "元")]
    Yuan,
    #[serde(rename = "万元")]
    WanYuan,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawColumn {
    pub(super) code: Word,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    #[serde(rename = "type")]
    pub(super) kind_of: Spanned<RawType>,
    pub(super) length: Option<u32>,
    pub(super) length_in: Option<Counted>,
    pub(super) unit: Option<RawUnit>,
    pub(super) decimals: Option<u8>,
    pub(super) plausible_max: Option<Word>,
    pub(super) codes: Option<Word>,
    pub(super) kind: Option<Word>,
    #[serde(default)]
    pub(super) open_end: bool,
    #[serde(default)]
    pub(super) not_after_today: bool,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) required_if: Option<RawRequiredIf>,
    pub(super) derive: Option<RawDerive>,
    #[serde(default)]
    pub(super) layer: Layer,
    #[serde(default)]
    pub(super) scope: Scope,
    #[serde(default)]
    pub(super) personal: Personal,
    #[serde(default)]
    pub(super) stamp: bool,
    #[serde(default)]
    pub(super) aliases: Vec<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequiredIf {
    pub(super) column: Word,
    pub(super) values: Vec<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDerive {
    pub(super) column: Word,
    #[serde(rename = "as")]
    pub(super) what: super::column::Derived,
}

/// A file of code sets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSets {
    pub(super) set: Vec<RawSet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSet {
    pub(super) code: Word,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    pub(super) values: Vec<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawValue {
    pub(super) value: Word,
    pub(super) title_zh: Option<String>,
    pub(super) title_en: String,
    #[serde(default)]
    pub(super) aliases: Vec<Word>,
    #[serde(default)]
    pub(super) free_text: bool,
    pub(super) from: Option<Word>,
    pub(super) until: Option<Word>,
}
