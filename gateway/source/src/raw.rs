//! Raw input, kept: what each source gave, before anything was decoded, so that a corrected
//! adapter can read it again.
//!
//! ```text
//! raw/ROUTE/1764020594123-9f86d081884c7d65.zst      when it ended (ms), and its digest's beginning
//!   skippable frame  magic u32 · 4088 u32 · label: JSON, filled up with blanks to 4,088 bytes
//!   zstd frame       the raw bytes
//! ```
//!
//! What must stay true: a file of that name is a whole copy on disk, and is what its label says;
//! the folder is its own index. Names ascend in the order in which the feeds of a route ended. A
//! copy made again after a crash takes the place of the first. What is cleaned away is the oldest,
//! and never of a route that somebody holds. Only the gateway's user reads any of it. To
//! `zstd -dc` a copy is an ordinary file.

mod clean;
mod error;
mod keep;
mod label;

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::digest::{Running, hex};
pub use clean::Cleaned;
pub use error::RawError;
pub use keep::Keeper;
pub use label::{Label, settings_digest};

/// Copies hold personal data.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
const ENDING: &str = ".zst";
/// Held by readers, so that nothing of the route is cleaned away meanwhile.
const LOCK: &str = ".lock";
/// Hexadecimal digits of the digest in a name.
const DIGITS: usize = 16;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Milliseconds that a copy is kept.
    pub keep_ms: i64,
    /// Bytes that all copies may take on disk.
    pub bytes_max: u64,
    /// Bytes of the disk that are left free.
    pub free_bytes_least: u64,
}

/// The folder of kept feeds.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    bounds: Bounds,
    tally: Mutex<Tally>,
}

/// What is known of the folder without looking into it.
#[derive(Debug, Default)]
struct Tally {
    /// Bytes of all copies, and when the oldest is due to go; nothing before the first look.
    stored: Option<(u64, i64)>,
    /// The newest copy of each route.
    newest: HashMap<String, Option<Name>>,
    parts: u64,
}

/// A feed that is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The route that read it.
    pub route: String,
    /// What it is.
    pub label: Label,
    /// Where it is kept.
    pub path: PathBuf,
    /// Bytes it takes on disk.
    pub stored_bytes: u64,
}

/// The kept feeds of a route, in the order in which they ended.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that can be read.
    pub kept: Vec<Kept>,
    /// What is wrong with the others.
    pub damaged: Vec<RawError>,
}

/// As long as it lives nothing of its route is cleaned away.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "closing it lets go of the lock")] File);

/// What a copy's name says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    kept_ms: i64,
    digits: String,
}

impl Store {
    /// The folder `dir`; touches nothing.
    #[must_use]
    pub fn new(dir: &Path, bounds: Bounds) -> Self {
        Self {
            dir: dir.to_owned(),
            bounds,
            tally: Mutex::default(),
        }
    }

    /// The routes of which something is kept, by name.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn routes(&self) -> Result<Vec<String>, RawError> {
        let failed = |source| RawError::folder(&self.dir, source);
        let listed = match fs::read_dir(&self.dir) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut routes = Vec::new();
        for entry in listed {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_dir() {
                routes.extend(entry.file_name().into_string().ok());
            }
        }
        routes.sort();
        Ok(routes)
    }

    /// What is kept of `route`, of the feeds that ended at `since_ms` or later and before
    /// `until_ms`.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn kept(&self, route: &str, since_ms: i64, until_ms: i64) -> Result<Listing, RawError> {
        let folder = self.folder(route);
        let mut names = names(&folder)?;
        names.retain(|name| (since_ms..until_ms).contains(&name.kept_ms));
        let mut listing = Listing::default();
        for name in names {
            match label::read(&folder.join(name.file())) {
                Ok((label, stored_bytes)) => listing.kept.push(Kept {
                    route: route.to_owned(),
                    label,
                    path: folder.join(name.file()),
                    stored_bytes,
                }),
                // Cleaned away since it was listed.
                Err(RawError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => listing.damaged.push(error),
            }
        }
        Ok(listing)
    }

    /// Sees to it that nothing of `route` is cleaned away, by any process, until the hold is
    /// dropped.
    ///
    /// # Errors
    /// If the lock cannot be had.
    pub fn hold(&self, route: &str) -> Result<Hold, RawError> {
        let folder = self.folder(route);
        make(&folder)?;
        let path = folder.join(LOCK);
        let file = lock_file(&path).and_then(|file| file.lock_shared().map(|()| file));
        file.map(Hold)
            .map_err(|source| RawError::Write { path, source })
    }

    fn folder(&self, route: &str) -> PathBuf {
        self.dir.join(route)
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Its raw bytes. They are as many as the label says, and have its digest, or reading them
    /// ends in an error.
    ///
    /// # Errors
    /// If the copy does not open.
    pub fn open(&self) -> io::Result<impl Read + Send + use<>> {
        let file = File::open(&self.path)?;
        Ok(Checked {
            raw: zstd::stream::read::Decoder::new(file)?,
            left: self.label.bytes,
            hash: Running::default(),
            sha256: self.label.sha256,
            path: self.path.clone(),
        })
    }

    /// Writes its raw bytes to `out`.
    ///
    /// # Errors
    /// If the copy is damaged, or cannot be read or written out.
    pub fn copy_to(&self, out: &mut impl Write) -> Result<u64, RawError> {
        let copied = self.open().and_then(|mut raw| io::copy(&mut raw, out));
        copied.map_err(|source| RawError::Read {
            path: self.path.clone(),
            source,
        })
    }
}

/// Reads a copy, and holds it against its label.
struct Checked<R> {
    raw: R,
    left: u64,
    hash: Running,
    sha256: [u8; 32],
    path: PathBuf,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let read = self.raw.read(out)?;
        self.hash.update(out.get(..read).unwrap_or_default());
        let left = self.left.checked_sub(read as u64);
        let ended = read == 0 && (left != Some(0) || self.hash.value() != self.sha256);
        match left {
            Some(left) if !ended => {
                self.left = left;
                Ok(read)
            }
            _ => {
                let what = format!("{} is not what its label says", self.path.display());
                Err(io::Error::new(io::ErrorKind::InvalidData, what))
            }
        }
    }
}

impl Name {
    fn new(kept_ms: i64, sha256: &[u8; 32]) -> Self {
        let mut digits = hex(sha256);
        digits.truncate(DIGITS);
        Self { kept_ms, digits }
    }

    fn of(file: &str) -> Option<Self> {
        let (time, digits) = file.strip_suffix(ENDING)?.split_once('-')?;
        let is_hex = digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let kept_ms = time.parse().ok().filter(|_| is_hex)?;
        let digits = digits.to_owned();
        Some(Self { kept_ms, digits })
    }

    fn file(&self) -> String {
        format!("{:013}-{}{ENDING}", self.kept_ms, self.digits)
    }
}

/// The copies in a folder, oldest first; none where there is no folder.
fn names(folder: &Path) -> Result<Vec<Name>, RawError> {
    let failed = |source| RawError::folder(folder, source);
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in listed {
        let file = entry.map_err(failed)?.file_name();
        names.extend(file.to_str().and_then(Name::of));
    }
    names.sort();
    Ok(names)
}

fn make(folder: &Path) -> Result<(), RawError> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(folder)
        .map_err(|source| RawError::folder(folder, source))
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
}

#[cfg(test)]
mod tests;
