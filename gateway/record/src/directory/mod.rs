//! The common credit schema as data: one TOML file a directory (目录), and code sets.
//!
//! A [`Directory`] that exists is consistent: every column that anything in it names is there, has
//! a type that makes sense of it, and no code stands twice. Loading is pure; where the texts come
//! from is the caller's affair.

mod check;
mod column;
mod error;
mod naming;
mod raw;

use std::collections::BTreeMap;

pub use column::{CodeSet, CodeValue, Column, Counted, Derived, Kind, Layer, Personal, Scope};
pub use error::{DirectoryError, DirectoryErrors, Problem};
pub use naming::{DateForm, Naming, StatusColumn};

/// The named files of `sdk/directories`, without `.toml`.
macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$((
            concat!($name, ".toml"),
            include_str!(concat!("../../../../sdk/directories/", $name, ".toml")),
        )),+]
    };
}

/// The most columns of one directory: sets of columns are one word of bits.
pub const COLUMNS_MAX: usize = 128;

/// The files shipped with the gateway, as (name, text). An operator's files follow them in
/// [`Directories::load`]: one of the same name stands in for the shipped one.
pub const SHIPPED: &[(&str, &str)] = shipped![
    "codes",
    "penalty",
    "penalty-person",
    "department-penalty",
    "department-penalty-person",
    "licence",
    "licence-person",
    "tax-rating",
    "tax-arrears",
    "tax-arrears-person",
    "tax-penalty",
    "tax-penalty-person",
    "tax-serious",
    "tax-serious-person",
    "tax-inspection",
    "tax-inspection-person",
    "tax-abnormal",
    "tax-abnormal-person",
    "tax-registration",
    "registration",
    "person",
    "default-person",
    "abnormal",
    "serious",
    "red-list",
    "black-list",
    "black-list-person",
    "commitment",
    "dishonest",
    "dishonest-person",
    "court-enforcement",
    "court-judgment",
    "guarantee",
    "guarantee-person",
    "loan-note",
    "loan-note-person",
];

/// All directories, by code.
#[derive(Clone, Debug)]
pub struct Directories {
    all: BTreeMap<String, Directory>,
}

impl Directories {
    /// Loads files of (name, text). A file whose name begins with `codes` holds code sets, any
    /// other a directory, whose code is the file's name without `.toml`.
    ///
    /// # Errors
    /// Every problem of every file.
    pub fn load<'f>(
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Result<Self, DirectoryErrors> {
        check::load(files).map(|all| Self { all })
    }

    /// The directories shipped with the gateway.
    ///
    /// # Errors
    /// None in a build whose tests passed.
    pub fn shipped() -> Result<Self, DirectoryErrors> {
        Self::load(SHIPPED.iter().copied())
    }

    /// The directory with this code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Directory> {
        self.all.get(code)
    }

    /// The directory and layout that a draft names as `code` or `code@profile`.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<(&Directory, &Layout)> {
        let (code, profile) = name.split_once('@').unwrap_or((name, ""));
        if name.ends_with('@') {
            return None;
        }
        let directory = self.get(code)?;
        let layout = directory.layouts.iter().find(|l| l.code == profile)?;
        Some((directory, layout))
    }

    /// All of them, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Directory> {
        self.all.values()
    }
}

/// One directory, checked.
#[derive(Clone, Debug)]
pub struct Directory {
    code: String,
    title_zh: String,
    title_en: String,
    person: bool,
    /// What the lengths of columns count that do not say it themselves.
    pub(crate) length_in: Counted,
    columns: Vec<Column>,
    /// Indexes of `columns`, sorted by code.
    by_code: Vec<u16>,
    pub(crate) key: Vec<KeyPart>,
    pub(crate) version: Option<u16>,
    pub(crate) person_if: Vec<PersonIf>,
    pub(crate) publicity: Option<Publicity>,
    /// The directory's own first, its profiles after it.
    layouts: Vec<Layout>,
    namings: Vec<Naming>,
}

/// A part of the key: the first alternative that is present counts.
#[derive(Clone, Debug)]
pub(crate) struct KeyPart {
    pub(crate) alternatives: Vec<u16>,
    pub(crate) optional: bool,
}

/// A mark of a record that concerns a natural person: a column with one of some values, or that
/// starts so; where neither is said, with any value.
#[derive(Clone, Debug)]
pub(crate) struct PersonIf {
    pub(crate) column: u16,
    pub(crate) values: Vec<String>,
    pub(crate) starts: Vec<String>,
}

/// The columns that the publicity rules apply to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Publicity {
    pub(crate) until: u16,
    pub(crate) decided: u16,
    pub(crate) grade: Option<u16>,
}

/// What a directory, or a profile of it, asks of a record beyond its columns' types.
#[derive(Clone, Debug)]
pub struct Layout {
    code: String,
    title_zh: String,
    title_en: String,
    pub(crate) required: Columns,
    pub(crate) required_if: Vec<RequiredIf>,
    pub(crate) groups: Vec<Vec<u16>>,
    pub(crate) orders: Vec<Order>,
}

/// A set of columns, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns(pub(crate) u128);

/// A column required where another has one of some codes.
#[derive(Clone, Debug)]
pub(crate) struct RequiredIf {
    pub(crate) column: u16,
    pub(crate) on: u16,
    /// Bits of the code set of `on`.
    pub(crate) values: u64,
}

/// One date that comes after, or not before, another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) column: u16,
    pub(crate) than: u16,
    pub(crate) strict: bool,
}

impl Directory {
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

    /// Every record of it concerns a natural person.
    #[must_use]
    pub const fn person(&self) -> bool {
        self.person
    }

    /// Other names of its columns, as some platforms have them.
    #[must_use]
    pub fn namings(&self) -> &[Naming] {
        &self.namings
    }

    /// The naming with this code.
    #[must_use]
    pub fn naming(&self, code: &str) -> Option<&Naming> {
        self.namings.iter().find(|n| n.code == code)
    }

    /// Its columns, in the order in which they are sent.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column with this code.
    #[must_use]
    pub fn column(&self, code: &str) -> Option<&Column> {
        self.columns.get(usize::from(self.position(code)?))
    }

    /// Where the column with this code stands.
    pub(crate) fn position(&self, code: &str) -> Option<u16> {
        let code_at = |at: &u16| {
            self.columns
                .get(usize::from(*at))
                .map_or("", |c| c.code.as_str())
        };
        let found = self
            .by_code
            .binary_search_by(|at| code_at(at).cmp(code))
            .ok()?;
        self.by_code.get(found).copied()
    }
}

impl Layout {
    /// The profile's code; empty for the directory's own layout.
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
}

impl Columns {
    pub(crate) const fn with(self, column: u16) -> Self {
        Self(self.0 | (1 << (column & 127)))
    }

    pub(crate) const fn has(self, column: u16) -> bool {
        self.0 & (1 << (column & 127)) != 0
    }

    /// Those of `self` that are not in `other`.
    pub(crate) const fn lacking(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The first column, and the others.
    pub(crate) fn split_first(self) -> Option<(u16, Self)> {
        if self.is_empty() {
            return None;
        }
        let first = u16::try_from(self.0.trailing_zeros()).ok()?;
        Some((first, Self(self.0 & (self.0 - 1))))
    }

    /// The columns, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = u16> {
        std::iter::successors(self.split_first(), |(_, rest)| rest.split_first()).map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests;
