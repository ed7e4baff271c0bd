//! What can go wrong on the way: what the operator sees, and that nothing is lost or doubled.

use super::service::{HERE, Reply, Service, ok, route, source, status};
use crate::support::{House, assert_ratings, number, ratings, wait_until};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// So much of a reply comes, to the end of a character.
const SENT: usize = 201;

/// The beginning of a reply that says how long it would be.
fn half(headers: &str, body: &str) -> Vec<u8> {
    let (length, sent) = (body.len(), &body[..SENT]);
    format!("HTTP/1.1 200 OK\r\n{headers}content-length: {length}\r\n\r\n{sent}").into_bytes()
}

/// Pulls what cannot be pulled; what the operator reads.
fn refused(house: &House) -> String {
    let ran = house.run(&["once", "pull"]).ended(6);
    assert!(ran.err.contains("help:"), "{}", ran.err);
    assert!(house.rows("tax-rating").is_empty());
    ran.err
}

#[test]
fn what_has_not_changed_is_not_pulled_again() {
    let house = House::new();
    let service = Service::new(|n, request| {
        let known = request.contains("\nif-none-match: \"1\"\n");
        match n {
            1 => ok("etag: \"1\"\r\n", ratings(0..10)),
            2 if known => status("304 Not Modified", "etag: \"1\"\r\n", ""),
            3 if known => ok("etag: \"2\"\r\n", ratings(0..20)),
            _ => panic!("{request}"),
        }
    });
    route(&house, "pull", &service.url, HERE);
    for (delivered, duplicate) in [(10, 0), (10, 0), (20, 10)] {
        let books = house.once("pull");
        let came = (number(&books, "delivered"), number(&books, "duplicate"));
        assert_eq!(came, (delivered, duplicate), "{books}");
    }
    assert_ratings(&house.rows("tax-rating"), 0..20);
}

#[test]
fn packed_replies_are_unpacked_and_a_bomb_is_refused() {
    let house = House::new();
    let good = Service::new(|_, request| {
        assert!(
            request.contains("\naccept-encoding: zstd, gzip\n"),
            "{request}"
        );
        ok(
            "content-encoding: gzip\r\n",
            gzip(ratings(0..50).as_bytes()),
        )
    });
    let bomb = Service::new(|_, _| ok("content-encoding: gzip\r\n", gzip(&vec![b'a'; 20 << 20])));
    route(&house, "pull", &bomb.url, HERE);
    let said = refused(&house);
    assert!(
        said.contains("unpacks to more than 200 times its size"),
        "{said}"
    );
    assert!(said.contains("ratio_max"), "{said}");
    source(
        &house,
        "pull",
        &bomb.url,
        &format!("{HERE}ratio_max = 10_000\nbody_mib_max = 1"),
    );
    assert!(refused(&house).contains("more than 1048576 bytes unpacked"));
    source(&house, "pull", &good.url, HERE);
    assert_eq!(number(&house.once("pull"), "delivered"), 50);
}

#[test]
fn a_disk_without_room_is_said_and_nothing_half_is_left() {
    let house = House::new();
    let service = Service::new(|_, _| {
        ok(
            "content-encoding: gzip\r\n",
            gzip(ratings(0..50).as_bytes()),
        )
    });
    route(&house, "pull", &service.url, HERE);
    // What is unpacked goes onto a device that is full.
    let spool = house.path("state/spool");
    std::fs::create_dir_all(&spool).unwrap();
    let body = spool.join("pull-e3b0c44298fc1c14.body");
    std::os::unix::fs::symlink("/dev/full", body).unwrap();
    let said = refused(&house);
    assert!(said.contains("No space left on device"), "{said}");
    let left: Vec<_> = std::fs::read_dir(&spool).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(number(&house.once("pull"), "delivered"), 50);
}

#[test]
fn a_service_that_stalls_does_not_keep_the_gateway_from_stopping() {
    let (house, service) = (House::new(), Service::new(|_, _| Reply::Stalls(Vec::new())));
    route(&house, "pull", &service.url, HERE);
    let mut running = house.start(&["run"]);
    wait_until("the service is asked", || service.asked().len() == 1);
    assert_eq!(running.terminate(), 0);
}

#[test]
fn a_private_address_is_not_reached_unless_it_is_allowed() {
    let (house, service) = (House::new(), Service::new(|_, _| ok("", ratings(0..10))));
    let by_name = service.url.replace("127.0.0.1", "localhost");
    for (url, more) in [
        (&service.url, ""),
        (&by_name, ""),
        (&by_name, "allow = [\"10.0.0.0/8\"]"),
    ] {
        route(&house, "pull", url, more);
        let said = refused(&house);
        assert!(said.contains("which this source may not reach"), "{said}");
        assert!(said.contains("allow_private = true"), "{said}");
    }
    assert!(service.asked().is_empty());
    route(&house, "pull", &by_name, "allow_private = true");
    assert_eq!(number(&house.once("pull"), "delivered"), 10);
}

#[test]
fn half_a_reply_is_never_taken_for_a_whole_one() {
    let house = House::new();
    let service = Service::new(|n, _| match n {
        1 => Reply::Says(half("", &ratings(0..50))),
        2 => Reply::Says(format!("HTTP/1.1 200 OK\r\n\r\n{}", ratings(0..2)).into_bytes()),
        _ => ok("", ratings(0..50)),
    });
    route(&house, "pull", &service.url, HERE);
    assert!(refused(&house).contains("broke off after 201 bytes"));
    assert!(refused(&house).contains("does not say where it ends"));
    assert_eq!(number(&house.once("pull"), "delivered"), 50);
    assert_ratings(&house.rows("tax-rating"), 0..50);
}

#[test]
fn a_service_that_stalls_is_left_and_gone_on_with() {
    let house = House::new();
    let service = Service::new(|n, request| {
        let body = ratings(0..50);
        match n {
            1 => Reply::Stalls(half("etag: \"1\"\r\n", &body)),
            2 => Reply::Stalls(Vec::new()),
            _ => {
                assert!(request.contains("\nrange: bytes=201-\n"), "{request}");
                assert!(request.contains("\nif-range: \"1\"\n"), "{request}");
                let range = format!(
                    "etag: \"1\"\r\ncontent-range: bytes {SENT}-{0}/{1}\r\n",
                    body.len() - 1,
                    body.len()
                );
                status("206 Partial Content", &range, &body[SENT..])
            }
        }
    });
    let quick = "connect_timeout_ms = 100\nfirst_byte_timeout_ms = 200\nidle_timeout_ms = 200";
    route(&house, "pull", &service.url, &format!("{HERE}{quick}"));
    assert!(refused(&house).contains("waited 200 ms for more of the answer"));
    assert!(refused(&house).contains("waited 200 ms for the answer to begin"));
    source(&house, "pull", &service.url, HERE);
    assert_eq!(number(&house.once("pull"), "delivered"), 50);
    assert_ratings(&house.rows("tax-rating"), 0..50);
}

#[test]
fn a_service_that_asks_to_be_left_alone_is() {
    let house = House::new();
    let service = Service::new(|_, _| status("503 Busy", "retry-after: 3600\r\n", ""));
    route(&house, "pull", &service.url, HERE);
    house.route("files", "tax", "");
    let said = refused(&house);
    assert!(said.contains("asks to be left alone for 3600 s"), "{said}");
    let mut running = house.start(&["run"]);
    wait_until("the service is asked", || service.asked().len() == 2);
    // By now a route that looks ten times a second has looked again and again.
    for n in 0..3 {
        house.put(
            &format!("feeds/files/{n}.csv"),
            ratings(n * 10..n * 10 + 10),
        );
        let rows = (n as usize + 1) * 10;
        wait_until("a file is delivered", || {
            house.rows("tax-rating").len() == rows
        });
    }
    assert_eq!(service.asked().len(), 2);
    assert_eq!(running.terminate(), 0);
}
