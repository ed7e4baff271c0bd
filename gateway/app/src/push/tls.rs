//! The gateway's certificate, and whose certificates it accepts.

use crate::exit::Exit;
use crate::failure::Failure;
use credit_config::PushTls;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Takes connections as `tls` says. A certificate is asked for and not insisted on: a route may
/// know its department by a token.
pub(super) fn acceptor(tls: &PushTls) -> Result<TlsAcceptor, Failure> {
    let chain = certificates(&tls.cert_file)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key_file);
    let key = key.map_err(|e| unusable(&tls.key_file, "no key is in it", &e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    let builder = match &tls.client_ca_file {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                let added = roots.add(certificate);
                added.map_err(|e| unusable(path, "it vouches for nobody", &e))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .allow_unauthenticated()
                .build()
                .map_err(|e| unusable(path, "it vouches for nobody", &e))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let config = builder.with_single_cert(chain, key);
    let mut config = config.map_err(|e| unusable(&tls.cert_file, "it does not fit the key", &e))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let what = "no certificate is in it";
    let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let found: Vec<_> = found.map_err(|e| unusable(path, what, &e))?;
    match found.is_empty() {
        true => Err(unusable(path, what, &"it has no such part")),
        false => Ok(found),
    }
}

fn unusable(path: &Path, what: &str, why: &dyn Display) -> Failure {
    let message = format!("{}: {what}: {why}", path.display());
    Failure::new(Exit::Config, message).remedy("give PEM files in [push] of gateway.toml")
}
