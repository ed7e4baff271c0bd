//! One feed on its way through an adapter and the judge: what each piece becomes. Nothing is kept
//! here, so that the same feed can be read to be taken, to be compared, or to be looked at.

use super::kept::{kept_for_a_person, mismatch, place, text, unreadable};
use super::today;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::shelf::Ready;
use chrono_tz::Tz;
use credit_adapter::Input;
use credit_adapter::narrow::{Broken, Budget, Narrow, Step};
use credit_record::directory::Counted;
use credit_record::flow::{Judged, OpenFeed, Page, Skip};
use credit_record::judge::Judge;
use credit_record::mask::mask_text;
use credit_source::feed::{Feed, FeedError};
use std::fmt;
use std::sync::Arc;

/// The longest piece: a record that does not fit is cut out whole.
const PIECE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// By whom and by what rules a feed is translated: the same for all of it.
#[derive(Clone)]
pub(crate) struct Translator {
    /// The route, for messages.
    pub route: String,
    /// The adapter, what it says of the feed, and what it is told.
    pub ready: Arc<Ready>,
    /// Bytes of one piece, where the adapter does not want a longer one.
    pub chunk_bytes: u64,
    /// Stretches that the adapter may fail on in one feed.
    pub cuts_max: u32,
    /// Judges what the adapter makes.
    pub judge: Arc<Judge>,
    /// What the lengths of columns count.
    pub length_in: Counted,
    /// The zone in which "today" is meant.
    pub zone: Tz,
}

impl Translator {
    /// The failure for those who read a feed again, to whom it is no news of the adapter's health.
    pub(crate) fn failure(&self, stuck: Stuck) -> Failure {
        match stuck {
            Stuck::Adapter(why) => {
                let id = self.ready.adapter.id();
                let message = format!("adapter {} {}: {why}", id.name, id.version);
                let remedy = "correct the adapter, let that version serve, and read it again";
                Failure::new(Exit::Waiting, message).remedy(remedy)
            }
            Stuck::Else(failure) => failure,
        }
    }
}

/// Why a translation goes no further.
pub(crate) enum Stuck {
    /// The adapter is broken.
    Adapter(String),
    /// It is not the adapter.
    Else(Failure),
}

impl From<Failure> for Stuck {
    fn from(failure: Failure) -> Self {
        Self::Else(failure)
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adapter(why) => f.write_str(why),
            Self::Else(failure) => failure.fmt(f),
        }
    }
}

/// One feed, and how far its translation is.
pub(crate) struct Translation {
    /// The feed.
    pub feed: Feed,
    /// Name of the file or of the pull.
    pub name: String,
    /// The adapter's state.
    pub carry: Vec<u8>,
    /// Records cut out since `carry` was made.
    pub lost: u32,
    /// Where the next pull goes on, as the adapter says.
    pub cursor: Option<String>,
    /// It ends, and is not taken as a whole.
    pub withheld: bool,
    narrow: Narrow,
    /// Whether the adapter failed on some of it, and whether it made anything of the rest.
    failed: bool,
    made: bool,
}

/// What one step made of the feed.
pub(crate) struct Made {
    /// Records and doubtful rows.
    pub judged: Judged,
    /// Rows that are no records.
    pub skipped: Vec<Skip>,
    /// Nothing of the feed is left.
    pub end: bool,
}

impl Translation {
    /// The translation of `feed` from where it was left, or from its beginning.
    pub(crate) fn new(by: &Translator, feed: Feed, name: &str, left: Option<OpenFeed>) -> Self {
        let OpenFeed { lost, carry, .. } = left.unwrap_or_default();
        let budget = Budget {
            cuts_max: by.cuts_max,
            ..Budget::default()
        };
        Self {
            feed,
            name: name.to_owned(),
            carry,
            lost,
            cursor: None,
            withheld: false,
            narrow: Narrow::new(budget, by.ready.spec.text),
            failed: false,
            made: false,
        }
    }

    /// The adapter failed on some of it and made nothing of the rest.
    pub(crate) const fn failed(&self) -> bool {
        self.failed && !self.made
    }

    /// What becomes of the next piece, which is as long as the adapter wants it.
    pub(crate) fn next(&mut self, by: &Translator) -> Result<Made, Stuck> {
        let mut want = usize::try_from(by.chunk_bytes).unwrap_or(PIECE_BYTES_MAX);
        loop {
            if let Some(made) = self.step(by, want)? {
                return Ok(made);
            }
            want = want.saturating_mul(2).min(PIECE_BYTES_MAX);
        }
    }

    /// Hands a piece to the adapter; nothing comes of it where it wants a longer one.
    fn step(&mut self, by: &Translator, want: usize) -> Result<Option<Made>, Stuck> {
        let ready = &by.ready;
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
                Ok(Some(self.judge(by, page, end)))
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
                    route = by.route,
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
                tracing::error!(route = by.route, feed = self.name, error = %why,
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
                let name = mask_text(&self.name);
                Err(Stuck::Adapter(format!("feed {name}: {broken}")))
            }
        }
    }

    fn judge(&mut self, by: &Translator, page: Page, end: bool) -> Made {
        self.made |= !page.drafts.is_empty() || !page.doubts.is_empty();
        let mut judged = by.judge.judge(&page, today(by.zone), by.length_in);
        judged
            .doubtful
            .extend(page.controls.iter().filter_map(mismatch));
        self.carry = page.carry;
        self.lost = 0;
        if self.cursor.is_none() {
            self.cursor = page.cursor;
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
}

pub(crate) fn feed_failed(error: FeedError) -> Failure {
    Failure::of(Exit::Waiting, &error).remedy(error.remedy())
}
