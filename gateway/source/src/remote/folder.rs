//! What a connection to another machine must be able to do for a source: the real one, which is
//! waited for here, and the twin of the tests.

use std::collections::HashSet;

use credit_remote::{Connection, Entry, Sink};
use tokio::runtime::Handle as Runtime;

use super::RemoteError;
use crate::files::Stamp;

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

/// A machine in the network.
pub(super) struct There {
    pub(super) host: credit_remote::Host,
    /// Where its tasks run.
    pub(super) runtime: Runtime,
}

struct Reached {
    connection: Connection,
    runtime: Runtime,
}

impl Host for There {
    fn connect(&self) -> Result<Box<dyn Folder>, RemoteError> {
        Ok(Box::new(Reached {
            connection: self.runtime.block_on(self.host.connect())?,
            runtime: self.runtime.clone(),
        }))
    }
}

impl Folder for Reached {
    fn list(&mut self) -> Result<Vec<Entry>, RemoteError> {
        self.runtime.block_on(self.connection.list())
    }

    fn entry(&mut self, name: &str) -> Result<Option<Entry>, RemoteError> {
        self.runtime.block_on(self.connection.entry(name))
    }

    fn read(&mut self, name: &str, offset: u64, sink: Sink<'_>) -> Result<(), RemoteError> {
        let read = self.connection.read(name, offset, sink);
        self.runtime.block_on(read)
    }

    fn names(&mut self, dir: &str) -> Result<HashSet<String>, RemoteError> {
        self.runtime.block_on(self.connection.names(dir))
    }

    fn rename(&mut self, name: &str, to: &str) -> Result<(), RemoteError> {
        self.runtime.block_on(self.connection.rename(name, to))
    }

    fn remove(&mut self, name: &str) -> Result<(), RemoteError> {
        self.runtime.block_on(self.connection.remove(name))
    }
}

/// How a file looks, as one of this machine would.
pub(super) fn stamp(entry: &Entry) -> Stamp {
    Stamp {
        bytes: entry.bytes,
        modified_ns: i128::from(entry.modified_ms) * 1_000_000,
        inode: 0,
    }
}
