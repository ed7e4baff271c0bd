//! A folder of files on another machine as a source, by SFTP or FTP.
//!
//! ```text
//!  theirs: NAME ──look: size, time──▶ ready? known and taken? ──no──▶ copy ─▶ spool ─▶ a feed
//!                                          └─yes─▶ archive or delete there, if so set
//! ```
//!
//! What must stay true: a copy is given out when it is whole and the file still looks as it did
//! before; what is *known* (which content a file had) is a convenience and no record: whether a
//! content was taken, the queue says ([`Seen`]). A file is archived or deleted there only when its
//! content was taken to its end, and it still looks like what was copied.

mod folder;
mod spool;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use credit_record::flow::OpenFeed;
pub use credit_remote::RemoteError;
use credit_remote::{Entry, Host as Machine};
use globset::GlobMatcher;
use tokio::runtime::Handle as Runtime;

use crate::files::after::{After, Withheld, free_name};
use crate::files::ok_file::{self, Claim};
use crate::files::ready::{self, Observation};
use crate::files::{FoundFile, Held, HeldReason, Look, Next, Order, Readiness, Seen};
use folder::{Folder, Host, There};
pub use spool::KNOWN;
use spool::{Copied, Spool};

/// As much is read of an ok-file.
const OK_FILE_BYTES_MAX: usize = 4_096;

/// Which files are feeds, and what becomes of them.
#[derive(Debug)]
pub struct RemoteSource {
    /// The names; hidden files, `.ok` and `.tmp` are none.
    pub glob: GlobMatcher,
    /// When a file is complete.
    pub ready: Readiness,
    /// Which of several comes first.
    pub order: Order,
    /// What becomes of files that were taken; folders are the other machine's.
    pub after: After,
    /// What was not taken, although it was read to its end.
    pub withheld: Arc<Withheld>,
    /// Longest file that is copied.
    pub file_bytes_max: u64,
    /// The folder for copies, of this source alone.
    pub spool_dir: PathBuf,
}

/// The source, with what it remembers between two looks.
pub struct Remote {
    source: RemoteSource,
    host: Box<dyn Host>,
    folder: Option<Box<dyn Folder>>,
    spool: Spool,
    observed: HashMap<String, Observation>,
}

/// What came of copying a file.
enum Fetched {
    Copy(FoundFile),
    /// Its content was taken before.
    Taken([u8; 32]),
    Held(HeldReason),
    /// Told to stop.
    Stopped,
}

impl Remote {
    /// The source that is reached by `host`; what it waits for runs in `runtime`.
    ///
    /// # Errors
    /// If the folder for copies cannot be used.
    pub fn at(source: RemoteSource, host: Machine, runtime: Runtime) -> Result<Self, RemoteError> {
        Self::new(source, Box::new(There { host, runtime }))
    }

    fn new(source: RemoteSource, host: Box<dyn Host>) -> Result<Self, RemoteError> {
        Ok(Self {
            spool: Spool::open(&source.spool_dir)?,
            source,
            host,
            folder: None,
            observed: HashMap::new(),
        })
    }

    /// Looks into the folder at `now_ms`, and copies the next file. `open` is the feed that is half
    /// read, if one is.
    ///
    /// # Errors
    /// If the other machine cannot be reached or does not answer, or the copy cannot be kept.
    pub fn next(
        &mut self,
        seen: &dyn Seen,
        open: Option<&OpenFeed>,
        now_ms: i64,
        stop: &AtomicBool,
    ) -> Result<Look, RemoteError> {
        if let Some(file) = open.and_then(|open| self.spool.half_read(&open.name)) {
            return Ok(Look {
                next: Next::Ready(file),
                held: Vec::new(),
            });
        }
        let (mut folder, entries) = self.listed()?;
        let looked = self.look(&mut *folder, entries, seen, open, (now_ms, stop))?;
        if looked.next != Next::Nothing {
            self.folder = Some(folder);
        }
        Ok(looked)
    }

    /// The copy in `file`, which has this content, was read to its end.
    ///
    /// # Errors
    /// If that cannot be written down: the file is copied and compared once more then.
    pub fn done(&mut self, file: &FoundFile, sha256: [u8; 32]) -> Result<(), RemoteError> {
        self.spool.done(file, sha256)
    }

    /// A connection that was left open may be dead by now: then another one.
    fn listed(&mut self) -> Result<(Box<dyn Folder>, Vec<Entry>), RemoteError> {
        if let Some(mut folder) = self.folder.take()
            && let Ok(entries) = folder.list()
        {
            return Ok((folder, entries));
        }
        let mut folder = self.host.connect()?;
        let entries = folder.list()?;
        Ok((folder, entries))
    }

    fn look(
        &mut self,
        folder: &mut dyn Folder,
        entries: Vec<Entry>,
        seen: &dyn Seen,
        open: Option<&OpenFeed>,
        (now_ms, stop): (i64, &AtomicBool),
    ) -> Result<Look, RemoteError> {
        let all: HashSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
        let files = self.wanted(entries);
        self.observed.retain(|name, _| all.contains(name));
        self.spool.keep_only(&files)?;
        let mut held = Vec::new();
        let mut next = None;
        for entry in &files {
            let half_read = open.is_some_and(|open| open.name == entry.name);
            let settled = match half_read {
                true => Ok(()),
                false => self.settled(entry, &all, now_ms),
            };
            let reason = match settled {
                Err(reason) => Some(reason),
                Ok(()) if self.taken(entry, seen) => self.sweep(folder, entry, &all),
                Ok(()) if next.is_some() || (open.is_some() && !half_read) => None,
                Ok(()) => match self.fetch(folder, entry, seen, stop)? {
                    Fetched::Copy(file) => {
                        next = Some(Next::Ready(file));
                        None
                    }
                    Fetched::Taken(sha256) => {
                        self.spool.know(entry, sha256)?;
                        self.sweep(folder, entry, &all)
                    }
                    Fetched::Held(reason) => Some(reason),
                    Fetched::Stopped => break,
                },
            };
            held.extend(reason.map(|reason| Held {
                name: entry.name.clone(),
                reason,
            }));
        }
        let lost = open.filter(|open| !all.contains(&open.name));
        let lost = lost.map(|open| Next::Lost {
            name: open.name.clone(),
        });
        let next = next.or(lost).unwrap_or(Next::Nothing);
        Ok(Look { next, held })
    }

    /// The files of the source, in its order.
    fn wanted(&self, entries: Vec<Entry>) -> Vec<Entry> {
        let wanted = |entry: &Entry| {
            let name = entry.name.as_str();
            entry.ordinary
                && !name.starts_with('.')
                && !name.ends_with(".ok")
                && !name.ends_with(".tmp")
                && !name.contains('/')
                && self.source.glob.is_match(name)
        };
        let mut files: Vec<Entry> = entries.into_iter().filter(wanted).collect();
        match self.source.order {
            Order::Name => files.sort_by(|a, b| a.name.cmp(&b.name)),
            Order::Modified => {
                files.sort_by(|a, b| (a.modified_ms, &a.name).cmp(&(b.modified_ms, &b.name)));
            }
        }
        files
    }

    /// The file looks complete, from outside, and can be copied.
    fn settled(
        &mut self,
        entry: &Entry,
        all: &HashSet<String>,
        now_ms: i64,
    ) -> Result<(), HeldReason> {
        if entry.name.contains('\u{FFFD}') {
            return Err(HeldReason::NameNotUtf8);
        }
        if entry.bytes > self.source.file_bytes_max {
            return Err(HeldReason::TooLarge {
                bytes: entry.bytes,
                bytes_max: self.source.file_bytes_max,
            });
        }
        match &self.source.ready {
            Readiness::Stable { stable_ms } => {
                let now = Observation {
                    at_ms: now_ms,
                    stamp: folder::stamp(entry),
                };
                let before = self.observed.get(&entry.name).copied();
                let (since, settled) = ready::ready(before, now, *stable_ms);
                self.observed.insert(entry.name.clone(), since);
                settled
            }
            Readiness::OkFile { pattern } => {
                let ok = ok_file::name(pattern, &entry.name);
                match all.contains(&ok) {
                    true => Ok(()),
                    false => Err(HeldReason::NoOkFile { ok }),
                }
            }
        }
    }

    /// The file is known, and its content was taken.
    fn taken(&self, entry: &Entry, seen: &dyn Seen) -> bool {
        let known = self.spool.known(entry);
        known.is_some_and(|sha256| seen.file_seen(&sha256, entry.modified_ms))
    }

    fn fetch(
        &self,
        folder: &mut dyn Folder,
        entry: &Entry,
        seen: &dyn Seen,
        stop: &AtomicBool,
    ) -> Result<Fetched, RemoteError> {
        let claim = match self.claim(folder, entry)? {
            Ok(claim) => claim,
            Err(reason) => return Ok(Fetched::Held(reason)),
        };
        let mut copied = match self.spool.begin(entry)? {
            Copied::Whole(file) => return self.copied(entry, file, claim, seen),
            Copied::Part(copied) => copied,
        };
        let mut going = true;
        let read = folder.read(&entry.name, copied.bytes, &mut |bytes| {
            copied.write(bytes)?;
            going = !stop.load(Ordering::SeqCst);
            Ok(going && copied.bytes <= entry.bytes)
        });
        let after = match &read {
            Ok(()) if going => folder.entry(&entry.name)?,
            _ => None,
        };
        match read {
            // As much as there is of it is kept, and gone on with.
            Err(error) => copied.break_off(&error).and(Err(error)),
            Ok(()) if !going => copied.keep().map(|()| Fetched::Stopped),
            Ok(()) if after.as_ref() != Some(entry) || copied.bytes != entry.bytes => {
                copied.forget();
                Ok(Fetched::Held(HeldReason::Changing))
            }
            Ok(()) => self.copied(entry, copied.complete()?, claim, seen),
        }
    }

    /// What the ok-file of the file says, if there is one and it says anything.
    fn claim(
        &self,
        folder: &mut dyn Folder,
        entry: &Entry,
    ) -> Result<Result<Option<(String, Claim)>, HeldReason>, RemoteError> {
        let Readiness::OkFile { pattern } = &self.source.ready else {
            return Ok(Ok(None));
        };
        let ok = ok_file::name(pattern, &entry.name);
        let mut content = Vec::new();
        folder.read(&ok, 0, &mut |bytes| {
            content.extend_from_slice(bytes);
            Ok(content.len() < OK_FILE_BYTES_MAX)
        })?;
        content.truncate(OK_FILE_BYTES_MAX);
        let Some(claim) = ok_file::parse(&content) else {
            return Ok(Ok(None));
        };
        let outside = claim.check_outside(&ok, &entry.name, entry.bytes);
        Ok(outside.map(|()| Some((ok, claim))))
    }

    fn copied(
        &self,
        entry: &Entry,
        file: FoundFile,
        claim: Option<(String, Claim)>,
        seen: &dyn Seen,
    ) -> Result<Fetched, RemoteError> {
        if claim.is_none() && !seen.size_seen(entry.bytes) {
            return Ok(Fetched::Copy(file));
        }
        let (sha256, _) = file
            .digest()
            .map_err(|source| spool::failed(&file.path, source))?;
        if let Some((ok, claim)) = claim
            && let Err(reason) = claim.check_content(&ok, &sha256)
        {
            spool::remove(&file.path)?;
            return Ok(Fetched::Held(reason));
        }
        if seen.file_seen(&sha256, entry.modified_ms) {
            return Ok(Fetched::Taken(sha256));
        }
        Ok(Fetched::Copy(file))
    }

    /// The file was taken: it goes where it is to go. That it cannot keeps nothing else from being
    /// read.
    fn sweep(
        &self,
        folder: &mut dyn Folder,
        entry: &Entry,
        all: &HashSet<String>,
    ) -> Option<HeldReason> {
        let sha256 = self.spool.known(entry)?;
        if self.source.withheld.has(&sha256) {
            return None;
        }
        let mut names = vec![entry.name.clone()];
        if let Readiness::OkFile { pattern } = &self.source.ready {
            let ok = ok_file::name(pattern, &entry.name);
            names.extend(all.contains(&ok).then_some(ok));
        }
        let swept = match &self.source.after {
            After::Keep => Ok(()),
            After::Delete => names.iter().try_for_each(|name| folder.remove(name)),
            After::Archive { dir } => {
                let dir = dir.to_string_lossy();
                folder.names(&dir).and_then(|there| {
                    names.iter().try_for_each(|name| {
                        let to = free_name(name, |name| there.contains(name));
                        folder.rename(name, &format!("{dir}/{to}"))
                    })
                })
            }
        };
        swept.err().map(|why| HeldReason::NotSwept {
            source: Box::new(why),
        })
    }
}

#[cfg(test)]
mod tests;
