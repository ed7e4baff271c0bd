//! The connection: TLS by rustls, one protocol (HTTP/1.1), no proxy.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::{HttpError, HttpSource};

pub(super) type Client =
    hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// A client for the source; `secure` if its address asks for TLS.
pub(super) fn client(source: &HttpSource, secure: bool) -> Result<Client, HttpError> {
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(trust(source.ca_file.as_deref(), secure)?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp(source));
    Ok(
        hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector),
    )
}

/// Names become addresses here, and nowhere else: the resolver given to this connector is what
/// decides which addresses may be reached.
fn tcp(source: &HttpSource) -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(Duration::from_millis(source.connect_timeout_ms)));
    tcp
}

fn trust(ca_file: Option<&Path>, secure: bool) -> Result<ClientConfig, HttpError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Tls {
            source: error.into(),
        })?;
    let builder = match ca_file {
        Some(path) => builder.with_root_certificates(roots(path)?),
        None if secure => builder
            .with_native_roots()
            .map_err(|error| HttpError::Tls {
                source: error.into(),
            })?,
        None => builder.with_root_certificates(RootCertStore::empty()),
    };
    Ok(builder.with_no_client_auth())
}

fn roots(path: &Path) -> Result<RootCertStore, HttpError> {
    let failed = |source| HttpError::CaFile {
        path: path.to_owned(),
        source,
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| failed(e.into()))? {
        let certificate = certificate.map_err(|error| failed(error.into()))?;
        roots
            .add(certificate)
            .map_err(|error| failed(error.into()))?;
    }
    if roots.is_empty() {
        return Err(failed("it holds no certificate".into()));
    }
    Ok(roots)
}
