//! Why a pull fails.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

use thiserror::Error;

use crate::spool::SpoolError;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

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
    /// A header that the source is to give cannot be one.
    #[error("{name:?} is no name of a header")]
    Header {
        /// Its name.
        name: String,
    },
    /// A file of certificates or of a key cannot be used.
    #[error("{what} of {} cannot be used", path.display())]
    PemFile {
        /// What it should hold.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: BoxError,
    },
    /// The platform has no authorities to trust, or TLS cannot be set up.
    #[error("tls cannot be set up")]
    Tls {
        /// Why.
        source: BoxError,
    },
    /// No overlap can be taken from the cursor.
    #[error("the cursor {cursor:?} is no time from which an overlap could be taken")]
    Overlap {
        /// The cursor.
        cursor: String,
    },
    /// The address that the name leads to may not be reached.
    #[error("{place} is at {address}, which this source may not reach")]
    Address {
        /// Where.
        place: String,
        /// The address.
        address: IpAddr,
    },
    /// The source is not who it says, or nobody vouches for it.
    #[error("the certificate of {place} is not accepted")]
    Certificate {
        /// Where.
        place: String,
        /// Why.
        source: rustls::Error,
    },
    /// The source broke off TLS.
    #[error("{place} broke off TLS: {alert}")]
    Alert {
        /// Where.
        place: String,
        /// What it said.
        alert: String,
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
    #[error("the answer of {place} broke off after {bytes} bytes")]
    Body {
        /// Where.
        place: String,
        /// How much there was of it.
        bytes: u64,
        /// Why.
        source: hyper::Error,
    },
    /// A part of the answer could not be told from the whole.
    #[error("the answer of {place} does not say where it ends")]
    Endless {
        /// Where.
        place: String,
    },
    /// The rest of an answer does not fit what is here of it.
    #[error("the answer of {place} has {bytes} bytes where it said {total}")]
    Range {
        /// Where.
        place: String,
        /// What there is.
        bytes: u64,
        /// What it said.
        total: u64,
    },
    /// The answer is too large.
    #[error("the answer of {place} has more than {bytes_max} bytes {what}")]
    TooLarge {
        /// Where.
        place: String,
        /// `as sent` or `unpacked`.
        what: &'static str,
        /// How large it may be.
        bytes_max: u64,
    },
    /// Very little becomes very much.
    #[error("the answer of {place} unpacks to more than {ratio_max} times its size")]
    Bomb {
        /// Where.
        place: String,
        /// How many times it may be.
        ratio_max: u64,
    },
    /// The answer is packed in an unknown way.
    #[error("the answer of {place} is packed as {coding:?}, which was not asked for")]
    Coding {
        /// Where.
        place: String,
        /// How.
        coding: String,
    },
    /// The answer cannot be unpacked.
    #[error("the answer of {place} is no whole {coding}")]
    Unpack {
        /// Where.
        place: String,
        /// How it is packed.
        coding: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The source does not let the gateway in.
    #[error("{place} refuses the gateway ({status})")]
    Refused {
        /// Where.
        place: String,
        /// HTTP status.
        status: u16,
    },
    /// No access token is given.
    #[error("{place} gives no access token ({status}{why})")]
    Token {
        /// Where.
        place: String,
        /// HTTP status.
        status: u16,
        /// What it said, after a comma.
        why: String,
    },
    /// There is nothing at that address.
    #[error("{place} does not exist ({status})")]
    NotFound {
        /// Where.
        place: String,
        /// HTTP status.
        status: u16,
    },
    /// The source does not know the page any more.
    #[error("{place} does not know its own next page any more ({status})")]
    Continuation {
        /// Where.
        place: String,
        /// HTTP status.
        status: u16,
    },
    /// The source cannot answer now.
    #[error("{place} cannot answer now ({status}{})", asked_for(*retry_after_ms))]
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
    /// The answer is for people to look at.
    #[error("{place} answers with a web page, and with no feed")]
    WebPage {
        /// Where.
        place: String,
    },
    /// What a header of the answer says is no text.
    #[error("{header} in the answer of {place} is not UTF-8")]
    Cursor {
        /// Where.
        place: String,
        /// The header.
        header: String,
    },
    /// What a pointer should lead to is not there.
    #[error("{pointer} in the answer of {place} leads to no {what}")]
    Pointer {
        /// Where.
        place: String,
        /// The pointer.
        pointer: String,
        /// What is wanted.
        what: &'static str,
        /// Why.
        source: Option<BoxError>,
    },
    /// The next page cannot be asked for.
    #[error("the next page that {place} names {why}")]
    Next {
        /// Where.
        place: String,
        /// What is wrong with it.
        why: &'static str,
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

/// What a source that is busy says about when to ask again.
fn asked_for(retry_after_ms: Option<u64>) -> String {
    retry_after_ms.map_or_else(String::new, |ms| {
        format!(", and asks to be left alone for {} s", ms.div_ceil(1_000))
    })
}

impl From<SpoolError> for HttpError {
    fn from(SpoolError { path, source }: SpoolError) -> Self {
        Self::Spool { path, source }
    }
}
