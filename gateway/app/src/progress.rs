//! How far a route is, as a line on the terminal.

use crate::house::House;
use crate::report::thousands;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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

    fn now(&self) -> Option<(String, u64)> {
        self.at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A line that is written over while the work goes on; nothing where nobody looks.
pub(crate) struct Line {
    route: String,
    shown: Option<Instant>,
    seen: bool,
}

impl Line {
    /// How often it is renewed.
    pub(crate) const EVERY: Duration = Duration::from_millis(200);

    /// A line for `route`.
    pub(crate) fn new(route: &str) -> Self {
        let seen = std::io::stderr().is_terminal();
        Self {
            route: route.to_owned(),
            shown: None,
            seen,
        }
    }

    /// Shows how far it is.
    pub(crate) fn show(&mut self, house: &House) {
        if !self.seen || self.shown.is_some_and(|at| at.elapsed() < Self::EVERY) {
            return;
        }
        self.shown = Some(Instant::now());
        let books = house.queue.books_of(&self.route);
        let (drafted, delivered, waiting) =
            books.map_or((0, 0, 0), |b| (b.drafted, b.delivered, b.waiting));
        let live = house.live();
        let at = live.progress.get(&self.route).and_then(|p| p.now());
        let place = at.map_or_else(String::new, |(feed, offset)| {
            format!("{feed} {} MiB  ", thousands(offset >> 20))
        });
        let counts = [drafted, delivered, waiting].map(thousands);
        let [drafted, delivered, waiting] = counts;
        self.write(&format!(
            "{place}收到 drafted {drafted}  送达 delivered {delivered}  待送 waiting {waiting}"
        ));
    }

    /// Takes it away.
    pub(crate) fn clear(&mut self) {
        if self.shown.take().is_some() {
            self.write("");
        }
    }

    fn write(&self, text: &str) {
        // A terminal that has gone away is nobody's loss.
        drop(write!(std::io::stderr().lock(), "\r\x1b[2K{text}"));
    }
}
