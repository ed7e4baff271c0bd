//! Times for people: in the gateway's zone, with the offset said.

use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;

/// Tells times in a zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    zone: Tz,
}

impl Clock {
    /// A clock that shows `zone`.
    pub(crate) const fn new(zone: Tz) -> Self {
        Self { zone }
    }

    /// RFC 3339, such as `2026-11-24T10:00:00.000+08:00`.
    pub(crate) fn text(self, at_ms: i64) -> String {
        let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
        at.with_timezone(&self.zone)
            .to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

/// A time as a person reads it in a table: without fraction and offset.
pub(crate) fn short(text: &str) -> String {
    text.get(..19).unwrap_or(text).replace('T', " ")
}
