//! The folder that keeps what was pulled until its feed is finished: answers of HTTP sources, and
//! pages of queries.
//!
//! What must stay true: a name without ending is a whole answer on disk, unpacked, with what came
//! beside it; the name depends on route and position alone, so that what is here is not asked for
//! again after a crash.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest::{hex, sha256};
use crate::files::{FoundFile, Seen};

/// Answers hold personal data: only the gateway's user reads them.
const MODE: u32 = 0o600;
/// Hexadecimal digits of the position's digest in a name.
const DIGITS: usize = 16;

/// A file in the spool cannot be read or written.
#[derive(Debug)]
pub(crate) struct SpoolError {
    /// Which.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) source: io::Error,
}

/// What stands beside an answer, or for it.
#[derive(Clone, Copy)]
pub(crate) enum Beside {
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

/// A route's part of the folder.
pub(crate) struct Spool {
    pub(crate) dir: PathBuf,
    route: String,
}

impl Spool {
    pub(crate) fn new(dir: &Path, route: &str) -> Self {
        Self {
            dir: dir.to_owned(),
            route: route.to_owned(),
        }
    }

    /// What the answer at `position` is called.
    pub(crate) fn name(&self, position: Option<&str>) -> String {
        let digest = hex(&sha256(position.unwrap_or_default().as_bytes()));
        let digest = digest.get(..DIGITS).unwrap_or_default();
        format!("{}-{digest}", self.route)
    }

    /// The answer called `name`, if it lies here whole.
    pub(crate) fn found(&self, name: &str) -> Option<FoundFile> {
        if !self.owns(name) {
            return None;
        }
        FoundFile::at(&self.dir.join(name), name).ok()
    }

    /// The answer in `file` was read to its end.
    pub(crate) fn finished(&self, file: &FoundFile, seen: &dyn Seen) -> Result<bool, SpoolError> {
        if !seen.size_seen(file.stamp.bytes) {
            return Ok(false);
        }
        Ok(seen.file_seen(&self.digest(file)?, file.stamp.modified_ms()))
    }

    /// The digest of the answer in `file`.
    pub(crate) fn digest(&self, file: &FoundFile) -> Result<[u8; 32], SpoolError> {
        let (digest, _) = file.digest().map_err(|error| failed(&file.path, error))?;
        Ok(digest)
    }

    /// Removes whatever belongs to other answers than the one called `kept`.
    pub(crate) fn keep_only(&self, kept: &str) -> Result<(), SpoolError> {
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

    /// Removes the answer called `name`: first of all its name, so that it never lies here
    /// without what came with it.
    pub(crate) fn remove(&self, name: &str) -> Result<(), SpoolError> {
        let path = self.dir.join(name);
        remove(&path).map_err(|error| failed(&path, error))?;
        self.remove_beside(name, &[Beside::Next])
    }

    pub(crate) fn remove_beside(&self, name: &str, files: &[Beside]) -> Result<(), SpoolError> {
        for file in files {
            let path = self.path(name, *file);
            remove(&path).map_err(|error| failed(&path, error))?;
        }
        sync(&self.dir).map_err(|error| failed(&self.dir, error))
    }

    /// What came with the answer called `name`.
    pub(crate) fn came_with<T: DeserializeOwned + Default>(
        &self,
        name: &str,
    ) -> Result<T, SpoolError> {
        let path = self.path(name, Beside::Next);
        let Some(text) = self.read(name, Beside::Next)? else {
            return Ok(T::default());
        };
        serde_json::from_slice(&text).map_err(|error| failed(&path, error.into()))
    }

    /// What only makes a pull shorter: without it nothing is lost.
    pub(crate) fn hint<T: DeserializeOwned>(
        &self,
        name: &str,
        file: Beside,
    ) -> Result<Option<T>, SpoolError> {
        let text = self.read(name, file)?;
        Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    fn read(&self, name: &str, file: Beside) -> Result<Option<Vec<u8>>, SpoolError> {
        let path = self.path(name, file);
        match fs::read(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, error)),
        }
    }

    pub(crate) fn path(&self, name: &str, file: Beside) -> PathBuf {
        path(&self.dir, name, file)
    }

    /// `name` is one that this route gives.
    pub(crate) fn owns(&self, name: &str) -> bool {
        let own = name
            .strip_prefix(&self.route)
            .and_then(|rest| rest.strip_prefix('-'));
        own.is_some_and(|own| {
            own.len() == DIGITS && own.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }
}

/// Gives the answer at `body` the name `name` last, when what came with it is on disk.
pub(crate) fn complete<T: Serialize>(
    dir: &Path,
    name: &str,
    body: &Path,
    came_with: &T,
) -> io::Result<FoundFile> {
    let named = dir.join(name);
    write(dir, name, Beside::Next, came_with)?;
    fs::rename(body, &named)?;
    sync(dir)?;
    FoundFile::at(&named, name)
}

/// Writes `content` so that it is there whole or not at all.
pub(crate) fn write<T: Serialize>(
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

pub(crate) fn path(dir: &Path, name: &str, file: Beside) -> PathBuf {
    dir.join(format!("{name}{}", file.ending()))
}

pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(MODE)
        .open(path)
}

pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(crate) fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

pub(crate) fn failed(path: &Path, source: io::Error) -> SpoolError {
    SpoolError {
        path: path.to_owned(),
        source,
    }
}
