//! Feeds that departments hand in themselves.

use super::Encoding;
use crate::secret::Secret;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where feeds are handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushPlan {
    /// The address.
    pub listen: SocketAddr,
    /// How it is encrypted; on a loopback address alone it need not be.
    pub tls: Option<PushTls>,
    /// Bytes of one feed, as it is sent and unpacked.
    pub body_bytes_max: u64,
    /// How many times its size as sent a feed may have unpacked.
    pub ratio_max: u64,
    /// Feeds that are handed in at once.
    pub requests_max: u64,
    /// Bytes of the head of a request.
    pub head_bytes_max: u64,
    /// How long each stage may take.
    pub timeouts: PushTimeouts,
}

/// The gateway's certificate, and whose certificates it accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushTls {
    /// The certificate with its chain, PEM.
    pub cert_file: PathBuf,
    /// Its key, PEM.
    pub key_file: PathBuf,
    /// Who vouches for the certificates of departments, PEM.
    pub client_ca_file: Option<PathBuf>,
}

/// How long each stage of a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushTimeouts {
    /// The TLS handshake, and the head of a request.
    pub head: Duration,
    /// Between two parts of the feed.
    pub idle: Duration,
    /// The whole feed.
    pub total: Duration,
    /// From the last byte of the feed to the answer.
    pub answer: Duration,
}

/// A feed that its department hands in, and how the department shows who it is: where both a
/// token and certificates are given, both are asked for.
#[derive(Clone, Debug)]
pub struct PushedPlan {
    /// The word that it says.
    pub token: Option<Secret>,
    /// SHA-256 of the certificates, any of which it may have.
    pub certificates: Vec<[u8; 32]>,
    /// How its text is written.
    pub encoding: Encoding,
}
