//! The connection: TLS by rustls, one protocol (HTTP/1.1), no proxy.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use credit_remote::{TrustError, certificates, trusting};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use tokio::time::timeout;

use super::guard::{Forbidden, Guarded, Resolver, Slow};
use super::{HttpError, HttpSource};

pub(super) type Client = hyper_util::client::legacy::Client<Guarded, Full<Bytes>>;

/// A client for the source; `secure` if an address of it asks for TLS.
pub(super) fn client(source: &HttpSource, secure: bool) -> Result<Client, HttpError> {
    let reach = Arc::new(source.reach.clone());
    let within = Duration::from_millis(source.connect_timeout_ms);
    let mut tcp = HttpConnector::new_with_resolver(Resolver::new(Arc::clone(&reach)));
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(within));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls(source, secure)?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    let guarded = Guarded {
        connector,
        reach,
        within,
    };
    Ok(
        hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(guarded),
    )
}

/// Why no answer came from `place`.
pub(super) fn unanswered(
    place: String,
    source: hyper_util::client::legacy::Error,
    connect_timeout_ms: u64,
) -> HttpError {
    if let Some(Forbidden(address)) = cause(&source) {
        let address = *address;
        return HttpError::Address { place, address };
    }
    if cause::<Slow>(&source).is_some() {
        return HttpError::Timeout {
            place,
            what: "the connection",
            timeout_ms: connect_timeout_ms,
        };
    }
    match cause::<rustls::Error>(&source).cloned() {
        Some(rustls::Error::AlertReceived(alert)) => HttpError::Alert {
            place,
            alert: format!("{alert:?}"),
        },
        Some(source @ rustls::Error::InvalidCertificate(_)) => {
            HttpError::Certificate { place, source }
        }
        _ => HttpError::Connect { place, source },
    }
}

/// The error of kind `T` that is behind `error`. An I/O error hides the one it wraps.
fn cause<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

fn tls(source: &HttpSource, secure: bool) -> Result<ClientConfig, HttpError> {
    let builder = trusting(source.ca_file.as_deref(), secure).map_err(untrusted)?;
    let Some(client) = &source.client_certificate else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates(&client.cert_file).map_err(untrusted)?;
    let unusable = |error: Box<dyn Error + Send + Sync>| HttpError::PemFile {
        what: "the key",
        path: client.key_file.clone(),
        source: error,
    };
    let key = PrivateKeyDer::from_pem_file(&client.key_file);
    let key = key.map_err(|error| unusable(error.into()))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| unusable(error.into()))
}

fn untrusted(error: TrustError) -> HttpError {
    match error {
        TrustError::Certificates { path, source } => HttpError::PemFile {
            what: "certificates",
            path,
            source,
        },
        other => HttpError::Tls {
            source: other.into(),
        },
    }
}

/// Asks, with a time for each stage.
pub(super) struct Caller {
    pub(super) client: Client,
    pub(super) connect_timeout_ms: u64,
    pub(super) first_byte_timeout_ms: u64,
    pub(super) idle_timeout_ms: u64,
}

impl Caller {
    /// The head of the answer of `place`.
    pub(super) async fn ask(
        &self,
        place: &str,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, HttpError> {
        // The connection has its own time, within this.
        let all_ms = self
            .connect_timeout_ms
            .saturating_add(self.first_byte_timeout_ms);
        let asked = timeout(Duration::from_millis(all_ms), self.client.request(request)).await;
        let answered = asked.map_err(|_| HttpError::Timeout {
            place: place.to_owned(),
            what: "the answer to begin",
            timeout_ms: self.first_byte_timeout_ms,
        })?;
        answered.map_err(|error| unanswered(place.to_owned(), error, self.connect_timeout_ms))
    }

    /// How long is waited for more of an answer.
    pub(super) const fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms)
    }

    /// `what` did not come while an answer was awaited.
    pub(super) fn late(&self, place: &str, what: &'static str) -> HttpError {
        HttpError::Timeout {
            place: place.to_owned(),
            what,
            timeout_ms: self.idle_timeout_ms,
        }
    }
}
