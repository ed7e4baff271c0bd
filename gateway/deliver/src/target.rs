//! What a courier has to know of its target, in plain values.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use credit_remote::Host;
use credit_sql::Server;

use crate::backoff::Backoff;
use crate::breaker::BreakerLimits;
use crate::reply::ReplyNames;

/// Gives the bearer token for a request; asked before each one, so that a token may change while
/// the gateway runs. An error is retried: the file may be just being replaced.
pub type TokenSource = Arc<dyn Fn() -> io::Result<String> + Send + Sync>;

/// How the platform names a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// `tableCode`.
    pub code: String,
    /// `tableVersionId`.
    pub version_id: String,
}

/// What a target gets of a directory's rows, and by which names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// Columns that it does not get.
    pub drop: HashSet<String>,
    /// If said, it gets these and no others.
    pub only: Option<HashSet<String>>,
    /// Its own names, by ours.
    pub rename: HashMap<String, String>,
    /// Columns whose dates it wants as `2018/01/02`.
    pub slashed: HashSet<String>,
    /// A column of its own that says what is to become of a row.
    pub status: Option<Status>,
}

/// A column that says what is to become of a row, and its words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The column.
    pub column: String,
    /// For a new row.
    pub insert: String,
    /// For a changed one.
    pub update: String,
    /// For a withdrawn one.
    pub withdraw: String,
    /// For a contested one.
    pub hold: String,
}

/// When a target opens again, in Unix milliseconds; nothing where it is open.
pub type Hours = Arc<dyn Fn(i64) -> Option<i64> + Send + Sync>;

/// How fast, and when, a target may be delivered to.
#[derive(Clone, Default)]
pub struct Pacing {
    /// Records a second, over all routes.
    pub records_per_second: Option<u32>,
    /// When it is open; always where nothing is said.
    pub hours: Option<Hours>,
}

/// A place that records are delivered to.
#[derive(Clone)]
pub struct Target {
    /// Its name, for logs.
    pub name: String,
    /// The way to it.
    pub way: Way,
    /// Its code of the department, for routes that `departments` does not name.
    pub department: String,
    /// Its code of the department, by route.
    pub departments: HashMap<String, String>,
    /// Its name of a directory, by the directory's code; where there is none it is the
    /// directory's code, with an empty `tableVersionId`.
    pub tables: HashMap<String, Table>,
    /// What it gets, by the directory's code; all columns where nothing is said.
    pub fields: HashMap<String, Fields>,
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// When to leave it in peace.
    pub breaker: BreakerLimits,
    /// How fast, and when.
    pub pacing: Pacing,
}

/// The way to a target.
#[derive(Clone)]
pub enum Way {
    /// JSON over HTTP.
    Push(Box<HttpTarget>),
    /// Into the tables of a database.
    Sql(Box<SqlTarget>),
    /// Files, in a folder here or elsewhere.
    Exchange(Box<ExchangeTarget>),
}

/// A receiver reached by files in a folder that both sides see.
#[derive(Clone)]
pub struct ExchangeTarget {
    /// The folder.
    pub post: Post,
    /// A folder of the gateway's own, where what was placed is remembered.
    pub memory: PathBuf,
    /// What files are called, without ending: `{department}`, `{table}`, `{date}`, `{batch}` and
    /// `{mode}` are put in.
    pub name: String,
    /// The ending of files of rows.
    pub ending: String,
    /// How they are written.
    pub encoding: SheetEncoding,
    /// What stands between two cells.
    pub separator: char,
    /// Whoever sends, as the receiver knows it; the department where nothing is said.
    pub sender: Option<String>,
    /// Receipts are awaited; without it, what is placed is delivered.
    pub receipt: Option<Awaited>,
    /// Codes in receipts of rows that were stored, but are doubted.
    pub doubt_codes: Vec<String>,
    /// `{mode}` by operation.
    pub modes: Modes,
    /// `{date}` of a moment in Unix milliseconds.
    pub day: Day,
    /// The target's columns in their order, by the directory's code.
    pub columns: HashMap<String, Vec<String>>,
}

/// Where files are exchanged.
#[derive(Clone)]
pub enum Post {
    /// In a folder of this machine.
    Folder {
        /// Which.
        dir: PathBuf,
        /// Longest wait for a step there.
        timeout_ms: u64,
    },
    /// In one of another machine.
    Remote(Arc<Host>),
}

/// The day of a moment in Unix milliseconds, as names of files say it.
pub type Day = Arc<dyn Fn(i64) -> String + Send + Sync>;

/// How receipts are awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// How often is looked.
    pub poll_ms: u64,
    /// One that takes longer is late.
    pub late_ms: u64,
    /// Longest one that is read.
    pub bytes_max: u64,
}

/// Words for what is to become of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modes {
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
    /// UTF-8, without a mark in front.
    Utf8,
    /// GB18030.
    Gb18030,
}

impl SheetEncoding {
    /// Its name in control files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
        }
    }

    /// `text` in it; GB18030 has all characters.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
        }
    }
}

/// A platform reached by HTTP push.
#[derive(Clone)]
pub struct HttpTarget {
    /// Where new and changed rows go.
    pub url: String,
    /// Where repaired rows go (`repairData`); without it they go to `url`.
    pub repair_url: Option<String>,
    /// Where withdrawn rows go; without it they are refused unsent.
    pub withdraw_url: Option<String>,
    /// Where contested rows go; without it they are refused unsent.
    pub hold_url: Option<String>,
    /// PEM file of the certificates to trust **instead of** the system's.
    pub ca_file: Option<PathBuf>,
    /// Bearer token, if the platform wants one.
    pub token: Option<TokenSource>,
    /// Longest time from sending to the last byte of the reply.
    pub timeout_ms: u64,
    /// What the fields of a reply are called.
    pub reply: ReplyNames,
}

/// Tables of a database.
#[derive(Clone)]
pub struct SqlTarget {
    /// The database.
    pub server: Server,
    /// The password.
    pub password: TokenSource,
    /// What a newer state of a record does to the older one.
    pub mode: Mode,
    /// The columns that rows may have, by the directory's code.
    pub columns: HashMap<String, Vec<String>>,
    /// The columns that tell the rows of a table apart, by the directory's code; for
    /// [`Mode::Upsert`].
    pub keys: HashMap<String, Vec<String>>,
    /// The column that says what is to become of a row, where [`Fields::status`] names none.
    pub operation_column: String,
    /// The column that says which batch a row came with.
    pub batch_column: String,
    /// The table of batches.
    pub batches_table: String,
    /// Make that table where it is not there.
    pub create: bool,
}

/// What a newer state of a record does to the older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is a row more.
    Append,
    /// It takes its place.
    Upsert,
}

/// The outside that delivery depends on besides the network: the wall clock and chance.
#[derive(Clone, Copy, Debug)]
pub struct World {
    /// Unix time in milliseconds.
    pub now_ms: fn() -> i64,
    /// A number that cannot be foreseen, for the jitter of waits.
    pub random: fn() -> u64,
}

impl World {
    /// The real one.
    pub const REAL: Self = Self { now_ms, random };
}

fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Each `RandomState` is keyed differently: enough chance for a jitter.
fn random() -> u64 {
    RandomState::new().hash_one(0_u8)
}
