//! Why a query is not read.

use std::io;
use std::path::PathBuf;

use credit_sql::SqlError;
use thiserror::Error;

use crate::spool::SpoolError;

/// Why a query is not read. Values and passwords are in none of them.
#[derive(Debug, Error)]
pub enum QueryError {
    /// The database.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// A column that the order needs is not there.
    #[error("the query at {place} has no column {column:?}; it has: {columns}")]
    NoColumn {
        /// Where.
        place: String,
        /// Its name.
        column: String,
        /// Those that are there.
        columns: String,
    },
    /// A column is of a type that cannot be written as text exactly.
    #[error(
        "the column {column:?} of the query at {place} is of the type {kind}, which is not read"
    )]
    Kind {
        /// Where.
        place: String,
        /// Its name.
        column: String,
        /// What the database calls its type.
        kind: String,
    },
    /// Rows cannot be put in order by such a column, or no overlap be counted from it.
    #[error("the column {column:?} of the query at {place} is of the type {kind}: {why}")]
    Order {
        /// Where.
        place: String,
        /// Its name.
        column: String,
        /// What the database calls its type.
        kind: String,
        /// Why not.
        why: &'static str,
    },
    /// The cursor is another source's.
    #[error("the cursor {cursor:?} was not left by a query")]
    Cursor {
        /// It.
        cursor: String,
    },
    /// One row alone is too long.
    #[error("a row of the query at {place} has more than {bytes_max} bytes")]
    TooLarge {
        /// Where.
        place: String,
        /// How long it may be.
        bytes_max: u64,
    },
    /// All of it took too long.
    #[error("waited {timeout_ms} ms for a page from {place}")]
    Timeout {
        /// Where.
        place: String,
        /// How long.
        timeout_ms: u64,
    },
    /// The page cannot be kept.
    #[error("{} cannot be kept", path.display())]
    Spool {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl From<SpoolError> for QueryError {
    fn from(SpoolError { path, source }: SpoolError) -> Self {
        Self::Spool { path, source }
    }
}

impl QueryError {
    /// What to do, in Chinese and English.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Sql(error) => error.remedy(),
            Self::NoColumn { .. } => {
                "核对 query、position_column 和 tie_column / check query, position_column and \
                 tie_column"
            }
            Self::Kind { .. } => {
                "在查询中转换该列,如 CAST(je AS DECIMAL(18, 2)),或不查询该列 / let the query cast the \
                 column, as in CAST(je AS DECIMAL(18, 2)), or leave it out"
            }
            Self::Order { .. } => {
                "用数字、时间或文本列排序;文本列的 overlap 须为 0 / take a column of numbers, times or texts; \
                 overlap must be 0 with texts"
            }
            Self::Cursor { .. } => {
                "恢复原来的来源,或为此来源新建路由 / set the source back, or make a route of its own for this one"
            }
            Self::TooLarge { .. } => {
                "查询较少的列,或调大 body_mib_max / select fewer columns, or raise body_mib_max"
            }
            Self::Timeout { .. } => {
                "为查询建立索引,调小 rows_max,或调大 timeout_ms / give the query an index, lower rows_max, or \
                 raise timeout_ms"
            }
            Self::Spool { .. } => {
                "检查缓存文件夹的空间与权限 / check room and rights of the spool folder"
            }
        }
    }
}
