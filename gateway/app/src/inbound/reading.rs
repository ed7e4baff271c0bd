//! One feed on its way through the adapter, from where it was left to its end.

use super::kept::{CONTROL_MISMATCH, kept_for_a_person, mismatch, place, text, unreadable};
use super::rows::count;
use super::survey::Survey;
use super::{Ended, Inbound, now_ms, take_failed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::shelf::Ready;
use crate::sources::Found;
use crate::stop::Stop;
use credit_adapter::Input;
use credit_adapter::narrow::{Broken, Budget, Narrow, Step};
use credit_queue::Ticket;
use credit_record::flow::{Batch, FinishedFeed, Judged, OpenFeed, Page, Resume, Skip};
use credit_record::mask::mask_text;
use credit_source::feed::{Feed, FeedError};
use credit_source::http::Rows;
use std::sync::Arc;

/// The longest piece: a record that does not fit is cut out whole.
const PIECE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// One feed being read.
pub(super) struct Reading {
    ready: Arc<Ready>,
    feed: Feed,
    name: String,
    narrow: Narrow,
    began_ms: i64,
    carry: Vec<u8>,
    lost: u32,
    /// Where it was found, and where the source stood then.
    found: Found,
    cursor: Option<String>,
    /// Where the adapter says that the next pull goes on.
    next_cursor: Option<String>,
    /// What became of its rows.
    rows: Rows,
    in_flight: Option<Ticket>,
    /// The feed ends, and it was not taken as a whole.
    withheld: bool,
    /// What all of it has, where its route has full snapshots.
    pub(super) survey: Option<Survey>,
    /// What came of it in this run: accepted, doubtful, duplicate.
    came: [u64; 3],
    /// Whether the adapter failed on some of it, and whether it made anything of the rest.
    failed: bool,
    made: bool,
}

/// What reading a feed once, with nothing taken, came to.
pub(super) enum Proof {
    /// It may be taken; what it has.
    Agrees(Survey),
    /// It was put aside; the digest of the whole.
    Held([u8; 32]),
    /// Told to stop.
    Stopped,
}

/// What one step made of the feed.
struct Made {
    judged: Judged,
    skipped: Vec<Skip>,
    /// Nothing of the feed is left.
    end: bool,
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
        let name = found.file.name.clone();
        let encoding = route.source.encoding(ready.spec.text);
        let left = resume.open.filter(|open| {
            let goes_on = ready.adapter.goes_on_from(&open.adapter);
            if !goes_on {
                tracing::info!(
                    route = route.route.name,
                    feed = name,
                    "begun by another adapter, so read again from its beginning"
                );
            }
            goes_on
        });
        let (feed, left) = match Feed::open(&found.file, encoding, left.as_ref()) {
            Ok(feed) => (feed, left),
            Err(error @ FeedError::Changed { .. }) => {
                tracing::warn!(route = route.route.name, %error, "read from its beginning");
                (
                    Feed::open(&found.file, encoding, None).map_err(feed_failed)?,
                    None,
                )
            }
            Err(error) => return Err(feed_failed(error)),
        };
        let OpenFeed {
            began_ms,
            lost,
            carry,
            ..
        } = left.unwrap_or_default();
        let rows = Rows {
            whole: began_ms == 0,
            ..Rows::default()
        };
        let budget = Budget {
            cuts_max: route.duty.serving().quarantine.traps,
            ..Budget::default()
        };
        Ok(Self {
            narrow: Narrow::new(budget, ready.spec.text),
            ready: Arc::clone(ready),
            feed,
            name,
            began_ms: if began_ms == 0 { now_ms() } else { began_ms },
            carry,
            lost,
            cursor: resume.cursor,
            next_cursor: None,
            rows,
            found,
            in_flight: None,
            withheld: false,
            survey: None,
            came: [0; 3],
            failed: false,
            made: false,
        })
    }

    /// Reads on until nothing is left, or until told to stop.
    pub(super) fn read_out(mut self, route: &Inbound, stop: &Stop) -> Result<Ended, Failure> {
        loop {
            let room = route.queue.wait_for_room(&route.route.name, stop.flag());
            if !room || stop.is_set() {
                self.land()?;
                return Ok(Ended::Stopped);
            }
            let made = self.next(route)?;
            if let Some(sha256) = self.take(route, made)? {
                self.land()?;
                self.report(route);
                let failed = self.failed && !self.made;
                return Ok(Ended::Finished { sha256, failed });
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
        if wrong.is_empty() || !self.ready.spec.controls {
            survey.sha256 = self.feed.finished().map_err(feed_failed)?.sha256;
            return Ok(Proof::Agrees(survey));
        }
        tracing::error!(
            route = route.route.name,
            feed = self.name,
            "held: control totals"
        );
        for reason in wrong.iter_mut().flat_map(|entry| &mut entry.reasons) {
            reason.zh.push_str("；整个文件未接收");
            reason.en.push_str("; nothing of the file was taken");
        }
        let judged = Judged {
            doubtful: wrong,
            ..Judged::default()
        };
        self.rows.whole = false;
        let held = Made {
            judged,
            skipped: Vec::new(),
            end: true,
        };
        Survey::hold(route, &self.name)?;
        self.withheld = true;
        let sha256 = self.take(route, held)?.unwrap_or_default();
        self.land()?;
        Ok(Proof::Held(sha256))
    }

    /// What becomes of the next piece, which is as long as the adapter wants it.
    fn next(&mut self, route: &Inbound) -> Result<Made, Failure> {
        let mut want = usize::try_from(route.route.chunk_bytes).unwrap_or(PIECE_BYTES_MAX);
        loop {
            if let Some(made) = self.step(route, want)? {
                return Ok(made);
            }
            want = want.saturating_mul(2).min(PIECE_BYTES_MAX);
        }
    }

    /// Hands a piece to the adapter; nothing comes of it where it wants a longer one.
    fn step(&mut self, route: &Inbound, want: usize) -> Result<Option<Made>, Failure> {
        let ready = Arc::clone(&self.ready);
        let piece = self.feed.piece(want).map_err(feed_failed)?;
        let (bytes, offset, last) = (piece.bytes, piece.offset, piece.last);
        let step = self.narrow.step(bytes, last, |bytes, last| {
            let input = Input {
                file: &self.name,
                bytes,
                offset,
                last,
                lost: self.lost,
                carry: &self.carry,
                settings: &ready.settings,
            };
            ready.adapter.translate(&ready.spec, &input)
        });
        let given = bytes.len();
        match step {
            Ok(Step::Page(page)) => {
                let consumed = usize::try_from(page.consumed).unwrap_or(given);
                self.feed.consume(consumed);
                let end = last && consumed == given;
                Ok(Some(self.judge(route, page, end)))
            }
            Ok(Step::Longer) if given < PIECE_BYTES_MAX => Ok(None),
            Ok(Step::Longer) => {
                let zh = format!("记录长度超过 {} MiB，无法读取", PIECE_BYTES_MAX >> 20);
                let en = format!("a record is longer than {} MiB", PIECE_BYTES_MAX >> 20);
                let judged =
                    kept_for_a_person(place(offset, given), "record_too_long", zh, en, text(bytes));
                Ok(Some(self.cut(judged, given, false)))
            }
            Ok(Step::Cut { bytes: cut, why }) => {
                self.failed = true;
                let kept = text(bytes.get(..cut).unwrap_or_default());
                let judged = unreadable(&why, place(offset, cut), kept);
                tracing::warn!(
                    route = route.route.name,
                    feed = self.name,
                    offset,
                    bytes = cut,
                    error = %why,
                    "a stretch of the feed was cut out"
                );
                // The adapter is told of the end by an empty last piece, unless it was the end
                // itself that it cannot be got past.
                Ok(Some(self.cut(judged, cut, last && given == 0)))
            }
            Err(Broken::Feed(why)) => {
                tracing::error!(route = route.route.name, feed = self.name, error = %why,
                    "the feed cannot be read");
                self.feed.consume(given);
                self.withheld = true;
                let judged = unreadable(&why, place(offset, given), String::new());
                let skipped = Vec::new();
                Ok(Some(Made {
                    judged,
                    skipped,
                    end: self.skip_to_the_end()?,
                }))
            }
            Err(broken @ Broken::Adapter { .. }) => {
                self.land()?;
                let why = format!("feed {}: {broken}", mask_text(&self.name));
                Err(route.duty.serving().broken(&route.route, &ready, &why))
            }
        }
    }

    fn judge(&mut self, route: &Inbound, page: Page, end: bool) -> Made {
        self.made |= !page.drafts.is_empty() || !page.doubts.is_empty();
        let mut judged = route.judge.judge(&page, route.today(), route.length_in);
        judged
            .doubtful
            .extend(page.controls.iter().filter_map(mismatch));
        self.carry = page.carry;
        self.lost = 0;
        if page.cursor.is_some() && self.next_cursor.is_none() {
            self.next_cursor = page.cursor;
        }
        Made {
            judged,
            skipped: page.skipped,
            end,
        }
    }

    fn cut(&mut self, judged: Judged, bytes: usize, end: bool) -> Made {
        self.feed.consume(bytes);
        self.lost = self.lost.saturating_add(1);
        Made {
            judged,
            skipped: Vec::new(),
            end,
        }
    }

    /// Reads what is left of a feed that cannot be translated, so that its digest is known and
    /// it is not tried again until it changes.
    fn skip_to_the_end(&mut self) -> Result<bool, Failure> {
        loop {
            let piece = self.feed.piece(PIECE_BYTES_MAX).map_err(feed_failed)?;
            let (bytes, last) = (piece.bytes.len(), piece.last);
            self.feed.consume(bytes);
            if last {
                return Ok(true);
            }
        }
    }

    /// Submits what was made; the take before must have landed. At the end of the feed, the digest
    /// of the whole.
    fn take(&mut self, route: &Inbound, made: Made) -> Result<Option<[u8; 32]>, Failure> {
        count(&mut self.rows, &made.judged, &made.skipped);
        let finished: Option<FinishedFeed> = if made.end {
            Some(self.feed.finished().map_err(feed_failed)?)
        } else {
            None
        };
        let sha256 = finished.as_ref().map(|f| f.sha256);
        if let (Some(sha256), true) = (sha256, self.withheld) {
            route.source.withhold(sha256)?;
        }
        if let Some((survey, sha256)) = self.survey.take_if(|_| made.end).zip(sha256) {
            survey.compare(route, (&self.name, &self.ready.spec.directories), sha256)?;
        }
        let resume = if made.end {
            Resume {
                open: None,
                cursor: self.end_cursor(),
            }
        } else {
            Resume {
                open: Some(self.left_at()),
                cursor: self.cursor.clone(),
            }
        };
        let batch = Batch {
            route: route.route.name.clone(),
            targets: route.route.targets.clone(),
            feed: self.name.clone(),
            adapter: self.ready.adapter.id().clone(),
            judged: made.judged,
            skipped: made.skipped,
            resume,
            finished,
            parcels: route.route.parcels,
        };
        route.progress.at(&self.name, self.feed.offset());
        self.land()?;
        self.in_flight = Some(route.queue.take(batch).map_err(take_failed)?);
        Ok(sha256)
    }

    /// Where the source goes on behind this feed.
    fn end_cursor(&mut self) -> Option<String> {
        let (cursor, found) = (self.cursor.take(), self.next_cursor.take());
        self.found.after(cursor, found, self.rows)
    }

    fn report(&self, route: &Inbound) {
        let [accepted, doubtful, duplicate] = self.came;
        tracing::info!(
            route = route.route.name,
            feed = &*mask_text(&self.name),
            bytes = self.feed.offset(),
            accepted,
            doubtful,
            duplicate,
            "a feed was read to its end"
        );
    }

    fn left_at(&self) -> OpenFeed {
        OpenFeed {
            name: self.name.clone(),
            began_ms: self.began_ms,
            raw_bytes: self.feed.raw_bytes(),
            raw_sha256: self.feed.raw_sha256(),
            offset: self.feed.offset(),
            lost: self.lost,
            carry: self.carry.clone(),
            adapter: self.ready.adapter.id().clone(),
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

fn feed_failed(error: FeedError) -> Failure {
    Failure::of(Exit::Waiting, &error).remedy(error.remedy())
}
