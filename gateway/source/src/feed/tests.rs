use std::fs;
use std::io::Write;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::digest::sha256;

/// Small enough to be quick, large enough to be many blocks.
const MANY_BLOCKS: usize = 1_000_000;

fn written(dir: &TempDir, raw: &[u8]) -> FoundFile {
    let path = dir.path().join("feed.csv");
    fs::write(&path, raw).unwrap();
    FoundFile::at(&path, "feed.csv").unwrap()
}

fn position(feed: &Feed) -> OpenFeed {
    OpenFeed {
        name: "feed.csv".to_owned(),
        raw_bytes: feed.raw_bytes(),
        raw_sha256: feed.raw_sha256(),
        offset: feed.offset(),
        ..OpenFeed::default()
    }
}

/// Reads to the end, `want` at a time, consuming all but a little of each piece.
fn rest(feed: &mut Feed, want: usize) -> Vec<u8> {
    let mut text = Vec::new();
    loop {
        let piece = feed.piece(want).unwrap();
        assert!(piece.last || piece.bytes.len() >= want);
        let consumed = match piece.last {
            true => piece.bytes.len(),
            false => piece.bytes.len() - (want / 3).min(piece.bytes.len() - 1),
        };
        text.extend_from_slice(&piece.bytes[..consumed]);
        let last = piece.last;
        feed.consume(consumed);
        if last {
            return text;
        }
    }
}

fn gb(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn changed<T>(result: Result<T, FeedError>) -> bool {
    matches!(result, Err(FeedError::Changed { .. }))
}

#[test]
fn a_feed_of_many_blocks_is_read_whole() {
    let dir = TempDir::new().unwrap();
    let text = "黔西市𫖮,1\n".repeat(MANY_BLOCKS / 20);
    let raw = gb(&text);
    let mut feed = Feed::open(&written(&dir, &raw), Encoding::Detect, None).unwrap();
    assert!(matches!(feed.finished(), Err(FeedError::Unfinished { .. })));
    assert!(rest(&mut feed, 300_000) == text.as_bytes());
    let finished = feed.finished().unwrap();
    assert_eq!(finished.bytes, raw.len() as u64);
    assert_eq!(finished.sha256, sha256(&raw));
}

#[test]
fn a_piece_is_as_long_as_it_is_wanted_and_ends_with_a_character() {
    let dir = TempDir::new().unwrap();
    let text = "黔a".repeat(MANY_BLOCKS / 4);
    let mut feed = Feed::open(&written(&dir, text.as_bytes()), Encoding::Detect, None).unwrap();
    for (want, given) in [(1, 3), (3, 3), (4, 4), (5, 7), (40_000, 40_000)] {
        let piece = feed.piece(want).unwrap();
        assert_eq!((piece.bytes.len(), piece.last), (given, false), "{want}");
    }
}

#[test]
fn the_last_piece_is_known_as_the_last_at_any_length() {
    let dir = TempDir::new().unwrap();
    for length in [0, 1, 262_143, 262_144, 262_145, 524_288] {
        let file = written(&dir, &vec![b'x'; length]);
        let mut feed = Feed::open(&file, Encoding::Utf8, None).unwrap();
        let mut read = 0;
        loop {
            let piece = feed.piece(100_000).unwrap();
            read += piece.bytes.len();
            assert_eq!(piece.last, read == length, "{read} of {length}");
            let (bytes, last) = (piece.bytes.len(), piece.last);
            feed.consume(bytes);
            if last {
                break;
            }
        }
        feed.finished().unwrap();
    }
}

#[test]
fn going_on_anywhere_gives_the_rest() {
    let dir = TempDir::new().unwrap();
    let text = "永利,𫖮a\n".repeat(MANY_BLOCKS / 13);
    let file = written(&dir, &gb(&text));
    let mut feed = Feed::open(&file, Encoding::Detect, None).unwrap();
    let mut previous = 0;
    loop {
        let offset = usize::try_from(feed.offset()).unwrap();
        let open = position(&feed);
        assert!(open.raw_bytes >= previous, "a position never goes back");
        previous = open.raw_bytes;
        let mut resumed = Feed::open(&file, Encoding::Detect, Some(&open)).unwrap();
        assert_eq!(position(&resumed), open);
        assert!(rest(&mut resumed, 100_000) == text.as_bytes()[offset..]);
        assert_eq!(resumed.finished().unwrap().sha256, sha256(&gb(&text)));
        let piece = feed.piece(100_000).unwrap();
        if piece.bytes.is_empty() {
            break;
        }
        let some = piece.bytes.len().min(90_001);
        feed.consume(some);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_offset_of_a_small_feed_can_be_gone_on_from(
        raw in prop::collection::vec(
            prop_oneof![any::<u8>(), Just(b'a'), Just(0x81), Just(0x30), 0xC2..=0xE9u8],
            0..24,
        ),
        detect in any::<bool>(),
    ) {
        let encoding = if detect { Encoding::Detect } else { Encoding::Gb18030 };
        let dir = TempDir::new().unwrap();
        let file = written(&dir, &raw);
        let mut feed = Feed::open(&file, encoding, None).unwrap();
        let text = feed.piece(usize::MAX).unwrap().bytes.to_vec();
        for offset in 0..=text.len() {
            let open = position(&feed);
            let mut resumed = Feed::open(&file, encoding, Some(&open)).unwrap();
            prop_assert_eq!(&rest(&mut resumed, 5), &text[offset..]);
            prop_assert_eq!(resumed.finished().unwrap(), feed.finished().unwrap());
            feed.consume(1);
        }
    }
}

#[test]
fn another_content_under_the_same_name_is_not_gone_on_with() {
    let dir = TempDir::new().unwrap();
    let mut feed = Feed::open(&written(&dir, b"one,two\n"), Encoding::Utf8, None).unwrap();
    feed.piece(1).unwrap();
    feed.consume(4);
    let open = position(&feed);
    for other in [&b"one;two\n"[..], b"one", b""] {
        let file = written(&dir, other);
        assert!(changed(Feed::open(&file, Encoding::Utf8, Some(&open))));
    }
    let longer = written(&dir, b"one,two\nthree\n");
    let mut resumed = Feed::open(&longer, Encoding::Utf8, Some(&open)).unwrap();
    assert_eq!(rest(&mut resumed, 100), b"two\nthree\n");
}

#[test]
fn text_made_of_the_end_of_a_feed_is_gone_when_the_feed_grows() {
    let dir = TempDir::new().unwrap();
    let mut feed = Feed::open(&written(&dir, b"a\xE4\xB8"), Encoding::Utf8, None).unwrap();
    assert_eq!(feed.piece(9).unwrap().bytes, "a\u{FFFD}".as_bytes());
    feed.consume(4);
    let open = position(&feed);
    assert!(changed(Feed::open(
        &written(&dir, b"a\xE4\xB8\xADb"),
        Encoding::Utf8,
        Some(&open)
    )));
}

#[test]
fn a_feed_that_grows_while_it_is_read_does_not_finish() {
    let dir = TempDir::new().unwrap();
    let file = written(&dir, b"one\n");
    let mut feed = Feed::open(&file, Encoding::Utf8, None).unwrap();
    assert!(feed.piece(100).unwrap().last);
    fs::OpenOptions::new()
        .append(true)
        .open(&file.path)
        .unwrap()
        .write_all(b"two\n")
        .unwrap();
    let error = feed.finished().unwrap_err();
    assert!(matches!(error, FeedError::ChangedWhileReading { .. }) && error.retryable());
}

#[test]
fn a_feed_that_is_replaced_does_not_finish_but_one_moved_away_does() {
    let dir = TempDir::new().unwrap();
    let file = written(&dir, b"one\n");
    let mut feed = Feed::open(&file, Encoding::Utf8, None).unwrap();
    feed.piece(100).unwrap();
    fs::rename(&file.path, dir.path().join("done.csv")).unwrap();
    assert_eq!(feed.finished().unwrap().bytes, 4);
    fs::write(&file.path, b"two\n").unwrap();
    assert!(matches!(
        feed.finished(),
        Err(FeedError::ChangedWhileReading { .. })
    ));
    assert!(matches!(
        Feed::open(&file, Encoding::Utf8, None),
        Err(FeedError::ChangedWhileReading { .. })
    ));
}

#[test]
fn real_feeds_decode_without_a_replacement() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: no real feeds beside the project");
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        let file = FoundFile::at(&path, "real.csv").unwrap();
        let mut feed = Feed::open(&file, Encoding::Detect, None).unwrap();
        let text = String::from_utf8(rest(&mut feed, 65_536)).unwrap();
        assert!(
            !text.is_empty() && !text.contains('\u{FFFD}'),
            "{}",
            path.display()
        );
        assert!(!text.starts_with('\u{FEFF}'));
        feed.finished().unwrap();
    }
}
