//! Looking from outside.

use super::*;
use credit_record::flow::FinishedFeed;
use std::path::Path;

fn finished(content: u8) -> FinishedFeed {
    FinishedFeed {
        name: "list.csv".into(),
        bytes: 10,
        sha256: [content; 32],
        refused: false,
    }
}

/// All files of a folder, and what stands in them.
fn files(folder: &Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.clone(), std::fs::read(&path).unwrap())),
        }
    }
    found
}

fn new(rec: Rec) -> New {
    New {
        id: [rec.0; 16],
        digest: rec.1,
        version: rec.2,
        operation: rec.3,
    }
}

#[test]
fn what_another_process_holds_is_seen_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, _) = Queue::open(folder.path(), Options::default()).unwrap();
    let mut first = intake("r", &["a"], &[rec(1, 1), rec(2, 1)]);
    first.finished = Some(finished(1));
    first.resume.cursor = Some("p2".into());
    take(&queue, first);
    // Half a frame, as of a process that was killed; recovery would cut it off.
    let log = std::fs::read_dir(folder.path().join("log")).unwrap();
    let segment = log.map(|e| e.unwrap().path()).max().unwrap();
    let mut torn = std::fs::read(&segment).unwrap();
    let end = torn.iter().rposition(|byte| *byte != 0).unwrap();
    let block = (end / 4096 + 1) * 4096;
    torn[block..block + 100].fill(7);
    std::fs::write(&segment, torn).unwrap();

    let before = files(folder.path());
    let sight = Sight::of(folder.path()).unwrap().unwrap();
    assert_eq!(sight.resume("r").cursor.as_deref(), Some("p2"));
    assert!(sight.knows("r") && !sight.knows("s"));
    assert!(sight.size_seen("r", 10) && !sight.size_seen("r", 11));
    let seen = sight.file_seen("r", &[1; 32]).unwrap();
    assert!(sight.is_last("r", &seen));
    assert!(files(folder.path()) == before);
}

#[test]
fn what_is_foreseen_is_what_a_take_does_and_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, _) = Queue::open(folder.path(), Options::default()).unwrap();
    take(
        &queue,
        intake("r", &["a"], &[rec(1, 1), Rec(2, 1, 50, INSERT)]),
    );
    let mut sight = Sight::of(folder.path()).unwrap().unwrap();
    let changed = Foreseen::Changed {
        operation: Operation::Update,
        repair: false,
        before: None,
    };
    let fresh = Foreseen::New { operation: INSERT };
    for (rec, foreseen) in [
        (rec(1, 1), Foreseen::Duplicate),
        (Rec(2, 2, 49, INSERT), Foreseen::Stale),
        (rec(1, 2), changed),
        (rec(1, 2), Foreseen::Duplicate),
        (rec(3, 1), fresh),
        (rec(3, 1), Foreseen::Duplicate),
    ] {
        assert_eq!(sight.take("r", new(rec)), foreseen, "{rec:?}");
    }
    sight.finish("r", finished(2), 5);
    assert!(sight.file_seen("r", &[2; 32]).is_some());
    assert!(queue.file_seen("r", &[2; 32]).is_none());
    sight.begin_again("r");
    assert!(sight.file_seen("r", &[2; 32]).is_none() && !sight.size_seen("r", 10));
    assert_eq!(sight.take("r", new(rec(3, 1))), Foreseen::Duplicate);
    let again = Sight::of(folder.path()).unwrap().unwrap();
    assert!(again.file_seen("r", &[2; 32]).is_none());
}

#[test]
fn where_there_is_no_queue_none_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("state");
    assert!(Sight::of(&missing).unwrap().is_none());
    assert!(!missing.exists());
    assert!(Sight::of(folder.path()).unwrap().is_none());
    assert_eq!(Sight::default().resume("r"), Resume::default());
}
