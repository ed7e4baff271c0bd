//! A department that hands in feeds, byte for byte, with TLS or without.

use crate::support::{House, Process};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the gateway said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Value,
}

impl Said {
    /// It must have said that.
    pub(super) fn with(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {}", self.head, self.body);
        self
    }

    pub(super) fn counts(&self) -> [u64; 4] {
        ["drafted", "accepted", "doubtful", "duplicate"].map(|name| {
            self.body[name]
                .as_u64()
                .unwrap_or_else(|| panic!("{}", self.body))
        })
    }
}

/// A department of the route that it is named after.
#[derive(Clone)]
pub(super) struct Department {
    pub(super) address: SocketAddr,
    pub(super) route: String,
    pub(super) token: String,
}

impl Department {
    pub(super) fn of(service: &mut Process, route: &str, token: &str) -> Self {
        Self {
            address: service.told("push"),
            route: route.to_owned(),
            token: token.to_owned(),
        }
    }

    /// The head of a request; the length is that of its body.
    pub(super) fn head(&self, more: &str, length: usize) -> String {
        format!(
            "POST /push/{} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\
             authorization: Bearer {}\r\ncontent-length: {length}\r\n{more}\r\n",
            self.route, self.token
        )
    }

    /// Hands in a feed under a key; nothing where the connection breaks.
    pub(super) fn try_push(&self, key: &str, feed: &str) -> Option<Said> {
        let head = self.head(&format!("idempotency-key: {key}\r\n"), feed.len());
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.write_all((head + feed).as_bytes()).ok()?;
        answer(stream)
    }

    /// The same, answered.
    pub(super) fn push(&self, key: &str, feed: &str) -> Said {
        self.try_push(key, feed).expect("it is answered")
    }

    /// Says these bytes and hears the answer.
    pub(super) fn says(&self, bytes: impl AsRef<[u8]>) -> Said {
        answer(self.begins(bytes)).expect("it is answered")
    }

    /// Says these bytes, and waits.
    pub(super) fn begins(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(bytes.as_ref()).unwrap();
        stream
    }

    /// Hands in a feed under a key, packed by `coding`.
    pub(super) fn push_packed(&self, key: &str, coding: &str, packed: &[u8]) -> Said {
        let more = format!("idempotency-key: {key}\r\ncontent-encoding: {coding}\r\n");
        let head = self.head(&more, packed.len());
        self.says([head.as_bytes(), packed].concat())
    }

    /// Hands in a feed over TLS, with the certificate of that name if any; nothing where there is
    /// no connection.
    pub(super) fn push_over_tls(&self, own: Option<&str>, feed: &str) -> Option<Said> {
        self.push_trusting(certificate, own, feed)
    }

    /// The same, with certificates, and the authority that is trusted, of one's own.
    pub(super) fn push_trusting(
        &self,
        certificate: impl Fn(&str) -> PathBuf,
        own: Option<&str>,
        feed: &str,
    ) -> Option<Said> {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_file(certificate("ca.pem")).unwrap();
        roots.add(ca).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some(name) => {
                let chain = CertificateDer::from_pem_file(certificate(&format!("{name}.pem")));
                let key = PrivateKeyDer::from_pem_file(certificate(&format!("{name}-key.pem")));
                let chain = vec![chain.unwrap()];
                builder.with_client_auth_cert(chain, key.unwrap()).unwrap()
            }
        };
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(self.address).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let head = self.head("", feed.len());
        stream.write_all((head + feed).as_bytes()).ok()?;
        answer(stream)
    }
}

/// Reads an answer to its end.
pub(super) fn answer(mut stream: impl Read) -> Option<Said> {
    let mut text = String::new();
    // Without a goodbye of TLS the answer still is whole; an alert is none.
    drop(stream.read_to_string(&mut text));
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Said {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_ascii_lowercase(),
        body: serde_json::from_str(body).unwrap(),
    })
}

/// A certificate for loopback: `ca.pem` vouches for `server.pem` and `client.pem`.
pub(super) fn certificate(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../source/src/http/tests/loopback_tls")
        .join(file)
}

/// Puts a secret where only its owner reads it.
pub(super) fn secret(house: &House, name: &str, secret: impl AsRef<[u8]>) {
    use std::os::unix::fs::PermissionsExt as _;
    house.put(name, secret);
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(house.path(name), mode).unwrap();
}

/// A route whose feeds are handed in with the token in `token-NAME`, which is "open NAME".
pub(super) fn route(house: &House, name: &str, adapter: &str, more: &str) {
    secret(house, &format!("token-{name}"), format!("open {name}\n"));
    let token = format!("token = {{ file = \"../../token-{name}\" }}");
    route_by(house, name, adapter, &token, more);
}

/// The same, with other ways to know the department.
pub(super) fn route_by(house: &House, name: &str, adapter: &str, by: &str, more: &str) {
    house.route(name, adapter, more);
    let path = format!("configs/routes/{name}.toml");
    let text = std::fs::read_to_string(house.path(&path)).unwrap();
    let (before, rest) = text.split_once("[source]").unwrap();
    let (_, settings) = rest.split_once("[settings]").unwrap();
    let source = format!("[source]\nkind = \"push\"\n{by}\n[settings]{settings}");
    house.put(&path, format!("{before}{source}"));
}
