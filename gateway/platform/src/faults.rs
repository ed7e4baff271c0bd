//! Failures on request.
//!
//! ```text
//! {"next":[{"status":503,"retry_after":1},{"drop_after":true},{"errorCode":"500"}],"down":false}
//! ```
//!
//! Each pushed request takes the next fault; when none is left all goes well again. While the
//! stand-in is `down` every connection that pushes is cut without an answer.

use std::collections::VecDeque;

use axum::http::StatusCode;
use serde::Deserialize;

/// What to do wrong, and how often.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Faults for the next requests, added to those still waiting.
    #[serde(default)]
    pub next: Vec<Fault>,
    /// Goes down, or comes up again.
    pub down: Option<bool>,
}

/// What goes wrong with one request. Nothing is stored but with `drop_after`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Cuts the connection.
    #[serde(default)]
    pub drop: bool,
    /// Stores the rows, then cuts the connection: the acknowledgement is lost.
    #[serde(default)]
    pub drop_after: bool,
    /// Gives no answer before the stand-in stops.
    #[serde(default)]
    pub silent: bool,
    /// Answers with this status.
    pub status: Option<u16>,
    /// The header `Retry-After`, a number of seconds or a date.
    pub retry_after: Option<RetryAfter>,
    /// Answers with this code of the push interface.
    #[serde(rename = "errorCode")]
    pub error_code: Option<String>,
    /// Answers with exactly this text.
    pub answer: Option<String>,
}

/// See [`Fault::retry_after`].
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RetryAfter {
    /// So many.
    Seconds(u64),
    /// Whatever stands here.
    Text(String),
}

impl Fault {
    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.status
            .and_then(|number| StatusCode::from_u16(number).ok())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    next: VecDeque<Fault>,
    down: bool,
}

impl Faults {
    pub(crate) fn add(&mut self, script: Script) {
        self.next.extend(script.next);
        self.down = script.down.unwrap_or(self.down);
    }

    pub(crate) fn take(&mut self) -> Option<Fault> {
        if self.down {
            return Some(Fault {
                drop: true,
                ..Fault::default()
            });
        }
        self.next.pop_front()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.next.len()
    }
}
