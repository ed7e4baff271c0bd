//! A connection to a folder: one face for both protocols, and a time for each step.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::entry::Fault;
use crate::{ENTRIES_MAX, Entry, Host, RemoteError, Sink, ftp, sftp};

/// Bytes read or written at once.
const BLOCK_BYTES: usize = 256 << 10;

/// A connection to the folder of a [`Host`].
pub struct Connection {
    place: String,
    dir: String,
    timeout_ms: u64,
    transfer_ms: u64,
    wire: Wire,
}

pub(crate) enum Wire {
    Sftp(Box<sftp::Session>),
    Ftp(Box<ftp::Session>),
}

/// A file that is open there.
enum Open {
    Sftp(Box<sftp::File>),
    Ftp(ftp::Stream),
}

impl Connection {
    pub(crate) fn new(host: &Host, wire: Wire) -> Self {
        Self {
            place: host.place(),
            dir: host.dir.clone(),
            timeout_ms: host.timeout_ms,
            transfer_ms: host.transfer_ms,
            wire,
        }
    }

    /// It still answers.
    pub async fn is_alive(&mut self) -> bool {
        let wait = self.wait();
        let answered = match &mut self.wire {
            Wire::Sftp(sftp) => within(wait, sftp.ping(&self.dir)).await,
            Wire::Ftp(ftp) => within(wait, ftp.ping()).await,
        };
        answered.is_ok()
    }

    /// All that stands in the folder.
    ///
    /// # Errors
    /// If the server says no, does not answer in time or is gone, or there is too much.
    pub async fn list(&mut self) -> Result<Vec<Entry>, RemoteError> {
        let wait = self.wait();
        let listed = match &mut self.wire {
            Wire::Sftp(sftp) => within(wait, sftp.list(&self.dir)).await,
            // It may have to ask for each file, and has a time for each.
            Wire::Ftp(ftp) => ftp.list(&self.dir, wait).await,
        };
        let entries = listed.map_err(|fault| self.failed("listed", &self.dir, fault))?;
        if entries.len() > ENTRIES_MAX {
            return Err(RemoteError::TooMany {
                place: self.place.clone(),
                path: self.dir.clone(),
                entries_max: ENTRIES_MAX,
            });
        }
        Ok(entries)
    }

    /// One file of it.
    ///
    /// # Errors
    /// As for [`Connection::list`].
    pub async fn entry(&mut self, name: &str) -> Result<Option<Entry>, RemoteError> {
        let (path, wait) = (self.path(name), self.wait());
        let looked = match &mut self.wire {
            Wire::Sftp(sftp) => within(wait, sftp.entry(&path, name)).await,
            Wire::Ftp(ftp) => within(wait, ftp.entry(&path, name)).await,
        };
        looked.map_err(|fault| self.failed("looked at", &path, fault))
    }

    /// What it holds from `offset` on.
    ///
    /// # Errors
    /// As for [`Connection::list`], and what the sink says.
    pub async fn read(
        &mut self,
        name: &str,
        offset: u64,
        sink: Sink<'_>,
    ) -> Result<(), RemoteError> {
        let (path, all) = (self.path(name), Duration::from_millis(self.transfer_ms));
        let read = timeout(all, self.read_blocks(&path, offset, sink)).await;
        read.unwrap_or_else(|_| Err(self.late("all of a file", self.transfer_ms)))
    }

    async fn read_blocks(
        &mut self,
        path: &str,
        offset: u64,
        sink: Sink<'_>,
    ) -> Result<(), RemoteError> {
        let wait = self.wait();
        let opened = match &mut self.wire {
            Wire::Sftp(sftp) => within(wait, sftp.open(path, offset))
                .await
                .map(|file| Open::Sftp(Box::new(file))),
            Wire::Ftp(ftp) => within(wait, ftp.open(path, offset)).await.map(Open::Ftp),
        };
        let mut open = opened.map_err(|fault| self.failed("read", path, fault))?;
        let mut block = vec![0; BLOCK_BYTES];
        loop {
            let read = match timeout(wait, open.read(&mut block)).await {
                Ok(read) => read.map_err(|fault| self.failed("read", path, fault))?,
                Err(_) => return Err(self.late("the next bytes", self.timeout_ms)),
            };
            if read == 0 {
                break;
            }
            if !sink(block.get(..read).unwrap_or_default())? {
                let left = match (&mut self.wire, open) {
                    (Wire::Ftp(ftp), Open::Ftp(stream)) => within(wait, ftp.abort(stream)).await,
                    _ => Ok(()),
                };
                return left.map_err(|fault| self.failed("read", path, fault));
            }
        }
        let ended = match open {
            Open::Sftp(_) => Ok(()),
            Open::Ftp(stream) => within(wait, ftp::finish(stream)).await,
        };
        ended.map_err(|fault| self.failed("read", path, fault))
    }

    /// Makes a file hold `bytes` and no more, on the server's disk where the protocol can say so.
    /// One that the server has no room for is removed again, as far as it was written.
    ///
    /// # Errors
    /// As for [`Connection::list`], and if the server has no room.
    pub async fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), RemoteError> {
        let (path, all) = (self.path(name), Duration::from_millis(self.transfer_ms));
        let Ok(written) = timeout(all, self.write_blocks(&path, bytes)).await else {
            return Err(self.late("all of a file", self.transfer_ms));
        };
        let Err(mut fault) = written else {
            return Ok(());
        };
        if let Fault::Said(cause) = fault {
            // By SFTP a full disk is no more than a failure; the free room tells it apart.
            fault = match self.has_room(bytes.len() as u64).await {
                true => Fault::Said(cause),
                false => Fault::Full(cause),
            };
        }
        if matches!(fault, Fault::Full(_)) {
            // One that stays is written over when it is tried again.
            drop(self.remove(name).await);
        }
        Err(self.failed("written", &path, fault))
    }

    async fn write_blocks(&mut self, path: &str, bytes: &[u8]) -> Result<(), Fault> {
        let wait = self.wait();
        let mut open = match &mut self.wire {
            Wire::Sftp(sftp) => {
                let file = within(wait, sftp.create(path)).await?;
                Open::Sftp(Box::new(file))
            }
            Wire::Ftp(ftp) => Open::Ftp(within(wait, ftp.create(path)).await?),
        };
        for block in bytes.chunks(BLOCK_BYTES) {
            if let Err(fault) = within(wait, open.write(block)).await {
                let said = match open {
                    // Why the server takes no more, it says behind the transfer.
                    Open::Ftp(stream) => within(wait, ftp::finish(stream)).await,
                    Open::Sftp(_) => Ok(()),
                };
                return Err(said.err().unwrap_or(fault));
            }
        }
        match open {
            Open::Sftp(file) => within(wait, sftp::finish(*file)).await,
            Open::Ftp(stream) => within(wait, ftp::finish(stream)).await,
        }
    }

    async fn has_room(&mut self, bytes: u64) -> bool {
        let wait = self.wait();
        match &mut self.wire {
            Wire::Sftp(sftp) => {
                let free = within(wait, sftp.free_bytes(&self.dir)).await;
                !matches!(free, Ok(Some(free)) if free < bytes)
            }
            Wire::Ftp(_) => true,
        }
    }

    /// Names in another folder.
    ///
    /// # Errors
    /// As for [`Connection::list`].
    pub async fn names(&mut self, dir: &str) -> Result<HashSet<String>, RemoteError> {
        let wait = self.wait();
        let names = match &mut self.wire {
            Wire::Sftp(sftp) => within(wait, sftp.names(dir)).await,
            Wire::Ftp(ftp) => within(wait, ftp.names(dir)).await,
        };
        let names = names.map_err(|fault| self.failed("listed", dir, fault))?;
        Ok(names.into_iter().collect())
    }

    /// Moves a file to another path, where nothing must be.
    ///
    /// # Errors
    /// As for [`Connection::list`].
    pub async fn rename(&mut self, name: &str, to: &str) -> Result<(), RemoteError> {
        let (path, wait) = (self.path(name), self.wait());
        let moved = match &mut self.wire {
            Wire::Sftp(sftp) => within(wait, sftp.rename(&path, to)).await,
            Wire::Ftp(ftp) => within(wait, ftp.rename(&path, to)).await,
        };
        moved.map_err(|fault| self.failed("moved", &path, fault))
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// As for [`Connection::list`].
    pub async fn remove(&mut self, name: &str) -> Result<(), RemoteError> {
        let (path, wait) = (self.path(name), self.wait());
        let removed = match &mut self.wire {
            Wire::Sftp(sftp) => within(wait, sftp.remove(&path)).await,
            Wire::Ftp(ftp) => within(wait, ftp.remove(&path)).await,
        };
        removed.map_err(|fault| self.failed("deleted", &path, fault))
    }

    /// The path of a file of the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.dir.trim_end_matches('/'))
    }

    const fn wait(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    fn late(&self, what: &'static str, timeout_ms: u64) -> RemoteError {
        RemoteError::Timeout {
            place: self.place.clone(),
            what,
            timeout_ms,
        }
    }

    fn failed(&self, what: &'static str, path: &str, fault: Fault) -> RemoteError {
        let (place, path) = (self.place.clone(), path.to_owned());
        match fault {
            Fault::Late => self.late("an answer", self.timeout_ms),
            Fault::Broken(source) => RemoteError::Connect { place, source },
            Fault::Full(source) => RemoteError::NoRoom {
                place,
                path,
                source,
            },
            Fault::Said(source) => RemoteError::Denied {
                place,
                path,
                what,
                source,
            },
        }
    }
}

impl Open {
    async fn read(&mut self, block: &mut [u8]) -> Result<usize, Fault> {
        match self {
            Self::Sftp(file) => file.read(block).await.map_err(sftp::fault),
            Self::Ftp(stream) => stream.read(block).await.map_err(broken),
        }
    }

    async fn write(&mut self, block: &[u8]) -> Result<(), Fault> {
        match self {
            Self::Sftp(file) => file.write_all(block).await.map_err(sftp::fault),
            Self::Ftp(stream) => stream.write_all(block).await.map_err(broken),
        }
    }
}

fn broken(error: io::Error) -> Fault {
    Fault::Broken(error.into())
}

/// What `work` comes to, if it does in time.
pub(crate) async fn within<T>(
    wait: Duration,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    timeout(wait, work).await.unwrap_or(Err(Fault::Late))
}
