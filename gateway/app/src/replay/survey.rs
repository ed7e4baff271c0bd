//! What a feed says, before anything of it is taken again, and what is known of its doubts.

use super::is_control;
use crate::exit::Exit;
use crate::failure::Failure;
use credit_queue::{DoubtFilter, Queue};
use credit_record::flow::{Doubtful, Judged};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a feed says.
#[derive(Default)]
pub(super) struct Survey {
    /// The number of the record that is the last word of each key, and its version.
    last: HashMap<[u8; 16], (u64, i64)>,
    records: u64,
    /// Rows with a doubt.
    doubtful: HashSet<u64>,
    /// Control totals that do not agree.
    pub(super) wrong: Vec<Doubtful>,
}

impl Survey {
    /// Takes in the next of it.
    pub(super) fn see(&mut self, judged: &Judged) {
        for record in &judged.records {
            self.records += 1;
            let own = (self.records, record.version());
            match self.last.entry(record.id()) {
                Entry::Vacant(free) => {
                    free.insert(own);
                }
                // As the queue decides: without versions the later one counts, and so it does
                // among equals.
                Entry::Occupied(mut earlier) => {
                    let (_, version) = *earlier.get();
                    let versioned = version != i64::MIN && own.1 != i64::MIN;
                    if !versioned || own.1 >= version {
                        earlier.insert(own);
                    }
                }
            }
        }
        for row in &judged.doubtful {
            self.doubtful.insert(row.source_row);
            if is_control(row) {
                self.wrong.push(row.clone());
            }
        }
    }

    /// The record with that number, from 1, is what the feed says of its key in the end.
    pub(super) fn is_last_word(&self, id: &[u8; 16], number: u64) -> bool {
        self.last.get(id).is_some_and(|(last, _)| *last == number)
    }

    /// Records that say of their key what the same feed overrules.
    pub(super) fn superseded(&self) -> u64 {
        self.records - self.last.len() as u64
    }

    /// The feed makes a record of that key.
    pub(super) fn makes(&self, id: &[u8; 16]) -> bool {
        self.last.contains_key(id)
    }

    /// A row is doubtful.
    pub(super) fn doubts(&self, source_row: u64) -> bool {
        self.doubtful.contains(&source_row)
    }
}

/// Doubtful rows that are kept for a person already.
pub(super) struct Doubts {
    /// Hashes of what they are.
    known: HashSet<u64>,
    /// Rows of the feed itself.
    own: HashSet<u64>,
}

impl Doubts {
    /// Those of the feeds called `feed`; of the one that the take `ended` ended by row as well.
    pub(super) fn known(
        queue: &Queue,
        route: &str,
        feed: &str,
        ended: u64,
    ) -> Result<Self, Failure> {
        let failed = |e| Failure::of(Exit::Failed, &e);
        let began = queue.began_after(route, ended).map_err(failed)?;
        let filter = DoubtFilter {
            route: Some(route.to_owned()),
            feed: Some(feed.to_owned()),
            ..DoubtFilter::default()
        };
        let (mut known, mut own) = (HashSet::new(), HashSet::new());
        for entry in queue.doubts(&filter).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            known.insert(hash_of(&entry.row));
            if entry.seq > began && entry.seq <= ended {
                own.insert(entry.row.source_row);
            }
        }
        Ok(Self { known, own })
    }

    /// The row is not kept yet; from now on it is.
    pub(super) fn is_new(&mut self, row: &Doubtful) -> bool {
        self.known.insert(hash_of(row))
    }

    /// Rows of the feed that were doubtful and are no longer.
    pub(super) fn no_longer(&self, survey: &Survey) -> u64 {
        let rows = self.own.iter().filter(|row| !survey.doubts(**row));
        rows.count() as u64
    }
}

/// What makes a doubtful row that row: not the words of its reasons, which change.
fn hash_of(row: &Doubtful) -> u64 {
    let mut hasher = DefaultHasher::new();
    let place = row.place.map(|place| (place.offset, place.bytes));
    (row.source_row, &row.directory, &row.content, place).hash(&mut hasher);
    for reason in &row.reasons {
        (&reason.field, &reason.code).hash(&mut hasher);
    }
    hasher.finish()
}
