//! Dead letters: records whose newest version a target refused for good, and their replay.
//!
//! What must stay true: a record is replayed as it was, by a person's word, and only while the
//! refused version is its newest; it goes to all targets that refused it, so that none of them is
//! forgotten. A replay is a draft of its own, with a fate of its own.

use super::ordered::{Ordered, Sheet};
use super::removals::directory_of;
use super::{Cell, Inner, Queue};
use crate::error::{DeadLetterError, LookupError};
use crate::frames::{Order, TakenRow};
use crate::index::{Known, REFUSED, RecordPlace};
use crate::log::lock;
use crate::views::ReceiptFilter;
use credit_record::flow::{AdapterId, Operation, ParcelLimits, Verdict};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::iter::Peekable;
use std::sync::Arc;

/// Which dead letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadFilter {
    /// Of this route.
    pub route: Option<String>,
    /// Refused by this target.
    pub target: Option<String>,
    /// Refused with this code.
    pub code: Option<String>,
}

/// A record whose newest version was refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The route.
    pub route: String,
    /// Its id.
    pub id: [u8; 16],
    /// The directory's code.
    pub directory: String,
    /// It concerns a natural person.
    pub person: bool,
    /// What was to become of it.
    pub operation: Operation,
    /// The feed that it came from.
    pub feed: String,
    /// Row of that feed.
    pub source_row: u64,
    /// The adapter that made it.
    pub adapter: AdapterId,
    /// The take.
    pub take: u64,
    /// Who refused it.
    pub refusals: Vec<Refusal>,
    /// The record, a JSON object; `None` once archived.
    pub body: Option<String>,
}

impl DeadLetter {
    fn text(&self) -> &str {
        self.body.as_deref().unwrap_or_default()
    }
}

/// What a target said of a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The target.
    pub target: String,
    /// When.
    pub at_ms: i64,
    /// Its code, or ours.
    pub code: String,
    /// Its words, ids masked.
    pub reason: String,
}

/// A person's word that dead letters of a route are to be sent again.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The route.
    pub route: String,
    /// Their ids.
    pub records: Vec<[u8; 16]>,
    /// How they are cut into parcels.
    pub parcels: ParcelLimits,
    /// Whose word it is.
    pub order: Order,
}

/// What was refused of each record: by the take of the parcel.
type Refused = HashMap<[u8; 16], Vec<(u64, Refusal)>>;

impl Queue {
    /// Records whose newest version was refused for good, oldest first.
    ///
    /// # Errors
    /// When there are no views, or the log cannot be read.
    pub fn dead_letters(&self, filter: &DeadFilter) -> Result<Vec<DeadLetter>, LookupError> {
        let receipts = ReceiptFilter {
            route: filter.route.clone(),
            with_verdicts: true,
            ..ReceiptFilter::default()
        };
        let mut refused: BTreeMap<String, Refused> = BTreeMap::new();
        for entry in self.receipts(&receipts)? {
            let entry = entry?;
            for (_, id, said) in entry.verdicts {
                if said.verdict != Verdict::Refused {
                    continue;
                }
                let refusal = Refusal {
                    target: entry.parcel.target.clone(),
                    at_ms: entry.at_ms,
                    code: said.code,
                    reason: said.reason,
                };
                let of_route = refused.entry(entry.route.clone()).or_default();
                of_route
                    .entry(id)
                    .or_default()
                    .push((entry.parcel.take, refusal));
            }
        }
        let mut found = Vec::new();
        for (route, refused) in refused {
            self.inner.dead_of(&route, &refused, filter, &mut found)?;
        }
        Ok(found)
    }

    /// How many dead letters a route has, counted in the index.
    #[must_use]
    pub fn dead(&self, route: &str) -> u64 {
        let Some(cell) = self.inner.cell(route) else {
            return 0;
        };
        let state = lock(&cell.route);
        if state.ledger.targets.iter().all(|t| t.refused == 0) {
            return 0;
        }
        let dead = state.index.iter();
        dead.filter(|(_, known)| known.place.state() & REFUSED != 0)
            .count() as u64
    }

    /// Sends dead letters of a route again, durably, each to the targets that refused it; ids of
    /// those that could not be because the log has no text of them any more. The caller has the
    /// route's feeds to himself meanwhile.
    ///
    /// # Errors
    /// When a record is no dead letter, or something cannot be read or written.
    pub fn replay(&self, replay: &Replay) -> Result<Vec<[u8; 16]>, DeadLetterError> {
        let filter = DeadFilter {
            route: Some(replay.route.clone()),
            ..DeadFilter::default()
        };
        let all = self.dead_letters(&filter)?;
        let known: HashSet<&[u8; 16]> = all.iter().map(|letter| &letter.id).collect();
        if let Some(id) = replay.records.iter().find(|id| !known.contains(id)) {
            let record = format!("{:032x}", u128::from_be_bytes(*id));
            return Err(DeadLetterError::NotDead { record });
        }
        let wanted: HashSet<&[u8; 16]> = replay.records.iter().collect();
        let cell = self.inner.cell(&replay.route);
        let Some(cell) = cell else {
            return Ok(Vec::new());
        };
        let mut gone = Vec::new();
        let mut piles: BTreeMap<(Vec<String>, String), Vec<&DeadLetter>> = BTreeMap::new();
        for letter in all.iter().filter(|l| wanted.contains(&l.id)) {
            if letter.body.is_none() {
                gone.push(letter.id);
                continue;
            }
            let mut targets: Vec<String> =
                letter.refusals.iter().map(|r| r.target.clone()).collect();
            targets.sort();
            targets.dedup();
            let pile = piles.entry((targets, letter.feed.clone()));
            pile.or_default().push(letter);
        }
        for ((targets, _), letters) in piles {
            let mut letters = letters.into_iter().peekable();
            while letters.peek().is_some() {
                self.inner.replay(&cell, replay, &targets, &mut letters)?;
            }
        }
        Ok(gone)
    }
}

impl Inner {
    fn dead_of(
        &self,
        route: &str,
        refused: &Refused,
        filter: &DeadFilter,
        found: &mut Vec<DeadLetter>,
    ) -> Result<(), LookupError> {
        let Some(cell) = self.cell(route) else {
            return Ok(());
        };
        let wanted: Vec<(RecordPlace, [u8; 16])> = {
            let state = lock(&cell.route);
            let newest = |id: &[u8; 16]| Some((state.index.get(id)?.place, *id));
            let newest = refused.keys().filter_map(newest);
            newest
                .filter(|(place, _)| place.state() & REFUSED != 0)
                .collect()
        };
        self.each(wanted, |(seq, take), row, at, id| {
            let said = refused.get(&id).into_iter().flatten();
            let of_newest = said.filter(|(take, _)| *take == seq);
            let refusals: Vec<Refusal> = of_newest.map(|(_, said)| said.clone()).collect();
            let fits = refusals.iter().any(|said| {
                let is = |wanted: &Option<String>, found: &str| {
                    wanted.as_deref().is_none_or(|wanted| wanted == found)
                };
                is(&filter.target, &said.target) && is(&filter.code, &said.code)
            });
            if fits {
                found.push(DeadLetter {
                    route: route.to_owned(),
                    id,
                    directory: directory_of(take, row).clone(),
                    person: row.person,
                    operation: row.operation,
                    feed: take.feed.clone(),
                    source_row: row.source_row,
                    adapter: take.adapter.clone(),
                    take: seq,
                    refusals,
                    body: take.body(usize::from(at.row())).map(str::to_owned),
                });
            }
        })
    }

    /// Writes one take of as many letters as it holds, and waits until it is durable.
    fn replay<'l>(
        &self,
        cell: &Arc<Cell>,
        replay: &Replay,
        targets: &[String],
        letters: &mut Peekable<impl Iterator<Item = &'l DeadLetter>>,
    ) -> Result<(), DeadLetterError> {
        let Some(first) = letters.peek() else {
            return Ok(());
        };
        let (feed, adapter) = (first.feed.clone(), first.adapter.clone());
        let state = lock(&cell.route);
        let mut sheet = Sheet::default();
        while let Some(letter) = letters.next_if(|next| !sheet.is_full_with(next.text())) {
            let known = state.index.get(&letter.id);
            let known = known.filter(|known| known.place.state() & REFUSED != 0);
            // Otherwise another version of it came meanwhile.
            if let Some(known) = known {
                sheet.add(again(letter, known), letter.text(), &letter.directory);
            }
        }
        let ordered = Ordered {
            route: &replay.route,
            targets,
            feed,
            adapter,
            parcels: replay.parcels,
            order: &replay.order,
        };
        Ok(self.write_ordered(cell, state, ordered, sheet)?)
    }
}

/// The row of `letter`, to be sent again.
fn again(letter: &DeadLetter, known: Known) -> TakenRow {
    TakenRow {
        id: letter.id,
        digest: known.digest,
        version: known.version,
        source_row: letter.source_row,
        prior: known.place.stateless().bits(),
        operation: letter.operation,
        person: letter.person,
        // The sheet says where it stands there.
        end: 0,
        directory: 0,
        repairs: 0,
        warnings: 0,
    }
}
