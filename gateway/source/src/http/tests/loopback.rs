//! A source on loopback that says, byte for byte, what a test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the source says to one request, byte for byte.
pub(super) enum Answer {
    /// This, and then the connection ends.
    Says(String),
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
    pub(super) fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&asked);
        thread::spawn(move || {
            let mut stalled: Vec<TcpStream> = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let head: Vec<String> = BufReader::new(&stream)
                    .lines()
                    .map(Result::unwrap)
                    .take_while(|line| !line.is_empty())
                    .collect();
                heads.lock().unwrap().push(head.join("\n"));
                match answer {
                    Answer::Says(bytes) => stream.write_all(bytes.as_bytes()).unwrap(),
                    Answer::Stalls(bytes) => {
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
        Self::new(vec![Answer::Says(answer.to_owned())])
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Answers one request over TLS, with the certificate for loopback.
pub(super) fn says_in_private(answer: &'static str) -> String {
    let chain = CertificateDer::pem_file_iter(certificate("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(certificate("server-key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let tls = ServerConnection::new(Arc::new(config)).unwrap();
        let mut tls = StreamOwned::new(tls, stream);
        // A client that does not trust the certificate goes away here.
        let head = BufReader::new(&mut tls).lines().map_while(Result::ok);
        if head.take_while(|line| !line.is_empty()).count() > 0 {
            tls.write_all(answer.as_bytes()).unwrap();
            tls.conn.send_close_notify();
            tls.flush().unwrap();
        }
    });
    url
}

/// A file of the certificates for loopback: `ca.pem` vouches for `server.pem`, for 127.0.0.1.
pub(super) fn certificate(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/http/tests/loopback_tls")
        .join(file)
}
