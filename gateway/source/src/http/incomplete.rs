//! An answer on its way, until it is whole.
//!
//! What must stay true: what breaks off is put down durably with what proves that a rest belongs
//! to it, and removed where nothing does; so what lies under `.part` is never more than what is
//! on disk of `.tmp`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::paging::Facts;
use crate::coding::{Coding, UnpackError};
use crate::files::FoundFile;
use crate::spool::{self, Beside, create, path, remove, write};

/// The beginning of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Partial {
    /// What proves that a rest belongs to it: a strong etag, or a date.
    pub(super) validator: String,
    /// How all of it is packed.
    pub(super) coding: Coding,
    /// How much of it is here, as sent.
    pub(super) bytes: u64,
    /// How much it is, as sent.
    pub(super) total: Option<u64>,
    /// What its head said.
    pub(super) facts: Facts,
}

/// An answer on its way.
pub(super) struct Incomplete {
    dir: PathBuf,
    name: String,
    file: File,
    /// What would be put down; nothing where it cannot be gone on with.
    partial: Option<Partial>,
    /// Bytes so far, as sent.
    pub(super) bytes: u64,
}

/// A whole answer that has not got its name yet.
pub(super) struct Whole {
    dir: PathBuf,
    name: String,
    /// It, unpacked.
    at: PathBuf,
    named: bool,
}

impl Incomplete {
    /// The place for the answer called `name`, behind what `partial` says is here of it.
    pub(super) fn open(dir: &Path, name: &str, partial: Option<Partial>) -> io::Result<Self> {
        let at = path(dir, name, Beside::Tmp);
        let bytes = partial.as_ref().map_or(0, |partial| partial.bytes);
        let file = match &partial {
            None => create(&at)?,
            Some(_) => {
                let mut file = OpenOptions::new().write(true).open(at)?;
                file.set_len(bytes)?;
                file.seek(SeekFrom::End(0))?;
                file
            }
        };
        Ok(Self {
            dir: dir.to_owned(),
            name: name.to_owned(),
            file,
            partial,
            bytes,
        })
    }

    /// Should it break off, it can be gone on with.
    pub(super) fn can_go_on(&mut self, partial: Option<Partial>) {
        self.partial = partial;
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        let written = self.file.write_all(bytes);
        if written.is_err() {
            // Where there is no room, a half answer takes up what a whole one may need.
            self.partial = None;
        }
        written
    }

    /// Where it lies.
    pub(super) fn path(&self) -> PathBuf {
        path(&self.dir, &self.name, Beside::Tmp)
    }

    /// All of it is here: unpacks it.
    pub(super) fn unpack(
        mut self,
        coding: Coding,
        limits: (u64, u64),
    ) -> Result<Whole, UnpackError> {
        // Whole or not, it is never gone on with.
        self.partial = None;
        remove(&path(&self.dir, &self.name, Beside::Part)).map_err(UnpackError::Kept)?;
        let packed = self.path();
        let at = path(&self.dir, &self.name, Beside::Body);
        let whole = Whole {
            dir: self.dir.clone(),
            name: self.name.clone(),
            at: at.clone(),
            named: false,
        };
        if coding == Coding::Plain {
            self.file.sync_all().map_err(UnpackError::Kept)?;
            fs::rename(&packed, &at).map_err(UnpackError::Kept)?;
            return Ok(whole);
        }
        let mut file = create(&at).map_err(UnpackError::Kept)?;
        let packed = File::open(&packed).map_err(UnpackError::Kept)?;
        coding.unpack(packed, self.bytes, &mut file, limits)?;
        file.sync_all().map_err(UnpackError::Kept)?;
        Ok(whole)
    }
}

impl Drop for Incomplete {
    fn drop(&mut self) {
        let partial = self.partial.take().filter(|_| self.bytes > 0);
        let put_down = partial.is_some_and(|partial| {
            let partial = Partial {
                bytes: self.bytes,
                ..partial
            };
            let synced = self.file.sync_all();
            synced
                .and_then(|()| write(&self.dir, &self.name, Beside::Part, &partial))
                .is_ok()
        });
        if !put_down {
            drop(remove(&self.path()));
        }
    }
}

impl Whole {
    /// The unpacked answer, to be looked into.
    pub(super) fn file(&self) -> io::Result<FoundFile> {
        FoundFile::at(&self.at, &self.name)
    }

    /// It begins as HTML does.
    pub(super) fn is_web_page(&self) -> io::Result<bool> {
        let mut head = Vec::new();
        File::open(&self.at)?.take(1024).read_to_end(&mut head)?;
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let mut rest = head.trim_start_matches('\u{feff}').trim_start();
        if let Some((_, after)) = rest.strip_prefix("<?xml").and_then(|r| r.split_once("?>")) {
            rest = after.trim_start();
        }
        while let Some((_, after)) = rest.strip_prefix("<!--").and_then(|r| r.split_once("-->")) {
            rest = after.trim_start();
        }
        Ok(rest.starts_with("<!doctype html") || rest.starts_with("<html"))
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.at
    }

    /// Gives the answer its name last, when all that came with it is on disk.
    pub(super) fn complete(mut self, facts: &Facts) -> io::Result<FoundFile> {
        let file = spool::complete(&self.dir, &self.name, &self.at, facts)?;
        self.named = true;
        Ok(file)
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if !self.named {
            drop(remove(&self.at));
        }
    }
}
