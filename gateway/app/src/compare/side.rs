//! One of two adapters, and what of it waits for a partner.

use crate::failure::Failure;
use crate::inbound::{Stuck, Translation, Translator, feed_failed};
use credit_record::flow::{Operation, Reason};
use credit_source::decode::Encoding;
use credit_source::feed::Feed;
use credit_source::raw::Kept;
use std::collections::{HashMap, VecDeque};

/// A record that one of them made.
pub(super) struct Made {
    pub(super) id: [u8; 16],
    pub(super) digest: u64,
    pub(super) operation: Operation,
    pub(super) directory: String,
    pub(super) source_row: u64,
    pub(super) body: String,
    /// Its place among all records of its side.
    order: u64,
}

/// A doubt that one of them had.
pub(super) struct Doubted {
    pub(super) source_row: u64,
    pub(super) directory: String,
    pub(super) reason: Reason,
    offset: Option<u64>,
}

/// What one step made.
pub(super) struct Step {
    pub(super) records: Vec<Made>,
    pub(super) doubts: Vec<Doubted>,
    pub(super) skipped: u64,
}

/// Doubts are the same by row or place, column and code.
type DoubtKey = (u64, Option<u64>, String, String);

/// See the module.
pub(super) struct Side {
    translation: Translation,
    ended: bool,
    records: HashMap<[u8; 16], VecDeque<Made>>,
    doubts: HashMap<DoubtKey, Vec<Doubted>>,
    made: u64,
    pending_bytes: usize,
}

impl Doubted {
    fn key(&self) -> DoubtKey {
        let (field, code) = (self.reason.field.clone(), self.reason.code.clone());
        (self.source_row, self.offset, field, code)
    }

    fn bytes(&self) -> usize {
        256 + self.reason.zh.len() + self.reason.en.len()
    }
}

impl Made {
    const fn bytes(&self) -> usize {
        256 + self.body.len()
    }
}

impl Side {
    /// Opens the feed for `by`.
    pub(super) fn open(kept: &Kept, encoding: Encoding, by: &Translator) -> Result<Self, Failure> {
        let feed = Feed::again(kept, encoding).map_err(feed_failed)?;
        Ok(Self {
            translation: Translation::new(by, feed, &kept.label.name, None),
            ended: false,
            records: HashMap::new(),
            doubts: HashMap::new(),
            made: 0,
            pending_bytes: 0,
        })
    }

    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    pub(super) const fn offset(&self) -> u64 {
        self.translation.feed.offset()
    }

    pub(super) const fn pending_bytes(&self) -> usize {
        self.pending_bytes
    }

    /// What becomes of the next piece.
    pub(super) fn next(&mut self, by: &Translator) -> Result<Step, Stuck> {
        let made = self.translation.next(by)?;
        if made.end {
            self.translation.feed.finished().map_err(feed_failed)?;
            self.ended = true;
        }
        let mut records = Vec::with_capacity(made.judged.records.len());
        for (record, body) in made.judged.each() {
            let directory = made.judged.directories.get(usize::from(record.directory()));
            self.made += 1;
            records.push(Made {
                id: record.id(),
                digest: record.digest(),
                operation: record.operation(),
                directory: directory.cloned().unwrap_or_default(),
                source_row: record.source_row(),
                body: body.to_owned(),
                order: self.made,
            });
        }
        let doubts = made.judged.doubtful.into_iter().flat_map(|row| {
            let (source_row, directory) = (row.source_row, row.directory);
            let offset = row.place.map(|place| place.offset);
            row.reasons.into_iter().map(move |reason| Doubted {
                source_row,
                directory: directory.clone(),
                reason,
                offset,
            })
        });
        Ok(Step {
            records,
            doubts: doubts.collect(),
            skipped: made.skipped.iter().map(|skip| skip.rows).sum(),
        })
    }

    /// The record with that key that waits longest.
    pub(super) fn partner(&mut self, id: &[u8; 16]) -> Option<Made> {
        let waiting = self.records.get_mut(id)?;
        let partner = waiting.pop_front()?;
        if waiting.is_empty() {
            self.records.remove(id);
        }
        self.pending_bytes -= partner.bytes();
        Some(partner)
    }

    pub(super) fn hold(&mut self, record: Made) {
        self.pending_bytes += record.bytes();
        self.records.entry(record.id).or_default().push_back(record);
    }

    /// Takes the same doubt away, if it waits here.
    pub(super) fn same_doubt(&mut self, doubt: &Doubted) -> bool {
        let key = doubt.key();
        let Some(same) = self.doubts.get_mut(&key).and_then(Vec::pop) else {
            return false;
        };
        self.pending_bytes -= same.bytes();
        true
    }

    pub(super) fn hold_doubt(&mut self, doubt: Doubted) {
        self.pending_bytes += doubt.bytes();
        self.doubts.entry(doubt.key()).or_default().push(doubt);
    }

    /// What found no partner, in the order of the feed.
    pub(super) fn left(self) -> (Vec<Made>, Vec<Doubted>) {
        let mut records: Vec<Made> = self.records.into_values().flatten().collect();
        records.sort_by_key(|record| record.order);
        let mut doubts: Vec<Doubted> = self.doubts.into_values().flatten().collect();
        doubts.sort_by_key(Doubted::key);
        (records, doubts)
    }
}
