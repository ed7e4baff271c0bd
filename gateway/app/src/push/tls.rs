//! The gateway's certificate, and whose certificates it accepts, as they are in their files now.
//!
//! What must stay true: what cannot be used never takes over, and what was used goes on; a
//! connection is made by one certificate with its own key, never by halves of two.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::hex;
use credit_config::PushTls;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest as _, Sha256};
use std::fmt::Display;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio_rustls::TlsAcceptor;

/// A file that changed so shortly ago may change again without another stamp.
const SETTLED: Duration = Duration::from_secs(1);
const STAYS: &str =
    "what the files of [push] hold now cannot be used: the certificate before stays";

/// See the module.
pub(crate) struct Tls {
    plan: PushTls,
    held: Mutex<Held>,
}

/// What connections are made by.
struct Held {
    made: Made,
    /// Why what the files say now could not take over.
    trouble: Option<String>,
}

/// What the files say, made ready.
pub(crate) struct Made {
    acceptor: TlsAcceptor,
    /// Of the gateway's own certificate.
    sha256: [u8; 32],
    /// Of the files, when they were looked at last.
    stamps: Option<Vec<Stamp>>,
}

/// By what a file is known to have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    bytes: u64,
    changed: (i64, i64),
}

impl Tls {
    /// Reads the files for the first time.
    pub(super) fn open(plan: PushTls) -> Result<Self, Failure> {
        let held = Held {
            made: read(&plan)?,
            trouble: None,
        };
        Ok(Self {
            plan,
            held: Mutex::new(held),
        })
    }

    /// What the files say now; nothing is changed by it.
    pub(crate) fn read(&self) -> Result<Made, Failure> {
        read(&self.plan)
    }

    /// From now on connections are made by that.
    pub(crate) fn renew(&self, made: Made) {
        self.held().renew(made);
    }

    /// What the next connection is made by: files that changed are read again.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let mut held = self.held();
        let stamps = stamps(&self.plan);
        if stamps.is_none() || held.made.stamps != stamps {
            match read(&self.plan) {
                Ok(made) => held.renew(made),
                Err(failure) => {
                    // Once, and not for each connection.
                    if held.trouble.as_ref() != Some(&failure.message) {
                        tracing::error!(%failure, "{STAYS}");
                    }
                    held.made.stamps = stamps;
                    held.trouble = Some(failure.message);
                }
            }
        }
        held.made.acceptor.clone()
    }

    /// Nothing panics while it is held.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn renew(&mut self, made: Made) {
        if made.sha256 != self.made.sha256 {
            let sha256 = hex(&made.sha256);
            tracing::info!(sha256, "another certificate shows who the gateway is");
        }
        self.made = made;
        self.trouble = None;
    }
}

/// Takes connections as `plan` says. A certificate is asked for and not insisted on: a route may
/// know its department by a token.
fn read(plan: &PushTls) -> Result<Made, Failure> {
    // Before they are read: what is written meanwhile is read by the next connection.
    let stamps = stamps(plan);
    let chain = certificates(&plan.cert_file)?;
    let sha256 = chain.first().map(Sha256::digest).unwrap_or_default().into();
    let key = PrivateKeyDer::from_pem_file(&plan.key_file);
    let key = key.map_err(|e| unusable(&plan.key_file, "no key is in it", &e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    let builder = match &plan.client_ca_file {
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
    let mut config =
        config.map_err(|e| unusable(&plan.cert_file, "it does not fit the key", &e))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Made {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        sha256,
        stamps,
    })
}

/// Those of all files; none where one is not there, or may change again unseen.
fn stamps(plan: &PushTls) -> Option<Vec<Stamp>> {
    let files = [&plan.cert_file, &plan.key_file].into_iter();
    let all: Option<Vec<Stamp>> = files
        .chain(&plan.client_ca_file)
        .map(|f| stamp(f))
        .collect();
    let settled = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?
        - SETTLED;
    let settled = i64::try_from(settled.as_secs()).ok()?;
    all.filter(|all| all.iter().all(|stamp| stamp.changed.0 < settled))
}

fn stamp(file: &Path) -> Option<Stamp> {
    let found = std::fs::metadata(file).ok()?;
    Some(Stamp {
        file: (found.dev(), found.ino()),
        bytes: found.len(),
        changed: (found.ctime(), found.ctime_nsec()),
    })
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
