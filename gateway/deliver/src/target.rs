//! What a courier has to know of its target, in plain values.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

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

/// A platform reached by HTTP push.
#[derive(Clone)]
pub struct HttpTarget {
    /// The target's name, for logs.
    pub name: String,
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
    /// `departmentCode` of routes that `departments` does not name.
    pub department: String,
    /// `departmentCode` by route.
    pub departments: HashMap<String, String>,
    /// The platform's name of a directory, by the directory's code; where there is none it is the
    /// directory's code, with an empty `tableVersionId`.
    pub tables: HashMap<String, Table>,
    /// Columns that this platform is not to get, by the directory's code.
    pub drop_columns: HashMap<String, HashSet<String>>,
    /// What the fields of a reply are called.
    pub reply: ReplyNames,
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// When to leave the target in peace.
    pub breaker: BreakerLimits,
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
