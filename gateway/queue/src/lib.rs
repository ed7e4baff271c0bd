//! The wall between the two loops: what is taken is durable before it is acknowledged, leaves in
//! order, and ends with a receipt.
//!
//! * `log` – segments of frames, of record; knows bytes only
//! * `frames` – what is written: takes, settlements, notes
//! * `index` – what is known of every key, in memory
//! * `state` – the fold over all frames: index, positions, books
//! * `snapshot` – the state written out, so that opening is quick
//! * `views` – what people look up, in sled; rebuilt from the log at any time
//! * `queue` – the way in and the way out
//!
//! Invariants: a take is all there after a crash or not at all; nothing acknowledged is lost;
//! every draft has exactly one fate; whatever is not the log can be rebuilt from it.

mod cache;
mod error;
mod frames;
mod index;
mod limits;
mod log;
mod queue;
mod snapshot;
mod state;
mod views;
mod wire;

pub use error::{
    DeadLetterError, LookupError, NextError, NoteError, OpenError, RemovalError, SettleError,
    TakeError, TendError, WriteFailed,
};
pub use frames::{Note, Order};
pub use limits::{Options, SEGMENT_BYTES, TAKE_ROWS_MAX};
pub use queue::{
    Closed, Compared, DeadFilter, DeadLetter, FeedFate, Foreseen, Foresight, MadeBefore, Opened,
    Outcome, OutcomeState, Queue, Refusal, Removal, RemovalState, Replay, Room, Sight, Snapshot,
    Taken, Tended, Ticket, Trace, TraceQuery, TracedDoubt, TracedVersion, Withdrawal,
};
pub use state::{
    AlarmSeen, FileSeen, Imbalance, RefusedFeed, RemovalBooks, RouteBooks, RunSeen, SnapshotSeen,
    StopSeen, TargetBooks,
};
pub use views::{
    DoubtCount, DoubtEntry, DoubtFilter, ReceiptEntry, ReceiptFilter, RunEntry, TakeEntry,
};
