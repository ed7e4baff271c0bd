//! The nouns of the flow, in its order: [`Page`] → [`Judged`] ([`Record`], [`Doubtful`]) →
//! [`Batch`] → [`Parcel`] → [`Receipt`].
//!
//! A [`Record`] is made by [`crate::judge`] alone; an acknowledgement is made of a [`Receipt`]
//! alone. Times are Unix milliseconds, offsets bytes in the decoded feed.

use crate::judge::Record;

/// What is to become of the record with a key at the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Operation {
    /// A new record, or a newer state of a known one.
    Insert = 0,
    /// A change of a record, said so by the feed.
    Update = 1,
    /// Withdrawn by its author (撤销).
    Withdraw = 2,
    /// Contested (异议): kept, not published.
    Hold = 3,
}

impl Operation {
    /// The operation stored as `byte`.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Insert),
            1 => Some(Self::Update),
            2 => Some(Self::Withdraw),
            3 => Some(Self::Hold),
            _ => None,
        }
    }

    /// The word for it in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Withdraw => "withdraw",
            Self::Hold => "hold",
        }
    }
}

/// Where one draft stands in a page's bodies: it ends before byte `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Row of the source, from 1.
    pub source_row: u64,
    /// Index into [`Page::directories`].
    pub directory: u16,
    /// What is to become of it.
    pub operation: Operation,
    /// Its end in [`Page::bodies`].
    pub end: u32,
}

/// A row, or a field of it, that the adapter could not read for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Row of the source, from 1.
    pub source_row: u64,
    /// Column, or empty for the whole row.
    pub field: String,
    /// Stable word.
    pub code: String,
    /// Why, in Chinese.
    pub zh: String,
    /// Why, in English.
    pub en: String,
    /// The row as it stood in the feed.
    pub excerpt: String,
}

/// Rows that are no records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Why: `header`, `title`, `total`, ...
    pub reason: String,
    /// The first of them.
    pub first_row: u64,
    /// How many.
    pub rows: u64,
}

/// A control total of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// What is counted.
    pub name: String,
    /// What the feed says.
    pub declared: String,
    /// What was found.
    pub found: String,
}

/// What an adapter made of one piece, already checked for form by the host: ends ascend, lie on
/// character boundaries and within `bodies`; directory indexes are in range; `consumed` fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// One JSON object a draft.
    pub bodies: String,
    /// Where they stand.
    pub drafts: Vec<Draft>,
    /// Directory codes, `code` or `code@profile`.
    pub directories: Vec<String>,
    /// What could not be read for certain.
    pub doubts: Vec<Doubt>,
    /// What is no record.
    pub skipped: Vec<Skip>,
    /// Control totals.
    pub controls: Vec<Control>,
    /// Bytes of the piece dealt with.
    pub consumed: u64,
    /// The adapter's state.
    pub carry: Vec<u8>,
    /// Where the next pull goes on.
    pub cursor: Option<String>,
}

/// Why a row is doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Column code, or empty for the whole row.
    pub field: String,
    /// Stable word.
    pub code: String,
    /// Why, in Chinese; ids masked.
    pub zh: String,
    /// Why, in English; ids masked.
    pub en: String,
}

/// A row kept for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubtful {
    /// Row of the source, from 1; 0 when only a place is known.
    pub source_row: u64,
    /// Directory code, where there was a draft.
    pub directory: String,
    /// It concerns a natural person.
    pub person: bool,
    /// At least one.
    pub reasons: Vec<Reason>,
    /// The draft's body, or the row as it stood in the feed. Never shown unmasked.
    pub content: String,
    /// Where the unreadable piece stands, for a piece that the adapter could not be got past.
    pub place: Option<Place>,
}

/// A stretch of the decoded feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What the judge made of one page.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The records' bodies, one after the other.
    pub bodies: String,
    /// The records, in the order of the feed.
    pub records: Vec<Record>,
    /// Directory codes that [`Record::directory`] points into, without profile.
    pub directories: Vec<String>,
    /// Rows kept for a person, one entry for each source row.
    pub doubtful: Vec<Doubtful>,
    /// Ids of the drafts in them whose key could be read.
    pub doubtful_ids: Vec<[u8; 16]>,
    /// Those of them of which it is not known which record they are.
    pub unidentified: u64,
}

/// The adapter that made a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdapterId {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its component.
    pub sha256: [u8; 32],
}

/// A feed that has begun and is not finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenFeed {
    /// Name of the file or of the pull, never a path.
    pub name: String,
    /// When reading began.
    pub began_ms: i64,
    /// Raw bytes of the feed read so far, and their SHA-256: proves on resuming that it is still
    /// the same feed.
    pub raw_bytes: u64,
    /// See `raw_bytes`.
    pub raw_sha256: [u8; 32],
    /// Bytes of the decoded feed dealt with: the next piece begins here.
    pub offset: u64,
    /// Records cut out since `carry` was made.
    pub lost: u32,
    /// The adapter's state.
    pub carry: Vec<u8>,
    /// The adapter whose `carry` it is.
    pub adapter: AdapterId,
}

/// Where a route goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The feed to go on with.
    pub open: Option<OpenFeed>,
    /// The cursor for the next pull; changes only with the take that ends a feed.
    pub cursor: Option<String>,
}

/// A feed read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedFeed {
    /// Name of the file or of the pull.
    pub name: String,
    /// Raw bytes.
    pub bytes: u64,
    /// SHA-256 of the raw bytes.
    pub sha256: [u8; 32],
    /// Its adapter or its control totals refused it: what was not taken of it by then never is.
    pub refused: bool,
}

/// How a batch is cut into parcels, for ever: parcels never span takes, so that the idempotency
/// key of a row stays the same whatever happens later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParcelLimits {
    /// Most records in a parcel, 1 to 5,000.
    pub records_max: u32,
    /// Most bytes of bodies in a parcel; a single longer record is a parcel of its own.
    pub bytes_max: u32,
}

/// What one take makes durable: all of it, or nothing.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The route's name.
    pub route: String,
    /// Targets that must get it.
    pub targets: Vec<String>,
    /// The feed it came from.
    pub feed: String,
    /// The adapter that made it.
    pub adapter: AdapterId,
    /// What came of it.
    pub judged: Judged,
    /// Rows that are no records.
    pub skipped: Vec<Skip>,
    /// Where the route goes on.
    pub resume: Resume,
    /// Set with the last batch of a feed.
    pub finished: Option<FinishedFeed>,
    /// It is read again: the sequence of the take that ended the feed. It says no more than was
    /// known then, so what is known from later stays.
    pub replay_of: Option<u64>,
    /// How it is cut.
    pub parcels: ParcelLimits,
}

/// Names one parcel for one target: the same after any restart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParcelId {
    /// Sequence of the take.
    pub take: u64,
    /// Which parcel of the take, from 0.
    pub part: u16,
    /// The target.
    pub target: String,
}

/// A record as it stands in a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The record's id: the hash of its directory's key.
    pub id: [u8; 16],
    /// Row of the source.
    pub source_row: u64,
    /// End of its body in [`Parcel::bodies`].
    pub end: u32,
    /// It concerns a natural person.
    pub person: bool,
}

/// Records of one take, one directory and one operation, on the way to one target.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Its name.
    pub id: ParcelId,
    /// The route.
    pub route: String,
    /// When its take was made, in Unix milliseconds.
    pub taken_ms: i64,
    /// The directory's code.
    pub directory: String,
    /// What is to become of the records.
    pub operation: Operation,
    /// The platform holds an earlier version of these among its doubtful rows: repair them.
    pub repair: bool,
    /// The rows.
    pub rows: Vec<Row>,
    /// Their bodies, JSON objects one after the other.
    pub bodies: String,
}

impl Parcel {
    /// The body of row `n`, a JSON object.
    #[must_use]
    pub fn body(&self, n: usize) -> Option<&str> {
        let start = match n.checked_sub(1) {
            None => 0,
            Some(before) => self.rows.get(before)?.end as usize,
        };
        self.bodies.get(start..self.rows.get(n)?.end as usize)
    }
}

/// What the platform said of one row, where it is not simply stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Stored, but the platform doubts it (its 疑问数据).
    Doubted,
    /// Not stored, for good: corrected rows must be sent again.
    Refused,
}

/// A row of a receipt that is not simply stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowVerdict {
    /// Which row of the parcel, from 0.
    pub row: u32,
    /// What became of it.
    pub verdict: Verdict,
    /// The platform's code, or ours.
    pub code: String,
    /// The platform's words, ids masked.
    pub reason: String,
}

/// The end of a parcel at a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The platform's own number (taskCode).
    pub task: String,
    /// When it was given.
    pub at_ms: i64,
    /// How often the parcel was sent.
    pub attempts: u32,
    /// Rows that the platform stored but doubts, whether it said which or not.
    pub doubted: u32,
    /// The rows that are not simply stored, ascending.
    pub rows: Vec<RowVerdict>,
}

impl Receipt {
    /// Rows refused for good.
    #[must_use]
    pub fn refused(&self) -> u32 {
        let refused = self.rows.iter().filter(|r| r.verdict == Verdict::Refused);
        u32::try_from(refused.count()).unwrap_or(u32::MAX)
    }
}
