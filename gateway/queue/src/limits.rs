//! Every limit of the queue, with its unit, in one place.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Frames begin at multiples of this.
pub(crate) const BLOCK_BYTES: u64 = 4096;

/// A segment of the log, preallocated.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// Most records accepted by one take: a place in the index has 16 bits for the row.
pub const TAKE_ROWS_MAX: u32 = 65_535;

/// Most parcels of one take: a parcel's number has 16 bits.
pub(crate) const TAKE_PARCELS_MAX: usize = 65_535;

/// A settlement that no take follows is synced after this long.
pub(crate) const SETTLE_SYNC_MS: u64 = 50;

/// Most records that one snapshot may lack for them to be kept for a person, 16 bytes each.
pub(crate) const ABSENT_RECORDS_MAX: usize = 500_000;

/// Most records, and bytes of bodies, of one take that a person ordered.
pub(crate) const ORDERED_RECORDS_MAX: usize = 5_000;

/// See [`ORDERED_RECORDS_MAX`].
pub(crate) const ORDERED_BYTES_MAX: usize = 8 << 20;

/// Longest text of a platform that is kept of one row, in bytes.
pub(crate) const REASON_BYTES_MAX: usize = 2_000;

/// A snapshot is written once this much was logged since the last, or the index's own size if
/// that is more.
pub(crate) const SNAPSHOT_BYTES_LEAST: u64 = 256 << 20;

/// Sealed segments kept open for reading.
pub(crate) const READERS_MAX: usize = 8;

/// How often the queue looks after itself: snapshots and retiring.
pub(crate) const TEND_MS: u64 = 1_000;

/// The same after it could not.
pub(crate) const TEND_AGAIN_MS: u64 = 60_000;

/// Views are fed in steps of at least this long, so that one write serves many takes.
pub(crate) const VIEWS_STEP_MS: u64 = 25;

/// Most frames, and most bytes of them, that go into the views with one write.
pub(crate) const VIEWS_STEP_FRAMES: usize = 512;

/// Memory that sled may use for its pages.
pub(crate) const VIEWS_CACHE_BYTES: u64 = 8 << 20;

/// Most records that one trace returns.
pub(crate) const TRACE_RECORDS_MAX: usize = 100;

/// Fewest hexadecimal digits of a record's id that are looked up.
pub(crate) const TRACE_DIGITS_LEAST: usize = 8;

const _: () = {
    assert!(SEGMENT_BYTES.is_multiple_of(BLOCK_BYTES));
    // A place has 14 bits for the block and 16 for the row.
    assert!(SEGMENT_BYTES / BLOCK_BYTES <= 1 << 14);
    assert!(TAKE_ROWS_MAX < 1 << 16);
    assert!(TAKE_PARCELS_MAX < 1 << 16);
    // Ends of bodies, lengths of frames and offsets in a segment are 32 bits.
    assert!(SEGMENT_BYTES < u32::MAX as u64);
};

/// What an operator may choose.
#[derive(Clone)]
pub struct Options {
    /// A route holds back once this many of its records wait for a target.
    pub waiting_records_max: u64,
    /// The same in bytes of bodies.
    pub waiting_bytes_max: u64,
    /// Settled segments keep their bodies this many days, ...
    pub retain_days: u32,
    /// ... or until all segments with bodies take more than this many bytes. What waits is kept
    /// whatever it takes.
    pub retain_bytes_max: u64,
    /// Recent takes kept in memory for delivery, in bytes.
    pub cache_bytes_max: usize,
    /// Unix milliseconds now.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            waiting_records_max: 2_000_000,
            waiting_bytes_max: 4 << 30,
            retain_days: 400,
            retain_bytes_max: 20 << 30,
            cache_bytes_max: 16 << 20,
            clock: Arc::new(system_ms),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("waiting_records_max", &self.waiting_records_max)
            .field("waiting_bytes_max", &self.waiting_bytes_max)
            .field("retain_days", &self.retain_days)
            .field("retain_bytes_max", &self.retain_bytes_max)
            .field("cache_bytes_max", &self.cache_bytes_max)
            .finish_non_exhaustive()
    }
}

fn system_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
