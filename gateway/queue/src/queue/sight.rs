//! A look at a state folder from outside: what was durable in it, read while another process may
//! well be writing there, and thought on in memory.
//!
//! What must stay true: nothing is locked, made or changed, not even what recovery would put
//! right; what is thought on here ends with the value.

use super::again::Foreseen;
use super::decide::{NewRow, state};
use super::open::read_back;
use crate::error::OpenError;
use crate::index::{Known, RecordPlace};
use crate::log::Place;
use crate::log::disk::ReadOnlyDisk;
use crate::state::{Fate, FileSeen, New, Route, State, fate};
use credit_record::flow::{FinishedFeed, Resume};
use credit_record::judge::Record;
use std::path::Path;

/// How often is looked where the folder changes meanwhile.
const LOOKS: u32 = 3;

/// Where what was foreseen stands: no frame, but not the place of an empty slot of the index.
const NOWHERE: Place = Place {
    segment: 0,
    block: 1,
};

/// See the module. One that was not looked for knows nothing.
#[derive(Debug, Default)]
pub struct Sight {
    state: State,
}

impl Sight {
    /// What is known in `folder`, a queue's; nothing where there is none.
    ///
    /// # Errors
    /// When something in it is not what was written, or changes too fast.
    pub fn of(folder: &Path) -> Result<Option<Self>, OpenError> {
        let log = folder.join("log");
        if !log.is_dir() {
            return Ok(None);
        }
        let disk = ReadOnlyDisk::new(&log);
        let mut looks = 1;
        loop {
            match read_back(&disk) {
                Ok((state, ..)) => return Ok(Some(Self { state })),
                // A frame that was being written, a segment that was being archived.
                Err(_) if looks < LOOKS => looks += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether anything is known of a route.
    #[must_use]
    pub fn knows(&self, route: &str) -> bool {
        self.state.routes.contains_key(route)
    }

    /// Where a route goes on.
    #[must_use]
    pub fn resume(&self, route: &str) -> Resume {
        let route = self.state.routes.get(route);
        route.map_or_else(Resume::default, |route| route.ledger.resume.clone())
    }

    /// Whether a file of this size was read by the route.
    #[must_use]
    pub fn size_seen(&self, route: &str, bytes: u64) -> bool {
        let route = self.state.routes.get(route);
        route.is_some_and(|route| route.ledger.sizes.contains_key(&bytes))
    }

    /// The file with this content, if the route has read it to its end.
    #[must_use]
    pub fn file_seen(&self, route: &str, sha256: &[u8; 32]) -> Option<FileSeen> {
        let route = self.state.routes.get(route)?;
        route.ledger.files.get(sha256).cloned()
    }

    /// Whether nothing was read to its end by the route since this file was.
    #[must_use]
    pub fn is_last(&self, route: &str, seen: &FileSeen) -> bool {
        let route = self.state.routes.get(route);
        route.is_some_and(|route| {
            let mut files = route.ledger.files.values();
            files.all(|file| file.seq <= seen.seq)
        })
    }

    /// From here on nothing of the route's source counts as read; its records stay known.
    pub fn begin_again(&mut self, route: &str) {
        let ledger = &mut self.route(route).ledger;
        ledger.files.clear();
        ledger.sizes.clear();
        ledger.resume = Resume::default();
    }

    /// What would become of `record` if it were taken now; from here on it counts as taken.
    pub fn foresee(&mut self, route: &str, record: &Record) -> Foreseen {
        self.take(route, NewRow::from(record).new)
    }

    pub(super) fn take(&mut self, route: &str, new: New) -> Foreseen {
        let index = &mut self.route(route).index;
        let known = index.get(&new.id);
        match fate(known, new) {
            Fate::Duplicate { stale: true } => Foreseen::Stale,
            Fate::Duplicate { stale: false } => Foreseen::Duplicate,
            Fate::Accepted {
                operation,
                digest,
                version,
                repair,
            } => {
                let place = RecordPlace::new(NOWHERE, 0, state(operation));
                let now = Known {
                    digest,
                    version,
                    place,
                };
                index.put(&new.id, now);
                match known {
                    None => Foreseen::New { operation },
                    Some(_) => Foreseen::Changed {
                        operation,
                        repair,
                        before: None,
                    },
                }
            }
        }
    }

    /// From here on the feed counts as read to its end at `now_ms`.
    pub fn finish(&mut self, route: &str, feed: FinishedFeed, now_ms: i64) {
        let ledger = &mut self.route(route).ledger;
        *ledger.sizes.entry(feed.bytes).or_default() += 1;
        let seen = FileSeen {
            name: feed.name,
            bytes: feed.bytes,
            seq: u64::MAX,
            at_ms: now_ms,
        };
        ledger.files.insert(feed.sha256, seen);
    }

    fn route(&mut self, name: &str) -> &mut Route {
        self.state.routes.entry(name.to_owned()).or_default()
    }
}
