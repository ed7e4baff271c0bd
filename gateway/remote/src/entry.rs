//! What stands in a folder, and why a step there fails.

use std::error::Error;

use crate::RemoteError;

pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// A file as the other machine tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its last change, in Unix milliseconds.
    pub modified_ms: i64,
    /// Neither folder nor link.
    pub ordinary: bool,
}

/// Takes the next bytes of a file; says whether more are wanted.
pub type Sink<'s> = &'s mut (dyn FnMut(&[u8]) -> Result<bool, RemoteError> + Send);

/// Why a step fails, as the protocols know it: not where, and not of which file.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The server says no.
    Said(Cause),
    /// It has no room.
    Full(Cause),
    /// The connection broke.
    Broken(Cause),
    /// Nothing came in time.
    Late,
}
