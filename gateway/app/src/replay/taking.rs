//! The takes of a feed that is read again.

use super::survey::Doubts;
use super::{FeedReport, Replaying};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::inbound::{Made, take_failed};
use crate::stop::Stop;
use credit_queue::Ticket;
use credit_record::flow::{Batch, Doubtful, Judged, Resume};
use credit_source::raw::Kept;
use std::sync::Arc;

/// The takes of one feed that is read again.
pub(super) struct Taking {
    house: Arc<House>,
    stop: Stop,
    batch: Batch,
    known: Doubts,
    in_flight: Option<Ticket>,
}

impl Taking {
    pub(super) fn new(replaying: &Replaying<'_>, kept: &Kept, ended: u64, known: Doubts) -> Self {
        let house = Arc::clone(replaying.house);
        let route = &replaying.inbound.route;
        Self {
            stop: house.stop.clone(),
            batch: Batch {
                route: route.name.clone(),
                targets: route.targets.clone(),
                feed: kept.label.name.clone(),
                adapter: replaying.by.ready.adapter.id().clone(),
                judged: Judged::default(),
                skipped: Vec::new(),
                // Where the route goes on stays what it is: nobody else takes meanwhile.
                resume: match replaying.asked.dry {
                    true => Resume::default(),
                    false => house.queue.resume(&route.name),
                },
                finished: None,
                replay_of: Some(ended),
                parcels: route.parcels,
            },
            house,
            known,
            in_flight: None,
        }
    }

    /// Takes what a piece became, without what is known of it.
    pub(super) fn one(&mut self, made: Made, report: &mut FeedReport) -> Result<(), Failure> {
        let mut judged = made.judged;
        judged.doubtful = self.doubts(std::mem::take(&mut judged.doubtful), report);
        if judged.records.is_empty() && judged.doubtful.is_empty() {
            return Ok(());
        }
        report.drafted += judged.records.len() as u64;
        if !self
            .house
            .queue
            .wait_for_room(&self.batch.route, self.stop.flag())
        {
            return Err(Failure::new(
                Exit::Waiting,
                "told to stop; give the replay again",
            ));
        }
        self.land(report)?;
        let batch = Batch {
            judged,
            ..self.batch.clone()
        };
        self.in_flight = Some(self.house.queue.take(batch).map_err(take_failed)?);
        Ok(())
    }

    /// Those that are not known yet.
    pub(super) fn doubts(
        &mut self,
        doubtful: Vec<Doubtful>,
        report: &mut FeedReport,
    ) -> Vec<Doubtful> {
        let (known, new): (Vec<_>, Vec<_>) = doubtful
            .into_iter()
            .partition(|row| !self.known.is_new(row));
        report.doubtful_still += known.len() as u64;
        report.doubtful += new.len() as u64;
        report.drafted += new.len() as u64;
        new
    }

    /// Waits until the take under way is durable.
    pub(super) fn land(&mut self, report: &mut FeedReport) -> Result<(), Failure> {
        let Some(ticket) = self.in_flight.take() else {
            return Ok(());
        };
        let taken = ticket.wait().map_err(take_failed)?;
        report.accepted += u64::from(taken.accepted);
        report.duplicate += u64::from(taken.duplicate);
        report.stale += u64::from(taken.stale);
        Ok(())
    }
}
