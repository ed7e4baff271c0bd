mod access;
mod loopback;
mod packed;
mod pages;
mod resumed;

use std::fs;
use std::future::{pending, ready};
use std::net::TcpListener;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::*;
use crate::decode::Encoding;
use crate::feed::Feed;
use loopback::{Reply, Source};

const WAITS_MS: u64 = 60_000;
const NOW_MS: i64 = 1_445_412_480_000;

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
            client_certificate: None,
            ca_file: None,
            reach: Reach {
                private: true,
                ..Reach::default()
            },
            paging: Paging::None,
            cursor_given: Some(Given::Header("x-next-cursor".to_owned())),
            overlap_s: 0,
            connect_timeout_ms: WAITS_MS,
            first_byte_timeout_ms: WAITS_MS,
            idle_timeout_ms: WAITS_MS,
            total_timeout_ms: WAITS_MS,
            wire_bytes_max: 1_000,
            body_bytes_max: 1_000,
            ratio_max: 10,
            encoding: Encoding::Utf8,
            reader: "court 1.0".to_owned(),
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
            (NOW_MS, pending()),
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

/// The same with one header more.
fn with(header: &str, body: &str) -> String {
    ok(body).replacen("OK\r\n", &format!("OK\r\n{header}\r\n"), 1)
}

fn found(pulled: Pulled) -> Box<Answer> {
    match pulled {
        Pulled::Spooled(answer) => answer,
        Pulled::Nothing | Pulled::Ended { .. } => panic!("nothing was pulled"),
    }
}

/// Where it goes on behind an answer in which the adapter found nothing.
fn next(answer: &Answer) -> Option<String> {
    answer.after(None, Rows::default())
}

#[test]
fn an_answer_is_spooled_read_and_forgotten() {
    let source = Source::says(&with("X-Next-Cursor: 第2", "one\ntwo\n"));
    let gateway = Gateway::new(&source.url);
    let answer = found(gateway.fetch(None).unwrap());
    let file = answer.file.clone();
    assert_eq!(next(&answer).as_deref(), Some("第2"));
    let mut feed = Feed::open(&file, Encoding::Utf8, None).unwrap();
    assert_eq!(feed.piece(100).unwrap().bytes, b"one\ntwo\n");
    assert_eq!(feed.finished().unwrap().name, file.name);
    let pull = Pull::new(&gateway.source).unwrap();
    assert_eq!(pull.half_read(&file.name, None).unwrap(), Some(answer));
    assert_eq!(pull.half_read("other-0000", None).unwrap(), None);
    assert_eq!(pull.half_read("court-../x", None).unwrap(), None);
    pull.done(&file.name).unwrap();
    pull.done(&file.name).unwrap();
    assert!(gateway.spooled().is_empty());
    assert_eq!(pull.half_read(&file.name, None).unwrap(), None);
}

#[test]
fn what_is_spooled_is_not_asked_for_again() {
    let source = Source::says(&with("X-Next-Cursor: 8", "rows"));
    let gateway = Gateway::new(&source.url);
    let first = gateway.fetch(Some("7")).unwrap();
    assert_eq!(gateway.fetch(Some("7")).unwrap(), first);
    assert_eq!(source.asked().len(), 1);
    assert_eq!(next(&found(first)).as_deref(), Some("8"));
}

#[test]
fn what_was_finished_before_a_crash_is_not_read_again() {
    let source = Source::new(vec![Reply::Says(ok("old")), Reply::Says(ok("newer"))]);
    let mut gateway = Gateway::new(&source.url);
    gateway.fetch(None).unwrap();
    gateway.finished = true;
    assert_eq!(found(gateway.fetch(None).unwrap()).file.stamp.bytes, 5);
}

#[test]
fn answers_to_cursors_of_the_past_are_removed_and_those_of_other_routes_are_not() {
    let answer = with("X-Next-Cursor: 2", "rows");
    let source = Source::new(vec![Reply::Says(answer), Reply::Says(ok("rows"))]);
    let gateway = Gateway::new(&source.url);
    let other = "court-north-0123456789abcdef".to_owned();
    fs::write(gateway.spool.path().join(&other), "").unwrap();
    let first = found(gateway.fetch(Some("1")).unwrap()).file;
    for ending in ["tmp", "part", "body", "known", "part.tmp"] {
        fs::write(format!("{}.{ending}", first.path.display()), "").unwrap();
    }
    let second = found(gateway.fetch(Some("2")).unwrap()).file;
    let mut left = vec![format!("{}.next", second.name), second.name, other];
    left.sort();
    assert_eq!(gateway.spooled(), left);
}

#[test]
fn a_cursor_left_by_a_crash_does_not_go_with_a_later_answer() {
    let source = Source::new(vec![
        Reply::Says(with("X-Next-Cursor: 2", "a")),
        Reply::Says(ok("b")),
    ]);
    let gateway = Gateway::new(&source.url);
    let first = found(gateway.fetch(None).unwrap());
    fs::remove_file(&first.file.path).unwrap();
    assert_eq!(next(&found(gateway.fetch(None).unwrap())), None);
}

#[test]
fn the_cursor_is_encoded_and_the_credentials_are_sent() {
    let source = Source::new(vec![Reply::Says(ok("")), Reply::Says(ok(""))]);
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
        ("304 Not Modified", "http-status", false),
        ("206 Partial Content", "http-status", false),
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
    let source = Source::says("HTTP/1.1 204 No Content\r\n\r\n");
    let pulled = Gateway::new(&source.url).fetch(None).unwrap();
    assert_eq!(pulled, Pulled::Nothing);
}

#[test]
fn a_web_page_is_no_text_that_an_adapter_reads_but_may_be_a_document() {
    for (body, page) in [
        ("<!DOCTYPE HTML><p>", true),
        ("\u{feff} \r\n<!-- 1 --> <html lang=zh>", true),
        ("<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC>", true),
        ("<?xml version=\"1.0\"?><penalties/>", false),
        ("name,page\na,<html>", false),
        ("", false),
    ] {
        let source = Source::says(&ok(body));
        let gateway = Gateway::new(&source.url);
        match gateway.fetch(None) {
            Err(error) => assert_eq!((error.code(), page), ("http-web-page", true), "{body}"),
            Ok(pulled) => assert!(!page, "{body}: {pulled:?}"),
        }
        assert_eq!(gateway.spooled().is_empty(), page, "{body}");
        let source = Source::says(&ok(body));
        let mut gateway = Gateway::new(&source.url);
        gateway.source.encoding = Encoding::Binary;
        found(gateway.fetch(None).unwrap());
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
fn an_answer_that_does_not_say_where_it_ends_is_no_answer() {
    let gateway = Gateway::new(Source::says("HTTP/1.1 200 OK\r\n\r\nhalf?").url);
    assert_eq!(gateway.fetch(None).unwrap_err().code(), "http-endless");
    assert!(gateway.spooled().is_empty());
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
    let chunked =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n{body}\r\n0\r\n\r\n");
    for answer in [ok(&body), chunked] {
        let gateway = Gateway::new(Source::says(&answer).url);
        assert_eq!(gateway.fetch(None).unwrap_err().code(), "http-too-large");
        assert!(gateway.spooled().is_empty());
    }
    let gateway = Gateway::new(Source::says(&ok(&body[1..])).url);
    assert_eq!(found(gateway.fetch(None).unwrap()).file.stamp.bytes, 1_000);
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
        let source = Source::new(vec![Reply::Stalls(stalls)]);
        let mut gateway = Gateway::new(&source.url);
        let source = &mut gateway.source;
        source.connect_timeout_ms = 100;
        source.first_byte_timeout_ms = 100;
        source.idle_timeout_ms = 100;
        let error = gateway.fetch(None).unwrap_err();
        assert!(
            error.retryable() && error.to_string().contains(what),
            "{error}"
        );
        assert!(gateway.spooled().is_empty());
    }
    let source = Source::new(vec![Reply::Stalls("")]);
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
fn a_pull_ends_when_there_is_no_more_time() {
    let source = Source::new(vec![Reply::Stalls("")]);
    let gateway = Gateway::new(&source.url);
    let pull = Pull::new(&gateway.source).unwrap();
    let (runtime, seen) = (gateway.runtime.handle(), Finished(false));
    let pulled = pull.fetch(runtime, &seen, None, (NOW_MS, ready(())));
    assert_eq!(pulled.unwrap(), Pulled::Nothing);
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
    gateway.source.cursor_given = Some(Given::Header("no header".to_owned()));
    assert_eq!(
        Pull::new(&gateway.source).err().unwrap().code(),
        "http-header"
    );
}
