//! Barriers: one thread syncs, everybody who appended meanwhile rides on the next one.

use super::disk::DiskFile;
use super::{LogError, OnSynced, Shared, lock};
use crate::limits::SETTLE_SYNC_MS;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How far durability has come, and whether it can go on.
pub(super) struct Progress {
    synced: AtomicU64,
    failed: Mutex<Option<Arc<str>>>,
    changed: Condvar,
    on_synced: OnSynced,
}

impl Progress {
    pub(super) fn new(synced: u64, on_synced: OnSynced) -> Self {
        Self {
            synced: AtomicU64::new(synced),
            failed: Mutex::default(),
            changed: Condvar::new(),
            on_synced,
        }
    }

    pub(super) fn synced(&self) -> u64 {
        self.synced.load(Ordering::Acquire)
    }

    pub(super) fn check(&self) -> Result<(), LogError> {
        match &*lock(&self.failed) {
            Some(why) => Err(LogError::Poisoned(Arc::clone(why))),
            None => Ok(()),
        }
    }

    pub(super) fn wait(&self, seq: u64) -> Result<(), LogError> {
        let mut failed = lock(&self.failed);
        loop {
            if self.synced() >= seq {
                return Ok(());
            }
            if let Some(why) = &*failed {
                return Err(LogError::Poisoned(Arc::clone(why)));
            }
            failed = self
                .changed
                .wait(failed)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn reach(&self, seq: u64) {
        {
            // Under the lock, so that nobody goes to sleep between looking and waiting.
            let failed = lock(&self.failed);
            if failed.is_none() {
                self.synced.fetch_max(seq, Ordering::AcqRel);
            }
        }
        self.changed.notify_all();
        (self.on_synced)(self.synced());
    }

    fn fail(&self, why: &str) {
        lock(&self.failed).get_or_insert_with(|| Arc::from(why));
        self.changed.notify_all();
    }
}

impl Shared {
    /// One barrier for all that `file` holds up to `seq`. A barrier that failed cannot be
    /// repeated: the kernel reports lost pages once and then forgets them.
    pub(super) fn barrier(&self, file: &Arc<dyn DiskFile>, seq: u64) -> Result<(), LogError> {
        if let Err(source) = file.sync_data() {
            self.progress.fail(&source.to_string());
            tracing::error!(%source, "the log could not be synced; it takes nothing more");
        }
        self.progress.check()?;
        self.progress.reach(seq);
        Ok(())
    }

    /// Syncs whenever somebody waits, and what nobody waits for after a short while.
    pub(super) fn sync_loop(&self) {
        let soon = Duration::from_millis(SETTLE_SYNC_MS);
        let mut tail = self.tail();
        while !tail.stop {
            if !tail.urgent {
                if tail.unsynced {
                    let (woken, timeout) = self
                        .work
                        .wait_timeout_while(tail, soon, |tail| !tail.urgent && !tail.stop)
                        .unwrap_or_else(PoisonError::into_inner);
                    tail = woken;
                    tail.urgent |= timeout.timed_out() && tail.unsynced;
                } else {
                    tail = self.work.wait(tail).unwrap_or_else(PoisonError::into_inner);
                }
                continue;
            }
            tail.urgent = false;
            tail.unsynced = false;
            let (file, seq) = (Arc::clone(&tail.file), tail.next_seq - 1);
            drop(tail);
            if self.barrier(&file, seq).is_err() {
                return;
            }
            tail = self.tail();
        }
    }
}
