//! Cleaning: what is older than it may be, and the oldest where there is too much.

use std::fs::{self, TryLockError};
use std::io;

use rustix::fs::statvfs;

use super::{LOCK, Name, RawError, Store, lock_file, names};

/// Where there is too much, a little more goes than must: so not every feed lists the folder.
const SLACK: u64 = 16;
/// What is past its time and held is tried again after so long.
const HELD_AGAIN_MS: i64 = 60_000;

/// What was cleaned away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Copies.
    pub copies: u64,
    /// Bytes they took.
    pub bytes: u64,
    /// Bytes that stay because somebody reads the copies of their route.
    pub held_bytes: u64,
}

/// A copy that could go.
struct Candidate {
    name: Name,
    route: usize,
    bytes: u64,
}

impl Store {
    /// Removes what is past its time at `now_ms`, and the oldest of the rest where it takes too
    /// much, or too little of the disk is free.
    ///
    /// # Errors
    /// If a folder cannot be read, or a copy not be removed.
    pub fn clean(&self, now_ms: i64) -> Result<Cleaned, RawError> {
        let routes = self.routes()?;
        let mut all = Vec::new();
        for (route, name) in routes.iter().enumerate() {
            let folder = self.folder(name);
            for name in names(&folder)? {
                match fs::metadata(folder.join(name.file())) {
                    Ok(there) => all.push(Candidate {
                        name,
                        route,
                        bytes: there.len(),
                    }),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(RawError::folder(&folder, error)),
                }
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let cleaned = self.remove_oldest(&routes, &all, now_ms)?;
        let left = all.iter().map(|c| c.bytes).sum::<u64>() - cleaned.bytes;
        let removed = usize::try_from(cleaned.copies).unwrap_or(usize::MAX);
        let oldest = all.get(removed).map(|c| c.name.kept_ms);
        let due = match cleaned.held_bytes {
            0 => oldest.map_or(i64::MAX, |ms| ms.saturating_add(self.bounds.keep_ms)),
            _ => now_ms.saturating_add(HELD_AGAIN_MS),
        };
        self.tally().stored = Some((left, due));
        Ok(cleaned)
    }

    fn remove_oldest(
        &self,
        routes: &[String],
        all: &[Candidate],
        now_ms: i64,
    ) -> Result<Cleaned, RawError> {
        let mut left: u64 = all.iter().map(|c| c.bytes).sum();
        let most = self.bounds.bytes_max;
        let most = if left > most {
            most - most / SLACK
        } else {
            most
        };
        let mut missing = self.missing_bytes()?;
        let mut locks = Locks::default();
        let mut cleaned = Cleaned::default();
        for copy in all {
            let past = copy.name.kept_ms < now_ms.saturating_sub(self.bounds.keep_ms);
            if !past && left <= most && missing == 0 {
                break;
            }
            let route = routes.get(copy.route).map_or("", String::as_str);
            if !locks.had(self, route)? {
                cleaned.held_bytes += copy.bytes;
                continue;
            }
            let path = self.folder(route).join(copy.name.file());
            fs::remove_file(&path).map_err(|source| RawError::Write { path, source })?;
            left -= copy.bytes;
            missing = missing.saturating_sub(copy.bytes);
            cleaned.copies += 1;
            cleaned.bytes += copy.bytes;
        }
        Ok(cleaned)
    }

    /// Cleans where there is too little free; refuses where that does not help.
    pub(super) fn make_room(&self, now_ms: i64) -> Result<(), RawError> {
        if self.missing_bytes()? == 0 {
            return Ok(());
        }
        self.clean(now_ms)?;
        let missing = self.missing_bytes()?;
        if missing == 0 {
            return Ok(());
        }
        let least = self.bounds.free_bytes_least;
        Err(RawError::NoRoom {
            path: self.dir.clone(),
            free_mib: (least - missing) >> 20,
            least_mib: least >> 20,
        })
    }

    /// Bytes that would have to become free.
    fn missing_bytes(&self) -> Result<u64, RawError> {
        let free = match statvfs(&self.dir) {
            Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
            Err(rustix::io::Errno::NOENT) => return Ok(0),
            Err(error) => return Err(RawError::folder(&self.dir, error.into())),
        };
        Ok(self.bounds.free_bytes_least.saturating_sub(free))
    }

    /// There is a copy more; cleans where that makes it too many, or some are past their time.
    /// That cleaning fails keeps nothing from being kept.
    pub(super) fn stored(&self, bytes: u64, now_ms: i64) {
        let due = {
            let mut tally = self.tally();
            match &mut tally.stored {
                Some((stored, due_ms)) => {
                    *stored += bytes;
                    *stored > self.bounds.bytes_max || now_ms >= *due_ms
                }
                None => true,
            }
        };
        if due && let Err(error) = self.clean(now_ms) {
            tracing::warn!(%error, "old raw input cannot be cleaned away");
        }
    }
}

/// Locks of the routes that copies are removed of, tried once each.
#[derive(Default)]
struct Locks(Vec<(String, Option<fs::File>)>);

impl Locks {
    /// Nobody else reads copies of `route`, and nobody will until this is dropped.
    fn had(&mut self, store: &Store, route: &str) -> Result<bool, RawError> {
        if let Some((_, lock)) = self.0.iter().find(|(name, _)| name == route) {
            return Ok(lock.is_some());
        }
        let path = store.folder(route).join(LOCK);
        let failed = |source| RawError::Write {
            path: path.clone(),
            source,
        };
        let file = lock_file(&path).map_err(failed)?;
        let lock = match file.try_lock() {
            Ok(()) => Some(file),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        };
        let had = lock.is_some();
        self.0.push((route.to_owned(), lock));
        Ok(had)
    }
}
