//! A source that is asked over HTTP.

use super::Encoding;
use super::target::host;
use crate::secret::Secret;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Pulled over HTTP.
#[derive(Clone, Debug)]
pub struct HttpPlan {
    /// The address, with `{cursor}` where the cursor goes.
    pub url: String,
    /// The cursor of the first pull; given where the address has `{cursor}`, and only then.
    pub cursor_start: Option<String>,
    /// So many seconds before its cursor, which is a time then, a pull begins.
    pub overlap_s: u64,
    /// Where the next cursor comes from.
    pub next: NextCursor,
    /// How one pull is spread over pages.
    pub paging: Paging,
    /// How the gateway shows who it is.
    pub auth: HttpAuth,
    /// The gateway's own certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// Certificates to trust, PEM, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Private networks and this machine may be reached.
    pub allow_private: bool,
    /// Networks that may be reached, whatever they are.
    pub allow: Vec<Network>,
    /// For each stage of a request.
    pub timeouts: HttpTimeouts,
    /// Bytes that one reply may have as it is sent.
    pub wire_bytes_max: u64,
    /// Bytes that one reply may have unpacked.
    pub body_bytes_max: u64,
    /// How many times its size as sent a reply may have unpacked.
    pub ratio_max: u64,
    /// Pages that one run may pull.
    pub pages_max: u64,
    /// How its text is written.
    pub encoding: Encoding,
}

impl HttpPlan {
    /// Scheme, host and port of all that it asks.
    pub(super) fn place(&self) -> String {
        let own = host(&self.url);
        match &self.auth {
            HttpAuth::Oauth(oauth) if host(&oauth.token_url) != own => {
                format!("{own}\n{}", host(&oauth.token_url))
            }
            _ => own,
        }
    }
}

/// How long each stage of a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpTimeouts {
    /// From the name to the end of the TLS handshake.
    pub connect: Duration,
    /// From there to the first byte of the reply.
    pub first_byte: Duration,
    /// Between two parts of the reply.
    pub idle: Duration,
    /// For one request, whole.
    pub total: Duration,
}

/// How the gateway shows who it is.
#[derive(Clone, Debug)]
pub enum HttpAuth {
    /// Not at all, or by its certificate.
    None,
    /// Bearer token.
    Token(Secret),
    /// Name and password.
    Basic(Basic),
    /// A token that is got for a name and a secret.
    Oauth(OauthPlan),
}

/// Name and password.
#[derive(Clone, Debug)]
pub struct Basic {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// OAuth 2.0 client credentials.
#[derive(Clone, Debug)]
pub struct OauthPlan {
    /// Where tokens are given.
    pub token_url: String,
    /// The gateway's name there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: Secret,
    /// What is asked for, if that must be said.
    pub scope: Option<String>,
    /// Name and secret go into the body of the request and not into its head.
    pub in_body: bool,
}

/// The gateway's own certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// PEM file of it, and of those between it and its authority.
    pub cert_file: PathBuf,
    /// PEM file of its private key.
    pub key_file: PathBuf,
}

/// A network: addresses that agree in their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    pub address: IpAddr,
    /// How many bits agree.
    pub bits: u8,
}

/// Where the next cursor comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextCursor {
    /// The adapter finds it in the page.
    Adapter,
    /// The reply gives it.
    Given(Given),
}

/// Where a reply says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A header, in lower case.
    Header(String),
    /// A JSON pointer into its body.
    Pointer(String),
}

/// How one pull is spread over pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// It is one reply.
    None,
    /// By number.
    Number {
        /// The parameter that says which page.
        param: String,
        /// The number of the first.
        first: u64,
        /// Rows of a full page: one with fewer is the last.
        size: Option<u64>,
        /// JSON pointer to the number of pages.
        pages: Option<String>,
    },
    /// By a continuation that each reply but the last gives.
    Token {
        /// The parameter that it goes to.
        param: String,
        /// Where it is given.
        given: Given,
    },
    /// By the header `Link: <address>; rel="next"`.
    Link,
}
