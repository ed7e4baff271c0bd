//! The small part of a route's state: where it goes on, which files it has seen, what waits for
//! whom, and the books.

use super::books::Counts;
use crate::frames::{Note, NoteFrame, SettleFrame, TakeFrame};
use crate::log::Place;
use credit_record::flow::{Resume, Verdict};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// A file that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSeen {
    /// Its name then.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// The take that ended it.
    pub seq: u64,
    /// When.
    pub at_ms: i64,
}

/// The last run of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSeen {
    /// When it began.
    pub began_ms: i64,
    /// When it ended, how (a stable word), and more about it.
    pub ended: Option<(i64, String, String)>,
}

/// Why nothing is sent to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopSeen {
    /// Since when.
    pub at_ms: i64,
    /// A stable word.
    pub code: String,
    /// Why, ids masked.
    pub reason: String,
}

/// One target of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// Takes it has not settled, and the next parcel of each.
    pub(crate) takes: VecDeque<(u64, u16)>,
    pub(crate) waiting_records: u64,
    pub(crate) waiting_bytes: u64,
    pub(crate) delivered: u64,
    pub(crate) doubted: u64,
    pub(crate) refused: u64,
    pub(crate) stopped: Option<StopSeen>,
}

/// A parcel of a take that is not settled by all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpenPart {
    pub(crate) rows: u32,
    pub(crate) bytes: u64,
    /// Its first row in the take.
    pub(crate) first: u32,
    /// Targets that have settled it.
    pub(crate) answered: u16,
    /// Rows that some target refused, ascending.
    pub(crate) refused: Vec<u32>,
}

/// A take that is not settled by all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenTake {
    pub(crate) at_ms: i64,
    pub(crate) place: Place,
    pub(crate) targets: u16,
    pub(crate) parts: Vec<OpenPart>,
}

/// See the module.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Ledger {
    /// All frames of the route up to this one are in here.
    pub(crate) applied: u64,
    pub(crate) resume: Resume,
    pub(crate) files: HashMap<[u8; 32], FileSeen>,
    /// How many files of a size were seen, so that most need not be hashed.
    pub(crate) sizes: HashMap<u64, u32>,
    pub(crate) counts: Counts,
    pub(crate) takes: BTreeMap<u64, OpenTake>,
    pub(crate) targets: Vec<Target>,
    /// Records that not all targets have settled.
    pub(crate) waiting_records: u64,
    pub(crate) waiting_bytes: u64,
    pub(crate) last_take_ms: Option<i64>,
    pub(crate) run: Option<RunSeen>,
}

impl Ledger {
    pub(super) fn take(&mut self, seq: u64, place: Place, take: &TakeFrame) {
        self.applied = seq;
        self.counts.take(take);
        if take.order.is_none() {
            self.last_take_ms = Some(take.at_ms);
        }
        self.resume = take.resume.clone();
        if let Some(finished) = &take.finished {
            let (name, bytes) = (finished.name.clone(), finished.bytes);
            let seen = FileSeen {
                name,
                bytes,
                seq,
                at_ms: take.at_ms,
            };
            if self.files.insert(finished.sha256, seen).is_none() {
                *self.sizes.entry(bytes).or_default() += 1;
            }
        }
        if take.rows.is_empty() {
            return;
        }
        let mut bytes_of_all = 0;
        let mut parts = Vec::with_capacity(take.parcels.len());
        for (part, first, bytes) in take.parts() {
            bytes_of_all += bytes;
            let first = u32::try_from(first).unwrap_or(u32::MAX);
            parts.push(OpenPart {
                rows: part.rows,
                bytes,
                first,
                ..OpenPart::default()
            });
        }
        let records = take.rows.len() as u64;
        for name in &take.targets {
            let target = self.target_mut(name);
            target.takes.push_back((seq, 0));
            target.waiting_records += records;
            target.waiting_bytes += bytes_of_all;
        }
        self.waiting_records += records;
        self.waiting_bytes += bytes_of_all;
        let targets = u16::try_from(take.targets.len()).unwrap_or(u16::MAX);
        self.takes.insert(
            seq,
            OpenTake {
                at_ms: take.at_ms,
                place,
                targets,
                parts,
            },
        );
    }

    /// The parcel that `target` gets next: its take and its number.
    pub(crate) fn next(&self, target: &str) -> Option<(u64, u16)> {
        self.target(target)?.takes.front().copied()
    }

    /// Books a receipt; `None` unless it is about the parcel that the target gets next. Returns
    /// where the take stands.
    pub(super) fn settle(&mut self, seq: u64, settle: &SettleFrame) -> Option<Place> {
        let id = &settle.parcel;
        let target = self
            .targets
            .iter_mut()
            .find(|target| target.name == id.target)?;
        let take = self.takes.get_mut(&id.take)?;
        let parts = take.parts.len();
        let part = take.parts.get_mut(usize::from(id.part))?;
        let next = target
            .takes
            .front_mut()
            .filter(|next| **next == (id.take, id.part))?;
        if part.rows != settle.rows {
            return None;
        }
        let place = take.place;
        next.1 += 1;
        if usize::from(next.1) == parts {
            target.takes.pop_front();
        }
        let refused = u64::from(settle.receipt.refused());
        target.waiting_records -= u64::from(part.rows);
        target.waiting_bytes -= part.bytes;
        target.delivered += u64::from(part.rows) - refused;
        target.refused += refused;
        target.doubted += u64::from(settle.receipt.doubted);
        let verdicts = settle.receipt.rows.iter();
        part.refused.extend(
            verdicts
                .filter(|v| v.verdict == Verdict::Refused)
                .map(|v| v.row),
        );
        part.refused.sort_unstable();
        part.refused.dedup();
        part.answered += 1;
        if part.answered == take.targets {
            let refused = part.refused.len() as u64;
            self.counts.refused += refused;
            self.counts.delivered += u64::from(part.rows) - refused;
            self.waiting_records -= u64::from(part.rows);
            self.waiting_bytes -= part.bytes;
        }
        if take.parts.iter().all(|part| part.answered == take.targets) {
            self.takes.remove(&id.take);
        }
        self.applied = seq;
        Some(place)
    }

    pub(super) fn note(&mut self, seq: u64, frame: &NoteFrame) {
        self.applied = seq;
        let at_ms = frame.at_ms;
        match &frame.note {
            Note::RunBegan { .. } => {
                self.run = Some(RunSeen {
                    began_ms: at_ms,
                    ended: None,
                })
            }
            Note::RunEnded {
                outcome, detail, ..
            } => {
                let began_ms = self.run.as_ref().map_or(at_ms, |run| run.began_ms);
                let ended = Some((at_ms, outcome.clone(), detail.clone()));
                self.run = Some(RunSeen { began_ms, ended });
            }
            Note::TargetStopped {
                target,
                code,
                reason,
                ..
            } => {
                let (code, reason) = (code.clone(), reason.clone());
                self.target_mut(target).stopped = Some(StopSeen {
                    at_ms,
                    code,
                    reason,
                });
            }
            Note::TargetGoesOn { target, .. } => self.target_mut(target).stopped = None,
            _ => {}
        }
    }

    pub(crate) fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    fn target_mut(&mut self, name: &str) -> &mut Target {
        let at = self.targets.iter().position(|target| target.name == name);
        let at = at.unwrap_or_else(|| {
            self.targets.push(Target {
                name: name.to_owned(),
                ..Target::default()
            });
            self.targets.len() - 1
        });
        #[expect(
            clippy::indexing_slicing,
            reason = "the position was found or made just above"
        )]
        &mut self.targets[at]
    }
}
