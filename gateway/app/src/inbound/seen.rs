//! What was read before.

use super::now_ms;
use credit_queue::Queue;
use credit_source::files::Seen;

/// What the queue knows of a route's feeds.
pub(crate) struct SeenByRoute<'a> {
    /// The queue.
    pub queue: &'a Queue,
    /// The route.
    pub route: &'a str,
    /// Its feeds are full snapshots.
    pub snapshots: bool,
}

impl Seen for SeenByRoute<'_> {
    fn size_seen(&self, bytes: u64) -> bool {
        self.queue.size_seen(self.route, bytes)
    }

    fn file_seen(&self, sha256: &[u8; 32], modified_ms: i64) -> bool {
        let seen = self.queue.file_seen(self.route, sha256);
        seen.is_some_and(|seen| {
            let last = || self.queue.is_last(self.route, &seen);
            !(self.snapshots && newer_snapshot(seen.at_ms, modified_ms, last))
        })
    }
}

/// A full snapshot says what is there on its day: one that comes again after another was read is
/// news, and read again. A time that lies ahead is no time.
pub(crate) fn newer_snapshot(
    read_ms: i64,
    modified_ms: i64,
    is_last: impl FnOnce() -> bool,
) -> bool {
    modified_ms > read_ms && modified_ms <= now_ms() && !is_last()
}
