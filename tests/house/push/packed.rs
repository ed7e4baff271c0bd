//! Feeds that come packed.

use super::department::Said;
use super::{is_delivered, open};
use crate::support::{House, assert_ratings, number, ratings};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

fn gzip(feed: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(feed).unwrap();
    encoder.finish().unwrap()
}

fn zstd(feed: &[u8]) -> Vec<u8> {
    zstd::encode_all(feed, 3).unwrap()
}

#[track_caller]
fn says(said: &Said, code: &str) {
    assert_eq!(said.body["code"], code, "{}", said.body);
    for language in ["message_zh", "message_en"] {
        assert!(said.body[language].as_str().unwrap().len() > 5);
    }
}

fn incoming(house: &House) -> usize {
    let folder = house.path("state/push/.incoming");
    folder.read_dir().unwrap().count()
}

#[test]
fn a_packed_feed_is_known_by_what_it_holds() {
    let (house, mut service, department) = open("", "");
    let feed = ratings(0..2_000);
    let said = department.push_packed("k1", "gzip", &gzip(feed.as_bytes()));
    assert_eq!(said.with(200).counts(), [2_000, 2_000, 0, 0]);
    // The same key with the same feed, packed otherwise or not at all.
    for said in [
        department.push_packed("k1", "zstd", &zstd(feed.as_bytes())),
        department.push_packed("k1", "identity", feed.as_bytes()),
        department.push("k1", &feed),
    ] {
        let said = said.with(200);
        assert_eq!(said.counts(), [2_000, 2_000, 0, 0]);
        assert_eq!(said.body["replayed"], true);
    }
    let other = ratings(0..2_001);
    department
        .push_packed("k1", "gzip", &gzip(other.as_bytes()))
        .with(409);
    let said = department.push_packed("k2", "Zstd", &zstd(other.as_bytes()));
    assert_eq!(said.with(200).counts(), [2_001, 1, 0, 2_000]);
    is_delivered(&house, 2_001);
    assert_ratings(&house.rows("tax-rating"), 0..2_001);
    assert_eq!(incoming(&house), 0);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn what_cannot_be_unpacked_within_bounds_is_taken_by_nobody() {
    let (house, mut service, department) = open("body_mib_max = 8\n", "");
    for coding in ["br", "gzip, zstd", "deflate"] {
        let said = department.push_packed("k", coding, b"packed").with(415);
        says(&said, "coding");
        assert!(
            said.head.contains("accept-encoding: zstd, gzip"),
            "{}",
            said.head
        );
    }
    let feed = ratings(0..500);
    let mut wrong = gzip(feed.as_bytes());
    let sum = wrong.len() - 6;
    wrong[sum] ^= 1;
    let (half_gzip, half_zstd) = (gzip(feed.as_bytes()), zstd(feed.as_bytes()));
    for (coding, packed) in [
        ("gzip", &wrong[..]),
        ("gzip", &half_gzip[..half_gzip.len() / 2]),
        ("zstd", &half_zstd[..half_zstd.len() - 3]),
        ("gzip", feed.as_bytes()),
        ("zstd", b"?"),
    ] {
        says(
            &department.push_packed("k", coding, packed).with(400),
            "damaged",
        );
    }
    let nothing = department.push_packed("k", "gzip", &gzip(b"")).with(400);
    says(&nothing, "empty");
    // Three MiB out of a few kilobytes, and more than is allowed out of little enough.
    for pack in [gzip, zstd] {
        let coding = if pack(b"")[0] == 0x1f { "gzip" } else { "zstd" };
        let bomb = pack(&vec![0; 3 << 20]);
        says(
            &department.push_packed("k", coding, &bomb).with(413),
            "bomb",
        );
        let large = ratings(0..120_000);
        let large = pack(large.as_bytes());
        let said = department.push_packed("k", coding, &large).with(413);
        says(&said, "too_large");
    }
    assert_eq!(incoming(&house), 0);
    // The key is free, and nothing was taken under it.
    department
        .push_packed("k", "gzip", &gzip(feed.as_bytes()))
        .with(200);
    assert_eq!(number(&house.books("tax"), "drafted"), 500);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}
