mod loopback;

use std::fs;
use std::net::TcpListener;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::*;
use crate::decode::Encoding;
use crate::feed::Feed;
use loopback::{Answer, Source, certificate, says_in_private};

const WAITS_MS: u64 = 60_000;

/// The gateway's side.
struct Gateway {
    spool: TempDir,
    runtime: Runtime,
    source: HttpSource,
    /// Every answer was read to its end.
    finished: bool,
}

struct Finished(bool);

impl Seen for Finished {
    fn size_seen(&self, _: u64) -> bool {
        self.0
    }

    fn file_seen(&self, _: &[u8; 32], _: i64) -> bool {
        self.0
    }
}

impl Gateway {
    fn new(url: impl Into<String>) -> Self {
        let spool = TempDir::new().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let source = HttpSource {
            route: "court".to_owned(),
            url: url.into(),
            auth: Auth::None,
            ca_file: None,
            connect_timeout_ms: WAITS_MS,
            read_timeout_ms: WAITS_MS,
            total_timeout_ms: WAITS_MS,
            body_bytes_max: 1_000,
            cursor_header: Some("X-Next-Cursor".to_owned()),
            spool_dir: spool.path().to_owned(),
        };
        Self {
            spool,
            runtime,
            source,
            finished: false,
        }
    }

    fn fetch(&self, cursor: Option<&str>) -> Result<Pulled, HttpError> {
        let pull = Pull::new(&self.source)?;
        pull.fetch(
            self.runtime.handle(),
            &Finished(self.finished),
            cursor,
            1_445_412_480_000,
        )
    }

    fn spooled(&self) -> Vec<String> {
        let entries = fs::read_dir(self.spool.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn found(pulled: Pulled) -> (FoundFile, Option<String>) {
    match pulled {
        Pulled::Spooled { file, next_cursor } => (file, next_cursor),
        Pulled::Nothing => panic!("nothing was pulled"),
    }
}

#[test]
fn an_answer_is_spooled_read_and_forgotten() {
    let source = Source::says("HTTP/1.1 200 OK\r\nX-Next-Cursor: 第2\r\n\r\none\ntwo\n");
    let gateway = Gateway::new(&source.url);
    let (file, next) = found(gateway.fetch(None).unwrap());
    assert_eq!(next.as_deref(), Some("第2"));
    let mut feed = Feed::open(&file, Encoding::Utf8, None).unwrap();
    assert_eq!(feed.piece(100).unwrap().bytes, b"one\ntwo\n");
    assert_eq!(feed.finished().unwrap().name, file.name);
    let pull = Pull::new(&gateway.source).unwrap();
    assert_eq!(pull.half_read(&file.name), Some(file.clone()));
    assert_eq!(pull.half_read("other-0000"), None);
    assert_eq!(pull.half_read("court-../x"), None);
    pull.done(&file.name).unwrap();
    pull.done(&file.name).unwrap();
    assert!(gateway.spooled().is_empty());
    assert_eq!(pull.half_read(&file.name), None);
}

#[test]
fn what_is_spooled_is_not_asked_for_again() {
    let source = Source::says("HTTP/1.1 200 OK\r\nX-Next-Cursor: 8\r\n\r\nrows");
    let gateway = Gateway::new(&source.url);
    let first = gateway.fetch(Some("7")).unwrap();
    assert_eq!(gateway.fetch(Some("7")).unwrap(), first);
    assert_eq!(source.asked().len(), 1);
    let (file, next) = found(first);
    let pull = Pull::new(&gateway.source).unwrap();
    assert_eq!(pull.next_cursor(&file.name).unwrap(), next);
}

#[test]
fn what_was_finished_before_a_crash_is_not_read_again() {
    let source = Source::new(vec![Answer::Says(ok("old")), Answer::Says(ok("newer"))]);
    let mut gateway = Gateway::new(&source.url);
    gateway.fetch(None).unwrap();
    gateway.finished = true;
    assert_eq!(found(gateway.fetch(None).unwrap()).0.stamp.bytes, 5);
}

#[test]
fn answers_to_cursors_of_the_past_are_removed_and_those_of_other_routes_are_not() {
    let answer = "HTTP/1.1 200 OK\r\nX-Next-Cursor: 2\r\n\r\nrows";
    let source = Source::new(vec![
        Answer::Says(answer.to_owned()),
        Answer::Says(ok("rows")),
    ]);
    let gateway = Gateway::new(&source.url);
    let other = "court-north-0123456789abcdef".to_owned();
    fs::write(gateway.spool.path().join(&other), "").unwrap();
    let (first, _) = found(gateway.fetch(Some("1")).unwrap());
    fs::write(format!("{}.tmp", first.path.display()), "").unwrap();
    let (second, _) = found(gateway.fetch(Some("2")).unwrap());
    let mut left = vec![second.name, other];
    left.sort();
    assert_eq!(gateway.spooled(), left);
}

#[test]
fn a_cursor_left_by_a_crash_does_not_go_with_a_later_answer() {
    let source = Source::new(vec![Answer::Says(ok("a")), Answer::Says(ok("b"))]);
    let gateway = Gateway::new(&source.url);
    let (file, _) = found(gateway.fetch(None).unwrap());
    fs::rename(&file.path, format!("{}.next", file.path.display())).unwrap();
    let (file, next) = found(gateway.fetch(None).unwrap());
    assert_eq!((next, gateway.spooled()), (None, vec![file.name]));
}

#[test]
fn the_cursor_is_encoded_and_the_credentials_are_sent() {
    let source = Source::new(vec![Answer::Says(ok("")), Answer::Says(ok(""))]);
    let mut gateway = Gateway::new(format!("{}/feed?since={{cursor}}&n=5", source.url));
    gateway.source.auth = Auth::Bearer("secret".to_owned());
    gateway.fetch(Some("2026-10-31 08:00+&/?%第")).unwrap();
    gateway.source.auth = Auth::Basic {
        user: "gateway".to_owned(),
        password: "pass:word".to_owned(),
    };
    gateway.fetch(None).unwrap();
    let asked = source.asked();
    let line = "GET /feed?since=2026-10-31%2008%3A00%2B%26%2F%3F%25%E7%AC%AC&n=5 HTTP/1.1";
    assert_eq!(asked[0].lines().next(), Some(line));
    assert!(
        asked[0].contains("\nauthorization: Bearer secret"),
        "{}",
        asked[0]
    );
    assert_eq!(
        asked[1].lines().next(),
        Some("GET /feed?since=&n=5 HTTP/1.1")
    );
    assert!(
        asked[1].contains("\nauthorization: Basic Z2F0ZXdheTpwYXNzOndvcmQ="),
        "{}",
        asked[1]
    );
    assert_eq!(format!("{:?}", gateway.source.auth), "Basic(***)");
}

#[test]
fn each_status_is_told_apart() {
    for (status, code, retryable) in [
        (
            "302 Found\r\nLocation: http://other.example/",
            "http-redirect",
            false,
        ),
        ("400 Bad Request", "http-status", false),
        ("401 Unauthorized", "http-refused", false),
        ("403 Forbidden", "http-refused", false),
        ("404 Not Found", "http-not-found", false),
        ("429 Too Many Requests", "http-busy", true),
        ("503 Service Unavailable", "http-busy", true),
    ] {
        let source = Source::says(&format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));
        let gateway = Gateway::new(format!("{}/feed?token=secret", source.url));
        let error = gateway.fetch(None).unwrap_err();
        assert_eq!(
            (error.code(), error.retryable()),
            (code, retryable),
            "{status}"
        );
        assert!(!error.to_string().contains("secret") && !error.to_string().contains("example"));
        assert!(gateway.spooled().is_empty());
    }
    for status in ["204 No Content", "304 Not Modified"] {
        let source = Source::says(&format!("HTTP/1.1 {status}\r\n\r\n"));
        assert_eq!(
            Gateway::new(&source.url).fetch(None).unwrap(),
            Pulled::Nothing
        );
    }
}

#[test]
fn a_source_says_when_it_wants_to_be_asked_again() {
    for (says, waits_ms) in [
        ("120", Some(120_000)),
        ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30_000)),
        ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0)),
        ("soon", None),
    ] {
        let head = format!("HTTP/1.1 503 Busy\r\nRetry-After: {says}\r\nContent-Length: 0\r\n\r\n");
        let error = Gateway::new(Source::says(&head).url)
            .fetch(None)
            .unwrap_err();
        assert_eq!(error.retry_after_ms(), waits_ms, "{says}");
    }
}

#[test]
fn a_broken_answer_leaves_nothing_behind() {
    let source = Source::says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    let gateway = Gateway::new(&source.url);
    let error = gateway.fetch(None).unwrap_err();
    assert_eq!((error.code(), error.retryable()), ("http-body", true));
    assert!(gateway.spooled().is_empty());
}

#[test]
fn an_answer_that_is_too_large_is_refused_declared_or_not() {
    let body = "x".repeat(1_001);
    for answer in [ok(&body), format!("HTTP/1.1 200 OK\r\n\r\n{body}")] {
        let gateway = Gateway::new(Source::says(&answer).url);
        assert_eq!(gateway.fetch(None).unwrap_err().code(), "http-too-large");
        assert!(gateway.spooled().is_empty());
    }
    let gateway = Gateway::new(Source::says(&ok(&body[1..])).url);
    assert_eq!(found(gateway.fetch(None).unwrap()).0.stamp.bytes, 1_000);
}

#[test]
fn a_source_that_stalls_is_left() {
    for (stalls, what) in [
        ("", "the answer to begin"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            "more of the answer",
        ),
    ] {
        let source = Source::new(vec![Answer::Stalls(stalls)]);
        let mut gateway = Gateway::new(&source.url);
        (
            gateway.source.connect_timeout_ms,
            gateway.source.read_timeout_ms,
        ) = (100, 100);
        let error = gateway.fetch(None).unwrap_err();
        assert!(
            error.retryable() && error.to_string().contains(what),
            "{error}"
        );
        assert!(gateway.spooled().is_empty());
    }
    let source = Source::new(vec![Answer::Stalls("")]);
    let mut gateway = Gateway::new(&source.url);
    gateway.source.total_timeout_ms = 100;
    let error = gateway.fetch(None).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("waited 100 ms for all of the answer from http://127")
    );
}

#[test]
fn nobody_there_is_worth_another_try() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Gateway::new(url).fetch(None).unwrap_err();
    assert_eq!((error.code(), error.retryable()), ("http-connect", true));
}

#[test]
fn what_cannot_be_asked_is_refused_beforehand() {
    for (url, why) in [
        ("not an address", "no address"),
        ("/feed", "must begin with"),
        ("ftp://host/feed", "must begin with"),
        (
            "http://user:secret@host/feed",
            "belong into the credentials",
        ),
        ("http://host{cursor}/feed", "path or query only"),
    ] {
        let error = Pull::new(&Gateway::new(url).source).err().unwrap();
        assert_eq!(error.code(), "http-url");
        assert!(error.to_string().contains(why), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let mut gateway = Gateway::new("http://host/");
    gateway.source.auth = Auth::Bearer("two\nlines".to_owned());
    assert_eq!(
        Pull::new(&gateway.source).err().unwrap().code(),
        "http-credentials"
    );
    gateway.source.auth = Auth::None;
    gateway.source.cursor_header = Some("no header".to_owned());
    assert_eq!(
        Pull::new(&gateway.source).err().unwrap().code(),
        "http-header"
    );
}

#[test]
fn authorities_come_from_the_file_named() {
    let mut gateway = Gateway::new("https://host/");
    let path = gateway.spool.path().join("ca.pem");
    gateway.source.ca_file = Some(path.clone());
    for content in [
        "",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        fs::write(&path, content).unwrap();
        assert_eq!(
            Pull::new(&gateway.source).err().unwrap().code(),
            "http-ca-file"
        );
    }
}

#[test]
fn only_a_source_that_the_authority_vouches_for_is_heard() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nrows";
    let mut gateway = Gateway::new(says_in_private(answer));
    gateway.source.ca_file = Some(certificate("ca.pem"));
    assert_eq!(found(gateway.fetch(Some("1")).unwrap()).0.stamp.bytes, 4);

    gateway.source.url = says_in_private(answer).replace("127.0.0.1", "localhost");
    assert_eq!(
        gateway.fetch(Some("2")).unwrap_err().code(),
        "http-connect",
        "another name"
    );

    gateway.source.url = says_in_private(answer);
    gateway.source.ca_file = Some(certificate("server.pem"));
    assert_eq!(
        gateway.fetch(Some("3")).unwrap_err().code(),
        "http-connect",
        "another authority"
    );
}
