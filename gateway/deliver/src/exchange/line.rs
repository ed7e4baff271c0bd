//! The line to the place where files are exchanged: a folder here, or a connection to one
//! elsewhere.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use credit_remote::{Connection, RemoteError};

use super::folder;
use super::mount::Mount;
use crate::outcome::{Outcome, Scope, Stop, causes};

/// Held while a parcel is worked at. One on which something failed is not used again.
pub(super) enum Line {
    /// A folder of this machine.
    Folder(Mount),
    /// A connection to another machine.
    Remote(Box<Connection>),
}

/// How a file looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) bytes: u64,
    pub(super) modified: (i64, i64),
}

/// Why a step of an exchange failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// In a folder of this machine.
    Folder(PathBuf, io::Error),
    /// On another machine.
    Remote(RemoteError),
}

impl From<RemoteError> for Fault {
    fn from(error: RemoteError) -> Self {
        Self::Remote(error)
    }
}

impl Line {
    /// What a file holds, if it is there; of a long one as much as is asked for.
    pub(super) async fn read(
        &mut self,
        name: String,
        bytes_max: u64,
    ) -> Result<Option<(Vec<u8>, Look)>, Fault> {
        let connection = match self {
            Self::Folder(mount) => {
                let path = mount.file(&name);
                return mount.does(move || folder::read(&path, bytes_max)).await;
            }
            Self::Remote(connection) => connection,
        };
        let Some(entry) = connection.entry(&name).await? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let most = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        let mut sink = |block: &[u8]| {
            bytes.extend_from_slice(block);
            Ok(bytes.len() < most)
        };
        connection.read(&name, 0, &mut sink).await?;
        bytes.truncate(most);
        let look = Look {
            bytes: entry.bytes,
            modified: (entry.modified_ms, 0),
        };
        Ok(Some((bytes, look)))
    }

    /// All names in the folder; there are none only if the folder is there.
    pub(super) async fn names(&mut self) -> Result<HashSet<String>, Fault> {
        match self {
            Self::Folder(mount) => {
                let looked = mount.dir();
                mount.does(move || folder::names(&looked)).await
            }
            Self::Remote(connection) => {
                let entries = connection.list().await?;
                Ok(entries.into_iter().map(|entry| entry.name).collect())
            }
        }
    }

    pub(super) async fn is_there(&mut self, name: String) -> Result<bool, Fault> {
        match self {
            Self::Folder(mount) => {
                let path = mount.file(&name);
                mount.does(move || folder::is_there(&path)).await
            }
            Self::Remote(connection) => Ok(connection.entry(&name).await?.is_some()),
        }
    }

    /// Makes the file hold `bytes`, durably.
    pub(super) async fn write(&mut self, name: String, bytes: Vec<u8>) -> Result<(), Fault> {
        match self {
            Self::Folder(mount) => {
                let path = mount.file(&name);
                mount.does(move || folder::write(&path, &bytes)).await
            }
            Self::Remote(connection) => Ok(connection.write(&name, &bytes).await?),
        }
    }

    /// Gives a file another name, in the place of whatever had it.
    pub(super) async fn rename(&mut self, from: String, to: String) -> Result<(), Fault> {
        match self {
            Self::Folder(mount) => {
                let (from, to) = (mount.file(&from), mount.file(&to));
                mount.does(move || folder::rename(&from, &to)).await
            }
            Self::Remote(connection) => {
                // Not every server puts one file in another's place.
                if connection.entry(&to).await?.is_some() {
                    connection.remove(&to).await?;
                }
                let to = connection.path(&to);
                Ok(connection.rename(&from, &to).await?)
            }
        }
    }
}

/// Runs `work` on our own disk, where waiting for it holds nobody up.
pub(super) async fn on_disk<T: Send + 'static>(
    dir: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.unwrap_or_else(|gone| Err(io::Error::other(gone)));
    done.map_err(|error| Fault::Folder(dir.to_owned(), error))
}

impl Fault {
    /// What an attempt comes to that it ends.
    pub(super) fn outcome(self) -> Outcome {
        let error = match self {
            Self::Folder(dir, error) => {
                let text = format!("folder {}: {error}", dir.display());
                return Outcome::retry("exchange_folder", text);
            }
            Self::Remote(error) => error,
        };
        let (code, text) = (error.code().replace('-', "_"), causes(&error));
        let (zh, todo) = match &error {
            RemoteError::HostKey { .. } => (
                "服务器的主机密钥与 host_key 不符",
                "勿继续:先电话向服务器管理方核实指纹,一致时才改 host_key",
            ),
            RemoteError::Refused { .. } => ("服务器拒绝登录", "检查 user 以及 password 或 key"),
            RemoteError::Key { .. } => (
                "私钥无法使用",
                "改用未加密的 ed25519 或 ecdsa 私钥(OpenSSH 或 PEM)",
            ),
            RemoteError::Tls { .. } => ("无法建立 TLS", "检查 ca_file"),
            // A secret may be just being replaced.
            _ => return Outcome::retry(code, text),
        };
        Outcome::Stop(Stop {
            code,
            zh: format!("{zh}:{text}"),
            en: text,
            remedy: format!("{todo} / {}", error.remedy()),
            scope: Scope::Target,
        })
    }
}
