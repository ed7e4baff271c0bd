//! A folder of files as a source: which one is next, and why the others are not.
//!
//! What must stay true: no content is given out twice, under whatever name, nor lost; a file is
//! given out when it is complete (stable, or vouched for by an ok-file) and never otherwise; one
//! that cannot be read is named and the others go on; nothing outside the folder is opened. A
//! feed that is half read comes before all others. A file is archived or deleted only when its
//! content was taken to its end.

pub mod after;
mod found;
mod held;
mod listing;
pub(crate) mod ok_file;
pub(crate) mod ready;

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use credit_record::flow::OpenFeed;
use globset::GlobMatcher;
use thiserror::Error;

use after::{After, Withheld};
use found::open;
pub use found::{FoundFile, Stamp};
pub use held::{Held, HeldReason};
use ready::Observation;

/// A digest is remembered only of a file that has rested this long: a later write may leave no
/// other trace than the time, whose grain is coarse.
const REST_MS: i64 = 2_000;

/// Which files are feeds.
#[derive(Clone, Debug)]
pub struct FilesSource {
    /// The folder; its subfolders are not looked into.
    pub dir: PathBuf,
    /// The names; hidden files, `.ok` and `.tmp` are none.
    pub glob: GlobMatcher,
    /// When a file is complete.
    pub ready: Readiness,
    /// Which of several comes first.
    pub order: Order,
    /// What becomes of files that were taken.
    pub after: After,
    /// What was not taken, although it was read to its end.
    pub withheld: Arc<Withheld>,
}

/// When a file is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Seen twice with the same size and time, this far apart; 0 at once.
    Stable {
        /// How far apart.
        stable_ms: u64,
    },
    /// Another file stands beside it.
    OkFile {
        /// Its name: `{name}` is the file's, `{stem}` the same without what follows the last dot.
        pattern: String,
    },
}

/// Which of several files comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By name, byte by byte.
    #[default]
    Name,
    /// By time of the last change, then by name.
    Modified,
}

/// What has been read for good, by content.
pub trait Seen {
    /// A feed of this many bytes was finished before.
    fn size_seen(&self, bytes: u64) -> bool;
    /// A feed of this content was finished before, and need not be read again although the file
    /// that has it was changed, or put there, at `modified_ms` (Unix milliseconds).
    fn file_seen(&self, sha256: &[u8; 32], modified_ms: i64) -> bool;
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Read this file.
    Ready(FoundFile),
    /// The half-read feed is gone: nothing more can be read of it.
    Lost {
        /// Its name.
        name: String,
    },
    /// There is nothing to read now.
    Nothing,
}

/// What a look into the folder found.
#[derive(Debug)]
pub struct Look {
    /// What to do next.
    pub next: Next,
    /// Files that cannot be read now, or not at all, in the order of the source.
    pub held: Vec<Held>,
}

/// The folder cannot be looked into.
#[derive(Debug, Error)]
#[error("folder {} cannot be listed", dir.display())]
pub struct FilesError {
    /// The folder.
    pub dir: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl FilesError {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "files-folder"
    }

    /// Trying again later can help: a network folder comes back.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        true
    }

    /// What to do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        "create or mount the folder, and let the gateway's user list it"
    }
}

/// The source, with what it remembers between two looks.
#[derive(Debug)]
pub struct Files {
    source: FilesSource,
    observed: HashMap<String, Observation>,
    /// Digests of files that still look the same.
    digests: HashMap<String, (Stamp, [u8; 32])>,
}

impl Files {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new(source: FilesSource) -> Self {
        Self {
            source,
            observed: HashMap::new(),
            digests: HashMap::new(),
        }
    }

    /// Looks into the folder at `now_ms`. `open` is the feed that is half read, if one is.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn next(
        &mut self,
        seen: &dyn Seen,
        open: Option<&OpenFeed>,
        now_ms: i64,
    ) -> Result<Look, FilesError> {
        let listing = listing::list(&self.source).map_err(|source| FilesError {
            dir: self.source.dir.clone(),
            source,
        })?;
        let mut held = listing.held;
        let there: HashSet<&str> = listing
            .files
            .iter()
            .map(|file| file.name.as_str())
            .collect();
        self.observed
            .retain(|name, _| there.contains(name.as_str()));
        self.digests.retain(|name, _| there.contains(name.as_str()));
        let mut next = open.map(|open| self.half_read(&open.name));
        for file in listing.files {
            if open.is_some_and(|open| open.name == file.name) {
                continue;
            }
            let settled = self.settled(&file, now_ms);
            if next.is_some() {
                held.extend(settled.err().map(|reason| Held {
                    name: file.name,
                    reason,
                }));
                continue;
            }
            match settled.and_then(|()| self.unread(&file, seen, now_ms)) {
                Ok(true) => next = Some(Next::Ready(file)),
                Ok(false) => {}
                Err(reason) => held.push(Held {
                    name: file.name,
                    reason,
                }),
            }
        }
        Ok(Look {
            next: next.unwrap_or(Next::Nothing),
            held,
        })
    }

    /// The half-read feed was found complete when it was begun; now only its name counts.
    fn half_read(&self, name: &str) -> Next {
        match listing::find(&self.source.dir, name) {
            Some(file) => Next::Ready(file),
            None => Next::Lost {
                name: name.to_owned(),
            },
        }
    }

    /// The file looks complete, from outside.
    fn settled(&mut self, file: &FoundFile, now_ms: i64) -> Result<(), HeldReason> {
        match &self.source.ready {
            Readiness::Stable { stable_ms } => {
                let now = Observation {
                    at_ms: now_ms,
                    stamp: file.stamp,
                };
                let before = self.observed.get(&file.name).copied();
                let (since, settled) = ready::ready(before, now, *stable_ms);
                self.observed.insert(file.name.clone(), since);
                settled
            }
            Readiness::OkFile { pattern } => {
                let ok = ok_file::name(pattern, &file.name);
                match self.source.dir.join(&ok).try_exists() {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(HeldReason::NoOkFile { ok }),
                    Err(source) => Err(HeldReason::OkFileUnreadable { ok, source }),
                }
            }
        }
    }

    /// The file is what its ok-file says, and its content was not read before.
    fn unread(
        &mut self,
        file: &FoundFile,
        seen: &dyn Seen,
        now_ms: i64,
    ) -> Result<bool, HeldReason> {
        if let Readiness::OkFile { pattern } = &self.source.ready {
            let ok = ok_file::name(pattern, &file.name);
            let claim = ok_file::read(&self.source.dir.join(&ok)).map_err(|source| {
                HeldReason::OkFileUnreadable {
                    ok: ok.clone(),
                    source,
                }
            })?;
            if let Some(claim) = claim {
                claim.check_outside(&ok, &file.name, file.stamp.bytes)?;
                claim.check_content(&ok, &self.digest(file, now_ms)?)?;
            }
        }
        // A content of a size never seen cannot have been read: no need to look into it.
        if !seen.size_seen(file.stamp.bytes) {
            return Ok(true);
        }
        let digest = self.digest(file, now_ms)?;
        if !seen.file_seen(&digest, file.stamp.modified_ms()) {
            return Ok(true);
        }
        self.sweep(file, &digest)?;
        Ok(false)
    }

    /// The file was taken: it goes where it is to go, if it still looks as it did.
    fn sweep(&self, file: &FoundFile, sha256: &[u8; 32]) -> Result<(), HeldReason> {
        if self.source.after == After::Keep || self.source.withheld.has(sha256) {
            return Ok(());
        }
        let not_swept = |source: io::Error| HeldReason::NotSwept {
            source: source.into(),
        };
        let path = self.source.dir.join(&file.name);
        if Stamp::of(&path.metadata().map_err(not_swept)?) != file.stamp {
            return Err(HeldReason::Changing);
        }
        let mut names = vec![file.name.clone()];
        if let Readiness::OkFile { pattern } = &self.source.ready {
            names.push(ok_file::name(pattern, &file.name));
        }
        after::sweep(&self.source.after, &self.source.dir, &names).map_err(not_swept)
    }

    fn digest(&mut self, file: &FoundFile, now_ms: i64) -> Result<[u8; 32], HeldReason> {
        match self.digests.get(&file.name) {
            Some((stamp, digest)) if *stamp == file.stamp => return Ok(*digest),
            _ => {}
        }
        let (digest, stamp) = file
            .digest()
            .map_err(|source| HeldReason::Unreadable { source })?;
        if stamp != file.stamp {
            return Err(HeldReason::Changing);
        }
        self.remember(file, digest, now_ms);
        Ok(digest)
    }

    /// `file` has this content, as whoever read it knows: it need not be hashed once more.
    pub fn remember(&mut self, file: &FoundFile, sha256: [u8; 32], now_ms: i64) {
        if i128::from(now_ms.saturating_sub(REST_MS)) * 1_000_000 >= file.stamp.modified_ns {
            self.digests.insert(file.name.clone(), (file.stamp, sha256));
        }
    }
}

#[cfg(test)]
mod tests;
