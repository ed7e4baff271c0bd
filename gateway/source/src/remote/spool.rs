//! The folder of copies of one source, and what is known of the files they are of.
//!
//! ```text
//!  HASH-BYTES-MODIFIED.tmp    being copied; after a crash of no use
//!  HASH-BYTES-MODIFIED.part   broke off: so much of it is on disk
//!  HASH-BYTES-MODIFIED        whole; HASH is of the name, the rest how the file looks there
//!  known                      bytes, time, SHA-256 and name of files that were read, a line each
//! ```

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use credit_remote::{Entry, RemoteError};

use crate::digest::{hex, sha256, unhex};
use crate::files::FoundFile;

/// Copies hold personal data: only the gateway's user reads them.
const MODE: u32 = 0o600;
/// The file of what is known, in the folder of copies.
pub const KNOWN: &str = "known";

type Looks = (u64, i64);

pub(super) struct Spool {
    dir: PathBuf,
    known: HashMap<String, (Looks, [u8; 32])>,
}

/// What there is of a copy.
pub(super) enum Copied {
    Whole(FoundFile),
    Part(Part),
}

/// A copy being made.
pub(super) struct Part {
    whole: PathBuf,
    name: String,
    file: File,
    pub(super) bytes: u64,
}

impl Spool {
    pub(super) fn open(dir: &Path) -> Result<Self, RemoteError> {
        fs::create_dir_all(dir).map_err(|source| failed(dir, source))?;
        let path = dir.join(KNOWN);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|source| failed(&path, source))?,
        };
        Ok(Self {
            dir: dir.to_owned(),
            known: text.lines().filter_map(known).collect(),
        })
    }

    /// The content that a file which looks like this has.
    pub(super) fn known(&self, entry: &Entry) -> Option<[u8; 32]> {
        let (looks, sha256) = self.known.get(&entry.name)?;
        (*looks == (entry.bytes, entry.modified_ms)).then_some(*sha256)
    }

    /// The copy called `name`, if one is here whole.
    pub(super) fn half_read(&self, name: &str) -> Option<FoundFile> {
        let hash = hash(name);
        let entries = fs::read_dir(&self.dir).ok()?.filter_map(Result::ok);
        let path = entries.map(|entry| entry.path()).find(|path| {
            let file = path.file_name().and_then(|file| file.to_str());
            file.is_some_and(|file| file.starts_with(&hash) && !file.contains('.'))
        })?;
        FoundFile::at(&path, name).ok()
    }

    /// Removes copies of files that are not there any more, or look otherwise.
    pub(super) fn keep_only(&mut self, files: &[Entry]) -> Result<(), RemoteError> {
        let kept: HashSet<String> = files.iter().map(stem).collect();
        for entry in fs::read_dir(&self.dir).map_err(|source| failed(&self.dir, source))? {
            let path = entry.map_err(|source| failed(&self.dir, source))?.path();
            let file = path.file_name().and_then(|file| file.to_str());
            let stem = file.map(|file| file.split('.').next().unwrap_or(file));
            if stem.is_none_or(|stem| stem != KNOWN && !kept.contains(stem)) {
                remove(&path)?;
            }
        }
        let names: HashSet<&str> = files.iter().map(|entry| entry.name.as_str()).collect();
        self.known.retain(|name, _| names.contains(name.as_str()));
        Ok(())
    }

    /// The copy of `entry`, as far as it was made.
    pub(super) fn begin(&self, entry: &Entry) -> Result<Copied, RemoteError> {
        let whole = self.dir.join(stem(entry));
        if let Ok(file) = FoundFile::at(&whole, &entry.name) {
            return Ok(Copied::Whole(file));
        }
        let (part, tmp) = (ending(&whole, "part"), ending(&whole, "tmp"));
        let begun = match fs::rename(&part, &tmp) {
            Ok(()) => OpenOptions::new().append(true).open(&tmp),
            Err(_) => OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(MODE)
                .open(&tmp),
        };
        let file = begun.map_err(|source| failed(&tmp, source))?;
        let bytes = file.metadata().map_err(|source| failed(&tmp, source))?;
        Ok(Copied::Part(Part {
            whole,
            name: entry.name.clone(),
            file,
            bytes: bytes.len(),
        }))
    }

    /// The copy in `file` was read to its end.
    pub(super) fn done(&mut self, file: &FoundFile, sha256: [u8; 32]) -> Result<(), RemoteError> {
        let looks = file.path.file_name().and_then(|file| {
            let mut parts = file.to_str()?.splitn(3, '-').skip(1);
            Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
        });
        if let Some(looks) = looks {
            self.known.insert(file.name.clone(), (looks, sha256));
            self.write()?;
        }
        remove(&file.path)
    }

    /// The file has this content.
    pub(super) fn know(&mut self, entry: &Entry, sha256: [u8; 32]) -> Result<(), RemoteError> {
        let looks = (entry.bytes, entry.modified_ms);
        self.known.insert(entry.name.clone(), (looks, sha256));
        self.write()?;
        remove(&self.dir.join(stem(entry)))
    }

    fn write(&self) -> Result<(), RemoteError> {
        let line = |(name, ((bytes, modified_ms), sha256)): (&String, &(Looks, [u8; 32]))| {
            format!("{bytes} {modified_ms} {} {name}\n", hex(sha256))
        };
        let text: String = self.known.iter().map(line).collect();
        let path = self.dir.join(KNOWN);
        let tmp = ending(&path, "tmp");
        fs::write(&tmp, text)
            .and_then(|()| fs::rename(&tmp, &path))
            .map_err(|source| failed(&path, source))
    }
}

impl Part {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), RemoteError> {
        self.bytes += bytes.len() as u64;
        let written = self.file.write_all(bytes);
        written.map_err(|source| failed(&ending(&self.whole, "tmp"), source))
    }

    /// All of it is here: makes it durable, and gives it its name last.
    pub(super) fn complete(self) -> Result<FoundFile, RemoteError> {
        let tmp = ending(&self.whole, "tmp");
        self.file
            .sync_all()
            .and_then(|()| fs::rename(&tmp, &self.whole))
            .and_then(|()| FoundFile::at(&self.whole, &self.name))
            .map_err(|source| failed(&self.whole, source))
    }

    /// Nothing more comes of it now: what there is is gone on with later.
    pub(super) fn keep(self) -> Result<(), RemoteError> {
        let (tmp, part) = (ending(&self.whole, "tmp"), ending(&self.whole, "part"));
        self.file
            .sync_all()
            .and_then(|()| fs::rename(tmp, &part))
            .map_err(|source| failed(&part, source))
    }

    /// Likewise, unless it cannot be kept: then it makes room.
    pub(super) fn break_off(self, why: &RemoteError) -> Result<(), RemoteError> {
        match why {
            RemoteError::Spool { .. } => {
                self.forget();
                Ok(())
            }
            _ => self.keep(),
        }
    }

    /// It is of no use.
    pub(super) fn forget(self) {
        // One that stays is truncated when the file is copied again.
        drop(fs::remove_file(ending(&self.whole, "tmp")));
    }
}

fn known(line: &str) -> Option<(String, (Looks, [u8; 32]))> {
    let mut parts = line.splitn(4, ' ');
    let looks = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let sha256 = unhex(parts.next()?)?;
    Some((parts.next()?.to_owned(), (looks, sha256)))
}

fn hash(name: &str) -> String {
    let digest = hex(&sha256(name.as_bytes()));
    format!("{}-", digest.get(..16).unwrap_or_default())
}

fn stem(entry: &Entry) -> String {
    let (bytes, modified_ms) = (entry.bytes, entry.modified_ms);
    format!("{}{bytes}-{modified_ms}", hash(&entry.name))
}

fn ending(path: &Path, ending: &str) -> PathBuf {
    path.with_added_extension(ending)
}

pub(super) fn remove(path: &Path) -> Result<(), RemoteError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, error)),
        _ => Ok(()),
    }
}

pub(super) fn failed(path: &Path, source: io::Error) -> RemoteError {
    RemoteError::Spool {
        path: path.to_owned(),
        source,
    }
}
