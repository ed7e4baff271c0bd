//! What the stand-in knows of tables and rows before the first one comes.

use std::collections::HashMap;

/// How the stand-in behaves. The default takes any table of any department, knows each row by its
/// whole text and doubts nothing.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tables by code.
    pub tables: HashMap<String, Table>,
    /// Other tables than these do not exist (errorCode 3002).
    pub only_these_tables: bool,
    /// Departments that exist (otherwise errorCode 4002); empty: all of them.
    pub departments: Vec<String>,
    /// Most rows kept; beyond them a push is answered with status 507.
    pub rows_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tables: HashMap::new(),
            only_these_tables: false,
            departments: Vec::new(),
            rows_max: 2_000_000,
        }
    }
}

/// What is known of a table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Columns that make a row's key: the first list whose columns all have a value; the whole
    /// row, where there is none.
    pub keys: Vec<Vec<String>>,
    /// Columns that must have a value; a row without is refused.
    pub required: Vec<String>,
    /// Further checks, in this order; the first that hits decides.
    pub checks: Vec<Check>,
}

/// A check of one column.
#[derive(Clone, Debug)]
pub struct Check {
    /// The column.
    pub column: String,
    /// The check hits when this is the column's value.
    pub equals: String,
    /// What becomes of the row.
    pub verdict: Verdict,
    /// What the platform says of it.
    pub message: String,
}

/// What becomes of a row that a check hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Stored among the doubtful rows, and named in `failBody`.
    Doubt,
    /// Not stored, and named in `errorBody`.
    Refuse,
}
