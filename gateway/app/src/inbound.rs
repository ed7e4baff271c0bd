//! The inbound loop of one route: source → adapter → judge → queue.
//!
//! What must stay true: nothing is read on while the queue is full; what a piece became and where
//! the feed goes on is one take; at most one take is under way while the next is being made, and
//! a take that failed ends the run before anything after it is taken.

mod kept;
mod reading;
mod rows;
mod seen;
mod survey;
mod translation;

use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::progress::Progress;
use crate::shadow::Shadows;
use crate::shelf::{Duty, Ready};
use crate::sources::{Ahead, Found, Reader, Source};
use crate::stop::Stop;
use crate::turn::Turn;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use credit_config::RoutePlan;
use credit_deliver::World;
use credit_queue::Queue;
use credit_record::directory::Counted;
use credit_record::flow::{AdapterId, Batch, Judged, Resume};
use credit_record::judge::Judge;
use credit_source::raw::{Kept, Store};
pub(crate) use kept::CONTROL_MISMATCH;
pub(crate) use reading::held_whole;
use reading::{Proof, Reading};
pub(crate) use rows::count as count_rows;
pub(crate) use seen::{SeenByRoute, newer_snapshot};
use std::sync::Arc;
use std::time::{Duration, Instant};
pub(crate) use translation::{Made, Stuck, Translation, Translator, feed_failed};

/// How often a folder is looked into while a file in it is still written to.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// For so long; then the schedule decides.
const SETTLING_MAX: Duration = Duration::from_secs(10 * 60);

/// One route's way in.
pub(crate) struct Inbound {
    /// The plan of the route.
    pub route: RoutePlan,
    /// Which version of its adapter serves it.
    pub duty: Arc<Duty>,
    /// Feeds in a row on which the adapter failed and of which it made nothing.
    pub failed_feeds: u32,
    /// The answer or page that was read last, where the adapter refused it: it is the next until
    /// the source gives another.
    pub refused: Option<([u8; 32], AdapterId)>,
    /// Its source.
    pub source: Source,
    /// Judges what the adapter makes.
    pub judge: Arc<Judge>,
    /// What the lengths of columns count.
    pub length_in: Counted,
    /// Takes what the judge lets pass.
    pub queue: Arc<Queue>,
    /// Keeps what its source gave, where that is wanted.
    pub raw: Option<Arc<Store>>,
    /// Told of each feed that is kept.
    pub shadows: Arc<Shadows>,
    /// Held while it is read.
    pub turn: Arc<Turn>,
    /// The zone in which "today" is meant.
    pub zone: Tz,
    /// It was paused already when its run began, which a person began all the same.
    pub began_paused: bool,
    /// Shows how far it is.
    pub progress: Arc<Progress>,
}

/// What a run came to.
#[derive(Debug, Default)]
pub(crate) struct RunReport {
    /// Feeds read to their end.
    pub feeds: u64,
    /// What is there and was not read, and why.
    pub held: Vec<String>,
    /// Some of it may become readable within moments.
    pub settling: bool,
    /// Versions of the adapter that were put into quarantine, another serving in their place.
    pub alarms: Vec<String>,
    /// Why the raw input of the last feed was not kept.
    pub not_kept: Option<String>,
    /// Why the run ended early.
    pub trouble: Option<Failure>,
}

/// How the reading of one feed ended.
pub(crate) enum Ended {
    /// Read to its end.
    Finished(Finished),
    /// Told to stop, or paused; it is gone on with at the next start.
    Stopped,
}

/// A feed that was read to its end.
pub(crate) struct Finished {
    /// The digest of the whole.
    sha256: [u8; 32],
    /// The adapter failed on it and made nothing of the rest.
    failed: bool,
    /// It was refused as a whole.
    refused: bool,
    /// Its raw input.
    raw: Raw,
}

/// What became of a feed's raw input.
pub(crate) enum Raw {
    /// It is not to be kept.
    Off,
    /// It is kept.
    Kept(Box<Kept>),
    /// It could not be kept, and why.
    Failed(String),
}

impl Inbound {
    /// Reads what is ready, and what becomes ready while it is being written to, until there is
    /// nothing or until told to stop; `waits` hears what it waits for.
    pub(crate) fn run_until_settled(
        &mut self,
        stop: &Stop,
        waits: impl Fn(&[String]),
    ) -> RunReport {
        let began = Instant::now();
        self.began_paused = self.queue.is_paused(&self.route.name);
        let mut report = RunReport::default();
        loop {
            self.run(&mut report, stop);
            let again = report.settling && report.trouble.is_none() && !stop.is_set();
            if !again || began.elapsed() > SETTLING_MAX {
                return report;
            }
            waits(&report.held);
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Reads what is ready until there is nothing; adds to `report`.
    fn run(&mut self, report: &mut RunReport, stop: &Stop) {
        let turn = Arc::clone(&self.turn);
        let _turn = turn.take();
        if let Err(failure) = self.run_into(report, stop) {
            tracing::error!(route = self.route.name, %failure, "the run ended early");
            report.trouble = Some(failure);
        }
        turn.tell(report.trouble.as_ref().map(|t| t.message.clone()));
    }

    fn run_into(&mut self, report: &mut RunReport, stop: &Stop) -> Result<(), Failure> {
        let name = self.route.name.clone();
        self.source.begin();
        let feeds_max = self.source.feeds_max();
        while !stop.is_set() && !self.is_paused() && report.feeds < feeds_max {
            let resume = self.queue.resume(&name);
            let seen = SeenByRoute {
                queue: &self.queue,
                route: &name,
                snapshots: self.route.snapshot.is_some(),
            };
            let serving = self.duty.serving();
            let ready = serving.for_feed(&self.route, resume.open.as_ref())?;
            let reader = Reader {
                adapter: ready.adapter.id(),
                text: ready.spec.text,
            };
            let look = self.source.look((&seen, reader), &resume, now_ms(), stop)?;
            (report.held, report.settling) = (look.held, look.settling);
            let found = match look.next {
                Ahead::Nothing => break,
                Ahead::Feed(found) => match self.refused_before(&found, &ready) {
                    Some(sha256) => {
                        self.source.done(&found.file, sha256, now_ms());
                        break;
                    }
                    None => found,
                },
                Ahead::Lost(feed) => {
                    self.lose(&feed, resume)?;
                    continue;
                }
                Ahead::Ended(cursor) => {
                    self.end_pull(ready.adapter.id().clone(), cursor)?;
                    break;
                }
            };
            let file = found.file.clone();
            let before = resume.cursor.clone();
            let found_by_cursor = found.is_pulled();
            let read = match self.read(&ready, found, resume, stop) {
                Ok(Ended::Stopped) => break,
                Ok(Ended::Finished(finished)) => {
                    report.feeds += 1;
                    let by = || (finished.sha256, ready.adapter.id().clone());
                    self.refused = (finished.refused && found_by_cursor).then(by);
                    self.source.done(&file, finished.sha256, now_ms());
                    report.not_kept = self.kept(&ready, finished.raw);
                    self.turn.tell(None);
                    self.judge_adapter(&ready, finished.failed)
                }
                Err(failure) => Err(failure),
            };
            match read {
                Err(failure) if serving.replaced(&self.route, &ready) => {
                    report.alarms.push(failure.message);
                    continue;
                }
                read => read?,
            }
            let after = self.queue.resume(&name).cursor;
            if self.refused.is_some() || !self.source.goes_on(before.as_deref(), after.as_deref()) {
                break;
            }
        }
        Ok(())
    }

    /// The digest of what the source gives again although this version of the adapter refused it.
    fn refused_before(&self, found: &Found, ready: &Ready) -> Option<[u8; 32]> {
        let (refused, by) = self.refused.as_ref().filter(|_| found.is_pulled())?;
        if by != ready.adapter.id() {
            return None;
        }
        let (sha256, _) = found.file.digest().ok()?;
        (sha256 == *refused).then_some(sha256)
    }

    /// A person has paused it since its run began.
    fn is_paused(&self) -> bool {
        !self.began_paused && self.queue.is_paused(&self.route.name)
    }

    /// Reads one feed to its end; one with control totals, or of a route with full snapshots, is
    /// read twice: taken only where its totals agree, and known as a whole before it ends.
    fn read(
        &self,
        ready: &Arc<Ready>,
        found: Found,
        resume: Resume,
        stop: &Stop,
    ) -> Result<Ended, Failure> {
        let mut survey = None;
        if ready.spec.controls || self.route.snapshot.is_some() {
            let from_start = Resume {
                open: None,
                cursor: resume.cursor.clone(),
            };
            match Reading::open(self, ready, found.clone(), from_start)?.prove(self, stop)? {
                Proof::Agrees(found) => survey = self.route.snapshot.as_ref().map(|_| found),
                Proof::Held(finished) => return Ok(Ended::Finished(finished)),
                Proof::Stopped => return Ok(Ended::Stopped),
            }
        }
        let mut reading = Reading::open(self, ready, found, resume)?;
        reading.survey = survey;
        reading.read_out(self, stop)
    }

    /// Tells whom a kept feed concerns; why it was not kept, where it was to be.
    fn kept(&self, ready: &Arc<Ready>, raw: Raw) -> Option<String> {
        match raw {
            Raw::Off => None,
            Raw::Kept(kept) => {
                let written = self.source.written();
                self.shadows.offer(*kept, self.translator(ready), written);
                None
            }
            Raw::Failed(why) => Some(why),
        }
    }

    /// A version that fails on feed after feed and makes nothing of them is broken.
    fn judge_adapter(&mut self, ready: &Ready, failed: bool) -> Result<(), Failure> {
        self.failed_feeds = if failed { self.failed_feeds + 1 } else { 0 };
        let serving = self.duty.serving();
        let most = serving.quarantine.feeds;
        if most == 0 || self.failed_feeds < most {
            return Ok(());
        }
        self.failed_feeds = 0;
        let why = format!("it failed on {most} feeds in a row and made nothing of them");
        Err(serving.broken(&self.route, ready, &why))
    }

    /// A half-read feed is gone: what it still held is kept as one doubtful entry, so that
    /// somebody learns of it, and the route goes on.
    fn lose(&self, feed: &str, resume: Resume) -> Result<(), Failure> {
        tracing::error!(route = self.route.name, feed, "a half-read feed is gone");
        let (offset, adapter) = resume
            .open
            .map(|o| (o.offset, o.adapter))
            .unwrap_or_default();
        let judged = kept::kept_for_a_person(
            kept::place(offset, 0),
            "feed_lost",
            format!("文件 {feed} 读到一半时消失，其余内容未能读取"),
            format!("{feed} vanished half read; what followed was not read"),
            String::new(),
        );
        self.take_alone(feed, adapter, judged, resume.cursor)
    }

    /// The pull under way came to its end without another feed: writes down where the next begins.
    fn end_pull(&self, adapter: AdapterId, cursor: Option<String>) -> Result<(), Failure> {
        self.take_alone("", adapter, Judged::default(), cursor)
    }

    /// A take that is no piece of a feed.
    fn take_alone(
        &self,
        feed: &str,
        adapter: AdapterId,
        judged: Judged,
        cursor: Option<String>,
    ) -> Result<(), Failure> {
        let batch = Batch {
            route: self.route.name.clone(),
            targets: self.route.targets.clone(),
            feed: feed.to_owned(),
            adapter,
            judged,
            skipped: Vec::new(),
            resume: Resume { open: None, cursor },
            finished: None,
            replay_of: None,
            parcels: self.route.parcels,
        };
        self.queue
            .take(batch)
            .and_then(|ticket| ticket.wait())
            .map_err(take_failed)?;
        Ok(())
    }

    /// By whom and by what rules the next feed is translated.
    pub(crate) fn translator(&self, ready: &Arc<Ready>) -> Translator {
        Translator {
            route: self.route.name.clone(),
            ready: Arc::clone(ready),
            chunk_bytes: self.route.chunk_bytes,
            cuts_max: self.duty.serving().quarantine.traps,
            judge: Arc::clone(&self.judge),
            length_in: self.length_in,
            zone: self.zone,
        }
    }
}

/// Today, where `zone` is.
pub(crate) fn today(zone: Tz) -> NaiveDate {
    let now = DateTime::from_timestamp_millis(now_ms()).unwrap_or_default();
    now.with_timezone(&zone).date_naive()
}

pub(crate) fn now_ms() -> i64 {
    (World::REAL.now_ms)()
}

pub(crate) fn take_failed(error: credit_queue::TakeError) -> Failure {
    Failure::new(Exit::Failed, causes(&error)).remedy("nothing was acknowledged; see the log")
}
