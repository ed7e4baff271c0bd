//! The plan: a configuration that was checked, in the types the rooms work with. Durations are
//! [`Duration`]s, sizes bytes, paths seen from the working folder, and all names resolve.

mod machine;
pub mod pull;
mod push;
mod route;
mod source;
mod sql;
mod target;

use crate::problem::Problems;
use chrono_tz::Tz;
use credit_record::directory::Counted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use machine::{FtpTls, MachinePlan, ReachPlan, SftpLogin};
pub use push::{PushPlan, PushTimeouts, PushTls, PushedPlan};
pub use route::{Cron, DaysPlan, Department, Missed, RoutePlan, SchedulePlan, SnapshotPlan};
pub use source::{After, Encoding, FileOrder, FilesPlan, Ready, RemotePlan, SourcePlan};
pub use sql::{DatabasePlan, SqlDriver, SqlMode, SqlPlan, SqlTablesPlan, SqlTls};
pub use target::{
    AwaitedPlan, BreakerPlan, ExchangePlan, FieldsPlan, HttpPushPlan, OpenHours, OperationsPlan,
    PacingPlan, PostPlan, RemotePostPlan, ReplyFields, RetryPlan, SheetEncoding, Table, TargetPlan,
    WayPlan,
};

/// What the gateway is to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Folder of everything that the gateway stores.
    pub state: PathBuf,
    /// Zone of schedules that say none, and of times shown to people.
    pub timezone: Tz,
    /// Metrics and health.
    pub admin: AdminPlan,
    /// Where departments hand in feeds, if they can.
    pub push: Option<PushPlan>,
    /// Folder of installed adapters, besides those shipped.
    pub adapters: Option<PathBuf>,
    /// Which of them are loaded.
    pub admission: AdmissionPlan,
    /// What any adapter may use at most.
    pub caps: Caps,
    /// When a version of an adapter is put into quarantine.
    pub quarantine: QuarantinePlan,
    /// The queue.
    pub queue: QueuePlan,
    /// Raw input that is kept.
    pub raw: RawPlan,
    /// Folder of further directories.
    pub directories: Option<PathBuf>,
    /// The calendar of holidays, where it is not the one shipped.
    pub holidays: Option<PathBuf>,
    /// When something waits for a target for so long, somebody is told.
    pub target_late: Duration,
    /// The rules of publicity, where they are not those shipped.
    pub publicity: Option<PathBuf>,
    /// The log.
    pub log: LogPlan,
    /// Targets by name.
    pub targets: BTreeMap<String, TargetPlan>,
    /// Routes by name.
    pub routes: BTreeMap<String, RoutePlan>,
    /// What is not as it should be, though it works.
    pub warnings: Problems,
    /// The files that it was made of.
    pub written: Written,
}

impl Plan {
    /// What the lengths of columns count on a route: what its strictest target does.
    #[must_use]
    pub fn length_in(&self, route: &RoutePlan) -> Counted {
        let targets = route.targets.iter().filter_map(|t| self.targets.get(t));
        let counted = targets.map(|target| target.length_in);
        counted.max().unwrap_or(Counted::Characters)
    }
}

/// A configuration as it is written, before variables are put in: what two of them differ in is
/// what somebody changed. It names secrets and does not hold them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// `gateway.toml`.
    pub gateway: toml::Table,
    /// The file of each route.
    pub routes: BTreeMap<String, toml::Table>,
}

/// How much raw input is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawPlan {
    /// How long.
    pub keep: Duration,
    /// Bytes on disk, compressed, of all routes.
    pub bytes_max: u64,
    /// Bytes of the disk that are left free.
    pub free_bytes_least: u64,
}

/// Where metrics and health are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdminPlan {
    /// The address; a loopback one unless the operator said otherwise.
    pub listen: SocketAddr,
}

/// Which adapters of the operator's folder are loaded; those shipped are trusted like the binary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdmissionPlan {
    /// What is asked of them.
    pub policy: AdapterPolicy,
    /// The folder of trusted keys; nobody is trusted where there is none.
    pub trust: Option<PathBuf>,
}

/// What is asked of an adapter before it is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdapterPolicy {
    /// Signed by its author and admitted by the data office.
    #[default]
    Signed,
    /// Nothing, but that nobody tampered with it; for trying out.
    Development,
}

impl AdapterPolicy {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Development => "development",
        }
    }
}

/// What an adapter may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Bytes of linear memory.
    pub memory_bytes: u64,
    /// Wall time of one call.
    pub call: Duration,
    /// Bytes that one call returns.
    pub output_bytes: u64,
    /// Bytes of state handed from one call to the next.
    pub carry_bytes: u64,
    /// Bytes of stack; the same for every adapter.
    pub stack_bytes: u64,
}

/// When a version of an adapter is put into quarantine, and what serves then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuarantinePlan {
    /// Stretches of one feed that it may fail on; the next is one too many.
    pub traps: u32,
    /// Feeds in a row of a route that it may fail on and make nothing of; 0 for any number.
    pub feeds: u32,
    /// What serves then.
    pub then: OnQuarantine,
}

/// What serves when a version of an adapter was put into quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnQuarantine {
    /// The version before, where there is one.
    Rollback,
    /// Nothing, until a person acts.
    Stop,
}

/// The queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuePlan {
    /// Records of one route that may wait.
    pub waiting_records_max: u64,
    /// Bytes of one route that may wait.
    pub waiting_bytes_max: u64,
    /// How long settled records and their receipts are kept.
    pub retention: Duration,
    /// Bytes of them that are kept.
    pub retention_bytes: u64,
}

/// The log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlan {
    /// How it is written.
    pub format: LogFormat,
    /// From which level on.
    pub level: LogLevel,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object a line.
    Json,
}

/// From which level on something is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What an operator must act on.
    Error,
    /// What is not as it should be.
    Warn,
    /// What happens.
    Info,
    /// How it happens.
    Debug,
    /// All of it.
    Trace,
}

impl LogLevel {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
