use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use globset::Glob;
use tempfile::TempDir;

use super::*;
use crate::digest::{hex, sha256};

/// Far after any time that a test writes a file at.
const NOW_MS: i64 = 4_000_000_000_000;

#[derive(Default)]
struct Finished(HashSet<(u64, [u8; 32])>);

impl Finished {
    fn add(&mut self, content: &[u8]) {
        self.0.insert((content.len() as u64, sha256(content)));
    }
}

impl Seen for Finished {
    fn size_seen(&self, bytes: u64) -> bool {
        self.0.iter().any(|seen| seen.0 == bytes)
    }

    fn file_seen(&self, sha256: &[u8; 32], _: i64) -> bool {
        self.0.iter().any(|seen| seen.1 == *sha256)
    }
}

struct Folder {
    dir: TempDir,
    files: Files,
    seen: Finished,
}

impl Folder {
    fn new(ready: Readiness) -> Self {
        let dir = TempDir::new().unwrap();
        let glob = Glob::new("*.csv").unwrap().compile_matcher();
        let source = FilesSource {
            dir: dir.path().to_owned(),
            glob,
            ready,
            order: Order::Name,
            after: After::Keep,
            withheld: Arc::default(),
        };
        Self {
            dir,
            files: Files::new(source),
            seen: Finished::default(),
        }
    }

    fn at_once() -> Self {
        Self::new(Readiness::Stable { stable_ms: 0 })
    }

    fn with_ok_files() -> Self {
        Self::new(Readiness::OkFile {
            pattern: "{stem}.ok".to_owned(),
        })
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.dir.path().join(name), content).unwrap();
    }

    fn look(&mut self, now_ms: i64) -> Look {
        self.files.next(&self.seen, None, now_ms).unwrap()
    }

    /// The name of the next file; `-` for none.
    fn next(&mut self) -> String {
        ready(self.look(NOW_MS))
    }

    /// Names and codes of what is held.
    fn held(&mut self) -> Vec<(String, &'static str)> {
        let held = self.look(NOW_MS).held;
        held.into_iter()
            .map(|held| (held.name, held.reason.code()))
            .collect()
    }
}

fn ready(look: Look) -> String {
    match look.next {
        Next::Ready(file) => file.name,
        Next::Lost { name } => format!("lost {name}"),
        Next::Nothing => "-".to_owned(),
    }
}

#[test]
fn files_come_in_order_of_their_names_and_each_once() {
    let mut folder = Folder::at_once();
    for other in [
        "b.csv",
        "a.csv",
        ".hidden.csv",
        "c.csv.tmp",
        "d.csv.ok",
        "e.txt",
    ] {
        folder.write(other, other);
    }
    fs::create_dir(folder.dir.path().join("sub.csv")).unwrap();
    assert_eq!(folder.next(), "a.csv");
    folder.seen.add(b"a.csv");
    assert_eq!(folder.next(), "b.csv");
    folder.seen.add(b"b.csv");
    assert_eq!(folder.next(), "-");
    assert!(folder.held().is_empty());
}

#[test]
fn content_that_was_read_is_known_under_another_name_and_new_content_under_an_old_one() {
    let mut folder = Folder::at_once();
    folder.write("a.csv", "content");
    folder.seen.add(b"content");
    folder.write("again.csv", "content");
    assert_eq!(folder.next(), "-");
    folder.write("a.csv", "CONTENT");
    assert_eq!(folder.next(), "a.csv");
}

#[test]
fn a_known_file_is_looked_into_once() {
    let mut folder = Folder::at_once();
    folder.write("a.csv", "content");
    folder.seen.add(b"content");
    assert_eq!(folder.next(), "-");
    let (stamp, digest) = folder.files.digests["a.csv"];
    folder
        .files
        .digests
        .insert("a.csv".to_owned(), (stamp, [7; 32]));
    assert_eq!(folder.next(), "a.csv", "the digest was not remembered");
    folder
        .files
        .digests
        .insert("a.csv".to_owned(), (stamp, digest));
    fs::remove_file(folder.dir.path().join("a.csv")).unwrap();
    assert_eq!(folder.next(), "-");
    assert!(folder.files.digests.is_empty() && folder.files.observed.is_empty());
}

#[test]
fn a_digest_of_a_file_just_written_is_not_remembered() {
    let mut folder = Folder::at_once();
    folder.write("a.csv", "content");
    folder.seen.add(b"content");
    assert_eq!(ready(folder.look(0)), "-");
    assert!(folder.files.digests.is_empty());
}

#[test]
fn a_file_is_read_once_it_rests() {
    let mut folder = Folder::new(Readiness::Stable { stable_ms: 1_000 });
    folder.write("a.csv", "1");
    let look = folder.look(NOW_MS);
    assert!(matches!(
        look.held[0].reason,
        HeldReason::Settling {
            still_ms: 0,
            stable_ms: 1_000
        }
    ));
    assert_eq!(ready(look), "-");
    assert_eq!(ready(folder.look(NOW_MS + 999)), "-");
    folder.write("a.csv", "12");
    assert_eq!(ready(folder.look(NOW_MS + 1_000)), "-");
    assert_eq!(
        ready(folder.look(NOW_MS + 500)),
        "-",
        "the clock was set back"
    );
    assert_eq!(ready(folder.look(NOW_MS + 1_500)), "a.csv");
}

#[test]
fn an_ok_file_makes_a_file_complete() {
    let mut folder = Folder::with_ok_files();
    folder.write("a.csv", "content");
    assert_eq!(folder.held(), [("a.csv".to_owned(), "file-waits-for-ok")]);
    folder.write("a.ok", "");
    assert_eq!(folder.next(), "a.csv");
    folder.write("a.ok", "complete | by hand");
    assert_eq!(folder.next(), "a.csv");
    folder.write(
        "a.ok",
        format!(
            "a.csv|7|0001|{}\r\n",
            hex(&sha256(b"content")).to_uppercase()
        ),
    );
    assert_eq!(folder.next(), "a.csv");
}

#[test]
fn a_file_that_is_not_what_its_ok_file_says_is_held_and_the_others_go_on() {
    let mut folder = Folder::with_ok_files();
    folder.write("a.csv", "content");
    folder.write("b.csv", "content");
    folder.write("b.ok", "");
    let digest = hex(&sha256(b"content"));
    for (ok, says) in [
        (
            format!("b.csv|7|1|{digest}"),
            "a.ok says name b.csv, found a.csv",
        ),
        (format!("a.csv|8|1|{digest}"), "a.ok says bytes 8, found 7"),
        (
            "a.csv|7|1|abc".to_owned(),
            &*format!("a.ok says sha256 abc, found {digest}"),
        ),
    ] {
        folder.write("a.ok", ok);
        let look = folder.look(NOW_MS);
        assert_eq!(look.held[0].reason.to_string(), says);
        assert!(!look.held[0].reason.retryable());
        assert_eq!(ready(look), "b.csv");
    }
}

#[test]
fn the_name_of_an_ok_file_follows_its_pattern() {
    assert_eq!(ok_file::name("{stem}.ok", "a.b.csv"), "a.b.ok");
    assert_eq!(ok_file::name("{name}.ok", "a.csv"), "a.csv.ok");
    assert_eq!(ok_file::name("{x}{name}", "{stem}.csv"), "{x}{stem}.csv");
    assert_eq!(ok_file::name("ok/{stem}", "plain"), "ok/plain");
}

#[test]
fn the_shipped_bank_feeds_are_what_their_ok_files_say() {
    let banks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/synthetic/banks");
    if !banks.is_dir() {
        println!("skipped: no synthetic feeds beside the project");
        return;
    }
    let ready = Readiness::OkFile {
        pattern: "{stem}.ok".to_owned(),
    };
    let glob = Glob::new("*.txt").unwrap().compile_matcher();
    let source = FilesSource {
        dir: banks,
        glob,
        ready,
        order: Order::Modified,
        after: After::Keep,
        withheld: Arc::default(),
    };
    let look = Files::new(source)
        .next(&Finished::default(), None, NOW_MS)
        .unwrap();
    assert!(matches!(look.next, Next::Ready(_)));
}

#[test]
fn a_half_read_feed_comes_first_and_is_missed_when_gone() {
    let mut folder = Folder::new(Readiness::Stable { stable_ms: 1_000 });
    folder.write("a.csv", "a");
    folder.write("b.csv", "b");
    let mut open = OpenFeed {
        name: "b.csv".to_owned(),
        ..OpenFeed::default()
    };
    let look = folder
        .files
        .next(&folder.seen, Some(&open), NOW_MS)
        .unwrap();
    assert_eq!(look.held.len(), 1);
    assert_eq!(ready(look), "b.csv");
    for gone in ["gone.csv", "../b.csv", "", ".."] {
        open.name = gone.to_owned();
        let look = folder
            .files
            .next(&folder.seen, Some(&open), NOW_MS)
            .unwrap();
        assert_eq!(
            look.next,
            Next::Lost {
                name: gone.to_owned()
            }
        );
    }
}

#[test]
fn links_are_followed_within_the_folder_only() {
    let mut folder = Folder::at_once();
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("secret.csv"), "secret").unwrap();
    symlink(
        outside.path().join("secret.csv"),
        folder.dir.path().join("a.csv"),
    )
    .unwrap();
    folder.write("data.txt", "data");
    symlink("data.txt", folder.dir.path().join("b.csv")).unwrap();
    symlink("/nowhere", folder.dir.path().join("c.csv")).unwrap();
    symlink(".", folder.dir.path().join("d.csv")).unwrap();
    assert_eq!(
        folder.held(),
        [
            ("a.csv".to_owned(), "file-leaves-folder"),
            ("d.csv".to_owned(), "file-not-ordinary")
        ]
    );
    assert_eq!(folder.next(), "b.csv");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let mut folder = Folder::at_once();
    folder.files.source.dir = PathBuf::from("/nowhere/at/all");
    let error = folder.files.next(&folder.seen, None, NOW_MS).unwrap_err();
    assert_eq!(error.to_string(), "folder /nowhere/at/all cannot be listed");
    assert!(error.retryable());
}

#[test]
fn a_file_goes_to_the_archive_only_after_it_was_taken_and_is_written_over_by_none() {
    let mut folder = Folder::with_ok_files();
    let archive = folder.dir.path().join("archive");
    folder.files.source.after = After::Archive {
        dir: archive.clone(),
    };
    for content in ["one", "other"] {
        folder.write("a.csv", content);
        folder.write("a.ok", "");
        assert_eq!(folder.next(), "a.csv");
        assert_eq!(folder.next(), "a.csv", "not taken, so it stays");
        folder.seen.add(content.as_bytes());
        assert_eq!(folder.next(), "-");
        assert!(!folder.dir.path().join("a.ok").exists());
    }
    let read = |name: &str| fs::read_to_string(archive.join(name)).unwrap();
    assert_eq!(
        (read("a.csv"), read("a.csv.2")),
        ("one".into(), "other".into())
    );
}

#[test]
fn a_file_whose_content_was_withheld_is_not_deleted() {
    let mut folder = Folder::at_once();
    folder.files.source.after = After::Delete;
    for content in ["good", "refused as a whole"] {
        folder.write(&format!("{}.csv", content.len()), content);
        folder.seen.add(content.as_bytes());
    }
    let withheld = Withheld::open(&folder.dir.path().join("withheld")).unwrap();
    withheld.add(sha256(b"refused as a whole")).unwrap();
    let again = Withheld::open(&folder.dir.path().join("withheld")).unwrap();
    folder.files.source.withheld = Arc::new(again);
    assert_eq!(folder.next(), "-");
    assert!(!folder.dir.path().join("4.csv").exists());
    assert!(folder.dir.path().join("18.csv").exists());
}
