//! A file that was found, and how it looked.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::digest::Running;

/// How a file looks from outside: one that looks the same has not been written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its size.
    pub bytes: u64,
    /// Its last change, in nanoseconds since 1970.
    pub modified_ns: i128,
    /// Its number on the disk.
    pub inode: u64,
}

/// A file to be read as a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Where it stands; links resolved.
    pub path: PathBuf,
    /// Its name in the folder.
    pub name: String,
    /// How it looked.
    pub stamp: Stamp,
}

impl Stamp {
    /// The stamp of the file described.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified_ns: i128::from(metadata.mtime()) * 1_000_000_000
                + i128::from(metadata.mtime_nsec()),
            inode: metadata.ino(),
        }
    }

    /// Its last change, in Unix milliseconds.
    #[must_use]
    pub fn modified_ms(&self) -> i64 {
        i64::try_from(self.modified_ns / 1_000_000).unwrap_or(i64::MAX)
    }
}

impl FoundFile {
    /// The file at `path`, called `name`, as it looks now.
    ///
    /// # Errors
    /// If it is not there.
    pub fn at(path: &Path, name: &str) -> io::Result<Self> {
        let stamp = Stamp::of(&path.symlink_metadata()?);
        Ok(Self {
            path: path.to_owned(),
            name: name.to_owned(),
            stamp,
        })
    }

    /// Opens it.
    pub(crate) fn open(&self) -> io::Result<File> {
        open(&self.path)
    }

    /// SHA-256 of what it holds, and how it looks after that was read.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn digest(&self) -> io::Result<([u8; 32], Stamp)> {
        let file = self.open()?;
        let digest = digest_of(&file)?;
        Ok((digest, Stamp::of(&file.metadata()?)))
    }
}

/// Opens a file: neither through a link put there meanwhile, nor waiting for a pipe.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

fn digest_of(mut file: &File) -> io::Result<[u8; 32]> {
    let mut block = vec![0; 256 * 1024];
    let mut hash = Running::default();
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hash.value()),
            Ok(read) => hash.update(block.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
