//! How the lines of a guarantee file are parted into fields: the pipe file and the fixed-width one
//! differ in nothing else.

use std::borrow::Cow;

use credit_sdk::{Fault, Reason, Settings};

/// Fields of a header, of a row and of a trailer, the kind of the line counted.
pub(crate) const HEADER_FIELDS: usize = 6;
pub(crate) const ROW_FIELDS: usize = 14;
pub(crate) const TRAILER_FIELDS: usize = 5;

/// The names of a row's fields in doubts: the directory's columns, where a field has one.
pub(crate) const ROW_NAMES: [&str; ROW_FIELDS] = [
    "kind", "seq", "id", "jgqc", "hth", "jjh", "dblx", "dkje", "dkye", "wjfl", "qsrq", "dqrq",
    "yqbj", "yqqs",
];

/// A line in its fields.
#[derive(Debug, Default)]
pub struct Parts<'l> {
    /// The line as a person can read it, with something between any two fields.
    pub(crate) raw: Cow<'l, str>,
    /// The fields in their order, the kind of the line first; one that cannot be read is empty.
    pub(crate) fields: Vec<Cow<'l, str>>,
    /// Fields that cannot be read, and why.
    pub(crate) unread: Vec<(usize, Reason)>,
    /// The line cannot be parted at all.
    pub(crate) broken: Option<Reason>,
}

/// A way to part lines.
pub trait Layout: Sized {
    /// What the host hands over is text; else it is bytes in GB18030.
    const TEXT: bool;

    /// As the route's settings have it.
    ///
    /// # Errors
    ///
    /// A setting that cannot be.
    fn of(settings: &Settings<'_>) -> Result<Self, Fault>;

    /// Parts a line.
    fn part<'l>(&self, line: &'l [u8]) -> Parts<'l>;
}

pub(crate) fn field_count(found: usize, expected: usize) -> Reason {
    Reason::new(
        "field_count",
        format!("共 {found} 个字段，应为 {expected} 个"),
        format!("{found} fields instead of {expected}"),
    )
}

pub(crate) fn kind_unknown() -> Reason {
    Reason::new(
        "record_kind",
        "该行不是 H（文件头）、D（明细）、T（文件尾）之一",
        "the line is none of H (header), D (row) and T (trailer)",
    )
}
