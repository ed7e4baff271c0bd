//! Feeds that are read again.

use super::*;
use crate::MadeBefore;
use credit_record::flow::{FinishedFeed, OpenFeed};

fn finished(mut intake: Intake, content: u8) -> Intake {
    intake.finished = Some(FinishedFeed {
        name: intake.feed.clone(),
        bytes: 10,
        sha256: [content; 32],
        refused: false,
    });
    intake
}

/// Takes a whole feed; its end.
fn feed(queue: &Queue, name: &str, recs: &[Rec]) -> u64 {
    let mut intake = finished(intake("r", &["a"], recs), name.as_bytes()[0]);
    intake.feed = name.into();
    take(queue, intake).seq
}

fn again(queue: &Queue, name: &str, ended: u64, recs: &[Rec]) -> Taken {
    let mut intake = intake("r", &["a"], recs);
    intake.feed = name.into();
    intake.resume = queue.resume("r");
    intake.replay_of = Some(ended);
    take(queue, intake)
}

fn fates(taken: Taken) -> (u32, u32, u32) {
    (taken.accepted, taken.duplicate, taken.stale)
}

#[test]
fn what_is_read_again_has_its_effect_once_and_gives_way_to_what_is_later() {
    let rig = Rig::new();
    let queue = rig.open();
    let first = feed(&queue, "first", &[rec(1, 1), rec(2, 1), rec(3, 1)]);
    let second = feed(&queue, "second", &[rec(2, 7)]);
    // Corrected: 1 and 2 are others now, 4 was doubtful. 2 is known from later.
    let corrected = [rec(1, 9), rec(2, 9), rec(3, 1), rec(4, 9)];
    assert_eq!(fates(again(&queue, "first", first, &corrected)), (2, 2, 1));
    assert_eq!(
        fates(again(&queue, "second", second, &[rec(2, 8)])),
        (1, 0, 0)
    );
    // Once more, nothing comes of it; and a further correction is not held back by the first.
    assert_eq!(fates(again(&queue, "first", first, &corrected)), (0, 4, 1));
    assert_eq!(
        fates(again(&queue, "second", second, &[rec(2, 8)])),
        (0, 1, 0)
    );
    assert_eq!(
        fates(again(&queue, "first", first, &[rec(1, 10)])),
        (1, 0, 0)
    );
    // What a feed says that is new is not held back, either.
    feed(&queue, "third", &[rec(1, 11), rec(2, 11)]);
    assert_eq!(drain(&queue, "r", "a"), [1, 2, 3, 2, 1, 4, 2, 1, 1, 2]);
    assert_folded(&queue, &rig.disk);
    queue.close().unwrap();
    let queue = rig.open();
    assert_eq!(fates(again(&queue, "first", first, &corrected)), (0, 4, 2));
    books(&queue);
}

#[test]
fn a_replay_moves_neither_the_place_to_go_on_from_nor_what_was_read() {
    let rig = Rig::new();
    let queue = rig.open();
    let first = feed(&queue, "first", &[rec(1, 1)]);
    let mut open = intake("r", &["a"], &[rec(2, 1)]);
    open.feed = "half".into();
    open.resume.cursor = Some("c".into());
    open.resume.open = Some(OpenFeed {
        name: "half".into(),
        offset: 40,
        ..OpenFeed::default()
    });
    take(&queue, open);
    let before = queue.resume("r");
    again(&queue, "first", first, &[rec(1, 2)]);
    assert_eq!(queue.resume("r"), before);
    assert_eq!(queue.file_seen("r", &[b'f'; 32]).unwrap().seq, first);
    assert_eq!(books(&queue).files, 1);
}

#[test]
fn what_a_feed_made_is_known_until_something_later_is() {
    let rig = Rig::with_views();
    let queue = rig.open();
    feed(&queue, "other", &[rec(9, 1)]);
    let mut half = intake("r", &["a"], &[rec(1, 1), rec(2, 1)]);
    half.feed = "first".into();
    take(&queue, half);
    let first = feed(&queue, "first", &[rec(3, 1), rec(4, 1)]);
    feed(&queue, "second", &[rec(2, 7)]);
    again(&queue, "first", first, &[rec(3, 5)]);
    let made = queue.made_before("r", "first", first).unwrap();
    let keys: Vec<u8> = made.iter().map(|made| made.id[0]).collect();
    assert_eq!(keys, [1, 4, 3]);
    let wanted = MadeBefore {
        id: [1; 16],
        directory: "XZXK".into(),
        source_row: 2,
    };
    assert_eq!(made[0], wanted);
}

#[test]
fn a_dead_letter_that_was_sent_again_is_as_old_as_what_it_repeats() {
    let rig = Rig::with_views();
    let queue = rig.open();
    let first = feed(&queue, "first", &[rec(1, 1), rec(2, 1)]);
    let parcel = next(&queue, "a").id;
    queue
        .settle(&parcel, &verdicts(&[(0, Verdict::Refused)]))
        .unwrap();
    let replay = crate::Replay {
        route: "r".into(),
        records: vec![[1; 16]],
        parcels: ParcelLimits {
            records_max: 3,
            bytes_max: 100_000,
        },
        order: crate::Order {
            by: "a test".into(),
            reason: "sent again".into(),
        },
    };
    assert!(queue.replay(&replay).unwrap().is_empty());
    // It is still of that feed, and a correction of that feed is not held back by it.
    let made = queue.made_before("r", "first", first).unwrap();
    let mut ids: Vec<u8> = made.iter().map(|made| made.id[0]).collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 2]);
    assert_eq!(
        fates(again(&queue, "first", first, &[rec(1, 9)])),
        (1, 0, 0)
    );
    // What a later feed said of it is later.
    let second = feed(&queue, "second", &[rec(2, 5)]);
    assert!(second > first);
    assert_eq!(
        fates(again(&queue, "first", first, &[rec(2, 9)])),
        (0, 1, 1)
    );
}
