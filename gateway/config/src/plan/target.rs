//! Platforms, and the way to them.

use super::{MachinePlan, SqlTablesPlan};
use crate::secret::Secret;
use chrono::NaiveTime;
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
    pub way: WayPlan,
    /// Code of the department for routes that say none.
    pub department_code: Option<String>,
    /// What its lengths of columns count.
    pub length_in: Counted,
    /// When to try again.
    pub retry: RetryPlan,
    /// When to stop trying for a while.
    pub breaker: BreakerPlan,
    /// How fast, and when, it may be delivered to.
    pub pacing: PacingPlan,
    /// Envelope columns that are sent as well.
    pub send_envelope: Vec<String>,
    /// What it gets of a directory, and by which names, by our code.
    pub fields: BTreeMap<String, FieldsPlan>,
    /// The platform's own names of directories, by our code.
    pub tables: BTreeMap<String, Table>,
}

/// The way to a platform.
#[derive(Clone, Debug)]
pub enum WayPlan {
    /// JSON over HTTP.
    HttpPush(Box<HttpPushPlan>),
    /// Files in a folder.
    Exchange(Box<ExchangePlan>),
    /// Into the tables of a database.
    Sql(Box<SqlTablesPlan>),
}

/// Where files are exchanged.
#[derive(Clone, Debug)]
pub enum PostPlan {
    /// In a folder of this machine.
    Folder {
        /// Which.
        dir: PathBuf,
        /// Longest wait for a step there.
        timeout: Duration,
    },
    /// In one of another machine.
    Remote(Box<RemotePostPlan>),
}

/// A folder of another machine that files are exchanged in.
#[derive(Clone, Debug)]
pub struct RemotePostPlan {
    /// Which machine.
    pub machine: MachinePlan,
    /// The folder, as it names it.
    pub dir: String,
    /// Longest time that sending or fetching one file takes.
    pub transfer: Duration,
}

/// Files in a folder that both sides see.
#[derive(Clone, Debug)]
pub struct ExchangePlan {
    /// Where.
    pub post: PostPlan,
    /// What files are called, with placeholders, without ending.
    pub name: String,
    /// The ending.
    pub ending: String,
    /// How they are written.
    pub encoding: SheetEncoding,
    /// What stands between two cells.
    pub separator: char,
    /// Whoever sends, as the receiver knows it.
    pub sender: Option<String>,
    /// Receipts are awaited.
    pub receipt: Option<AwaitedPlan>,
    /// Codes in receipts of rows that were stored, but are doubted.
    pub doubt_codes: Vec<String>,
    /// Words for what is to become of rows.
    pub operations: OperationsPlan,
}

/// How receipts are awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwaitedPlan {
    /// How often is looked.
    pub poll: Duration,
    /// One that takes longer is late.
    pub late: Duration,
    /// Longest one that is read.
    pub bytes_max: u64,
}

/// Words for what is to become of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationsPlan {
    /// The column that has them, where there is one.
    pub column: Option<String>,
    /// New rows.
    pub insert: String,
    /// Changed ones.
    pub update: String,
    /// Withdrawn ones, if the receiver takes them.
    pub withdraw: Option<String>,
    /// Contested ones, likewise.
    pub hold: Option<String>,
}

/// How files of rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetEncoding {
    /// UTF-8.
    Utf8,
    /// GB18030.
    Gb18030,
}

/// JSON over HTTP.
#[derive(Clone, Debug)]
pub struct HttpPushPlan {
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
    /// For one request, whole.
    pub timeout: Duration,
    /// Names of the fields in its replies.
    pub reply: ReplyFields,
}

/// How fast, and when, a target may be delivered to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PacingPlan {
    /// Records a second, over all routes; as many as it takes where nothing is said.
    pub records_per_second: Option<u32>,
    /// When it is open, in the gateway's zone; always where nothing is said.
    pub hours: Vec<OpenHours>,
}

/// From one time of the day to another, over midnight where that is earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenHours {
    /// When it opens.
    pub from: NaiveTime,
    /// When it closes.
    pub until: NaiveTime,
}

/// What a target gets of a directory, and by which names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldsPlan {
    /// A naming that the directory has.
    pub naming: Option<String>,
    /// These columns and no others.
    pub only: Option<Vec<String>>,
    /// Its own names, by ours.
    pub rename: BTreeMap<String, String>,
}

impl TargetPlan {
    /// Where it is: scheme, host and port, or a folder.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.way {
            WayPlan::HttpPush(push) => host(&push.url),
            WayPlan::Exchange(exchange) => match &exchange.post {
                PostPlan::Folder { dir, .. } => dir.display().to_string(),
                PostPlan::Remote(remote) => remote.machine.place(),
            },
            WayPlan::Sql(sql) => sql.database.place(),
        }
    }

    /// Whether it can be told that a record was withdrawn.
    #[must_use]
    pub fn takes_withdrawals(&self) -> bool {
        match &self.way {
            WayPlan::HttpPush(push) => push.withdraw_url.is_some(),
            WayPlan::Exchange(exchange) => exchange.operations.withdraw.is_some(),
            WayPlan::Sql(_) => true,
        }
    }

    /// The secrets that it needs.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let token = match &self.way {
            WayPlan::HttpPush(push) => push.token.as_ref(),
            WayPlan::Exchange(exchange) => match &exchange.post {
                PostPlan::Folder { .. } => None,
                PostPlan::Remote(remote) => Some(remote.machine.secret()),
            },
            WayPlan::Sql(sql) => Some(&sql.database.password),
        };
        token.into_iter()
    }

    /// The platform's table for a directory: the directory's own code where nothing else is said.
    #[must_use]
    pub fn table(&self, directory: &str) -> Table {
        let table = self.tables.get(directory).cloned();
        table.unwrap_or_else(|| Table {
            code: directory.to_owned(),
            version: None,
            key: Vec::new(),
        })
    }
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
    /// The columns that tell its rows apart, by the platform's names; for a database.
    pub key: Vec<String>,
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

/// Scheme, host and port of an address.
pub(super) fn host(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    format!("{scheme}://{authority}")
}
