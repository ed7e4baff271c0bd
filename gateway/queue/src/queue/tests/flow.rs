use super::*;
use crate::{NextError, SettleError, TakeError};
use credit_record::flow::{FinishedFeed, OpenFeed};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[test]
fn parcels_leave_in_order_and_once() {
    let rig = Rig::new();
    let queue = rig.open();
    let taken = take(
        &queue,
        intake("r", &["a"], &[rec(1, 1), rec(2, 1), rec(3, 1), rec(4, 1)]),
    );
    assert_eq!((taken.accepted, taken.duplicate), (4, 0));
    take(&queue, intake("r", &["a"], &[rec(5, 1)]));
    let parcel = next(&queue, "a");
    assert_eq!((parcel.rows.len(), parcel.id.part), (3, 0));
    assert_eq!(parcel.body(1), Some(body(rec(2, 1)).as_str()));
    assert_eq!(
        next(&queue, "a").id,
        parcel.id,
        "the same until it is settled"
    );
    queue.settle(&parcel.id, &receipt()).unwrap();
    let again = queue.settle(&parcel.id, &receipt());
    assert!(matches!(again, Err(SettleError::NotNext { .. })));
    let second = next(&queue, "a");
    assert_eq!(second.body(0), Some(body(rec(4, 1)).as_str()));
    assert_eq!(drain(&queue, "r", "a"), [4, 5]);
    assert!(queue.next("r", "a").unwrap().is_none());
    assert_eq!(books(&queue).delivered, 5);
}

#[test]
fn what_is_known_is_a_duplicate_and_its_body_is_not_kept() {
    let rig = Rig::new();
    let queue = rig.open();
    take(
        &queue,
        intake("r", &["a"], &[rec(1, 1), Rec(2, 1, 50, INSERT)]),
    );
    let mut batch = intake(
        "r",
        &["a"],
        &[
            rec(1, 1),
            rec(3, 1),
            Rec(2, 2, 49, INSERT),
            rec(1, 2),
            rec(3, 1),
            rec(3, 2),
        ],
    );
    batch.doubtful.push(doubtful(9, "empty", "x"));
    let taken = take(&queue, batch);
    assert_eq!(
        (taken.accepted, taken.duplicate, taken.stale, taken.doubtful),
        (3, 3, 1, 1)
    );
    assert_eq!(drain(&queue, "r", "a"), [1, 2, 3, 1, 3]);
    let books = books(&queue);
    assert_eq!((books.drafted, books.delivered, books.duplicate), (9, 5, 3));
}

#[test]
fn updates_of_one_key_in_one_batch_leave_one_after_the_other() {
    let rig = Rig::new();
    let queue = rig.open();
    take(
        &queue,
        intake("r", &["a"], &[rec(1, 1), rec(1, 2), rec(1, 3)]),
    );
    let mut seen = Vec::new();
    while let Some(parcel) = queue.next("r", "a").unwrap() {
        seen.push((parcel.operation, parcel.bodies.clone()));
        queue.settle(&parcel.id, &receipt()).unwrap();
    }
    let update = Operation::Update;
    let wanted = [(INSERT, 1), (update, 2), (update, 3)];
    assert_eq!(
        seen,
        wanted.map(|(operation, n)| (operation, body(rec(1, n))))
    );
}

#[test]
fn each_target_has_its_own_position_and_a_record_is_done_when_all_have_it() {
    let rig = Rig::new();
    let queue = rig.open();
    take(&queue, intake("r", &["a", "b"], &[rec(1, 1), rec(2, 1)]));
    let parcel = next(&queue, "a");
    queue
        .settle(&parcel.id, &verdicts(&[(0, Verdict::Refused)]))
        .unwrap();
    let half = books(&queue);
    assert_eq!((half.waiting, half.delivered, half.refused), (2, 0, 0));
    assert_eq!((half.targets[0].waiting, half.targets[1].waiting), (0, 2));
    assert_eq!((half.targets[0].delivered, half.targets[0].refused), (1, 1));
    assert_eq!(queue.waiting("r", "b").0, 2);
    let parcel = next(&queue, "b");
    queue
        .settle(&parcel.id, &verdicts(&[(0, Verdict::Refused)]))
        .unwrap();
    let done = books(&queue);
    assert_eq!((done.waiting, done.delivered, done.refused), (0, 1, 1));
}

#[test]
fn a_new_version_of_a_doubted_record_is_sent_as_a_repair() {
    let rig = Rig::new();
    let queue = rig.open();
    take(&queue, intake("r", &["a"], &[rec(1, 1), rec(2, 1)]));
    let parcel = next(&queue, "a");
    queue
        .settle(&parcel.id, &verdicts(&[(1, Verdict::Doubted)]))
        .unwrap();
    drop(queue);
    let queue = rig.open();
    take(&queue, intake("r", &["a"], &[rec(1, 2), rec(2, 2)]));
    let (first, repaired) = (next(&queue, "a"), {
        queue.settle(&next(&queue, "a").id, &receipt()).unwrap();
        next(&queue, "a")
    });
    assert_eq!((first.repair, first.rows[0].id[0]), (false, 1));
    assert_eq!((repaired.repair, repaired.rows[0].id[0]), (true, 2));
}

#[test]
fn a_receipt_about_something_else_changes_nothing() {
    let rig = Rig::new();
    let queue = rig.open();
    take(&queue, intake("r", &["a"], &[rec(1, 1)]));
    let parcel = next(&queue, "a");
    let wrong = queue.settle(&parcel.id, &verdicts(&[(1, Verdict::Refused)]));
    assert!(matches!(wrong, Err(SettleError::Unsound { rows: 1, .. })));
    let mut other = parcel.id.clone();
    other.target = "b".into();
    assert!(matches!(
        queue.settle(&other, &receipt()),
        Err(SettleError::NotNext { .. })
    ));
    assert_eq!(books(&queue).waiting, 1);
}

#[test]
fn position_and_files_are_durable_with_the_take() {
    let rig = Rig::new();
    let queue = rig.open();
    let open = OpenFeed {
        name: "list.csv".into(),
        offset: 77,
        ..OpenFeed::default()
    };
    let resume = Resume {
        open: Some(open),
        cursor: Some("c".into()),
    };
    let mut batch = intake("r", &["a"], &[rec(1, 1)]);
    batch.resume = resume.clone();
    batch.finished = Some(FinishedFeed {
        name: "old.csv".into(),
        bytes: 10,
        sha256: [1; 32],
        refused: false,
    });
    let taken = take(&queue, batch);
    drop(queue);
    let disk = rig.disk.crash(1);
    let rig = Rig { disk, ..Rig::new() };
    let queue = rig.open();
    assert_eq!(queue.resume("r"), resume);
    assert!(queue.size_seen("r", 10) && !queue.size_seen("r", 11) && !queue.size_seen("s", 10));
    let seen = queue.file_seen("r", &[1; 32]).unwrap();
    assert_eq!((seen.name.as_str(), seen.seq), ("old.csv", taken.seq));
}

#[test]
fn a_full_route_holds_back_until_something_is_settled() {
    let mut rig = Rig::new();
    rig.options.waiting_records_max = 2;
    let queue = rig.open();
    assert!(!queue.room("r").over);
    take(&queue, intake("r", &["a"], &[rec(1, 1), rec(2, 1)]));
    assert!(queue.room("r").over);
    assert!(!queue.wait_for_room("r", &AtomicBool::new(true)));
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| queue.wait_for_room("r", &AtomicBool::new(false)));
        drain(&queue, "r", "a");
        assert!(waits.join().unwrap());
    });
}

#[test]
fn targets_are_told_when_something_is_durable() {
    let rig = Rig::new();
    let queue = rig.open();
    let rung = Arc::new(AtomicU64::new(0));
    let bell = Arc::clone(&rung);
    queue.watch(
        "r",
        "a",
        Arc::new(move || {
            bell.fetch_add(1, Ordering::SeqCst);
        }),
    );
    take(&queue, intake("r", &["b"], &[rec(1, 1)]));
    assert_eq!(rung.load(Ordering::SeqCst), 0);
    take(&queue, intake("r", &["a"], &[rec(2, 1)]));
    while rung.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    assert!(queue.next("r", "a").unwrap().is_some());
}

#[test]
fn unsound_batches_are_refused_and_leave_nothing() {
    let rig = Rig::new();
    let queue = rig.open();
    let refused = |intake| queue.take_in(intake).map(|_| ()).unwrap_err();
    assert!(matches!(
        refused(intake("r", &[], &[rec(1, 1)])),
        TakeError::NoTarget { .. }
    ));
    let mut short = intake("r", &["a"], &[rec(1, 1)]);
    short.bodies.push(' ');
    assert!(matches!(refused(short), TakeError::Unsound { .. }));
    let mut unknown = intake("r", &["a"], &[rec(1, 1)]);
    unknown.directories.clear();
    assert!(matches!(refused(unknown), TakeError::Unsound { .. }));
    let mut long = intake("r", &["a"], &[rec(1, 1)]);
    long.bodies = "x".repeat(300 << 10);
    long.rows[0].end = long.bodies.len() as u32;
    assert!(refused(long).is_too_large());
    assert_eq!(books(&queue).drafted, 0);
    assert_eq!(take(&queue, intake("r", &["a"], &[rec(1, 1)])).accepted, 1);
}

#[test]
fn a_full_disk_refuses_takes_until_there_is_room() {
    let rig = Rig::new();
    let queue = rig.open();
    rig.disk.limit(Some(0));
    let big = |key| {
        let mut batch = intake("r", &["a"], &[rec(key, 1)]);
        batch.bodies = format!("\"{}\"", "x".repeat(100_000));
        batch.rows[0].end = batch.bodies.len() as u32;
        batch
    };
    let mut key = 0;
    let refused = loop {
        key += 1;
        match queue.take_in(big(key)) {
            Ok(ticket) => drop(ticket.wait().unwrap()),
            Err(error) => break error,
        }
    };
    assert!(refused.can_retry() && refused.code() == "queue-disk-full");
    rig.disk.limit(None);
    assert_eq!(take(&queue, big(key)).accepted, 1);
    assert_eq!(drain(&queue, "r", "a").len(), usize::from(key));
    assert_folded(&queue, &rig.disk);
}

#[test]
fn after_a_failed_barrier_nothing_is_taken_or_handed_out() {
    let rig = Rig::new();
    let queue = rig.open();
    take(&queue, intake("r", &["a"], &[rec(1, 1)]));
    rig.disk.fail_syncs(true);
    let ticket = queue.take_in(intake("r", &["a"], &[rec(2, 1)])).unwrap();
    let failed = ticket.wait().unwrap_err();
    assert!(!failed.can_retry() && failed.code() == "queue-stopped");
    rig.disk.fail_syncs(false);
    assert!(queue.take_in(intake("r", &["a"], &[rec(3, 1)])).is_err());
    assert!(matches!(queue.next("r", "a"), Err(NextError::Stopped(_))));
}

#[test]
fn routes_take_and_settle_at_the_same_time() {
    let rig = Rig::new();
    let queue = rig.open();
    let routes = ["r1", "r2", "r3", "r4"];
    std::thread::scope(|scope| {
        for route in routes {
            let queue = &queue;
            scope.spawn(move || {
                for n in 0..40_u8 {
                    let batch = intake(route, &["a"], &[rec(n, 1), rec(n + 1, 1)]);
                    take(queue, batch);
                }
            });
            scope.spawn(move || {
                let mut keys = Vec::new();
                while keys.len() < 41 {
                    keys.extend(drain(queue, route, "a"));
                    std::thread::yield_now();
                }
                assert!(keys.into_iter().eq(0..41), "in order, each once");
            });
        }
    });
    assert_eq!(queue.check_books(), []);
    assert!(
        queue
            .books()
            .iter()
            .all(|books| (books.delivered, books.duplicate) == (41, 39))
    );
    assert_folded(&queue, &rig.disk);
}

#[test]
fn one_process_at_a_time_has_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, _) = Queue::open(folder.path(), Options::default()).unwrap();
    let second = Queue::open(folder.path(), Options::default());
    let Err(crate::OpenError::Held { pid, .. }) = second else {
        panic!("not held")
    };
    assert_eq!(pid, std::process::id());
    take(&queue, intake("r", &["a"], &[rec(1, 1)]));
    queue.close().unwrap();
    let (queue, opened) = Queue::open(folder.path(), Options::default()).unwrap();
    assert_eq!(
        (opened.keys, opened.torn_bytes, opened.views_rebuilt),
        (1, 0, None)
    );
    assert_eq!(drain(&queue, "r", "a"), [1]);
}

#[test]
fn who_only_looks_leaves_no_segment_behind() {
    let folder = tempfile::tempdir().unwrap();
    let files = || {
        std::fs::read_dir(folder.path().join("log"))
            .unwrap()
            .count()
    };
    let open = || Queue::open(folder.path(), Options::default()).unwrap().0;
    open().close().unwrap();
    assert_eq!(files(), 0);
    let queue = open();
    take(&queue, intake("tax", &["county"], &[rec(1, 1)]));
    queue.close().unwrap();
    let written = files();
    for _ in 0..3 {
        open().close().unwrap();
    }
    assert_eq!(files(), written);
    assert_eq!(open().books()[0].waiting, 1);
}
