//! A source on loopback that says, byte for byte, what a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// What the source says to one request, byte for byte.
pub(super) enum Reply {
    /// This, and then the connection ends.
    Says(String),
    /// The same, not all of it text.
    Sends(Vec<u8>),
    /// This, and then nothing more, but the connection stays.
    Stalls(&'static str),
}

/// A source on loopback that gives its answers in turn.
pub(super) struct Source {
    pub(super) url: String,
    /// The heads of the requests.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Source {
    pub(super) fn new(answers: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&asked);
        thread::spawn(move || {
            let mut stalled: Vec<TcpStream> = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                heads.lock().unwrap().push(request(&stream));
                match answer {
                    Reply::Says(text) => say(&mut stream, text.as_bytes()),
                    Reply::Sends(bytes) => say(&mut stream, &bytes),
                    Reply::Stalls(bytes) => {
                        stream.write_all(bytes.as_bytes()).unwrap();
                        stalled.push(stream);
                    }
                }
            }
            // Stalled connections stay until the client goes away.
            for stream in stalled {
                BufReader::new(stream)
                    .lines()
                    .map_while(Result::ok)
                    .for_each(drop);
            }
        });
        Self { url, asked }
    }

    pub(super) fn says(answer: &str) -> Self {
        Self::new(vec![Reply::Says(answer.to_owned())])
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A source that keeps each connection until it is asked on it again.
pub(super) fn answers_once(answer: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = answer.to_owned();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            thread::spawn(move || {
                request(&stream);
                stream.write_all(answer.as_bytes()).unwrap();
                BufReader::new(stream).lines().next();
            });
        }
    });
    url
}

/// Head and body of a request.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map(Result::unwrap);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let length = head
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    format!(
        "{}\n\n{}",
        head.join("\n"),
        String::from_utf8(body).unwrap()
    )
}

/// Says `answer`, and that the connection ends with it.
fn say(stream: &mut TcpStream, answer: &[u8]) {
    let line = answer.windows(2).position(|two| two == b"\r\n").unwrap();
    let (line, rest) = answer.split_at(line);
    let said = [line, b"\r\nConnection: close", rest].concat();
    // Whoever has heard enough goes away.
    drop(stream.write_all(&said));
}

/// Answers one request over TLS, with the certificate called `name`; where `client` is so, only
/// to a client with a certificate of its own.
pub(super) fn in_private(name: &str, client: bool, answer: &'static str) -> String {
    let file = |ending: &str| certificate(&format!("{name}{ending}"));
    let chain = CertificateDer::pem_file_iter(file(".pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("-key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match client {
        false => builder.with_no_client_auth(),
        true => {
            let mut roots = RootCertStore::empty();
            let ca = CertificateDer::from_pem_file(certificate("ca.pem")).unwrap();
            roots.add(ca).unwrap();
            let roots = Arc::new(roots);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = chain.map(Result::unwrap).collect();
    let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        // Where a connection ends before its request is on the way the client takes another.
        for stream in listener.incoming() {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = StreamOwned::new(tls, stream.unwrap());
            // A client that does not trust the certificate goes away here, as one that has none.
            let head = BufReader::new(&mut tls).lines().map_while(Result::ok);
            if head.take_while(|line| !line.is_empty()).count() > 0 {
                tls.write_all(answer.as_bytes()).unwrap();
                tls.conn.send_close_notify();
                tls.flush().unwrap();
            }
        }
    });
    url
}

/// A file of the certificates for loopback: `ca.pem` vouches for `server.pem` and
/// `expired.pem`, for 127.0.0.1, and for `client.pem`.
pub(super) fn certificate(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/http/tests/loopback_tls")
        .join(file)
}
