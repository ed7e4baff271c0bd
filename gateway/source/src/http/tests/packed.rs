//! Packed answers, and answers that are known already.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn packed(coding: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    Reply::Sends([head.as_bytes(), body].concat())
}

fn fetch(answer: Reply) -> (Gateway, Result<Pulled, HttpError>) {
    let gateway = Gateway::new(Source::new(vec![answer]).url);
    let pulled = gateway.fetch(None);
    (gateway, pulled)
}

#[test]
fn gzip_and_zstd_are_unpacked() {
    let body = b"one\ntwo\nthree\n";
    let zstd = zstd::encode_all(&body[..], 3).unwrap();
    for (coding, packed_body) in [
        ("gzip", gzip(body)),
        ("x-gzip", gzip(body)),
        ("zstd", zstd),
        ("identity", body.to_vec()),
    ] {
        let (gateway, pulled) = fetch(packed(coding, &packed_body));
        let file = found(pulled.unwrap()).file;
        assert_eq!(fs::read(&file.path).unwrap(), body, "{coding}");
        let left = [file.name.clone(), format!("{}.next", file.name)];
        assert_eq!(gateway.spooled(), left);
    }
    let (_, pulled) = fetch(packed("gzip", b""));
    assert_eq!(found(pulled.unwrap()).file.stamp.bytes, 0);
}

#[test]
fn what_is_half_or_damaged_is_no_answer() {
    let body = "row\n".repeat(200);
    let mut damaged = gzip(body.as_bytes());
    let crc = damaged.len() - 6;
    damaged[crc] ^= 1;
    let half = zstd::encode_all(body.as_bytes(), 3).unwrap();
    for (coding, body, code) in [
        ("gzip", &damaged[..], "http-unpack"),
        ("gzip", &gzip(body.as_bytes())[..12], "http-unpack"),
        ("zstd", &half[..half.len() - 2], "http-unpack"),
        ("gzip", b"no gzip", "http-unpack"),
        ("zstd", b"no zstd", "http-unpack"),
        ("br", b"?", "http-coding"),
        ("gzip, zstd", b"?", "http-coding"),
    ] {
        let (gateway, pulled) = fetch(packed(coding, body));
        assert_eq!(pulled.unwrap_err().code(), code, "{coding}");
        assert!(gateway.spooled().is_empty());
    }
}

#[test]
fn a_bomb_does_not_go_off() {
    let zeros = vec![0; 3 << 20];
    for (coding, body) in [
        ("gzip", gzip(&zeros)),
        ("zstd", zstd::encode_all(&zeros[..], 3).unwrap()),
    ] {
        let mut gateway = Gateway::new(Source::new(vec![packed(coding, &body)]).url);
        gateway.source.wire_bytes_max = 1 << 20;
        gateway.source.body_bytes_max = 2 << 30;
        let error = gateway.fetch(None).unwrap_err();
        assert_eq!(error.code(), "http-bomb", "{coding}");
        assert!(gateway.spooled().is_empty());
    }
    // Not a bomb, but too large all the same: unpacked, or as it is sent.
    let body = gzip(&[0; 1_001]);
    let (_, pulled) = fetch(packed("gzip", &body));
    assert!(
        pulled
            .unwrap_err()
            .to_string()
            .ends_with("1000 bytes unpacked")
    );
    let mut gateway = Gateway::new(Source::new(vec![packed("gzip", &body)]).url);
    gateway.source.wire_bytes_max = 10;
    let error = gateway.fetch(None).unwrap_err();
    assert!(error.to_string().ends_with("10 bytes as sent"), "{error}");
}

#[test]
fn what_was_read_is_known_again_and_what_was_not_is_asked_for_whole() {
    let tagged = || {
        Reply::Says(with(
            "ETag: W/\"1\"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT",
            "a",
        ))
    };
    let unchanged = || Reply::Says("HTTP/1.1 304 Not Modified\r\n\r\n".to_owned());
    let source = Source::new(vec![tagged(), unchanged(), tagged(), tagged()]);
    let mut gateway = Gateway::new(&source.url);
    let file = found(gateway.fetch(None).unwrap()).file;
    let done = || {
        Pull::new(&gateway.source)
            .unwrap()
            .done(&file.name)
            .unwrap()
    };
    done();
    gateway.finished = true;
    assert_eq!(gateway.fetch(None).unwrap(), Pulled::Nothing);
    let asked = &source.asked()[1];
    assert!(asked.contains("\nif-none-match: W/\"1\"\n"), "{asked}");
    assert!(
        asked.contains("\nif-modified-since: Wed, 21 Oct 2015 07:28:00 GMT\n"),
        "{asked}"
    );

    // The queue does not know that content: an older state was put back.
    gateway.finished = false;
    let file = found(gateway.fetch(None).unwrap()).file;
    assert!(!source.asked()[2].contains("if-none-match"));
    Pull::new(&gateway.source)
        .unwrap()
        .done(&file.name)
        .unwrap();

    // Another adapter may make something else of it.
    gateway.finished = true;
    gateway.source.reader = "court 1.1".to_owned();
    found(gateway.fetch(None).unwrap());
    assert!(!source.asked()[3].contains("if-none-match"));
}

#[test]
fn what_was_spooled_and_lost_its_reader_is_asked_for_whole() {
    let tagged = || Reply::Says(with("ETag: \"1\"", "a"));
    let source = Source::new(vec![tagged(), tagged()]);
    let mut gateway = Gateway::new(&source.url);
    found(gateway.fetch(None).unwrap());
    // That content was read once, long ago; what is spooled now may not have been.
    gateway.finished = true;
    found(gateway.fetch(None).unwrap());
    assert!(!source.asked()[1].contains("if-none-match"));
}
