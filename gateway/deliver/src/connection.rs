//! The connections to one target: kept alive, TLS by rustls, addresses checked once.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use credit_record::flow::{Operation, Parcel};
use credit_remote::{TrustError, trusting};
use http_body_util::Full;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
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
        source: Box<dyn Error + Send + Sync>,
    },
    /// TLS cannot be set up.
    #[error("target {target}: cannot set up TLS: install the system's certificates or set ca_file")]
    Tls {
        /// The target's name.
        target: String,
        /// Why.
        source: TrustError,
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
    // Reading the system's certificates takes a while: not for nothing.
    let config = trusting(target.ca_file.as_deref(), addresses.any_is_https());
    let config = config.map_err(|error| match error {
        TrustError::Certificates { path, source } => TargetError::CaFile {
            target: name.to_owned(),
            path,
            source,
        },
        other => TargetError::Tls {
            target: name.to_owned(),
            source: other,
        },
    })?;
    Ok(config.with_no_client_auth())
}
