//! Why a folder on another machine cannot be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::entry::Cause;

/// Why a folder on another machine cannot be used. Places are `sftp://host:port` or the like.
#[derive(Debug, Error)]
pub enum RemoteError {
    /// No connection, or it broke.
    #[error("no connection to {place}")]
    Connect {
        /// Where.
        place: String,
        /// Why.
        source: Cause,
    },
    /// It took too long.
    #[error("waited {timeout_ms} ms for {what} from {place}")]
    Timeout {
        /// Where.
        place: String,
        /// For what.
        what: &'static str,
        /// How long.
        timeout_ms: u64,
    },
    /// Another machine answers than the one that is meant.
    #[error("{place} shows the host key {shown} ({kind}), which is not pinned")]
    HostKey {
        /// Where.
        place: String,
        /// The fingerprint.
        shown: String,
        /// What key it is.
        kind: String,
    },
    /// It does not let the gateway in.
    #[error("{place} refuses the user {user}")]
    Refused {
        /// Where.
        place: String,
        /// Whom.
        user: String,
    },
    /// The password or key is not where it is kept.
    #[error("there is no password or key for {place}")]
    Secret {
        /// Where.
        place: String,
        /// Why.
        source: Cause,
    },
    /// The private key cannot be used.
    #[error("the private key for {place} cannot be used")]
    Key {
        /// Where.
        place: String,
        /// Why.
        source: Cause,
    },
    /// TLS cannot be set up.
    #[error("tls for {place} cannot be set up")]
    Tls {
        /// Where.
        place: String,
        /// Why.
        source: Cause,
    },
    /// It says no to something.
    #[error("{place} does not let {path} be {what}")]
    Denied {
        /// Where.
        place: String,
        /// Which file or folder.
        path: String,
        /// What was asked: `listed`, `read`, `written`, `moved`, `deleted`.
        what: &'static str,
        /// Its words.
        source: Cause,
    },
    /// It has no room for a file.
    #[error("{place} has no room for {path}")]
    NoRoom {
        /// Where.
        place: String,
        /// Which file.
        path: String,
        /// Its words.
        source: Cause,
    },
    /// There are too many files.
    #[error("{path} at {place} has more than {entries_max} entries")]
    TooMany {
        /// Where.
        place: String,
        /// The folder.
        path: String,
        /// How many it may have.
        entries_max: usize,
    },
    /// The copy cannot be kept.
    #[error("{} cannot be kept", path.display())]
    Spool {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl RemoteError {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "remote-connect",
            Self::Timeout { .. } => "remote-timeout",
            Self::HostKey { .. } => "remote-host-key",
            Self::Refused { .. } => "remote-refused",
            Self::Secret { .. } => "remote-secret",
            Self::Key { .. } => "remote-key",
            Self::Tls { .. } => "remote-tls",
            Self::Denied { .. } => "remote-denied",
            Self::NoRoom { .. } => "remote-no-room",
            Self::TooMany { .. } => "remote-too-many",
            Self::Spool { .. } => "remote-spool",
        }
    }

    /// Trying again later can help.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Timeout { .. }
            | Self::Denied { .. }
            | Self::NoRoom { .. }
            | Self::Spool { .. } => true,
            Self::HostKey { .. }
            | Self::Refused { .. }
            | Self::Secret { .. }
            | Self::Key { .. }
            | Self::Tls { .. }
            | Self::TooMany { .. } => false,
        }
    }

    /// What to do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Connect { .. } => {
                "check host, port, network, firewall and certificate; it is tried again, and \
                 a copy that broke off is gone on with"
            }
            Self::Timeout { .. } => "ask the server's operator, or raise the time-out",
            Self::HostKey { .. } => {
                "do not go on: ask the server's operator, by telephone, for the fingerprint of its \
                 key of that kind; set host_key to it only if that is the one shown"
            }
            Self::Refused { .. } => "check user, and password or key",
            Self::Secret { .. } => "set the variable, or write the file, that is named for it",
            Self::Key { .. } => "give an ed25519 or ecdsa key in OpenSSH or PEM form, unencrypted",
            Self::Tls { .. } => "give ca_file as PEM with the server's authority",
            Self::NoRoom { .. } => "have the server's operator make room; it is tried again",
            Self::Denied { .. } => "check the folder's name and the user's rights there",
            Self::TooMany { .. } => "have files that were read archived or deleted: see after",
            Self::Spool { .. } => {
                "check room and rights of the spool folder under the state folder"
            }
        }
    }
}
