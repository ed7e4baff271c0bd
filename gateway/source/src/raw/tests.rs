use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::decode::Encoding;
use crate::digest::sha256;
use crate::feed::Feed;
use crate::files::FoundFile;
use tempfile::TempDir;

const DAY_MS: i64 = 86_400_000;

fn store(dir: &TempDir, bounds: Bounds) -> Store {
    Store::new(&dir.path().join("raw"), bounds)
}

const WIDE: Bounds = Bounds {
    keep_ms: 100 * DAY_MS,
    bytes_max: 1 << 40,
    free_bytes_least: 0,
};

fn label(name: &str, raw: &[u8], kept_ms: i64) -> Label {
    Label {
        kept_ms,
        name: name.to_owned(),
        bytes: raw.len() as u64,
        sha256: sha256(raw),
        adapter: credit_record::flow::AdapterId {
            name: "tax".to_owned(),
            version: "0.1.0".to_owned(),
            sha256: [7; 32],
        },
        settings_sha256: [9; 32],
    }
}

fn keep(store: &Store, route: &str, name: &str, raw: &[u8], kept_ms: i64) -> Kept {
    let mut keeper = store.begin(route, kept_ms).unwrap();
    raw.chunks(1000).for_each(|part| keeper.write(part));
    store.finish(keeper, label(name, raw, kept_ms)).unwrap()
}

fn names_of(store: &Store, route: &str) -> Vec<String> {
    let listing = store.kept(route, i64::MIN, i64::MAX).unwrap();
    assert!(listing.damaged.is_empty(), "{:?}", listing.damaged);
    listing.kept.into_iter().map(|k| k.label.name).collect()
}

fn content(kept: &Kept) -> Vec<u8> {
    let mut out = Vec::new();
    kept.copy_to(&mut out).unwrap();
    out
}

/// What hardly shrinks.
fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

#[test]
fn what_is_kept_is_read_back_as_it_came_and_says_what_it_is() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir, WIDE);
    let raw = "纳税人识别号,名称\n".repeat(50_000).into_bytes();
    let kept = keep(&store, "tax", "欠税 \"2025\".csv", &raw, 1_000);
    assert!(
        kept.stored_bytes < raw.len() as u64 / 8,
        "{}",
        kept.stored_bytes
    );
    let again = store.kept("tax", 0, 2_000).unwrap().kept;
    assert_eq!(again[0].label, label("欠税 \"2025\".csv", &raw, 1_000));
    assert_eq!(content(&again[0]), raw);
    assert!(store.kept("tax", 1_001, 2_000).unwrap().kept.is_empty());
    // Any tool reads it.
    let whole = zstd::stream::decode_all(File::open(&kept.path).unwrap()).unwrap();
    assert_eq!(whole, raw);
}

#[test]
fn nobody_else_may_look_into_it() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir, WIDE);
    let kept = keep(&store, "tax", "a.csv", b"a", 1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&kept.path), 0o600);
    assert_eq!(mode(kept.path.parent().unwrap()), 0o700);
    assert_eq!(mode(&dir.path().join("raw")), 0o700);
}

#[test]
fn copies_are_in_the_order_in_which_feeds_ended_whatever_the_clock_says() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir, WIDE);
    for (name, clock) in [("c", 500), ("a", 500), ("b", 20)] {
        keep(&store, "tax", name, name.as_bytes(), clock);
    }
    assert_eq!(names_of(&store, "tax"), ["c", "a", "b"]);
}

#[test]
fn the_same_feed_kept_again_after_a_crash_is_there_once_but_returns_after_another() {
    let dir = TempDir::new().unwrap();
    keep(&store(&dir, WIDE), "tax", "a", b"one", 1);
    let store = store(&dir, WIDE);
    keep(&store, "tax", "a", b"one", 2);
    assert_eq!(names_of(&store, "tax"), ["a"]);
    keep(&store, "tax", "b", b"two", 3);
    keep(&store, "tax", "a", b"one", 4);
    assert_eq!(names_of(&store, "tax"), ["a", "b", "a"]);
}

#[test]
fn a_copy_that_breaks_off_leaves_nothing_and_is_cleared_after_a_kill() {
    let dir = TempDir::new().unwrap();
    let store_1 = store(&dir, WIDE);
    let mut keeper = store_1.begin("tax", 0).unwrap();
    keeper.write(&noise(1_000_000, 1));
    let folder = dir.path().join("raw/tax");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    drop(keeper);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    fs::write(folder.join(".9.part"), b"of a killed gateway").unwrap();
    drop(store(&dir, WIDE).begin("tax", 0).unwrap());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn a_full_disk_is_told_at_the_end() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir, WIDE);
    drop(store.begin("tax", 0).unwrap());
    symlink("/dev/full", dir.path().join("raw/tax/.2.part")).unwrap();
    let mut keeper = store.begin("tax", 0).unwrap();
    let raw = noise(1_000_000, 1);
    keeper.write(&raw);
    keeper.write(&raw);
    let error = store.finish(keeper, label("a", &raw, 0)).unwrap_err();
    assert_eq!(error.code(), "raw-write");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("No space left"), "{cause}");
    assert!(names_of(&store, "tax").is_empty());
}

#[test]
fn nothing_is_kept_where_too_little_would_stay_free() {
    let dir = TempDir::new().unwrap();
    let bounds = Bounds {
        free_bytes_least: u64::MAX >> 1,
        ..WIDE
    };
    fs::create_dir(dir.path().join("raw")).unwrap();
    let error = store(&dir, bounds).begin("tax", 0).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "raw-no-room");
}

#[test]
fn a_damaged_copy_is_named_and_the_others_stay_readable() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir, WIDE);
    let raw = noise(300_000, 5);
    let first = keep(&store, "tax", "a", &raw, 1);
    let second = keep(&store, "tax", "b", b"b", 2);
    let mut bytes = fs::read(&first.path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&first.path, &bytes).unwrap();
    assert!(first.copy_to(&mut io::sink()).is_err());
    let mut feed = Feed::again(&first, Encoding::Binary).unwrap();
    while let Ok(piece) = feed.piece(100_000) {
        assert!(!piece.last, "read to its end");
        let bytes = piece.bytes.len();
        feed.consume(bytes);
    }
    assert!(feed.finished().is_err());

    fs::write(&first.path, b"no label at all").unwrap();
    let listing = store.kept("tax", 0, 9).unwrap();
    assert_eq!(listing.kept.len(), 1);
    assert_eq!(listing.damaged[0].code(), "raw-label");
    assert_eq!(content(&second), b"b");
}

#[test]
fn what_is_past_its_time_goes_and_the_oldest_where_there_is_too_much() {
    let dir = TempDir::new().unwrap();
    let bounds = Bounds {
        keep_ms: 10 * DAY_MS,
        bytes_max: 340_000,
        free_bytes_least: 0,
    };
    let store = store(&dir, bounds);
    keep(&store, "tax", "old", b"old", DAY_MS);
    keep(&store, "market", "newer", &noise(100_000, 1), 5 * DAY_MS);
    keep(&store, "tax", "newest", &noise(100_000, 2), 6 * DAY_MS);
    assert_eq!(names_of(&store, "tax"), ["old", "newest"]);
    // The oldest is eleven days old: noticed with the next feed.
    keep(&store, "tax", "small", b"small", 12 * DAY_MS);
    assert_eq!(names_of(&store, "tax"), ["newest", "small"]);
    // Too many bytes: the oldest goes, whosever it is.
    keep(&store, "tax", "large", &noise(130_000, 3), 13 * DAY_MS);
    assert!(names_of(&store, "market").is_empty());
    assert_eq!(names_of(&store, "tax"), ["newest", "small", "large"]);
}

#[test]
fn nothing_is_cleaned_away_of_a_route_that_is_held() {
    let dir = TempDir::new().unwrap();
    let bounds = Bounds {
        keep_ms: DAY_MS,
        ..WIDE
    };
    let store = store(&dir, bounds);
    keep(&store, "tax", "a", b"a", 0);
    keep(&store, "market", "m", b"m", 0);
    let hold = store.hold("tax").unwrap();
    let cleaned = store.clean(3 * DAY_MS).unwrap();
    assert_eq!(cleaned.copies, 1);
    assert!(cleaned.held_bytes > 0);
    assert_eq!(names_of(&store, "tax"), ["a"]);
    drop(hold);
    assert_eq!(store.clean(3 * DAY_MS).unwrap().copies, 1);
    assert!(names_of(&store, "tax").is_empty());
}

#[test]
fn a_feed_is_kept_whole_also_where_it_is_gone_on_with() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir, WIDE);
    let raw = "第一行,税务局\n".repeat(60_000).into_bytes();
    let path = dir.path().join("a.csv");
    fs::write(&path, &raw).unwrap();
    let found = FoundFile::at(&path, "a.csv").unwrap();
    let mut feed = Feed::open(&found, Encoding::Detect, None).unwrap();
    let half = feed.piece(700_000).unwrap().bytes.len();
    feed.consume(half);
    let left = credit_record::flow::OpenFeed {
        raw_bytes: feed.raw_bytes(),
        raw_sha256: feed.raw_sha256(),
        offset: feed.offset(),
        ..Default::default()
    };
    let keeper = store.begin("tax", 0).unwrap();
    let open = Feed::open_keeping(&found, Encoding::Detect, Some(&left), Some(keeper));
    let mut feed = open.unwrap();
    assert!(feed.kept().is_none(), "it is not read to its end");
    let rest = feed.piece(usize::MAX).unwrap();
    assert!(rest.last);
    let finished = feed.finished().unwrap();
    let keeper = feed.kept().unwrap();
    let kept = store.finish(keeper, label("a.csv", &raw, 1)).unwrap();
    assert_eq!(finished.sha256, kept.label.sha256);
    assert_eq!(content(&kept), raw);
    let mut again = Feed::again(&kept, Encoding::Detect).unwrap();
    let text = again.piece(usize::MAX).unwrap();
    assert_eq!(text.bytes, raw);
    assert_eq!(again.finished().unwrap().sha256, sha256(&raw));
}
