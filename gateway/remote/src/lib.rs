//! Other machines: their folders by SFTP and FTP, and whom TLS trusts.
//!
//! A [`Host`] says where a folder is and how the gateway shows who it is; a [`Connection`] lists,
//! reads and writes there. `sftp` and `ftp` know their protocols, `connection` waits: each step,
//! and each file as a whole, has its time.
//!
//! What must stay true: by SFTP only a pinned host key is spoken to; no error names a password,
//! a key or a file's content. A connection on which a step failed or was given up is not to be
//! used again.

mod connection;
mod entry;
mod error;
mod ftp;
mod host;
mod sftp;
mod trust;

pub use connection::Connection;
pub use entry::{Entry, Sink};
pub use error::RemoteError;
pub use host::{FtpTls, Host, SecretSource, SftpLogin, Way};
pub use trust::{TrustError, certificates, trusting};

/// Longest listing of a folder: beyond it somebody has to tidy up there.
pub const ENTRIES_MAX: usize = 100_000;
