//! How far a route is, for a line on the terminal.

use std::sync::Mutex;
use std::sync::PoisonError;

/// Where the reading of a feed is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    at: Mutex<Option<(String, u64)>>,
}

impl Progress {
    /// The feed called `feed` is read up to `offset`.
    pub(crate) fn at(&self, feed: &str, offset: u64) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        match at.as_mut() {
            Some((name, place)) if name == feed => *place = offset,
            _ => *at = Some((feed.to_owned(), offset)),
        }
    }

    /// The feed and the place in it.
    pub(crate) fn now(&self) -> Option<(String, u64)> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
