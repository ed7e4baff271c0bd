//! Where a folder is, and how to get there.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::connection::{Connection, Wire};
use crate::entry::Cause;
use crate::{RemoteError, ftp, sftp};

/// Gives a password or a key; asked at each connection, so that it may change while the gateway
/// runs.
pub type SecretSource = Arc<dyn Fn() -> io::Result<String> + Send + Sync>;

/// A folder on another machine.
pub struct Host {
    /// Name or address.
    pub name: String,
    /// Port.
    pub port: u16,
    /// User.
    pub user: String,
    /// The protocol.
    pub way: Way,
    /// The folder, as the server names it.
    pub dir: String,
    /// Longest wait for a step, and for the next bytes.
    pub timeout_ms: u64,
    /// Longest time that one file takes at a stretch.
    pub transfer_ms: u64,
}

/// The protocol, and how the two know each other.
pub enum Way {
    /// By SFTP.
    Sftp {
        /// How the gateway shows who it is.
        login: SftpLogin,
        /// Fingerprints of host keys, `SHA256:…`; one of them must be shown.
        host_keys: Vec<String>,
    },
    /// By FTP.
    Ftp {
        /// How the gateway shows who it is.
        password: SecretSource,
        /// When TLS begins.
        tls: FtpTls,
        /// PEM file of the authorities to trust instead of the system's.
        ca_file: Option<PathBuf>,
    },
}

/// How the gateway shows who it is.
pub enum SftpLogin {
    /// By password.
    Password(SecretSource),
    /// By private key, OpenSSH or PEM.
    Key(SecretSource),
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FtpTls {
    /// Asked for before the login (`AUTH TLS`).
    Explicit,
    /// With the connection.
    Implicit,
    /// Never: everything can be read on the way.
    None,
}

impl Host {
    /// `sftp://host:port` or the like.
    #[must_use]
    pub fn place(&self) -> String {
        let scheme = match &self.way {
            Way::Sftp { .. } => "sftp",
            Way::Ftp {
                tls: FtpTls::None, ..
            } => "ftp",
            Way::Ftp { .. } => "ftps",
        };
        format!("{scheme}://{}:{}", self.name, self.port)
    }

    /// Connects anew.
    ///
    /// # Errors
    /// If the machine cannot be reached in time, is another one, or does not let the gateway in.
    pub async fn connect(&self) -> Result<Connection, RemoteError> {
        let opening = async {
            match &self.way {
                Way::Sftp { login, host_keys } => {
                    let session = sftp::open(self, login, host_keys).await?;
                    Ok(Wire::Sftp(Box::new(session)))
                }
                Way::Ftp {
                    password,
                    tls,
                    ca_file,
                } => {
                    let session = ftp::open(self, password, *tls, ca_file.as_deref()).await?;
                    Ok(Wire::Ftp(Box::new(session)))
                }
            }
        };
        let opened = timeout(Duration::from_millis(self.timeout_ms), opening).await;
        let wire = opened.unwrap_or_else(|_| {
            Err(RemoteError::Timeout {
                place: self.place(),
                what: "a connection",
                timeout_ms: self.timeout_ms,
            })
        })?;
        Ok(Connection::new(self, wire))
    }

    pub(crate) fn broken(&self, source: impl Into<Cause>) -> RemoteError {
        RemoteError::Connect {
            place: self.place(),
            source: source.into(),
        }
    }

    pub(crate) fn refused(&self) -> RemoteError {
        RemoteError::Refused {
            place: self.place(),
            user: self.user.clone(),
        }
    }

    pub(crate) fn reveal(&self, secret: &SecretSource) -> Result<String, RemoteError> {
        secret().map_err(|source| RemoteError::Secret {
            place: self.place(),
            source: source.into(),
        })
    }
}
