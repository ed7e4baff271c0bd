//! The connections to one target: kept alive, TLS by rustls, addresses checked once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use credit_record::flow::{Operation, Parcel};
use http_body_util::Full;
use hyper::Uri;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

use crate::target::HttpTarget;

/// Longest time to set up a connection.
const CONNECT_MS: u64 = 10_000;
/// How long an idle connection is kept: shorter than usual servers keep theirs, so that a request
/// seldom meets one that is just being closed.
const IDLE_MS: u64 = 10_000;

pub(crate) type Connections = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Why a target's settings make no courier.
#[derive(Debug, Error)]
pub enum TargetError {
    /// An address cannot be used.
    #[error("target {target}: {field} {why}: give an address like https://platform.example/push")]
    Address {
        /// The target's name.
        target: String,
        /// Which setting.
        field: &'static str,
        /// What is wrong; the address itself is not told, it may hold a secret.
        why: &'static str,
    },
    /// The certificates cannot be read.
    #[error(
        "target {target}: cannot read certificates of {path}: give a PEM file with at least one"
    )]
    CaFile {
        /// The target's name.
        target: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// TLS cannot be set up.
    #[error("target {target}: cannot set up TLS: install the system's certificates or set ca_file")]
    Tls {
        /// The target's name.
        target: String,
        /// Why.
        source: io::Error,
    },
}

/// Where each operation goes.
pub(crate) struct Addresses {
    push: Uri,
    repair: Option<Uri>,
    withdraw: Option<Uri>,
    hold: Option<Uri>,
}

impl Addresses {
    pub(crate) fn read(name: &str, target: &HttpTarget) -> Result<Self, TargetError> {
        let read = |field, text: &str| {
            address(text).map_err(|why| {
                let target = name.to_owned();
                TargetError::Address { target, field, why }
            })
        };
        let optional = |field, text: &Option<String>| {
            text.as_deref().map(|text| read(field, text)).transpose()
        };
        Ok(Self {
            push: read("url", &target.url)?,
            repair: optional("repair_url", &target.repair_url)?,
            withdraw: optional("withdraw_url", &target.withdraw_url)?,
            hold: optional("hold_url", &target.hold_url)?,
        })
    }

    /// Where a parcel goes, if the target takes such parcels at all.
    pub(crate) fn of(&self, parcel: &Parcel) -> Option<&Uri> {
        match parcel.operation {
            Operation::Withdraw => self.withdraw.as_ref(),
            Operation::Hold => self.hold.as_ref(),
            Operation::Insert | Operation::Update if parcel.repair => {
                Some(self.repair.as_ref().unwrap_or(&self.push))
            }
            Operation::Insert | Operation::Update => Some(&self.push),
        }
    }

    fn any_is_https(&self) -> bool {
        let others = [&self.repair, &self.withdraw, &self.hold]
            .into_iter()
            .flatten();
        others
            .chain([&self.push])
            .any(|uri| uri.scheme_str() == Some("https"))
    }
}

fn address(text: &str) -> Result<Uri, &'static str> {
    let uri: Uri = text.parse().map_err(|_| "is no address")?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err("begins with neither http:// nor https://");
    }
    let authority = uri.authority().ok_or("names no host")?.as_str();
    if authority.contains('@') {
        return Err("holds a user or a password, which belong into the token setting");
    }
    Ok(uri)
}

/// Host and port, for messages.
pub(crate) fn host(uri: &Uri) -> &str {
    uri.authority().map_or("", |authority| authority.as_str())
}

/// The pool of connections to a target.
pub(crate) fn connections(
    name: &str,
    target: &HttpTarget,
    addresses: &Addresses,
) -> Result<Connections, TargetError> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(Duration::from_millis(CONNECT_MS)));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls(name, target, addresses)?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_millis(IDLE_MS))
        .build(https))
}

fn tls(
    name: &str,
    target: &HttpTarget,
    addresses: &Addresses,
) -> Result<ClientConfig, TargetError> {
    let failed = |source| TargetError::Tls {
        target: name.to_owned(),
        source,
    };
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| failed(io::Error::other(e)))?;
    let config = match &target.ca_file {
        Some(path) => {
            config.with_root_certificates(trusted(path).map_err(|source| TargetError::CaFile {
                target: name.to_owned(),
                path: path.clone(),
                source,
            })?)
        }
        None if addresses.any_is_https() => config.with_native_roots().map_err(failed)?,
        // Reading the system's certificates takes a while: not for nothing.
        None => config.with_root_certificates(RootCertStore::empty()),
    };
    Ok(config.with_no_client_auth())
}

fn trusted(path: &Path) -> io::Result<RootCertStore> {
    let pem = std::fs::read(path)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots
            .add(certificate.map_err(io::Error::other)?)
            .map_err(io::Error::other)?;
    }
    match roots.is_empty() {
        true => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "no certificate in it",
        )),
        false => Ok(roots),
    }
}
