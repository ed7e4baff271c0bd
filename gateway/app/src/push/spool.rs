//! Feeds that were handed in, on the disk until they are read, and the keys that they came with.
//!
//! What must stay true: a body has its name only when it is whole and durable, and its ticket
//! before it; a ticket without a body stands for an answer only where the queue knows its content
//! as read; a key has one ticket, and its feed a name that no other key has.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::inbound::now_ms;
use crate::sources::Ahead;
use credit_queue::Queue;
use credit_record::flow::OpenFeed;
use credit_source::files::{FoundFile, Seen};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Where bodies are that have not come whole. No route has a dot in its name.
const INCOMING: &str = ".incoming";
const BODY: &str = "body";
const TICKET: &str = "ticket";
/// Digits of a key's digest in the names of its files,
const DIGITS: usize = 32;
/// and in the name of its feed.
const SHOWN_DIGITS: usize = 12;

/// The part of the spool that belongs to one route.
pub(crate) struct Spool {
    root: PathBuf,
    dir: PathBuf,
    route: String,
}

/// What is known of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ticket {
    /// What its feed is called.
    pub(super) feed: String,
    /// Of the feed.
    pub(super) sha256: [u8; 32],
    /// When it had come.
    pub(super) came_ms: i64,
    /// Whatever is taken of it comes after this sequence.
    pub(super) since: u64,
}

/// A feed that has come whole.
pub(super) struct Handed {
    /// Its key, or what stands for one.
    pub(super) key: Key,
    /// It came without a key, and its content stands for one.
    pub(super) by_content: bool,
    /// Of its content.
    pub(super) sha256: [u8; 32],
    /// What the department calls it.
    pub(super) file_name: Option<String>,
    /// Its content, durable.
    pub(super) content: NamedTempFile,
}

/// The digest of an idempotency key, in hexadecimal.
#[derive(Clone, Debug)]
pub(super) struct Key(String);

/// What a feed that was handed in is.
pub(super) enum Admission {
    /// It lies in the spool now.
    New(Ticket),
    /// The key has brought the same before.
    Again(Ticket),
    /// The key has brought something else before.
    Conflict,
}

impl Key {
    pub(super) fn new(digest: [u8; 32]) -> Self {
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self(digits.get(..DIGITS).unwrap_or_default().to_owned())
    }

    /// What the feed of this key is called: the name it came with, made like no other. It still
    /// begins and ends as it did, because adapters and patterns look at it.
    fn feed(&self, file_name: Option<&str>) -> String {
        let own = self.0.get(..SHOWN_DIGITS).unwrap_or_default();
        let name = file_name.unwrap_or("push");
        match name.rsplit_once('.') {
            Some((stem, ending)) => format!("{stem}.{own}.{ending}"),
            None => format!("{name}.{own}"),
        }
    }
}

impl Spool {
    /// The spool of `route` in the folder `state`.
    pub(crate) fn of(state: &Path, route: &str) -> Self {
        let root = state.join("push");
        Self {
            dir: root.join(route),
            root,
            route: route.to_owned(),
        }
    }

    /// Removes what had not come whole when the gateway ended.
    pub(super) fn sweep(state: &Path) -> Result<(), Failure> {
        let dir = state.join("push").join(INCOMING);
        let failed = |error: io::Error| failed(&dir, &error);
        match fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        folder(&dir).map_err(failed)
    }

    /// Forgets the keys of feeds that the queue has forgotten.
    pub(super) fn forget(&self, queue: &Queue) -> Result<(), Failure> {
        let failed = |error: io::Error| failed(&self.dir, &error);
        for id in self.ids(TICKET).map_err(failed)? {
            let key = Key(id);
            let lies_here = self.path(&key, BODY).try_exists().map_err(failed)?;
            let ticket = self.ticket(&key).map_err(failed)?;
            let known = ticket.is_some_and(|t| queue.file_seen(&self.route, &t.sha256).is_some());
            if !lies_here && !known {
                fs::remove_file(self.path(&key, TICKET)).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// A place for a feed that comes; it vanishes with the value.
    pub(super) fn incoming(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.root.join(INCOMING))
    }

    /// The key has brought a feed that is kept, or was read.
    pub(super) fn knows(&self, key: &Key, queue: &Queue) -> io::Result<bool> {
        match self.ticket(key)? {
            Some(ticket) => self.stands(key, &ticket, queue),
            None => Ok(false),
        }
    }

    /// Feeds that were not read yet.
    pub(super) fn waiting(&self) -> io::Result<usize> {
        Ok(self.ids(BODY)?.len())
    }

    /// Puts a feed into the spool, unless its key is known. One without a key whose content is not
    /// `known` comes again as news: a full snapshot, after another. Callers take turns.
    pub(super) fn admit(
        &self,
        handed: Handed,
        known: bool,
        queue: &Queue,
    ) -> io::Result<Admission> {
        folder(&self.dir)?;
        let Handed {
            key,
            by_content,
            sha256,
            file_name,
            content,
        } = handed;
        if let Some(before) = self.ticket(&key)?
            && self.stands(&key, &before, queue)?
            && (known || !by_content || self.path(&key, BODY).try_exists()?)
        {
            return Ok(match before.sha256 == sha256 {
                true => Admission::Again(before),
                false => Admission::Conflict,
            });
        }
        let ticket = Ticket {
            feed: key.feed(file_name.as_deref()),
            sha256,
            came_ms: now_ms(),
            since: queue.synced(),
        };
        let mut written = self.incoming()?;
        serde_json::to_writer(&mut written, &ticket)?;
        written.as_file().sync_all()?;
        written.persist(self.path(&key, TICKET))?;
        File::open(&self.dir)?.sync_all()?;
        content.persist(self.path(&key, BODY))?;
        File::open(&self.dir)?.sync_all()?;
        Ok(Admission::New(ticket))
    }

    /// What is to be read next: the half-read one, or the first that came and is not known.
    pub(crate) fn next(&self, seen: &dyn Seen, open: Option<&OpenFeed>) -> Result<Ahead, Failure> {
        let failed = |error: io::Error| failed(&self.dir, &error);
        let mut waiting = Vec::new();
        for id in self.ids(BODY).map_err(failed)? {
            let key = Key(id);
            match self.ticket(&key).map_err(failed)? {
                Some(ticket) => waiting.push((ticket, self.path(&key, BODY))),
                None => {
                    tracing::error!(route = self.route, key = key.0, "a feed without its ticket")
                }
            }
        }
        waiting.sort_by(|(one, _), (other, _)| {
            (one.came_ms, &one.feed).cmp(&(other.came_ms, &other.feed))
        });
        for (ticket, path) in waiting {
            let next = match open {
                Some(open) => open.name == ticket.feed,
                None => !seen.file_seen(&ticket.sha256, ticket.came_ms),
            };
            if next {
                let file = FoundFile::at(&path, &ticket.feed).map_err(failed)?;
                return Ok(Ahead::file(file));
            }
            if open.is_none() {
                remove(&path);
            }
        }
        Ok(open.map_or(Ahead::Nothing, |open| Ahead::Lost(open.name.clone())))
    }

    /// The feed in `file` was read to its end.
    pub(crate) fn done(&self, file: &FoundFile) {
        remove(&file.path);
    }

    fn stands(&self, key: &Key, ticket: &Ticket, queue: &Queue) -> io::Result<bool> {
        // In this order: a body goes only when its content is known.
        Ok(self.path(key, BODY).try_exists()?
            || queue.file_seen(&self.route, &ticket.sha256).is_some())
    }

    /// The ticket of a key; none where nobody can read it, which is told.
    fn ticket(&self, key: &Key) -> io::Result<Option<Ticket>> {
        let path = self.path(key, TICKET);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let ticket = serde_json::from_slice(&text);
        if let Err(error) = &ticket {
            tracing::error!(path = %path.display(), %error, "a ticket cannot be read");
        }
        Ok(ticket.ok())
    }

    /// Keys with a file of that kind.
    fn ids(&self, ending: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|name| name.rsplit_once('.'));
            ids.extend(
                id.filter(|(_, e)| *e == ending)
                    .map(|(id, _)| id.to_owned()),
            );
        }
        Ok(ids)
    }

    fn path(&self, key: &Key, ending: &str) -> PathBuf {
        self.dir.join(format!("{}.{ending}", key.0))
    }
}

fn folder(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// What cannot be removed is tried again by the next run.
fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(path = %path.display(), %error, "a feed that was read cannot be removed");
    }
}

fn failed(dir: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Waiting, format!("{}: {error}", dir.display()))
        .remedy("let the gateway's user write in its state folder, and see to the disk")
}
