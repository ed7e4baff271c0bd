//! What an HTTP source has in the spool beside its answers: halves that can be gone on with, and by
//! what an answer is known again.
//!
//! What must stay true: what is half here is gone on with only where it was put down on purpose,
//! with what proves that the rest belongs to it.

use std::fs;

use serde::{Deserialize, Serialize};

use super::incomplete::{Incomplete, Partial};
use crate::digest::hex;
use crate::files::{FoundFile, Seen};
use crate::spool::{Beside, Spool, SpoolError, failed, write};

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

impl Spool {
    /// What is here of the answer called `name`, if it can be gone on with.
    pub(super) fn partial(&self, name: &str) -> Result<Option<Partial>, SpoolError> {
        let Some(partial) = self.hint::<Partial>(name, Beside::Part)? else {
            return Ok(None);
        };
        let here = fs::metadata(self.path(name, Beside::Tmp));
        Ok(here
            .is_ok_and(|m| m.len() >= partial.bytes)
            .then_some(partial))
    }

    /// What is half here of the answer called `name` cannot be gone on with.
    pub(super) fn forget_partial(&self, name: &str) -> Result<(), SpoolError> {
        self.remove_beside(name, &[Beside::Part, Beside::Tmp])
    }

    /// A place for the answer called `name`: an empty one, or what is here of it.
    pub(super) fn begin(
        &self,
        name: &str,
        partial: Option<Partial>,
    ) -> Result<Incomplete, SpoolError> {
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
    ) -> Result<Option<Known>, SpoolError> {
        let known = self.hint::<Known>(name, Beside::Known)?;
        let read = |known: &Known| {
            known.reader == reader
                && from_hex(&known.sha256)
                    .is_some_and(|digest| seen.file_seen(&digest, known.came_ms))
        };
        Ok(known.filter(read))
    }

    /// Remembers by what the answer in `file` is known again.
    pub(super) fn know(&self, file: &FoundFile, known: Known) -> Result<(), SpoolError> {
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
    pub(super) fn unknow(&self, name: &str) -> Result<(), SpoolError> {
        if !self.owns(name) {
            return Ok(());
        }
        self.remove_beside(name, &[Beside::Known])
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (text.len() == 64).then_some(digest)
}
