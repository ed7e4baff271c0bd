//! The folder that keeps answers until their feeds are finished.
//!
//! What must stay true: a name without ending is a whole answer on disk, unpacked, with what came
//! beside it; the name depends on route and position alone. What is half here is gone on with
//! only where it was put down on purpose, with what proves that the rest belongs to it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::HttpError;
use super::incomplete::Incomplete;
use super::paging::Facts;
use super::position::Position;
use crate::digest::{hex, sha256};
use crate::files::{FoundFile, Seen};

pub(super) use super::incomplete::Partial;

/// Answers hold personal data: only the gateway's user reads them.
const MODE: u32 = 0o600;
/// Hexadecimal digits of the position's digest in a name.
const DIGITS: usize = 16;

/// What stands beside an answer, or for it.
#[derive(Clone, Copy)]
pub(super) enum Beside {
    /// What of it has come so far, as it was sent.
    Tmp,
    /// What is known of that.
    Part,
    /// It, being unpacked.
    Body,
    /// What came with it.
    Next,
    /// By what it is known again, when its feed is long finished.
    Known,
}

impl Beside {
    const fn ending(self) -> &'static str {
        match self {
            Self::Tmp => ".tmp",
            Self::Part => ".part",
            Self::Body => ".body",
            Self::Next => ".next",
            Self::Known => ".known",
        }
    }
}

/// By what an answer is known again. It counts only where the queue knows its content as read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
    /// Who read it: another reader may make something else of it.
    pub(super) reader: String,
    /// Of the answer, in hexadecimal.
    pub(super) sha256: String,
    /// When it came.
    pub(super) came_ms: i64,
}

/// A route's part of the folder.
pub(super) struct Spool {
    dir: PathBuf,
    route: String,
}

impl Spool {
    pub(super) fn new(dir: &Path, route: &str) -> Self {
        Self {
            dir: dir.to_owned(),
            route: route.to_owned(),
        }
    }

    /// What the answer at `here` is called.
    pub(super) fn name(&self, here: &Position) -> String {
        let digest = hex(&sha256(here.text().unwrap_or_default().as_bytes()));
        let digest = digest.get(..DIGITS).unwrap_or_default();
        format!("{}-{digest}", self.route)
    }

    /// The answer called `name`, if it lies here whole.
    pub(super) fn found(&self, name: &str) -> Option<FoundFile> {
        if !self.owns(name) {
            return None;
        }
        FoundFile::at(&self.dir.join(name), name).ok()
    }

    /// The answer in `file` was read to its end.
    pub(super) fn finished(&self, file: &FoundFile, seen: &dyn Seen) -> Result<bool, HttpError> {
        if !seen.size_seen(file.stamp.bytes) {
            return Ok(false);
        }
        Ok(seen.file_seen(&self.digest(file)?, file.stamp.modified_ms()))
    }

    /// The digest of the answer in `file`.
    pub(super) fn digest(&self, file: &FoundFile) -> Result<[u8; 32], HttpError> {
        let (digest, _) = file.digest().map_err(|error| failed(&file.path, error))?;
        Ok(digest)
    }

    /// Removes whatever belongs to other answers than the one called `kept`.
    pub(super) fn keep_only(&self, kept: &str) -> Result<(), HttpError> {
        let wrong = |error| failed(&self.dir, error);
        for entry in fs::read_dir(&self.dir).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            let Some(file) = path.file_name().and_then(|file| file.to_str()) else {
                continue;
            };
            // No route has a dot in its name.
            let name = file.split('.').next().unwrap_or(file);
            if self.owns(name) && name != kept {
                remove(&path).map_err(wrong)?;
            }
        }
        Ok(())
    }

    /// What came with the answer called `name`.
    pub(super) fn facts(&self, name: &str) -> Result<Facts, HttpError> {
        let path = self.path(name, Beside::Next);
        let Some(facts) = self.read(name, Beside::Next)? else {
            return Ok(Facts::default());
        };
        serde_json::from_slice(&facts).map_err(|error| failed(&path, error.into()))
    }

    /// What is here of the answer called `name`, if it can be gone on with.
    pub(super) fn partial(&self, name: &str) -> Result<Option<Partial>, HttpError> {
        let Some(partial) = self.hint::<Partial>(name, Beside::Part)? else {
            return Ok(None);
        };
        let here = fs::metadata(self.path(name, Beside::Tmp));
        Ok(here
            .is_ok_and(|m| m.len() >= partial.bytes)
            .then_some(partial))
    }

    /// What is half here of the answer called `name` cannot be gone on with.
    pub(super) fn forget_partial(&self, name: &str) -> Result<(), HttpError> {
        self.remove_beside(name, &[Beside::Part, Beside::Tmp])
    }

    /// A place for the answer called `name`: an empty one, or what is here of it.
    pub(super) fn begin(
        &self,
        name: &str,
        partial: Option<Partial>,
    ) -> Result<Incomplete, HttpError> {
        if partial.is_none() {
            self.forget_partial(name)?;
        }
        let path = self.path(name, Beside::Tmp);
        Incomplete::open(&self.dir, name, partial).map_err(|error| failed(&path, error))
    }

    /// By what the answer called `name` is known again, where `reader` has read it.
    pub(super) fn known(
        &self,
        name: &str,
        reader: &str,
        seen: &dyn Seen,
    ) -> Result<Option<Known>, HttpError> {
        let known = self.hint::<Known>(name, Beside::Known)?;
        let read = |known: &Known| {
            known.reader == reader
                && from_hex(&known.sha256)
                    .is_some_and(|digest| seen.file_seen(&digest, known.came_ms))
        };
        Ok(known.filter(read))
    }

    /// Remembers by what the answer in `file` is known again.
    pub(super) fn know(&self, file: &FoundFile, known: Known) -> Result<(), HttpError> {
        if known.etag.is_none() && known.modified.is_none() {
            return Ok(());
        }
        let known = Known {
            sha256: hex(&self.digest(file)?),
            came_ms: file.stamp.modified_ms(),
            ..known
        };
        write(&self.dir, &file.name, Beside::Known, &known)
            .map_err(|error| failed(&self.path(&file.name, Beside::Known), error))
    }

    /// The answer called `name` is asked for whole.
    pub(super) fn unknow(&self, name: &str) -> Result<(), HttpError> {
        if !self.owns(name) {
            return Ok(());
        }
        self.remove_beside(name, &[Beside::Known])
    }

    /// Removes the answer called `name`: first of all its name, so that it never lies here
    /// without what came with it.
    pub(super) fn remove(&self, name: &str) -> Result<(), HttpError> {
        let path = self.dir.join(name);
        remove(&path).map_err(|error| failed(&path, error))?;
        self.remove_beside(name, &[Beside::Next])
    }

    fn remove_beside(&self, name: &str, files: &[Beside]) -> Result<(), HttpError> {
        for file in files {
            let path = self.path(name, *file);
            remove(&path).map_err(|error| failed(&path, error))?;
        }
        sync(&self.dir).map_err(|error| failed(&self.dir, error))
    }

    /// What only makes a pull shorter: without it nothing is lost.
    fn hint<T: DeserializeOwned>(&self, name: &str, file: Beside) -> Result<Option<T>, HttpError> {
        let text = self.read(name, file)?;
        Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    fn read(&self, name: &str, file: Beside) -> Result<Option<Vec<u8>>, HttpError> {
        let path = self.path(name, file);
        match fs::read(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, error)),
        }
    }

    fn path(&self, name: &str, file: Beside) -> PathBuf {
        path(&self.dir, name, file)
    }

    /// `name` is one that this route gives.
    fn owns(&self, name: &str) -> bool {
        let own = name
            .strip_prefix(&self.route)
            .and_then(|rest| rest.strip_prefix('-'));
        own.is_some_and(|own| {
            own.len() == DIGITS && own.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }
}

/// Writes `content` so that it is there whole or not at all.
pub(super) fn write<T: Serialize>(
    dir: &Path,
    name: &str,
    file: Beside,
    content: &T,
) -> io::Result<()> {
    let (path, whole) = (path(dir, name, file), serde_json::to_vec(content)?);
    let mut aside = path.clone().into_os_string();
    aside.push(Beside::Tmp.ending());
    let mut new = create(Path::new(&aside))?;
    new.write_all(&whole)?;
    new.sync_all()?;
    fs::rename(&aside, path)?;
    sync(dir)
}

pub(super) fn path(dir: &Path, name: &str, file: Beside) -> PathBuf {
    dir.join(format!("{name}{}", file.ending()))
}

pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(MODE)
        .open(path)
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

pub(super) fn failed(path: &Path, source: io::Error) -> HttpError {
    HttpError::Spool {
        path: path.to_owned(),
        source,
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (text.len() == 64).then_some(digest)
}
