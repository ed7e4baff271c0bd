//! Platforms, and the way to them.

use crate::secret::Secret;
use credit_record::directory::Counted;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A platform to deliver to.
#[derive(Clone, Debug)]
pub struct TargetPlan {
    /// Its name.
    pub name: String,
    /// The way to it.
    pub kind: TargetKind,
    /// Address for records.
    pub url: String,
    /// Address for repairs of rows that the platform doubts.
    pub repair_url: Option<String>,
    /// Address for withdrawals.
    pub withdraw_url: Option<String>,
    /// Address for objections.
    pub hold_url: Option<String>,
    /// Bearer token.
    pub token: Option<Secret>,
    /// Certificates to trust, PEM, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Code of the department for routes that say none.
    pub department_code: Option<String>,
    /// What its lengths of columns count.
    pub length_in: Counted,
    /// For one request, whole.
    pub timeout: Duration,
    /// When to try again.
    pub retry: RetryPlan,
    /// When to stop trying for a while.
    pub breaker: BreakerPlan,
    /// Envelope columns that are sent as well.
    pub send_envelope: Vec<String>,
    /// The platform's own names of directories, by our code.
    pub tables: BTreeMap<String, Table>,
    /// Names of the fields in its replies.
    pub reply: ReplyFields,
}

impl TargetPlan {
    /// The platform's table for a directory: the directory's own code where nothing else is said.
    #[must_use]
    pub fn table(&self, directory: &str) -> Table {
        let table = self.tables.get(directory).cloned();
        table.unwrap_or_else(|| Table {
            code: directory.to_owned(),
            version: None,
        })
    }
}

/// The way to a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// JSON over HTTP.
    HttpPush,
}

/// When to try again: after `first`, then `factor` times as long each time, at most `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPlan {
    /// The first pause.
    pub first: Duration,
    /// How much longer each one is than the one before.
    pub factor: u32,
    /// The longest pause.
    pub most: Duration,
}

/// When to leave a platform alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPlan {
    /// After so many failures in a row,
    pub failures: u32,
    /// for so long.
    pub open: Duration,
}

/// A platform's own name of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its `tableCode`.
    pub code: String,
    /// Its `tableVersionId`.
    pub version: Option<String>,
}

/// Names of the fields in a platform's reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyFields {
    /// The platform's number for the delivery.
    pub task: String,
    /// The code of the whole reply.
    pub error_code: String,
    /// Its words.
    pub error_message: String,
    /// Rows received.
    pub total: String,
    /// Rows stored.
    pub success: String,
    /// Rows stored but doubted.
    pub doubt: String,
    /// Rows not stored.
    pub error: String,
    /// The rows not stored, an array.
    pub error_body: String,
    /// The rows doubted, an array.
    pub doubt_body: String,
    /// In a row: which row of the request it is; of these names, as of those below, the first that
    /// stands there counts.
    pub row: Vec<String>,
    /// The number of the first row.
    pub first_row: u64,
    /// In a row: the code.
    pub row_code: Vec<String>,
    /// In a row: the words.
    pub row_message: Vec<String>,
    /// In a row: the row as it was sent.
    pub row_data: Vec<String>,
}
