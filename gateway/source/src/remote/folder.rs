//! What a connection to another machine must be able to do: SFTP, FTP, and the twin of the tests.

use std::collections::HashSet;

use super::RemoteError;
use crate::files::Stamp;

/// A file as the other machine tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// Its last change, in Unix milliseconds.
    pub(crate) modified_ms: i64,
    /// Neither folder nor link.
    pub(crate) ordinary: bool,
}

/// Takes the next bytes of a file; says whether more are wanted.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(&[u8]) -> Result<bool, RemoteError>;

/// A connection to the folder of a source.
pub(crate) trait Folder: Send {
    /// All that stands in the folder.
    fn list(&mut self) -> Result<Vec<Entry>, RemoteError>;
    /// One file of it.
    fn entry(&mut self, name: &str) -> Result<Option<Entry>, RemoteError>;
    /// What it holds from `offset` on.
    fn read(&mut self, name: &str, offset: u64, sink: Sink<'_>) -> Result<(), RemoteError>;
    /// Names in another folder.
    fn names(&mut self, dir: &str) -> Result<HashSet<String>, RemoteError>;
    /// Moves a file.
    fn rename(&mut self, name: &str, to: &str) -> Result<(), RemoteError>;
    /// Deletes a file.
    fn remove(&mut self, name: &str) -> Result<(), RemoteError>;
}

/// Where the folder is, and how to get there.
pub(crate) trait Host: Send {
    /// Connects anew.
    fn connect(&self) -> Result<Box<dyn Folder>, RemoteError>;
}

impl Entry {
    /// How it looks, as a file of this machine would.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp {
            bytes: self.bytes,
            modified_ns: i128::from(self.modified_ms) * 1_000_000,
            inode: 0,
        }
    }
}
