//! One signal to stop, seen from threads and from tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// Says that everything is to come to a clean end.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    flag: Arc<AtomicBool>,
    sender: Arc<watch::Sender<bool>>,
}

impl Default for Stop {
    fn default() -> Self {
        let (sender, _) = watch::channel(false);
        Self {
            flag: Arc::default(),
            sender: Arc::new(sender),
        }
    }
}

impl Stop {
    /// From now on everything is to come to an end.
    pub(crate) fn now(&self) {
        self.flag.store(true, Ordering::SeqCst);
        self.sender.send_replace(true);
    }

    /// Whether it is to end.
    pub(crate) fn is_set(&self) -> bool {
        self.flag.load(Ordering::SeqCst)
    }

    /// The flag itself, for what polls it.
    pub(crate) fn flag(&self) -> &AtomicBool {
        &self.flag
    }

    /// Ready once it is to end.
    pub(crate) async fn wait(&self) {
        let mut seen = self.sender.subscribe();
        // The sender lives as long as `self`: there is no other way out than the signal.
        while !*seen.borrow_and_update() {
            if seen.changed().await.is_err() {
                return;
            }
        }
    }
}
