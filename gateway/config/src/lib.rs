//! Configuration in three steps: TOML as it is written, typed and checked, and the [`Plan`] made
//! of it.
//!
//! [`check`] is pure: it touches no disk, no network and no clock, and finds every problem at
//! once, each with its file, line, column and remedy. [`load`] adds the reading of the files.
//! What a [`Secret`] hides is read when it is needed and never before.

mod check;
mod env;
mod known;
mod limits;
mod load;
mod plan;
mod problem;
mod reader;
mod secret;
mod substitute;
mod suggest;
mod text;

pub use check::{Folders, check, folders, with_routes_of};
pub use env::{Env, ProcessEnv, Secrets};
pub use known::{
    Known, KnownAdapter, KnownDirectory, KnownFeed, KnownSetting, SettingKind, UnusableAdapter,
};
pub use limits::{LIMITS, Limit};
pub use load::{load, read};
pub use plan::pull;
pub use plan::{
    AdapterPolicy, AdminPlan, AdmissionPlan, After, AwaitedPlan, BreakerPlan, Caps, Cron,
    DatabasePlan, DaysPlan, Department, Encoding, ExchangePlan, FieldsPlan, FileOrder, FilesPlan,
    FtpTls, HttpPushPlan, LogFormat, LogLevel, LogPlan, MachinePlan, Missed, OnQuarantine,
    OpenHours, OperationsPlan, PacingPlan, Plan, PostPlan, PushPlan, PushTimeouts, PushTls,
    PushedPlan, QuarantinePlan, QueuePlan, ReachPlan, Ready, RemotePlan, RemotePostPlan,
    ReplyFields, RetryPlan, RoutePlan, SchedulePlan, SftpLogin, SheetEncoding, SnapshotPlan,
    SourcePlan, SqlDriver, SqlMode, SqlPlan, SqlTablesPlan, SqlTls, Table, TargetPlan, WayPlan,
    Written,
};
pub use problem::{Place, Problem, Problems, Severity};
pub use secret::{Revealed, Secret, SecretError};
pub use text::SourceText;
