//! Whose turn it is at a route: its schedule's, or that of a person who asks for something.

use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The turn at one route. Whoever reads the route's feeds or hands something in for it holds the
/// turn meanwhile, so that its batches come from one place at a time.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    taken: Mutex<()>,
    call: Notify,
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

    /// Ready once the route was called.
    pub(crate) async fn called(&self) {
        self.call.notified().await;
    }
}
