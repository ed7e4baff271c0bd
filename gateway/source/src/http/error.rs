//! Why a pull fails.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::spool::SpoolError;

/// Why a pull fails. Places are addresses without their query, which may hold secrets.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The address is none.
    #[error("url of {place} is not usable: {why}")]
    Url {
        /// Where, as far as it can be said.
        place: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The credentials do not fit into a header.
    #[error("credentials for {place} hold characters that no header may")]
    Credentials {
        /// Where.
        place: String,
    },
    /// The header of the next cursor cannot be one.
    #[error("{name:?} is no name of a header")]
    Header {
        /// Its name.
        name: String,
    },
    /// The file of authorities cannot be used.
    #[error("certificates of {} cannot be used", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The platform has no authorities to trust, or TLS cannot be set up.
    #[error("tls cannot be set up")]
    Tls {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer: name, connection, TLS or protocol.
    #[error("no answer from {place}")]
    Connect {
        /// Where.
        place: String,
        /// Why.
        source: hyper_util::client::legacy::Error,
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
    /// The answer broke off.
    #[error("the answer of {place} broke off")]
    Body {
        /// Where.
        place: String,
        /// Why.
        source: hyper::Error,
    },
    /// The answer is too large.
    #[error("the answer of {place} has more than {bytes_max} bytes")]
    TooLarge {
        /// Where.
        place: String,
        /// How large it may be.
        bytes_max: u64,
    },
    /// The source does not let the gateway in.
    #[error("{place} refuses the gateway ({status})")]
    Refused {
        /// Where.
        place: String,
        /// HTTP status.
        status: u16,
    },
    /// There is nothing at that address.
    #[error("{place} does not exist ({status})")]
    NotFound {
        /// Where.
        place: String,
        /// HTTP status.
        status: u16,
    },
    /// The source cannot answer now.
    #[error("{place} cannot answer now ({status})")]
    Busy {
        /// Where.
        place: String,
        /// HTTP status.
        status: u16,
        /// When the source wants to be asked again.
        retry_after_ms: Option<u64>,
    },
    /// The source points elsewhere.
    #[error("{place} points elsewhere ({status}), which is not followed")]
    Redirect {
        /// Where.
        place: String,
        /// HTTP status.
        status: u16,
    },
    /// The source answers something else.
    #[error("{place} answers with status {status}")]
    Status {
        /// Where.
        place: String,
        /// HTTP status.
        status: u16,
    },
    /// The next cursor is no text.
    #[error("{header} in the answer of {place} is not UTF-8")]
    Cursor {
        /// Where.
        place: String,
        /// The header.
        header: String,
    },
    /// The answer cannot be kept.
    #[error("{} cannot be kept", path.display())]
    Spool {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl From<SpoolError> for HttpError {
    fn from(SpoolError { path, source }: SpoolError) -> Self {
        Self::Spool { path, source }
    }
}

impl HttpError {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "http-url",
            Self::Credentials { .. } => "http-credentials",
            Self::Header { .. } => "http-header",
            Self::CaFile { .. } => "http-ca-file",
            Self::Tls { .. } => "http-tls",
            Self::Connect { .. } => "http-connect",
            Self::Timeout { .. } => "http-timeout",
            Self::Body { .. } => "http-body",
            Self::TooLarge { .. } => "http-too-large",
            Self::Refused { .. } => "http-refused",
            Self::NotFound { .. } => "http-not-found",
            Self::Busy { .. } => "http-busy",
            Self::Redirect { .. } => "http-redirect",
            Self::Status { .. } => "http-status",
            Self::Cursor { .. } => "http-cursor",
            Self::Spool { .. } => "http-spool",
        }
    }

    /// Trying again later can help.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::Timeout { .. }
                | Self::Body { .. }
                | Self::Busy { .. }
                | Self::Spool { .. }
        )
    }

    /// When the source wants to be asked again, if it said so.
    #[must_use]
    pub const fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Busy { retry_after_ms, .. } => *retry_after_ms,
            _ => None,
        }
    }

    /// What to do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Url { .. } => "write url as http(s)://host/path, with {cursor} where it belongs",
            Self::Credentials { .. } => "check the secret for line ends and other controls",
            Self::Header { .. } => "write the name as the source sends it",
            Self::CaFile { .. } => "give a PEM file with the source's authority",
            Self::Tls { .. } => "install the platform's ca-certificates, or name a ca_file",
            Self::Connect { .. } => "check address, network, firewall and certificate",
            Self::Timeout { .. } => "ask the source's operator, or raise the time-out",
            Self::Body { .. } => "nothing: it is pulled again; if it stays, ask its operator",
            Self::TooLarge { .. } => "ask for less at a time, or raise the limit",
            Self::Refused { .. } => "check the credentials, and what they may read",
            Self::NotFound { .. } => "check the path in url",
            Self::Busy { .. } => "nothing: it is pulled again; if it stays, ask its operator",
            Self::Redirect { .. } => "put the final address into url",
            Self::Status { .. } => "check url and its parameters with the source's operator",
            Self::Cursor { .. } => "check which header holds the cursor",
            Self::Spool { .. } => "check room and rights of the spool folder",
        }
    }
}
