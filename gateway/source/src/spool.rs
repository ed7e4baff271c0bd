//! The folder that keeps answers until their feeds are finished.
//!
//! What must stay true: a name without ending is a whole answer on disk, with the cursor that
//! came with it; the name depends on route and cursor alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::digest::{hex, sha256};
use crate::files::{FoundFile, Seen};

/// An answer cannot be kept.
#[derive(Debug, Error)]
#[error("{} cannot be kept", path.display())]
pub(crate) struct SpoolError {
    /// The file.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) source: io::Error,
}

/// Answers hold personal data: only the gateway's user reads them.
const MODE: u32 = 0o600;
/// Hexadecimal digits of the cursor's digest in a name.
const DIGITS: usize = 16;
const TMP: &str = ".tmp";
const NEXT: &str = ".next";

/// A route's part of the folder.
pub(crate) struct Spool {
    dir: PathBuf,
    route: String,
}

/// An answer on its way.
pub(crate) struct Incomplete {
    dir: PathBuf,
    name: String,
    file: File,
    /// Bytes so far.
    pub(crate) bytes: u64,
}

impl Spool {
    pub(crate) fn new(dir: &Path, route: &str) -> Self {
        Self {
            dir: dir.to_owned(),
            route: route.to_owned(),
        }
    }

    /// The answer to `cursor`, if it lies here whole, and the cursor after it.
    pub(crate) fn found(
        &self,
        cursor: Option<&str>,
    ) -> Result<Option<(FoundFile, Option<String>)>, SpoolError> {
        let name = self.name(cursor);
        match self.half_read(&name) {
            Some(file) => Ok(Some((file, self.next_cursor(&name)?))),
            None => Ok(None),
        }
    }

    /// The answer called `name`, if it lies here whole.
    pub(crate) fn half_read(&self, name: &str) -> Option<FoundFile> {
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
        match file.digest() {
            Ok((digest, _)) => Ok(seen.file_seen(&digest, file.stamp.modified_ms())),
            Err(source) => Err(SpoolError {
                path: file.path.clone(),
                source,
            }),
        }
    }

    /// Removes whatever belongs to other cursors than this one.
    pub(crate) fn keep_only(&self, cursor: Option<&str>) -> Result<(), SpoolError> {
        let kept = self.name(cursor);
        let failed = |source| SpoolError {
            path: self.dir.clone(),
            source,
        };
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some(file) = path.file_name().and_then(|file| file.to_str()) else {
                continue;
            };
            let name = file
                .strip_suffix(TMP)
                .or(file.strip_suffix(NEXT))
                .unwrap_or(file);
            if self.owns(name) && name != kept {
                remove(&path).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// The cursor that came with the answer called `name`.
    pub(crate) fn next_cursor(&self, name: &str) -> Result<Option<String>, SpoolError> {
        let path = next_path(&self.dir, name);
        match fs::read_to_string(&path) {
            Ok(cursor) => Ok(Some(cursor)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SpoolError { path, source }),
        }
    }

    /// A place for the answer to `cursor`.
    pub(crate) fn begin(&self, cursor: Option<&str>) -> Result<Incomplete, SpoolError> {
        let name = self.name(cursor);
        let path = tmp_path(&self.dir, &name);
        let file = create(&path).map_err(|source| SpoolError { path, source })?;
        Ok(Incomplete {
            dir: self.dir.clone(),
            name,
            file,
            bytes: 0,
        })
    }

    /// Removes the answer called `name`: first of all its name, so that it never lies here
    /// without its cursor.
    pub(crate) fn remove(&self, name: &str) -> Result<(), SpoolError> {
        for path in [self.dir.join(name), next_path(&self.dir, name)] {
            remove(&path).map_err(|source| SpoolError { path, source })?;
        }
        sync(&self.dir)
    }

    fn name(&self, cursor: Option<&str>) -> String {
        let digest = hex(&sha256(cursor.unwrap_or_default().as_bytes()));
        format!(
            "{}-{}",
            self.route,
            digest.get(..DIGITS).unwrap_or_default()
        )
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

impl Incomplete {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|source| SpoolError {
            path: tmp_path(&self.dir, &self.name),
            source,
        })
    }

    /// The answer is whole: makes it durable, and gives it its name last.
    pub(crate) fn complete(self, next_cursor: Option<&str>) -> Result<FoundFile, SpoolError> {
        let path = self.dir.join(&self.name);
        self.name_it(&path, next_cursor)
            .map_err(|source| SpoolError {
                path: path.clone(),
                source,
            })?;
        sync(&self.dir)?;
        FoundFile::at(&path, &self.name).map_err(|source| SpoolError { path, source })
    }

    fn name_it(&self, path: &Path, next_cursor: Option<&str>) -> io::Result<()> {
        self.file.sync_all()?;
        let next = next_path(&self.dir, &self.name);
        match next_cursor {
            // One may have been left by a crash before the name was given.
            None => remove(&next)?,
            Some(cursor) => {
                let mut file = create(&next)?;
                file.write_all(cursor.as_bytes())?;
                file.sync_all()?;
            }
        }
        File::open(&self.dir)?.sync_all()?;
        fs::rename(tmp_path(&self.dir, &self.name), path)
    }
}

impl Drop for Incomplete {
    /// What broke off is of no use. A completed one has left this name.
    fn drop(&mut self) {
        drop(fs::remove_file(tmp_path(&self.dir, &self.name)));
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(MODE)
        .open(path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync(dir: &Path) -> Result<(), SpoolError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|source| SpoolError {
            path: dir.to_owned(),
            source,
        })
}

fn tmp_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}{TMP}"))
}

fn next_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}{NEXT}"))
}
