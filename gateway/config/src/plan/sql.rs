//! Databases, to read from and to deliver to.

use crate::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;

/// A database, and how it is reached.
#[derive(Clone, Debug)]
pub struct DatabasePlan {
    /// Which language it speaks.
    pub driver: SqlDriver,
    /// Name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Which of its databases.
    pub database: String,
    /// Who the gateway is.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// How the connection is protected.
    pub tls: SqlTls,
    /// Certificates to trust, PEM, besides the system's.
    pub ca_file: Option<PathBuf>,
    /// For all of a page, or for one statement of a delivery.
    pub timeout: Duration,
}

impl DatabasePlan {
    /// Where it is.
    pub(super) fn place(&self) -> String {
        format!("{}://{}:{}", self.driver.word(), self.host, self.port)
    }
}

/// Which language a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlDriver {
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

impl SqlDriver {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }
}

/// How the connection to a database is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlTls {
    /// The certificate is trusted and names the host.
    Verify,
    /// The certificate is trusted, whatever host it names.
    VerifyAuthority,
    /// Not at all.
    Off,
}

/// Asked in SQL, page by page.
#[derive(Clone, Debug)]
pub struct SqlPlan {
    /// The database.
    pub database: DatabasePlan,
    /// A query without order and limit.
    pub query: String,
    /// Its column that grows with each change.
    pub position_column: String,
    /// Its column that tells rows at one position apart.
    pub tie_column: String,
    /// The position of the first page.
    pub start: String,
    /// How far before the farthest row a run begins: seconds, or ones.
    pub overlap: u64,
    /// Rows that one page has at most.
    pub rows_max: u64,
    /// Bytes that one page has at most.
    pub body_bytes_max: u64,
    /// Pages that one run may ask for.
    pub pages_max: u64,
    /// What null is written as.
    pub null_text: String,
}

/// Inserted into the tables of a database.
#[derive(Clone, Debug)]
pub struct SqlTablesPlan {
    /// The database.
    pub database: DatabasePlan,
    /// What a newer state of a record does.
    pub mode: SqlMode,
    /// The column that says what is to become of a row, where its directory's naming has none.
    pub operation_column: String,
    /// The column that says which batch a row came with.
    pub batch_column: String,
    /// The table of batches.
    pub batches_table: String,
    /// The gateway makes that table where it is not there.
    pub create: bool,
}

/// What a newer state of a record does to the older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlMode {
    /// It is a row more.
    Append,
    /// It takes its place.
    Upsert,
}
