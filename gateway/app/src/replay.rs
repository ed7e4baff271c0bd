//! A period read again, as it was kept, through the adapter that serves now: what it makes of it
//! today has its effect at the platforms once.
//!
//! What must stay true:
//! - feeds are read again in the order in which they ended, and each gives way to what is known
//!   from later; so a replay given again, whole or after a kill, finds duplicates;
//! - of a key that stands in a feed several times only its last word counts, as it did then;
//! - where the route goes on from, and which files it has read, stay as they are;
//! - a row that was kept for a person and is doubted still is not kept once more;
//! - what the adapter no longer makes is told to a person, and not withdrawn.

mod command;
mod report;
mod survey;
mod taking;

pub(crate) use command::{Replay, command};
pub(crate) use report::FeedReport;

use crate::compare::changes;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::house::House;
use crate::inbound::{
    CONTROL_MISMATCH, Inbound, Made, Translation, Translator, feed_failed, held_whole,
};
use crate::report::hex;
use credit_queue::{Foreseen, Foresight};
use credit_record::flow::{Doubtful, Judged};
use credit_record::mask::mask_text;
use credit_source::feed::Feed;
use credit_source::raw::{Kept, RawError};
use report::{Change, NoLonger};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use survey::{Doubts, Survey};
use taking::Taking;
use tokio::runtime::Handle;

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub route: String,
    /// Feeds that ended then or later, and before.
    pub since_ms: i64,
    pub until_ms: i64,
    /// Of this name alone.
    pub file: Option<String>,
    /// Take nothing: tell what would change.
    pub dry: bool,
    /// Changes, and records no longer made, that are told one by one.
    pub limit: usize,
}

/// Replays what is asked for; one entry a feed.
pub(crate) fn replay(house: &Arc<House>, asked: &Asked) -> Result<Vec<Value>, Failure> {
    let reports = Replaying::open(house, asked)?.run()?;
    let values: Result<Vec<Value>, _> = reports.iter().map(serde_json::to_value).collect();
    values.map_err(|e| Failure::of(Exit::Failed, &e))
}

/// A replay under way.
struct Replaying<'a> {
    house: &'a Arc<House>,
    asked: &'a Asked,
    inbound: Inbound,
    by: Translator,
    foresight: Foresight,
    /// Changes that may still be told.
    left: usize,
}

/// Says how far it is, until it is dropped.
struct Place<'a>(&'a House, &'a str);

impl Place<'_> {
    fn at(&self, place: String) {
        self.0.now().replays.insert(self.1.to_owned(), place);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.now().replays.remove(self.1);
    }
}

impl<'a> Replaying<'a> {
    fn open(house: &'a Arc<House>, asked: &'a Asked) -> Result<Self, Failure> {
        let live = house.live();
        live.turn(&asked.route)?;
        let plan = live.plan.routes.get(&asked.route);
        let plan = plan.ok_or_else(|| Failure::new(Exit::NotFound, "the route is gone"))?;
        let inbound = live.inbound(plan, house, &Handle::current())?;
        let serving = house.duty.serving();
        // What was decided just now counts: nobody hands in another feed to make it known.
        serving.refresh(&plan.adapter);
        let ready = serving.of(plan)?;
        Ok(Self {
            house,
            asked,
            by: inbound.translator(&ready),
            inbound,
            foresight: Foresight::default(),
            left: asked.limit,
        })
    }

    fn run(mut self) -> Result<Vec<FeedReport>, Failure> {
        let Asked { route, dry, .. } = self.asked;
        let place = Place(self.house, route);
        place.at("等候 waits for its turn".to_owned());
        let turn = Arc::clone(&self.inbound.turn);
        // Looking takes nothing, so it takes nobody's turn.
        let _turn = (!dry).then(|| turn.take());
        let _hold = self.house.raw.hold(route).map_err(raw_failed)?;
        let found = self
            .house
            .raw
            .kept(route, self.asked.since_ms, self.asked.until_ms);
        let found = found.map_err(raw_failed)?;
        let is = |kept: &&Kept| {
            self.asked
                .file
                .as_ref()
                .is_none_or(|f| kept.label.name == *f)
        };
        let wanted: Vec<&Kept> = found.kept.iter().filter(is).collect();
        if wanted.is_empty() && found.damaged.is_empty() {
            let message = format!("nothing of route {route} is kept of that time and name");
            let remedy = format!("see: gateway raw list --route {route}");
            return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
        }
        tracing::info!(route, feeds = wanted.len(), dry, "feeds are read again");
        let damaged = found.damaged.iter().map(causes_of);
        let mut reports: Vec<FeedReport> = damaged.map(FeedReport::unreadable).collect();
        for (number, kept) in (1..).zip(&wanted) {
            let name = mask_text(&kept.label.name);
            place.at(format!("{number}/{} {name}", wanted.len()));
            let mut report = FeedReport::of(kept, self.by.ready.adapter.id());
            let done = self.feed(kept, &mut report);
            if let Err(failure) = &done {
                report.trouble = Some(failure.to_string());
            }
            tracing::info!(
                route,
                feed = &*name,
                accepted = report.accepted,
                "read again"
            );
            reports.push(report);
            // A feed after one that was not read would say what that one should have said first.
            if done.is_err() || self.house.stop.is_set() {
                break;
            }
        }
        Ok(reports)
    }

    fn feed(&mut self, kept: &Kept, report: &mut FeedReport) -> Result<(), Failure> {
        let queue = &self.house.queue;
        let looked_up = |e| Failure::of(Exit::Failed, &e);
        let seen = queue.file_seen(&kept.route, &kept.label.sha256);
        let Some(ended) = seen.map(|seen| seen.seq) else {
            let message = "it was not read to its end yet: the route goes on with it";
            return Err(Failure::new(Exit::Waiting, message));
        };
        let survey = self.survey(kept)?;
        let known = Doubts::known(queue, &kept.route, &kept.label.name, ended)?;
        report.superseded = survey.superseded();
        let before = queue
            .made_before(&kept.route, &kept.label.name, ended)
            .map_err(looked_up)?;
        let gone = before.into_iter().filter(|made| !survey.makes(&made.id));
        let gone: Vec<_> = gone.collect();
        report.no_longer_made = gone.len() as u64;
        let told = gone.iter().take(self.asked.limit).map(|made| NoLonger {
            record: hex(&made.id),
            directory: made.directory.clone(),
            source_row: made.source_row,
            doubtful: survey.doubts(made.source_row),
        });
        report.no_longer.extend(told);
        report.no_longer_doubtful = known.no_longer(&survey);
        let mut taking = Taking::new(self, kept, ended, known);
        if self.by.ready.spec.controls && !survey.wrong.is_empty() {
            report.held = true;
            let judged = held_whole(survey.wrong);
            let made = Made {
                judged,
                skipped: Vec::new(),
                end: true,
            };
            taking.one(made, report)?;
            return taking.land(report);
        }
        let mut translation = self.again(kept)?;
        let mut ordinal = 0;
        let taken = loop {
            if self.house.stop.is_set() {
                break Err(Failure::new(
                    Exit::Waiting,
                    "told to stop; give the replay again",
                ));
            }
            let mut made = match translation.next(&self.by) {
                Ok(made) => made,
                Err(stuck) => break Err(self.by.failure(stuck)),
            };
            made.judged.keep_only(|record| {
                ordinal += 1;
                survey.is_last_word(&record.id(), ordinal)
            });
            let end = made.end;
            self.inbound
                .progress
                .at(&kept.label.name, translation.feed.offset());
            let taken = match self.asked.dry {
                true => self.foresee(&made.judged, ended, &mut taking, report),
                false => taking.one(made, report),
            };
            if end || taken.is_err() {
                break taken;
            }
        };
        taken.and(taking.land(report))
    }

    /// The feed from its beginning.
    fn again(&self, kept: &Kept) -> Result<Translation, Failure> {
        let encoding = self.inbound.source.encoding(self.by.ready.spec.text);
        let feed = Feed::again(kept, encoding).map_err(feed_failed)?;
        Ok(Translation::new(&self.by, feed, &kept.label.name, None))
    }

    /// Reads the feed once and takes nothing: which record is the last word of its key, and is
    /// the copy what it should be?
    fn survey(&self, kept: &Kept) -> Result<Survey, Failure> {
        let mut translation = self.again(kept)?;
        let mut survey = Survey::default();
        loop {
            if self.house.stop.is_set() {
                return Err(Failure::new(
                    Exit::Waiting,
                    "told to stop; give the replay again",
                ));
            }
            let made = translation
                .next(&self.by)
                .map_err(|stuck| self.by.failure(stuck))?;
            survey.see(&made.judged);
            if made.end {
                translation.feed.finished().map_err(feed_failed)?;
                return Ok(survey);
            }
        }
    }

    /// What a batch would come to.
    fn foresee(
        &mut self,
        judged: &Judged,
        ended: u64,
        taking: &mut Taking,
        report: &mut FeedReport,
    ) -> Result<(), Failure> {
        let queue = &self.house.queue;
        let records = &judged.records;
        let foreseen = queue.foresee(&self.asked.route, ended, records, &mut self.foresight);
        let foreseen = foreseen.map_err(|e| Failure::of(Exit::Failed, &e))?;
        for ((record, body), foreseen) in judged.each().zip(foreseen) {
            let directory = judged.directories.get(usize::from(record.directory()));
            let directory = directory.map_or("", String::as_str);
            report.drafted += 1;
            let (effect, before) = match foreseen {
                Foreseen::Duplicate => {
                    report.duplicate += 1;
                    continue;
                }
                Foreseen::Stale => {
                    report.duplicate += 1;
                    report.stale += 1;
                    continue;
                }
                Foreseen::New { operation } => (operation.word(), None),
                Foreseen::Changed {
                    repair: true,
                    before,
                    ..
                } => ("repair", before),
                Foreseen::Changed {
                    operation, before, ..
                } => (operation.word(), before),
            };
            report.accepted += 1;
            if self.left == 0 {
                continue;
            }
            self.left -= 1;
            let directories = self.by.judge.directories();
            report.changes.push(Change {
                source_row: record.source_row(),
                directory: directory.to_owned(),
                record: hex(&record.id()),
                effect: effect.to_owned(),
                fields: changes((before.as_deref(), body), directory, directories),
            });
        }
        taking.doubts(judged.doubtful.clone(), report);
        Ok(())
    }
}

/// A doubt about control totals.
fn is_control(row: &Doubtful) -> bool {
    row.reasons.iter().any(|r| r.code == CONTROL_MISMATCH)
}

fn causes_of(error: &RawError) -> String {
    format!("{}; {}", causes(error), error.remedy())
}

fn raw_failed(error: RawError) -> Failure {
    Failure::of(Exit::Failed, &error).remedy(error.remedy())
}
