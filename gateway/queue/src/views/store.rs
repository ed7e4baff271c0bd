//! The sled folder: opened with care, because it may be damaged, and never asked for durability.

use super::entries::Row;
use crate::limits::VIEWS_CACHE_BYTES;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

const KEY_APPLIED: &[u8] = b"#applied";
const KEY_BOOT: &[u8] = b"#boot";
const KEY_FORMAT: &[u8] = b"#format";
const FORMAT: &[u8] = b"1";

/// Entries by key, and the sequence they go up to.
pub(super) struct Store {
    db: sled::Db,
}

impl Store {
    /// Opens the folder. What cannot be trusted is set aside, beside it, and made anew; the
    /// second value says why.
    pub(super) fn open(folder: &Path) -> Result<(Self, Option<String>), String> {
        let boot = boot_id();
        let why = match attempt(folder) {
            Ok(store) => match store.distrust(&boot) {
                None => {
                    store.begin(&boot)?;
                    return Ok((store, None));
                }
                Some(why) => why,
            },
            Err(why) => why,
        };
        let aside = folder.with_extension("damaged");
        drop(std::fs::remove_dir_all(&aside));
        std::fs::rename(folder, &aside).map_err(|error| format!("{why}; {error}"))?;
        let store = attempt(folder)?;
        store.begin(&boot)?;
        Ok((store, Some(why)))
    }

    /// Why what is in it may not be what was written.
    fn distrust(&self, boot: &str) -> Option<String> {
        let get = |key| self.db.get(key).ok().flatten();
        if self.db.is_empty() {
            return None;
        }
        if get(KEY_FORMAT).as_deref() != Some(FORMAT) {
            return Some("it is of another version".to_owned());
        }
        match get(KEY_BOOT) {
            // Ended cleanly, or the process died and the kernel kept what it had written.
            None => None,
            Some(then) if &*then == boot.as_bytes() => None,
            Some(_) => Some("the machine stopped while it was open".to_owned()),
        }
    }

    fn begin(&self, boot: &str) -> Result<(), String> {
        let mut batch = sled::Batch::default();
        batch.insert(KEY_FORMAT, FORMAT);
        batch.insert(KEY_BOOT, boot.as_bytes());
        self.db
            .apply_batch(batch)
            .map_err(|error| error.to_string())
    }

    /// Frames up to this one are in it.
    pub(super) fn applied(&self) -> Result<u64, String> {
        match self
            .db
            .get(KEY_APPLIED)
            .map_err(|error| error.to_string())?
        {
            None => Ok(0),
            Some(bytes) => bytes
                .first_chunk::<8>()
                .map(|bytes| u64::from_le_bytes(*bytes))
                .ok_or_else(|| "the applied sequence is no number".to_owned()),
        }
    }

    pub(super) fn put(&self, rows: &[Row], applied: u64) -> Result<(), String> {
        let mut batch = sled::Batch::default();
        for row in rows {
            batch.insert(row.key(), row.encode());
        }
        batch.insert(KEY_APPLIED, &applied.to_le_bytes());
        guarded(|| self.db.apply_batch(batch))
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Row>, String> {
        match guarded(|| self.db.get(key))? {
            None => Ok(None),
            Some(bytes) => Row::decode(&bytes)
                .map(Some)
                .map_err(|error| error.to_string()),
        }
    }

    /// Entries with keys from `first` on that begin with its first byte.
    pub(super) fn from(&self, first: Vec<u8>) -> impl Iterator<Item = Result<Row, String>> + use<> {
        let kind = first.first().copied();
        let entries = self.db.range(first..);
        let same = entries.take_while(move |entry| {
            entry
                .as_ref()
                .map_or(true, |(key, _)| key.first().copied() == kind)
        });
        same.map(|entry| {
            let (_, value) = entry.map_err(|error| error.to_string())?;
            Row::decode(&value).map_err(|error| error.to_string())
        })
    }

    /// All is on the disk, and the next start may trust it.
    pub(super) fn close(&self) -> Result<(), String> {
        guarded(|| {
            self.db.flush()?;
            self.db.remove(KEY_BOOT)?;
            self.db.flush()
        })
        .map(|_| ())
    }
}

fn attempt(folder: &Path) -> Result<Store, String> {
    guarded(|| {
        sled::Config::new()
            .path(folder)
            .cache_capacity(VIEWS_CACHE_BYTES)
            .flush_every_ms(Some(2_000))
            .open()
    })
    .map(|db| Store { db })
}

/// sled may panic on what it did not write itself.
fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("sled panicked".to_owned()),
    }
}

/// Changes with every start of the machine; empty where that is not told.
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}
