//! A feed that is read again: what is known of its records, and what would become of them.
//!
//! What must stay true: a feed that is read again says no more than was known when it ended, so
//! what is known from later stays; that holds for records without version as well. Nothing here
//! changes anything, and what is foreseen is what a take would do.

use super::decide::state;
use super::{Inner, Queue};
use crate::error::LookupError;
use crate::frames::TakeFrame;
use crate::index::{Index, Known, RecordPlace, WITHDRAWN};
use crate::log::{Place, ReadError, lock};
use crate::state::{ById, Fate, New, fate};
use crate::views::Row;
use credit_record::flow::Operation;
use credit_record::judge::Record;
use std::collections::HashMap;
use std::sync::Arc;

/// Takes that are held in memory while records are looked up: those of a feed lie side by side.
const TAKES_HELD: usize = 8;

/// What would become of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreseen {
    /// It goes out; nothing is known of its key.
    New {
        /// What is to become of it at the platform.
        operation: Operation,
    },
    /// It goes out in the place of what is known.
    Changed {
        /// What is to become of it at the platform.
        operation: Operation,
        /// The platform doubts what is known.
        repair: bool,
        /// What is known, a JSON object; `None` once archived, and where it is foreseen itself.
        before: Option<String>,
    },
    /// It is known.
    Duplicate,
    /// Something later is known.
    Stale,
}

/// What the records foreseen so far would have made known, one feed after the other.
#[derive(Default)]
pub struct Foresight {
    here: HashMap<[u8; 16], Known, ById>,
    takes: Takes,
}

/// A record that a feed made and that is still what is known of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeBefore {
    /// Its id.
    pub id: [u8; 16],
    /// Its directory's code.
    pub directory: String,
    /// Row of the source.
    pub source_row: u64,
}

/// The last takes that were read.
#[derive(Default)]
struct Takes(Vec<(Place, u64, Arc<TakeFrame>)>);

impl Takes {
    fn get(&mut self, inner: &Inner, place: Place) -> Result<(u64, Arc<TakeFrame>), ReadError> {
        if let Some((_, seq, take)) = self.0.iter().find(|(at, ..)| *at == place) {
            return Ok((*seq, Arc::clone(take)));
        }
        let stored = inner.log.read(place)?;
        let seq = stored.header.seq;
        let take = TakeFrame::decode(stored.payload).map_err(|_| inner.log.misplaced(place))?;
        let take = Arc::new(take);
        if self.0.len() == TAKES_HELD {
            self.0.remove(0);
        }
        self.0.push((place, seq, Arc::clone(&take)));
        Ok((seq, take))
    }

    /// The take in which a feed said what stands at `place`: a refused record that a person had
    /// sent again was said before, as long as that is kept.
    fn said(
        &mut self,
        inner: &Inner,
        place: RecordPlace,
    ) -> Result<(u64, Arc<TakeFrame>), ReadError> {
        let mut found = self.get(inner, place.frame())?;
        let mut row = place.row();
        while let Some(before) = found.1.sent_again(row).map(RecordPlace::from_bits) {
            found = match self.get(inner, before.frame()) {
                Err(ReadError::Missing(_)) => break,
                found => found?,
            };
            row = before.row();
        }
        Ok(found)
    }
}

impl Inner {
    /// Tells up to which take what stands at a place is up to date.
    pub(super) fn known_at(&self) -> impl FnMut(RecordPlace) -> Result<u64, ReadError> + '_ {
        let mut takes = Takes::default();
        move |place| {
            let (seq, take) = takes.said(self, place)?;
            Ok(take.known_at(seq))
        }
    }
}

impl Queue {
    /// What would become of `records` of a feed that the take `ended` ended, if they were taken
    /// again now, and after what was foreseen before.
    ///
    /// # Errors
    /// When what is known cannot be read back.
    pub fn foresee(
        &self,
        route: &str,
        ended: u64,
        records: &[Record],
        foresight: &mut Foresight,
    ) -> Result<Vec<Foreseen>, LookupError> {
        let cell = self.inner.cell(route);
        let nothing = Index::default();
        let known: Vec<Option<Known>> = {
            let route = cell.as_ref().map(|cell| lock(&cell.route));
            let index = route.as_ref().map_or(&nothing, |route| &route.index);
            records
                .iter()
                .map(|record| index.get(&record.id()))
                .collect()
        };
        let both = records.iter().zip(known);
        let foreseen = both.map(|(record, known)| foresight.one(&self.inner, ended, record, known));
        Ok(foreseen.collect::<Result<_, _>>()?)
    }

    /// The take of `route` after which the feed began that the take `ended` ended.
    ///
    /// # Errors
    /// When the views are not there.
    pub fn began_after(&self, route: &str, ended: u64) -> Result<u64, LookupError> {
        let mut began = 0;
        for take in self.takes()? {
            let take = take?;
            if take.seq >= ended {
                break;
            }
            if take.route == route && take.finished {
                began = take.seq;
            }
        }
        Ok(began)
    }

    /// The records that the feed `feed`, which the take `ended` ended, made when it was read, or
    /// read again, and that are still what is known of their keys.
    ///
    /// # Errors
    /// When the views are not there, or takes cannot be read back.
    pub fn made_before(
        &self,
        route: &str,
        feed: &str,
        ended: u64,
    ) -> Result<Vec<MadeBefore>, LookupError> {
        let Some(cell) = self.inner.cell(route) else {
            return Ok(Vec::new());
        };
        // Of the feed are the takes after the end of the one before it, and those of replays.
        let began = self.began_after(route, ended)?;
        let mut takes = Vec::new();
        for row in self
            .inner
            .views()?
            .entries(b'T', 0)
            .map_err(LookupError::Views)?
        {
            let Row::Take(entry, place) = row.map_err(LookupError::Views)? else {
                continue;
            };
            if entry.route == route && entry.feed == feed && entry.seq > began {
                takes.push((entry.seq, place));
            }
        }
        let mut made = Vec::new();
        let mut said = Takes::default();
        for (seq, place) in takes {
            let take = self.inner.read_take(place)?;
            let of_feed = |seq: u64, take: &TakeFrame| match take.replay_of {
                Some(of) => of == ended,
                None => seq > began && seq <= ended,
            };
            let mut own = Vec::new();
            for (row, taken) in (0_u16..).zip(&take.rows) {
                let is = match take.sent_again(row) {
                    None => of_feed(seq, &take),
                    Some(_) => {
                        let here = RecordPlace::new(place, row, 0);
                        let (seq, take) = said.said(&self.inner, here)?;
                        of_feed(seq, &take)
                    }
                };
                own.extend(is.then_some((row, taken)));
            }
            let index = &lock(&cell.route).index;
            made.extend(own.into_iter().filter_map(|(row, taken)| {
                let here = RecordPlace::new(place, row, 0);
                let known = index.get(&taken.id)?;
                let newest = known.place.stateless() == here;
                let withdrawn = known.place.state() & WITHDRAWN != 0;
                (newest && !withdrawn).then(|| MadeBefore {
                    id: taken.id,
                    directory: take
                        .directories
                        .get(usize::from(taken.directory))
                        .cloned()
                        .unwrap_or_default(),
                    source_row: taken.source_row,
                })
            }));
        }
        Ok(made)
    }
}

impl Foresight {
    fn one(
        &mut self,
        inner: &Inner,
        ended: u64,
        record: &Record,
        indexed: Option<Known>,
    ) -> Result<Foreseen, ReadError> {
        let new = New {
            id: record.id(),
            digest: record.digest(),
            version: record.version(),
            operation: record.operation(),
        };
        let here = self.here.get(&new.id).copied();
        let known = here.or(indexed);
        let Fate::Accepted {
            operation,
            digest,
            version,
            repair,
        } = fate(known, new)
        else {
            let stale = matches!(fate(known, new), Fate::Duplicate { stale: true });
            return Ok(if stale {
                Foreseen::Stale
            } else {
                Foreseen::Duplicate
            });
        };
        let foreseen = match (here, indexed) {
            (None, None) => Foreseen::New { operation },
            (Some(_), _) => Foreseen::Changed {
                operation,
                repair,
                before: None,
            },
            (None, Some(known)) => {
                let (said_at, said) = self.takes.said(inner, known.place)?;
                if said.known_at(said_at) > ended {
                    return Ok(Foreseen::Stale);
                }
                let (_, take) = self.takes.get(inner, known.place.frame())?;
                let before = take.body(usize::from(known.place.row()));
                Foreseen::Changed {
                    operation,
                    repair,
                    before: before.map(str::to_owned),
                }
            }
        };
        let nowhere = Place {
            segment: 0,
            block: 0,
        };
        let place = RecordPlace::new(nowhere, 0, state(operation));
        self.here.insert(
            new.id,
            Known {
                digest,
                version,
                place,
            },
        );
        Ok(foreseen)
    }
}
