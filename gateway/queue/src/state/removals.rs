//! What full snapshots lack: records that wait for a person's word, and those that a person keeps.
//!
//! Absence removes nothing by itself. What waits is what the last snapshot lacked, less what a
//! person keeps at the platforms; a record that is seen again, in whatever feed, is in neither.

use crate::frames::{Note, NoteFrame, Order, TakeFrame, read_ids, read_order};
use crate::frames::{write_ids, write_order};
use crate::wire::{Malformed, Reader, Writer};
use std::collections::BTreeSet;

/// The last full snapshot that records were compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotSeen {
    /// Its name.
    pub feed: String,
    /// When it was read to its end.
    pub at_ms: i64,
    /// Records of the route that were alive then.
    pub known: u64,
    /// Those of them that it lacks, but for those that a person keeps.
    pub absent: u64,
    /// Rows in it of which it is not known which record they are.
    pub unidentified: u64,
    /// More absent records than this share of the known are suspicious.
    pub absent_max_percent: u8,
}

impl SnapshotSeen {
    /// So much is absent that it may have been cut off.
    #[must_use]
    pub fn lacks_too_much(&self) -> bool {
        let most = u128::from(self.known) * u128::from(self.absent_max_percent);
        u128::from(self.absent) * 100 > most
    }

    /// What it lacks may be in it, or it may have been cut off.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        self.absent > 0 && (self.unidentified > 0 || self.lacks_too_much())
    }
}

/// What a route's full snapshots lack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemovalBooks {
    /// The last snapshot that records were compared with.
    pub snapshot: Option<SnapshotSeen>,
    /// A later one that they could not be compared with: its name, when, and why (a stable word).
    pub unusable: Option<(String, i64, String)>,
    /// Records that wait for a person's word.
    pub pending: u64,
    /// Records that a person keeps at the platforms although they are absent.
    pub kept: u64,
}

/// Records that a person keeps, by one word of his.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) at_ms: i64,
    pub(crate) order: Order,
    pub(crate) records: BTreeSet<[u8; 16]>,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removals {
    pub(crate) snapshot: Option<SnapshotSeen>,
    pub(crate) unusable: Option<(String, i64, String)>,
    pub(crate) pending: BTreeSet<[u8; 16]>,
    pub(crate) kept: Vec<Kept>,
}

impl Removals {
    /// No full snapshot was ever read.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Ids of all records that the last snapshot lacks, whatever a person said.
    pub(crate) fn absent(&self) -> impl Iterator<Item = &[u8; 16]> {
        let kept = self.kept.iter().flat_map(|kept| &kept.records);
        self.pending.iter().chain(kept)
    }

    /// The last snapshot lacks this record.
    pub(crate) fn lacks(&self, id: &[u8; 16]) -> bool {
        self.pending.contains(id) || self.kept.iter().any(|kept| kept.records.contains(id))
    }

    /// Whoever is taken is there, or gone for good.
    pub(super) fn take(&mut self, take: &TakeFrame) {
        if self.pending.is_empty() && self.kept.is_empty() {
            return;
        }
        self.forget(take.rows.iter().map(|row| &row.id));
    }

    pub(super) fn note(&mut self, frame: &NoteFrame) {
        let at_ms = frame.at_ms;
        match &frame.note {
            Note::Absent {
                feed,
                known,
                unidentified,
                absent_max_percent,
                records,
                ..
            } => {
                self.pending = records.iter().copied().collect();
                for kept in &mut self.kept {
                    kept.records.retain(|id| self.pending.remove(id));
                }
                self.kept.retain(|kept| !kept.records.is_empty());
                self.unusable = None;
                self.snapshot = Some(SnapshotSeen {
                    feed: feed.clone(),
                    at_ms,
                    known: *known,
                    absent: self.pending.len() as u64,
                    unidentified: *unidentified,
                    absent_max_percent: *absent_max_percent,
                });
            }
            Note::Present {
                feed,
                code,
                records,
                ..
            } => {
                self.forget(records.iter());
                if let Some(code) = code {
                    self.unusable = Some((feed.clone(), at_ms, code.clone()));
                }
            }
            Note::Kept {
                by,
                reason,
                records,
                ..
            } => {
                let ours = records.iter().filter(|id| self.pending.remove(*id));
                let records: BTreeSet<_> = ours.copied().collect();
                let (by, reason) = (by.clone(), reason.clone());
                if !records.is_empty() {
                    let order = Order { by, reason };
                    self.kept.push(Kept {
                        at_ms,
                        order,
                        records,
                    });
                }
            }
            _ => {}
        }
    }

    fn forget<'a>(&mut self, ids: impl Iterator<Item = &'a [u8; 16]>) {
        for id in ids {
            self.pending.remove(id);
            for kept in &mut self.kept {
                kept.records.remove(id);
            }
        }
        self.kept.retain(|kept| !kept.records.is_empty());
    }

    pub(crate) fn books(&self) -> Option<RemovalBooks> {
        (!self.is_empty()).then(|| RemovalBooks {
            snapshot: self.snapshot.clone(),
            unusable: self.unusable.clone(),
            pending: self.pending.len() as u64,
            kept: self.kept.iter().map(|kept| kept.records.len() as u64).sum(),
        })
    }

    pub(crate) fn encode(&self, out: &mut Writer) {
        out.option(self.snapshot.as_ref(), |out, seen| {
            out.text(&seen.feed);
            out.i64(seen.at_ms);
            for count in [seen.known, seen.absent, seen.unidentified] {
                out.u64(count);
            }
            out.u8(seen.absent_max_percent);
        });
        out.option(self.unusable.as_ref(), |out, (feed, at_ms, code)| {
            out.text(feed);
            out.i64(*at_ms);
            out.text(code);
        });
        let ids = |ids: &BTreeSet<[u8; 16]>| ids.iter().copied().collect::<Vec<_>>();
        write_ids(out, &ids(&self.pending));
        out.list(&self.kept, |out, kept| {
            out.i64(kept.at_ms);
            write_order(out, &kept.order);
            write_ids(out, &ids(&kept.records));
        });
    }

    pub(crate) fn decode(read: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            snapshot: read.option(|read| {
                Ok(SnapshotSeen {
                    feed: read.text()?,
                    at_ms: read.i64()?,
                    known: read.u64()?,
                    absent: read.u64()?,
                    unidentified: read.u64()?,
                    absent_max_percent: read.u8()?,
                })
            })?,
            unusable: read.option(|read| Ok((read.text()?, read.i64()?, read.text()?)))?,
            pending: read_ids(read)?.into_iter().collect(),
            kept: read.list(20, |read| {
                Ok(Kept {
                    at_ms: read.i64()?,
                    order: read_order(read)?,
                    records: read_ids(read)?.into_iter().collect(),
                })
            })?,
        })
    }
}

#[cfg(test)]
mod tests;
