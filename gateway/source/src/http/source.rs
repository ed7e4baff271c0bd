//! What is pulled, and how: plain data.

use std::fmt;
use std::path::PathBuf;

use super::guard::Reach;
use super::oauth::Oauth;
use super::paging::{Given, Paging};
use crate::decode::Encoding;

/// What is pulled, and how.
#[derive(Clone, Debug)]
pub struct HttpSource {
    /// The route; names the spooled files.
    pub route: String,
    /// The address; `{cursor}` stands for the cursor, percent-encoded.
    pub url: String,
    /// How the gateway shows who it is.
    pub auth: Auth,
    /// The gateway's own certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// PEM file of the authorities to trust instead of the platform's.
    pub ca_file: Option<PathBuf>,
    /// Which addresses may be reached beside public ones.
    pub reach: Reach,
    /// How the answers follow each other.
    pub paging: Paging,
    /// Where the answer gives the next cursor, if the source does.
    pub cursor_given: Option<Given>,
    /// How far before its cursor, which is a time then, a pull begins.
    pub overlap_s: u64,
    /// For the connection, from the name to the end of the TLS handshake.
    pub connect_timeout_ms: u64,
    /// For the answer to begin once connected.
    pub first_byte_timeout_ms: u64,
    /// Between two parts of the answer.
    pub idle_timeout_ms: u64,
    /// For all of a pull.
    pub total_timeout_ms: u64,
    /// Most bytes of an answer as sent.
    pub wire_bytes_max: u64,
    /// Most bytes of an answer unpacked.
    pub body_bytes_max: u64,
    /// Most times its size as sent that an answer may have unpacked.
    pub ratio_max: u64,
    /// How its text is written: for what a pointer leads to.
    pub encoding: Encoding,
    /// Who reads the answers. What another reader has read is asked for again.
    pub reader: String,
    /// An existing folder for the answers, the gateway's own.
    pub spool_dir: PathBuf,
}

/// The gateway's own certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// PEM file of it, and of those between it and its authority.
    pub cert_file: PathBuf,
    /// PEM file of its private key.
    pub key_file: PathBuf,
}

/// How the gateway shows who it is.
#[derive(Clone, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// A token.
    Bearer(String),
    /// A name and a password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that is got for a name and a secret.
    Oauth(Box<Oauth>),
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(***)",
            Self::Basic { .. } => "Basic(***)",
            Self::Oauth(_) => "Oauth(***)",
        })
    }
}
