//! The inbound loop of one route: source → adapter → judge → queue.
//!
//! What must stay true: nothing is read on while the queue is full; what a piece became and where
//! the feed goes on is one take; at most one take is under way while the next is being made, and
//! a take that failed ends the run before anything after it is taken.

mod kept;
mod reading;
mod survey;
mod translation;

use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::progress::Progress;
use crate::shadow::Shadows;
use crate::sources::{Ahead, Found, Source};
use crate::stop::Stop;
use crate::turn::Turn;
use chrono_tz::Tz;
use credit_adapter::{Adapter, Feed as FeedSpec};
use credit_config::RoutePlan;
use credit_deliver::World;
use credit_queue::Queue;
use credit_record::directory::Counted;
use credit_record::flow::{Batch, Resume};
use credit_record::judge::Judge;
use credit_source::files::Seen;
use credit_source::raw::{Kept, Store};
pub(crate) use kept::CONTROL_MISMATCH;
pub(crate) use reading::held_whole;
use reading::{Proof, Reading};
use std::sync::Arc;
use std::time::{Duration, Instant};
pub(crate) use translation::{Made, Translation, Translator, feed_failed};

/// How often a folder is looked into while a file in it is still written to.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// For so long; then the schedule decides.
const SETTLING_MAX: Duration = Duration::from_secs(10 * 60);

/// One route's way in.
pub(crate) struct Inbound {
    /// The plan of the route.
    pub route: RoutePlan,
    /// Its adapter.
    pub adapter: Arc<Adapter>,
    /// What the adapter says of the feed.
    pub spec: FeedSpec,
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
    /// Why the raw input of the last feed was not kept.
    pub not_kept: Option<String>,
    /// Why the run ended early.
    pub trouble: Option<Failure>,
}

/// How the reading of one feed ended.
pub(crate) enum Ended {
    /// Read to its end.
    Finished(Finished),
    /// Told to stop; it is gone on with at the next start.
    Stopped,
}

/// A feed that was read to its end.
pub(crate) struct Finished {
    /// The digest of the whole.
    sha256: [u8; 32],
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
    /// Reads what is ready until there is nothing, or until told to stop.
    pub(crate) fn run(&mut self, stop: &Stop) -> RunReport {
        let turn = Arc::clone(&self.turn);
        let _turn = turn.take();
        let mut report = RunReport::default();
        if let Err(failure) = self.run_into(&mut report, stop) {
            tracing::error!(route = self.route.name, %failure, "the run ended early");
            report.trouble = Some(failure);
        }
        report
    }

    /// Reads what is ready, and what becomes ready while it is being written to.
    pub(crate) fn run_until_settled(&mut self, stop: &Stop) -> RunReport {
        let began = Instant::now();
        let mut feeds = 0;
        loop {
            let mut report = self.run(stop);
            feeds += report.feeds;
            report.feeds = feeds;
            let again = report.settling && report.trouble.is_none() && !stop.is_set();
            if !again || began.elapsed() > SETTLING_MAX {
                return report;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn run_into(&mut self, report: &mut RunReport, stop: &Stop) -> Result<(), Failure> {
        let name = self.route.name.clone();
        while !stop.is_set() && report.feeds < self.source.feeds_max() {
            let resume = self.queue.resume(&name);
            let seen = SeenByRoute {
                queue: &self.queue,
                route: &name,
                snapshots: self.route.snapshot.is_some(),
            };
            let look = self.source.look(&seen, &resume, now_ms())?;
            (report.held, report.settling) = (look.held, look.settling);
            let found = match look.next {
                Ahead::Nothing => break,
                Ahead::Feed(found) => found,
                Ahead::Lost(feed) => {
                    self.lose(&feed, resume)?;
                    continue;
                }
            };
            let file = found.file.clone();
            let before = resume.cursor.clone();
            match self.read(found, resume, stop)? {
                Ended::Stopped => break,
                Ended::Finished(Finished { sha256, raw }) => {
                    report.feeds += 1;
                    report.not_kept = None;
                    self.source.done(&file, sha256, now_ms());
                    match raw {
                        Raw::Off => {}
                        Raw::Kept(kept) => {
                            let written = self.source.written();
                            self.shadows.offer(*kept, self.translator(), written);
                        }
                        Raw::Failed(why) => report.not_kept = Some(why),
                    }
                }
            }
            let after = self.queue.resume(&name).cursor;
            if !self.source.goes_on(before.as_deref(), after.as_deref()) {
                break;
            }
        }
        Ok(())
    }

    /// Reads one feed to its end; one with control totals, or of a route with full snapshots, is
    /// read twice: taken only where its totals agree, and known as a whole before it ends.
    fn read(&self, found: Found, resume: Resume, stop: &Stop) -> Result<Ended, Failure> {
        let mut survey = None;
        if self.spec.controls || self.route.snapshot.is_some() {
            let from_start = Resume {
                open: None,
                cursor: resume.cursor.clone(),
            };
            match Reading::open(self, found.clone(), from_start)?.prove(self, stop)? {
                Proof::Agrees(found) => survey = self.route.snapshot.as_ref().map(|_| found),
                Proof::Held(finished) => return Ok(Ended::Finished(finished)),
                Proof::Stopped => return Ok(Ended::Stopped),
            }
        }
        let mut reading = Reading::open(self, found, resume)?;
        reading.survey = survey;
        reading.read_out(self, stop)
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
        let batch = Batch {
            route: self.route.name.clone(),
            targets: self.route.targets.clone(),
            feed: feed.to_owned(),
            adapter,
            judged,
            skipped: Vec::new(),
            resume: Resume {
                open: None,
                cursor: resume.cursor,
            },
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
    pub(crate) fn translator(&self) -> Translator {
        let settings = self.route.settings.iter();
        Translator {
            route: self.route.name.clone(),
            adapter: Arc::clone(&self.adapter),
            spec: self.spec.clone(),
            settings: settings.map(|(n, v)| (n.clone(), v.clone())).collect(),
            chunk_bytes: self.route.chunk_bytes,
            judge: Arc::clone(&self.judge),
            length_in: self.length_in,
            zone: self.zone,
        }
    }
}

pub(crate) fn now_ms() -> i64 {
    (World::REAL.now_ms)()
}

pub(crate) fn take_failed(error: credit_queue::TakeError) -> Failure {
    Failure::new(Exit::Failed, causes(&error)).remedy("nothing was acknowledged; see the log")
}

/// What the queue knows of a route's feeds.
struct SeenByRoute<'a> {
    queue: &'a Queue,
    route: &'a str,
    snapshots: bool,
}

impl Seen for SeenByRoute<'_> {
    fn size_seen(&self, bytes: u64) -> bool {
        self.queue.size_seen(self.route, bytes)
    }

    /// A full snapshot says what is there on its day: one that comes again after another was read
    /// is news, and read again. A time that lies ahead is no time.
    fn file_seen(&self, sha256: &[u8; 32], modified_ms: i64) -> bool {
        let seen = self.queue.file_seen(self.route, sha256);
        seen.is_some_and(|seen| {
            !self.snapshots
                || modified_ms <= seen.at_ms
                || modified_ms > now_ms()
                || self.queue.is_last(self.route, &seen)
        })
    }
}
