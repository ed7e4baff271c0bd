//! Answers that break off: gone on with, or begun again, and never half.

use super::*;

const TAGGED: &str = "ETag: \"1\"\r\n";

/// `body` of so many bytes, of which only `sent` come.
fn broken(head: &str, length: usize, sent: &str) -> Reply {
    Reply::Says(format!(
        "HTTP/1.1 200 OK\r\n{head}Content-Length: {length}\r\n\r\n{sent}"
    ))
}

/// The bytes of a range, of which only `sent` come.
fn rest(head: &str, range: &str, sent: &str) -> Reply {
    let (ends, _) = range.split_once('/').unwrap();
    let (first, last) = ends.split_once('-').unwrap();
    let length = last.parse::<u64>().unwrap() + 1 - first.parse::<u64>().unwrap();
    Reply::Says(format!(
        "HTTP/1.1 206 Partial Content\r\n{head}Content-Range: bytes {range}\r\n\
         Content-Length: {length}\r\n\r\n{sent}"
    ))
}

fn content(pulled: Result<Pulled, HttpError>) -> String {
    fs::read_to_string(found(pulled.unwrap()).file.path).unwrap()
}

#[test]
fn an_answer_that_breaks_off_is_gone_on_with_and_keeps_its_cursor() {
    let source = Source::new(vec![
        broken("ETag: \"1\"\r\nX-Next-Cursor: 2\r\n", 10, "01234"),
        rest(TAGGED, "5-9/10", "56"),
        rest(TAGGED, "7-9/10", "789"),
    ]);
    let gateway = Gateway::new(&source.url);
    let answer = found(gateway.fetch(None).unwrap());
    assert_eq!(fs::read_to_string(&answer.file.path).unwrap(), "0123456789");
    assert_eq!(next(&answer).as_deref(), Some("2"));
    let asked = source.asked();
    assert!(
        asked[1].contains("\nrange: bytes=5-\nif-range: \"1\"\n"),
        "{}",
        asked[1]
    );
    assert!(asked[2].contains("\nrange: bytes=7-\n"), "{}", asked[2]);
}

#[test]
fn a_later_run_goes_on_with_what_a_stalled_source_has_sent() {
    let stalls = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 6\r\n\r\nabc";
    let source = Source::new(vec![Reply::Stalls(stalls), rest(TAGGED, "3-5/6", "def")]);
    let mut gateway = Gateway::new(&source.url);
    gateway.source.idle_timeout_ms = 50;
    let error = gateway.fetch(None).unwrap_err();
    assert_eq!(error.code(), "http-timeout");
    let kinds: Vec<_> = gateway
        .spooled()
        .iter()
        .map(|n| n[22..].to_owned())
        .collect();
    assert_eq!(kinds, [".part", ".tmp"]);
    assert_eq!(content(gateway.fetch(None)), "abcdef");
}

#[test]
fn another_answer_is_taken_from_its_beginning() {
    let changed = || Reply::Says(with("ETag: \"2\"", "whole"));
    for second in [
        vec![changed()],
        vec![rest("ETag: \"2\"\r\n", "2-4/5", "ole"), changed()],
        vec![rest("", "2-4/5", "ole"), changed()],
        vec![rest(TAGGED, "1-4/5", "hole"), changed()],
        vec![rest(TAGGED, "2-8/9", "ole...."), changed()],
        vec![
            rest("ETag: \"1\"\r\nContent-Encoding: gzip\r\n", "2-4/5", "ole"),
            changed(),
        ],
        vec![
            Reply::Says("HTTP/1.1 416 Range\r\nContent-Length: 0\r\n\r\n".to_owned()),
            changed(),
        ],
    ] {
        let mut answers = vec![broken(TAGGED, 5, "ha")];
        answers.extend(second);
        let gateway = Gateway::new(Source::new(answers).url);
        assert_eq!(content(gateway.fetch(None)), "whole");
    }
}

#[test]
fn without_a_proof_nothing_is_put_together() {
    for head in [
        "",
        "ETag: W/\"1\"\r\n",
        "ETag: \"1\"\r\nAccept-Ranges: none\r\n",
    ] {
        let source = Source::new(vec![broken(head, 6, "abc"), Reply::Says(ok("abcdef"))]);
        let gateway = Gateway::new(&source.url);
        let error = gateway.fetch(None).unwrap_err();
        assert_eq!((error.code(), error.retryable()), ("http-body", true));
        assert!(
            error.to_string().ends_with("broke off after 3 bytes"),
            "{error}"
        );
        assert!(gateway.spooled().is_empty());
        assert_eq!(content(gateway.fetch(None)), "abcdef");
        assert!(!source.asked()[1].contains("range"));
    }
}

#[test]
fn a_source_that_breaks_off_again_and_again_is_left_for_the_next_run() {
    let mut answers = vec![broken(TAGGED, 9, "0")];
    answers.extend((1..4).map(|at| rest(TAGGED, &format!("{at}-8/9"), &at.to_string())));
    answers.push(rest(TAGGED, "4-8/9", "45678"));
    let source = Source::new(answers);
    let gateway = Gateway::new(&source.url);
    let error = gateway.fetch(None).unwrap_err();
    assert!(
        error.to_string().ends_with("broke off after 4 bytes"),
        "{error}"
    );
    assert_eq!(content(gateway.fetch(None)), "012345678");
}

#[test]
fn a_rest_that_is_not_all_of_it_is_no_whole() {
    let source = Source::new(vec![
        broken(TAGGED, 9, "01"),
        rest(TAGGED, "2-6/9", "23456"),
    ]);
    let gateway = Gateway::new(&source.url);
    let error = gateway.fetch(None).unwrap_err();
    assert_eq!((error.code(), error.retryable()), ("http-range", true));
    assert!(gateway.spooled().is_empty());
}

#[test]
fn what_was_not_put_down_on_purpose_is_not_gone_on_with() {
    let stalls = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 6\r\n\r\nabc";
    let source = Source::new(vec![Reply::Stalls(stalls), Reply::Says(ok("abcdef"))]);
    let mut gateway = Gateway::new(&source.url);
    gateway.source.idle_timeout_ms = 50;
    gateway.fetch(None).unwrap_err();
    let part = gateway
        .spooled()
        .into_iter()
        .find(|name| name.ends_with(".part"));
    fs::remove_file(gateway.spool.path().join(part.unwrap())).unwrap();
    assert_eq!(content(gateway.fetch(None)), "abcdef");
    assert!(!source.asked()[1].contains("range"));
}

#[test]
fn a_connection_that_ends_when_it_is_used_again_is_made_anew() {
    // The first request on a connection is answered, the second ends it.
    let gateway = Gateway::new(format!(
        "{}/{{cursor}}",
        loopback::answers_once(&ok("rows"))
    ));
    let pull = Pull::new(&gateway.source).unwrap();
    for cursor in ["1", "2", "3"] {
        let (runtime, seen) = (gateway.runtime.handle(), Finished(false));
        let pulled = pull.fetch(runtime, &seen, Some(cursor), (NOW_MS, pending()));
        assert_eq!(content(pulled), "rows");
    }
}
