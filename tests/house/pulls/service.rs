//! A department's service on loopback that says what a test wants, byte for byte.

use crate::support::House;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a service does with a request.
pub(super) enum Reply {
    /// Says this and ends the connection.
    Says(Vec<u8>),
    /// Says this, and then nothing more, but the connection stays.
    Stalls(Vec<u8>),
}

/// A service that was started.
pub(super) struct Service {
    /// Scheme, host and port.
    pub(super) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// A service that answers each request, head and body, in its way; `n` counts them from 1.
    pub(super) fn new(answer: impl Fn(usize, &str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut stalled = Vec::new();
            for mut stream in listener.incoming().map_while(Result::ok) {
                let Some(request) = request(&stream) else {
                    continue;
                };
                let number = {
                    let mut heard = heard.lock().unwrap();
                    heard.push(request.clone());
                    heard.len()
                };
                let (said, stays) = match answer(number, &request) {
                    Reply::Says(said) => (said, false),
                    Reply::Stalls(said) => (said, true),
                };
                // Whoever was killed meanwhile does not listen any more.
                drop(stream.write_all(&said));
                if stays {
                    stalled.push(stream);
                }
            }
        });
        Self { url, asked }
    }

    /// The requests so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// What was asked for so far, without the host.
    pub(super) fn paths(&self) -> Vec<String> {
        self.asked()
            .iter()
            .map(|asked| path(asked).to_owned())
            .collect()
    }
}

/// What a request asks for.
pub(super) fn path(request: &str) -> &str {
    request.split(' ').nth(1).unwrap_or_default()
}

fn request(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    head.first()?;
    let length = head.iter().find_map(|l| l.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(format!(
        "{}\n\n{}",
        head.join("\n"),
        String::from_utf8_lossy(&body)
    ))
}

/// A good reply with these headers, each with its line end.
pub(super) fn ok(headers: &str, body: impl AsRef<[u8]>) -> Reply {
    status("200 OK", headers, body)
}

/// A reply with that status.
pub(super) fn status(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    Reply::Says([head.as_bytes(), body].concat())
}

/// The route `name`, which pulls `url` for the adapter `tax`, with what `more` says of the source.
pub(super) fn route(house: &House, name: &str, url: &str, more: &str) {
    house.route(name, "tax", "");
    source(house, name, url, more);
}

/// Lets the route `name` pull `url`.
pub(super) fn source(house: &House, name: &str, url: &str, more: &str) {
    let file = format!("configs/routes/{name}.toml");
    let text = std::fs::read_to_string(house.path(&file)).unwrap();
    let (before, rest) = text.split_once("[source]").unwrap();
    let (_, after) = rest.split_once("[schedule]").unwrap();
    let source = format!("[source]\nkind = \"http\"\nurl = \"{url}\"\n{more}\n[schedule]{after}");
    house.put(&file, format!("{before}{source}"));
}

/// Loopback may be reached.
pub(super) const HERE: &str = "allow = [\"127.0.0.0/8\"]\n";
