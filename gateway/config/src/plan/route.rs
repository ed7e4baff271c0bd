//! Routes, and when they run.

use super::{Caps, SourcePlan, TargetPlan};
use chrono_tz::Tz;
use credit_record::flow::ParcelLimits;
use globset::GlobMatcher;
use std::collections::BTreeMap;
use std::time::Duration;

/// One way of a feed to its platforms.
#[derive(Clone, Debug)]
pub struct RoutePlan {
    /// Its name.
    pub name: String,
    /// The adapter.
    pub adapter: String,
    /// Which of the adapter's feeds it is.
    pub feed: String,
    /// Targets that must get it, at least one.
    pub targets: Vec<String>,
    /// Whose feed it is.
    pub department: Department,
    /// Where the feed comes from.
    pub source: SourcePlan,
    /// When it is asked.
    pub schedule: SchedulePlan,
    /// What is handed to the adapter, by name; defaults of the adapter included.
    pub settings: BTreeMap<String, String>,
    /// Its feeds are full snapshots.
    pub snapshot: Option<SnapshotPlan>,
    /// Bytes of one piece of feed.
    pub chunk_bytes: u64,
    /// How a batch is cut for delivery.
    pub parcels: ParcelLimits,
    /// What the adapter may use here; never more than [`Plan::caps`](super::Plan::caps).
    pub caps: Caps,
    /// When nothing was taken for so long, somebody is told.
    pub silent_after: Option<Duration>,
    /// Its raw input is kept.
    pub keep_raw: bool,
    /// It takes nothing in; what waits is delivered.
    pub paused: bool,
}

impl RoutePlan {
    /// The code that `target` knows the department by.
    #[must_use]
    pub fn department_code<'p>(&'p self, target: &'p TargetPlan) -> &'p str {
        let code = self
            .department
            .code
            .as_deref()
            .or(target.department_code.as_deref());
        code.unwrap_or_default()
    }
}

/// Feeds that are the whole of what the department has: what one lacks is gone, once a person has
/// said so.
#[derive(Clone, Debug)]
pub struct SnapshotPlan {
    /// Which files are, by name; all where there is none. The others are increments.
    pub files: Option<GlobMatcher>,
    /// More absent records than this share of the known are suspicious.
    pub absent_max_percent: u8,
}

impl SnapshotPlan {
    /// The feed called `name` is a full snapshot.
    #[must_use]
    pub fn is_one(&self, name: &str) -> bool {
        self.files.as_ref().is_none_or(|files| files.is_match(name))
    }
}

/// Whose feed it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its code; where there is none, every target of the route has one.
    pub code: Option<String>,
    /// Its name.
    pub name: String,
}

/// When a source is asked.
#[derive(Clone, Debug)]
pub enum SchedulePlan {
    /// At certain times.
    Cron(Box<Cron>),
    /// Again and again after so long.
    Every(Duration),
    /// When a feed was handed in.
    Called,
}

/// Times by a cron expression.
#[derive(Clone, Debug)]
pub struct Cron {
    /// The times.
    pub schedule: cron::Schedule,
    /// The zone they are in.
    pub zone: Tz,
    /// On which days.
    pub days: DaysPlan,
    /// What becomes of times that passed while the gateway did not run.
    pub missed: Missed,
    /// Each time is put off by up to this, so that routes do not all come at once.
    pub jitter: Duration,
}

/// On which days a route runs, by the calendar of holidays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DaysPlan {
    /// On all.
    #[default]
    All,
    /// On those that are worked.
    Working,
    /// On the others.
    Resting,
}

/// What becomes of times that passed while the gateway did not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missed {
    /// One run makes up for all of them.
    #[default]
    Once,
    /// A run for each.
    All,
    /// None: the next time counts.
    None,
}
