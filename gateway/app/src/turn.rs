//! Whose turn it is at a route: its schedule's, or that of a person who asks for something.

use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// The turn at one route. Whoever reads the route's feeds or hands something in for it holds the
/// turn meanwhile, so that its batches come from one place at a time.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    taken: Mutex<()>,
    call: Notify,
    news: watch::Sender<Option<String>>,
}

impl Turn {
    /// Waits for the turn, and has it until the guard is dropped.
    pub(crate) fn take(&self) -> MutexGuard<'_, ()> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The route is to be read now, whatever its schedule says.
    pub(crate) fn call(&self) {
        self.call.notify_one();
    }

    /// A feed was read to its end, the route was paused, or a run ended: by `trouble`, where there
    /// was any.
    pub(crate) fn tell(&self, trouble: Option<String>) {
        self.news.send_replace(trouble);
    }

    /// Changes whenever something is told from now on.
    pub(crate) fn news(&self) -> watch::Receiver<Option<String>> {
        self.news.subscribe()
    }

    /// Ready once the route was called.
    pub(crate) async fn called(&self) {
        self.call.notified().await;
    }
}
