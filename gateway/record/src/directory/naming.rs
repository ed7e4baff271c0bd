//! Other names of a directory's columns, as a platform of another generation has them.

/// How dates are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateForm {
    /// `2018-01-02`.
    #[default]
    Dash,
    /// `2018/01/02`.
    Slash,
}

/// A column that says what is to become of a record, and its words for it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusColumn {
    /// The column.
    pub column: String,
    /// For a new record.
    pub insert: String,
    /// For a changed one.
    pub update: String,
    /// For a withdrawn one (撤销).
    pub withdraw: String,
    /// For a contested one (异议).
    pub hold: String,
}

/// Names of a directory's columns at some platforms. What is not named is not sent there.
#[derive(Clone, Debug)]
pub struct Naming {
    pub(super) code: String,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    pub(super) columns: Vec<(String, String)>,
    pub(super) dates: DateForm,
    pub(super) status: Option<StatusColumn>,
}

impl Naming {
    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Its title, in Chinese.
    #[must_use]
    pub fn title_zh(&self) -> &str {
        &self.title_zh
    }

    /// Its title, in English.
    #[must_use]
    pub fn title_en(&self) -> &str {
        &self.title_en
    }

    /// Codes of the columns that it has, each with its name there.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().map(|(c, n)| (c.as_str(), n.as_str()))
    }

    /// How dates are written there.
    #[must_use]
    pub const fn dates(&self) -> DateForm {
        self.dates
    }

    /// The column there that says what is to become of a record.
    #[must_use]
    pub const fn status(&self) -> Option<&StatusColumn> {
        self.status.as_ref()
    }
}
