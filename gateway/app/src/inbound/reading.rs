//! One feed on its way into the queue, from where it was left to its end.

use super::kept::CONTROL_MISMATCH;
use super::rows::count;
use super::survey::Survey;
use super::translation::{Made, Stuck, Translation, Translator, feed_failed};
use super::{Ended, Finished, Inbound, Raw, now_ms, take_failed};
use crate::failure::{Failure, causes};
use crate::shelf::Ready;
use crate::sources::Found;
use crate::stop::Stop;
use credit_queue::Ticket;
use credit_record::flow::{Batch, FinishedFeed, Judged, OpenFeed, Resume};
use credit_record::mask::mask_text;
use credit_source::feed::{Feed, FeedError};
use credit_source::http::Rows;
use credit_source::raw::{Keeper, Label, RawError, settings_digest};
use std::sync::Arc;

/// One feed being read.
pub(super) struct Reading {
    by: Translator,
    translation: Translation,
    began_ms: i64,
    /// Where it was found, and where the source stood then.
    found: Found,
    cursor: Option<String>,
    /// What became of its rows.
    rows: Rows,
    in_flight: Option<Ticket>,
    /// What all of it has, where its route has full snapshots.
    pub(super) survey: Option<Survey>,
    /// Its raw input.
    raw: Raw,
    /// What came of it in this run: accepted, doubtful, duplicate.
    came: [u64; 3],
}

/// What reading a feed once, with nothing taken, came to.
pub(super) enum Proof {
    /// It may be taken; what it has.
    Agrees(Survey),
    /// It was put aside.
    Held(Finished),
    /// Told to stop.
    Stopped,
}

impl Reading {
    /// Opens the feed where it was left, or from its beginning where it is another now, or where
    /// a version began it whose carry the adapter does not read: then its rows come again, and the
    /// keys know them.
    pub(super) fn open(
        route: &Inbound,
        ready: &Arc<Ready>,
        found: Found,
        resume: Resume,
    ) -> Result<Self, Failure> {
        let by = route.translator(ready);
        let name = &found.file.name;
        let encoding = route.source.encoding(ready.spec.text);
        let left = resume.open.filter(|open| {
            let goes_on = ready.adapter.goes_on_from(&open.adapter);
            if !goes_on {
                tracing::info!(
                    route = by.route,
                    feed = name,
                    "begun by another adapter, so read again from its beginning"
                );
            }
            goes_on
        });
        let mut raw = Raw::Off;
        let mut open = |left: Option<&OpenFeed>| {
            let keeper = begin_copy(route, name, &mut raw);
            Feed::open_keeping(&found.file, encoding, left, keeper)
        };
        let (feed, left) = match open(left.as_ref()) {
            Ok(feed) => (feed, left),
            Err(error @ FeedError::Changed { .. }) => {
                tracing::warn!(route = by.route, %error, "read from its beginning");
                (open(None).map_err(feed_failed)?, None)
            }
            Err(error) => return Err(feed_failed(error)),
        };
        let began_ms = left.as_ref().map_or(0, |open| open.began_ms);
        let rows = Rows {
            whole: began_ms == 0,
            ..Rows::default()
        };
        Ok(Self {
            translation: Translation::new(&by, feed, name, left),
            by,
            began_ms: if began_ms == 0 { now_ms() } else { began_ms },
            cursor: resume.cursor,
            found,
            rows,
            in_flight: None,
            survey: None,
            raw,
            came: [0; 3],
        })
    }

    /// Reads on until nothing is left, until told to stop, or until a person pauses it.
    pub(super) fn read_out(mut self, route: &Inbound, stop: &Stop) -> Result<Ended, Failure> {
        loop {
            let room = route.queue.wait_for_room(&route.route.name, stop.flag());
            if !room || stop.is_set() || route.is_paused() {
                self.land()?;
                return Ok(Ended::Stopped);
            }
            let made = self.next(route)?;
            if let Some(sha256) = self.take(route, made)? {
                self.land()?;
                self.report();
                return Ok(Ended::Finished(Finished {
                    sha256,
                    failed: self.translation.failed(),
                    refused: self.translation.withheld,
                    raw: self.raw,
                }));
            }
        }
    }

    /// Translates the whole feed and takes nothing of it: what has it, and do its control totals
    /// agree? Where they do not, a feed that has any is held whole: one entry for each total that
    /// is wrong, and no record.
    pub(super) fn prove(mut self, route: &Inbound, stop: &Stop) -> Result<Proof, Failure> {
        let mut wrong = Vec::new();
        let mut survey = Survey::default();
        loop {
            if stop.is_set() {
                return Ok(Proof::Stopped);
            }
            let made = self.next(route)?;
            if route.route.snapshot.is_some() {
                survey.add(&made.judged);
            }
            let entries = made.judged.doubtful.into_iter();
            wrong.extend(entries.filter(|d| d.reasons.iter().any(|r| r.code == CONTROL_MISMATCH)));
            if made.end {
                break;
            }
        }
        if wrong.is_empty() || !self.by.ready.spec.controls {
            survey.sha256 = self
                .translation
                .feed
                .finished()
                .map_err(feed_failed)?
                .sha256;
            return Ok(Proof::Agrees(survey));
        }
        tracing::error!(
            route = self.by.route,
            feed = self.translation.name,
            "held: control totals"
        );
        self.rows.whole = false;
        let held = Made {
            judged: held_whole(wrong),
            skipped: Vec::new(),
            end: true,
        };
        Survey::hold(route, &self.translation.name)?;
        self.translation.withheld = true;
        let sha256 = self.take(route, held)?.unwrap_or_default();
        self.land()?;
        Ok(Proof::Held(Finished {
            sha256,
            failed: false,
            refused: true,
            raw: self.raw,
        }))
    }

    /// What becomes of the next piece. Where there is none the take under way comes to its end,
    /// and a broken adapter to quarantine.
    fn next(&mut self, route: &Inbound) -> Result<Made, Failure> {
        let stuck = match self.translation.next(&self.by) {
            Ok(made) => return Ok(made),
            Err(stuck) => stuck,
        };
        self.land()?;
        Err(match stuck {
            Stuck::Adapter(why) => {
                let serving = route.duty.serving();
                serving.broken(&route.route, &self.by.ready, &why)
            }
            Stuck::Else(failure) => failure,
        })
    }

    /// Submits what was made; the take before must have landed. At the end of the feed, the digest
    /// of the whole, whose copy is on disk before.
    fn take(&mut self, route: &Inbound, made: Made) -> Result<Option<[u8; 32]>, Failure> {
        count(&mut self.rows, &made.judged, &made.skipped);
        let finished: Option<FinishedFeed> = if made.end {
            let mut finished = self.translation.feed.finished().map_err(feed_failed)?;
            finished.refused = self.translation.withheld;
            self.keep(route, &finished);
            Some(finished)
        } else {
            None
        };
        let sha256 = finished.as_ref().map(|f| f.sha256);
        if let (Some(sha256), true) = (sha256, self.translation.withheld) {
            route.source.withhold(sha256)?;
        }
        if let Some((survey, sha256)) = self.survey.take_if(|_| made.end).zip(sha256) {
            let directories = &self.by.ready.spec.directories;
            survey.compare(route, (&self.translation.name, directories), sha256)?;
        }
        let resume = if made.end {
            let (cursor, found) = (self.cursor.take(), self.translation.cursor.take());
            Resume {
                open: None,
                // What was refused is asked for again: no cursor passes over it.
                cursor: match self.translation.withheld {
                    true => cursor,
                    false => self.found.after(cursor, found, self.rows),
                },
            }
        } else {
            Resume {
                open: Some(self.left_at()),
                cursor: self.cursor.clone(),
            }
        };
        let name = &self.translation.name;
        let batch = Batch {
            route: self.by.route.clone(),
            targets: route.route.targets.clone(),
            feed: name.clone(),
            adapter: self.by.ready.adapter.id().clone(),
            judged: made.judged,
            skipped: made.skipped,
            resume,
            finished,
            replay_of: None,
            parcels: route.route.parcels,
        };
        route.progress.at(name, self.translation.feed.offset());
        self.land()?;
        self.in_flight = Some(route.queue.take(batch).map_err(take_failed)?);
        Ok(sha256)
    }

    /// The feed is at its end: its copy is written out. A feed is taken without it rather than not
    /// at all, and that is told aloud.
    fn keep(&mut self, route: &Inbound, finished: &FinishedFeed) {
        let keeper = route.raw.as_ref().zip(self.translation.feed.kept());
        let Some((store, keeper)) = keeper else {
            return;
        };
        let settings = self.by.ready.settings.iter();
        let label = Label {
            kept_ms: now_ms(),
            name: finished.name.clone(),
            bytes: finished.bytes,
            sha256: finished.sha256,
            adapter: self.by.ready.adapter.id().clone(),
            settings_sha256: settings_digest(settings.map(|(n, v)| (n.as_str(), v.as_str()))),
        };
        self.raw = match store.finish(keeper, label) {
            Ok(kept) => Raw::Kept(Box::new(kept)),
            Err(error) => not_kept(&self.by.route, &finished.name, &error),
        };
    }

    fn report(&self) {
        let [accepted, doubtful, duplicate] = self.came;
        tracing::info!(
            route = self.by.route,
            feed = &*mask_text(&self.translation.name),
            bytes = self.translation.feed.offset(),
            accepted,
            doubtful,
            duplicate,
            "a feed was read to its end"
        );
    }

    fn left_at(&self) -> OpenFeed {
        let Translation {
            feed,
            name,
            carry,
            lost,
            ..
        } = &self.translation;
        OpenFeed {
            name: name.clone(),
            began_ms: self.began_ms,
            raw_bytes: feed.raw_bytes(),
            raw_sha256: feed.raw_sha256(),
            offset: feed.offset(),
            lost: *lost,
            carry: carry.clone(),
            adapter: self.by.ready.adapter.id().clone(),
        }
    }

    /// Waits until the take under way is durable.
    fn land(&mut self) -> Result<(), Failure> {
        let Some(ticket) = self.in_flight.take() else {
            return Ok(());
        };
        let taken = ticket.wait().map_err(take_failed)?;
        let rows = [taken.accepted, taken.doubtful, taken.duplicate];
        for (sum, rows) in self.came.iter_mut().zip(rows) {
            *sum += u64::from(rows);
        }
        Ok(())
    }
}

/// What is left of a feed whose control totals do not agree: an entry for each that is wrong.
pub(crate) fn held_whole(mut wrong: Vec<credit_record::flow::Doubtful>) -> Judged {
    for reason in wrong.iter_mut().flat_map(|entry| &mut entry.reasons) {
        reason.zh.push_str("；整个文件未接收");
        reason.en.push_str("; nothing of the file was taken");
    }
    Judged {
        doubtful: wrong,
        ..Judged::default()
    }
}

/// Begins the copy of a feed, where the route's are kept.
fn begin_copy(route: &Inbound, feed: &str, raw: &mut Raw) -> Option<Keeper> {
    let store = route.raw.as_ref()?;
    match store.begin(&route.route.name, now_ms()) {
        Ok(keeper) => Some(keeper),
        Err(error) => {
            *raw = not_kept(&route.route.name, feed, &error);
            None
        }
    }
}

fn not_kept(route: &str, feed: &str, error: &RawError) -> Raw {
    let feed = &*mask_text(feed);
    let (cause, help) = (causes(error), error.remedy());
    tracing::error!(
        route,
        feed,
        error = cause,
        help,
        "RAW INPUT IS NOT KEPT: this feed cannot be replayed"
    );
    Raw::Failed(format!("{feed}: {cause}; {help}"))
}
