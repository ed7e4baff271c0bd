//! What people look up, in sled: takes, doubts by code, receipts, runs; nothing per record.
//!
//! Nothing of record is in here. A thread follows the log and is never in the way of a take; one
//! batch holds entries and the sequence they go up to, so what is there is never half of it. The
//! folder is thrown away and made anew from the log whenever it is missing, does not open, or the
//! machine stopped without a clean end (sled's barriers are none, so it may lie after that).

mod codec;
mod entries;
mod feed;
mod store;

pub(crate) use self::codec::receipt_key;
pub use self::entries::{
    DoubtCount, DoubtEntry, DoubtFilter, ReceiptEntry, ReceiptFilter, RunEntry, TakeEntry,
};
pub(crate) use self::entries::{Row, receipt_entry};
pub(crate) use self::feed::{Signal, Views};
