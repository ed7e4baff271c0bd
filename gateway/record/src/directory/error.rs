//! What can be wrong with directory files.

use std::fmt;

use thiserror::Error;

/// Every problem of every file.
#[derive(Debug)]
pub struct DirectoryErrors(pub Vec<DirectoryError>);

impl fmt::Display for DirectoryErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, error) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DirectoryErrors {}

/// One problem, with its place.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}: {problem}")]
pub struct DirectoryError {
    /// The file's name.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a directory file.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// No TOML of this form.
    #[error("{0}")]
    Form(String),
    /// The directory's code is not the file's name.
    #[error("the directory's code is `{code}`, the file's name asks for `{expected}`")]
    CodeIsNotFileName {
        /// The code in the file.
        code: String,
        /// The file's name without `.toml`.
        expected: String,
    },
    /// A code with other characters than letters, digits, `-` and `_`.
    #[error("`{0}` is no code: use letters, digits, `-` and `_`")]
    NoCode(String),
    /// The same code twice.
    #[error("{what} `{code}` stands twice")]
    Twice {
        /// Column, profile, set ...
        what: &'static str,
        /// The code.
        code: String,
    },
    /// A column that is not defined.
    #[error("there is no column `{0}`")]
    NoColumn(String),
    /// A code set that is not defined.
    #[error("there is no code set `{0}`: define it in a codes file")]
    NoSet(String),
    /// A value that the column's code set does not have.
    #[error("`{value}` is not in the code set `{set}`")]
    NoValue {
        /// The value.
        value: String,
        /// The set.
        set: String,
    },
    /// A value of a code set that is empty or cannot be told from several joined ones.
    #[error("`{0}` cannot be a value of a code set: it is empty or holds `;`")]
    UnfitValue(String),
    /// A column of a type that cannot serve here.
    #[error("column `{column}` must be {wanted} here")]
    WrongType {
        /// The column.
        column: String,
        /// What would do.
        wanted: &'static str,
    },
    /// A setting that the column's type does not have, or lacks.
    #[error("column `{column}`: {what}")]
    Setting {
        /// The column.
        column: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Something that must not be empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// More than the limit.
    #[error("{what}: {found}, at most {max} are possible")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many at most.
        max: usize,
    },
    /// An order that says neither or both.
    #[error("say either `after` or `not_before`")]
    OrderUnclear,
    /// A date that is none.
    #[error("`{0}` is no date of the form YYYY-MM-DD")]
    NoDate(String),
}
