//! The books of a route: every draft has exactly one fate, and the sum is checked.

use super::ledger::{Ledger, RunSeen, StopSeen};
use super::removals::RemovalBooks;
use super::watch::{AlarmSeen, RefusedFeed};
use crate::frames::{Order, TakeFrame};
use credit_record::flow::Resume;

/// Counters that only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) takes: u64,
    pub(crate) drafted: u64,
    pub(crate) accepted: u64,
    pub(crate) doubtful: u64,
    pub(crate) duplicate: u64,
    pub(crate) stale: u64,
    pub(crate) skipped: u64,
    pub(crate) delivered: u64,
    pub(crate) refused: u64,
}

impl Counts {
    pub(super) fn take(&mut self, take: &TakeFrame) {
        self.takes += 1;
        self.drafted += u64::from(take.drafted);
        self.accepted += take.rows.len() as u64;
        self.doubtful += take.doubtful.len() as u64;
        self.duplicate += u64::from(take.duplicate);
        self.stale += u64::from(take.stale);
        self.skipped = take
            .skipped
            .iter()
            .fold(self.skipped, |sum, s| sum.saturating_add(s.rows));
    }
}

/// The books of one target of a route, in records unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetBooks {
    /// The target.
    pub target: String,
    /// Not settled yet.
    pub waiting: u64,
    /// The same in bytes of bodies.
    pub waiting_bytes: u64,
    /// When the oldest of them was taken.
    pub oldest_ms: Option<i64>,
    /// Stored by the platform.
    pub delivered: u64,
    /// Those of `delivered` that the platform doubts.
    pub doubted: u64,
    /// Refused for good.
    pub refused: u64,
    /// Set while nothing is sent.
    pub stopped: Option<StopSeen>,
}

/// The books of one route, in records unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteBooks {
    /// The route.
    pub route: String,
    /// Commits.
    pub takes: u64,
    /// What came in.
    pub drafted: u64,
    /// Stored by all targets.
    pub delivered: u64,
    /// Kept for a person.
    pub doubtful: u64,
    /// Known already, or older than what is known.
    pub duplicate: u64,
    /// Those of `duplicate` that were older.
    pub stale: u64,
    /// Settled by all targets, and refused by at least one.
    pub refused: u64,
    /// Not settled by all targets, counted parcel by parcel.
    pub waiting: u64,
    /// The same in bytes of bodies.
    pub waiting_bytes: u64,
    /// Rows that are no records.
    pub skipped: u64,
    /// Files read to their end.
    pub files: u64,
    /// Keys known.
    pub keys: u64,
    /// Memory of the key index, in bytes.
    pub index_bytes: u64,
    /// When something was last taken.
    pub last_take_ms: Option<i64>,
    /// The last run.
    pub run: Option<RunSeen>,
    /// Where it goes on.
    pub resume: Resume,
    /// What full snapshots lack; `None` where none was read.
    pub removals: Option<RemovalBooks>,
    /// Since when a person has it take nothing in, who, and why.
    pub paused: Option<(i64, Order)>,
    /// What is wrong with it.
    pub alarms: Vec<AlarmSeen>,
    /// The feed that was read last, where it was refused as a whole.
    pub refused_feed: Option<RefusedFeed>,
    /// Its targets.
    pub targets: Vec<TargetBooks>,
}

/// A sum that does not come out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imbalance {
    /// The route.
    pub route: String,
    /// Which sum.
    pub what: String,
    /// What it should be.
    pub expected: u64,
    /// What it is.
    pub found: u64,
}

impl Ledger {
    /// Records and bytes that not all targets have settled, counted anew from the open parcels.
    fn recount(&self) -> (u64, u64) {
        let parts = self.takes.values().flat_map(|take| {
            take.parts
                .iter()
                .filter(|part| part.answered < take.targets)
        });
        parts.fold((0, 0), |(rows, bytes), part| {
            (rows + u64::from(part.rows), bytes + part.bytes)
        })
    }

    pub(crate) fn books(&self, route: &str, keys: u64, index_bytes: u64) -> RouteBooks {
        let (waiting, waiting_bytes) = self.recount();
        let target = |target: &super::ledger::Target| TargetBooks {
            target: target.name.clone(),
            waiting: target.waiting_records,
            waiting_bytes: target.waiting_bytes,
            oldest_ms: target
                .takes
                .front()
                .and_then(|(seq, _)| self.takes.get(seq))
                .map(|take| take.at_ms),
            delivered: target.delivered,
            doubted: target.doubted,
            refused: target.refused,
            stopped: target.stopped.clone(),
        };
        let counts = self.counts;
        RouteBooks {
            route: route.to_owned(),
            takes: counts.takes,
            drafted: counts.drafted,
            delivered: counts.delivered,
            doubtful: counts.doubtful,
            duplicate: counts.duplicate,
            stale: counts.stale,
            refused: counts.refused,
            waiting,
            waiting_bytes,
            skipped: counts.skipped,
            files: self.files.len() as u64,
            keys,
            index_bytes,
            last_take_ms: self.last_take_ms,
            run: self.run.clone(),
            resume: self.resume.clone(),
            removals: None,
            paused: None,
            alarms: Vec::new(),
            refused_feed: None,
            targets: self.targets.iter().map(target).collect(),
        }
    }

    /// Sums that do not come out; none, ever.
    pub(crate) fn check(&self, route: &str) -> Vec<Imbalance> {
        let (waiting, waiting_bytes) = self.recount();
        let counts = self.counts;
        let fates =
            counts.delivered + counts.doubtful + counts.duplicate + counts.refused + waiting;
        let mut sums = vec![
            (
                "drafted = delivered + doubtful + duplicate + refused + waiting".to_owned(),
                counts.drafted,
                fates,
            ),
            (
                "accepted = delivered + refused + waiting".to_owned(),
                counts.accepted,
                counts.delivered + counts.refused + waiting,
            ),
            ("records waiting".to_owned(), waiting, self.waiting_records),
            (
                "bytes waiting".to_owned(),
                waiting_bytes,
                self.waiting_bytes,
            ),
        ];
        for target in &self.targets {
            let rest = target.takes.iter().filter_map(|(seq, part)| {
                let parts = self.takes.get(seq)?.parts.iter().skip(usize::from(*part));
                Some(parts.map(|part| u64::from(part.rows)).sum::<u64>())
            });
            let what = format!("records waiting for {}", target.name);
            sums.push((what, rest.sum(), target.waiting_records));
        }
        let wrong = sums
            .into_iter()
            .filter(|(_, expected, found)| expected != found);
        let route = route.to_owned();
        wrong
            .map(|(what, expected, found)| Imbalance {
                route: route.clone(),
                what,
                expected,
                found,
            })
            .collect()
    }
}
