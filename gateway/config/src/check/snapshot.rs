//! `[snapshot]` of a route: its files are the whole of what the department has.

use super::source::pattern;
use crate::known::KnownFeed;
use crate::limits::ABSENT_MAX_PERCENT;
use crate::plan::{SnapshotPlan, SourcePlan};
use crate::reader::{Desk, Section, Trouble};

/// Reads it; `Some(None)` where the route has no such table, nothing where it cannot be used.
pub(super) fn read(
    desk: &mut Desk<'_>,
    route: &mut Section<'_>,
    feed: Option<&KnownFeed>,
    source: Option<&SourcePlan>,
) -> Option<Option<SnapshotPlan>> {
    let mut section = route.section(desk, "snapshot");
    let percent = section.number(desk, &ABSENT_MAX_PERCENT);
    let text = section.text(desk, "files");
    let files = text.as_ref().and_then(|text| pattern(desk, text));
    let unreadable = section.has("files") && files.is_none();
    let spot = section.spot.clone();
    let present = section.is_present();
    section.finish(desk);
    if !present {
        return Some(None);
    }
    if let Some(feed) = feed.filter(|feed| !feed.snapshot) {
        let message = format!("the feed \"{}\" is never a full snapshot", feed.name);
        let help = "take [snapshot] out: the adapter does not say snapshot = true of this feed, so \
                    that a record is missing from a file says nothing";
        desk.report(&spot, Trouble::error("no_snapshot", message, help));
        return None;
    }
    if let Some(SourcePlan::Sql(_)) = source {
        let message = "a query brings one part after the other, and no part is the whole";
        let trouble = Trouble::error("conflicting_keys", message, "take [snapshot] out");
        desk.report(&spot, trouble);
        return None;
    }
    if let Some(SourcePlan::Http(http)) = source {
        let trouble = match (&http.cursor_start, text) {
            (Some(_), _) => Some((
                "a pull with {cursor} brings one part after the other, and no part is the whole",
                "take [snapshot] out, or pull all at once, from an url without {cursor}",
            )),
            (None, Some(_)) => Some((
                "\"files\" is given, but a pull has no files",
                "take \"files\" out",
            )),
            (None, None) => None,
        };
        if let Some((message, help)) = trouble {
            desk.report(&spot, Trouble::error("conflicting_keys", message, help));
            return None;
        }
    }
    (!unreadable).then(|| {
        Some(SnapshotPlan {
            files,
            absent_max_percent: u8::try_from(percent).unwrap_or(u8::MAX),
        })
    })
}
