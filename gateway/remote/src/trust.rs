//! Whom TLS trusts.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::client::WantsClientCert;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use thiserror::Error;

use crate::entry::Cause;

/// Why it cannot be told whom to trust.
#[derive(Debug, Error)]
pub enum TrustError {
    /// A file of certificates cannot be used.
    #[error("the certificates of {} cannot be used", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// The system's authorities cannot be read.
    #[error("the system's certificates cannot be read")]
    System {
        /// Why.
        source: io::Error,
    },
    /// TLS cannot be set up.
    #[error("tls cannot be set up")]
    Tls {
        /// Why.
        source: rustls::Error,
    },
}

/// TLS towards whoever has a certificate of `ca_file`, or of the system's authorities. Those are
/// read only if something is `secure`: that takes a while.
///
/// # Errors
/// If the certificates cannot be read.
pub fn trusting(
    ca_file: Option<&Path>,
    secure: bool,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TrustError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| TrustError::Tls { source })?;
    Ok(match ca_file {
        Some(path) => builder.with_root_certificates(roots(path)?),
        None if secure => builder
            .with_native_roots()
            .map_err(|source| TrustError::System { source })?,
        None => builder.with_root_certificates(RootCertStore::empty()),
    })
}

/// The certificates in a PEM file, of which there is at least one.
///
/// # Errors
/// If it cannot be read or holds none.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let failed = |error: rustls::pki_types::pem::Error| unusable(path, error);
    let found = CertificateDer::pem_file_iter(path).map_err(failed)?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(failed)?;
    if found.is_empty() {
        return Err(unusable(path, "it holds no certificate"));
    }
    Ok(found)
}

fn roots(path: &Path) -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let added = roots.add(certificate);
        added.map_err(|error| unusable(path, error))?;
    }
    Ok(roots)
}

fn unusable(path: &Path, source: impl Into<Cause>) -> TrustError {
    TrustError::Certificates {
        path: path.to_owned(),
        source: source.into(),
    }
}
