//! What became of the rows of one feed.

use super::Queue;
use crate::error::LookupError;
use crate::views::Row;
use credit_record::flow::{Doubtful, Skip};

/// What became of the rows of one feed. A row that is in none of the lists was known already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedFate {
    /// What came in.
    pub drafted: u64,
    /// Records that went on.
    pub accepted: u64,
    /// Rows kept for a person.
    pub doubtful: u64,
    /// Records known already.
    pub duplicate: u64,
    /// Those of `duplicate` that were older than what is known.
    pub stale: u64,
    /// Rows that are no records.
    pub skipped: u64,
    /// Rows of the source that the accepted records stood in, in the order of the feed.
    pub accepted_rows: Vec<u64>,
    /// Rows kept for a person, without their content.
    pub doubts: Vec<Doubtful>,
    /// Rows that are no records, and why.
    pub skips: Vec<Skip>,
    /// When its last take was taken; nothing while it is not read to its end.
    pub ended_ms: Option<i64>,
}

impl Queue {
    /// What became of the feed of that name which `route` read after sequence `since`, up to its
    /// end.
    ///
    /// # Errors
    /// When there are no views, or a take could not be read.
    pub fn feed_fate(&self, route: &str, feed: &str, since: u64) -> Result<FeedFate, LookupError> {
        let inner = &self.inner;
        let rows = inner.views()?.entries(b'T', since.saturating_add(1));
        let mut fate = FeedFate::default();
        for row in rows.map_err(LookupError::Views)? {
            let Row::Take(entry, place) = row.map_err(LookupError::Views)? else {
                break;
            };
            if entry.route != route || entry.feed != feed {
                continue;
            }
            let take = inner.read_take(place)?;
            fate.drafted += u64::from(entry.drafted);
            fate.accepted += u64::from(entry.accepted);
            fate.doubtful += u64::from(entry.doubtful);
            fate.duplicate += u64::from(entry.duplicate);
            fate.stale += u64::from(entry.stale);
            fate.skipped = fate.skipped.saturating_add(entry.skipped);
            fate.accepted_rows
                .extend(take.rows.iter().map(|row| row.source_row));
            fate.doubts
                .extend(take.doubtful.into_iter().map(|row| Doubtful {
                    content: String::new(),
                    ..row
                }));
            fate.skips.extend(take.skipped);
            if entry.finished {
                fate.ended_ms = Some(entry.at_ms);
                break;
            }
        }
        Ok(fate)
    }
}
