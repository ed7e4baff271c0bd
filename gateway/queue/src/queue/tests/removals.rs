//! Full snapshots: compared, confirmed, kept, and back again.

use super::*;
use crate::RemovalError;
use crate::frames::Order;
use credit_record::flow::OpenFeed;

fn id(key: u8) -> [u8; 16] {
    [key; 16]
}

pub(super) fn snapshot(route: &str, keys: &[u8]) -> Snapshot {
    Snapshot {
        route: route.into(),
        feed: "full.json".into(),
        present: keys.iter().rev().copied().map(id).collect(),
        unidentified: 0,
        directories: vec!["XZXK".into()],
        absent_max_percent: 10,
    }
}

fn order() -> Order {
    Order {
        by: "王某".into(),
        reason: "法院来函".into(),
    }
}

pub(super) fn withdrawal(route: &str, targets: &[&str], keys: &[u8]) -> Withdrawal {
    Withdrawal {
        route: route.into(),
        targets: targets.iter().map(|target| (*target).to_owned()).collect(),
        parcels: ParcelLimits {
            records_max: 3,
            bytes_max: 100_000,
        },
        records: keys.iter().copied().map(id).collect(),
        order: order(),
    }
}

/// A queue with these keys delivered.
fn delivered(rig: &Rig, keys: &[u8]) -> Queue {
    let queue = rig.open();
    let recs: Vec<Rec> = keys.iter().map(|key| rec(*key, 1)).collect();
    take(&queue, intake("r", &["city"], &recs));
    drain(&queue, "r", "city");
    queue
}

fn pending(queue: &Queue) -> Vec<u8> {
    let (pending, _) = queue.absent("r");
    pending.iter().map(|id| id[0]).collect()
}

#[test]
fn what_a_snapshot_lacks_waits_for_a_word_and_is_withdrawn_by_it() {
    let rig = Rig::with_views();
    let queue = delivered(&rig, &[1, 2, 3, 4]);
    let compared = queue.compare(snapshot("r", &[4, 2])).unwrap();
    assert_eq!((compared.known, compared.absent), (4, Some(2)));
    assert_eq!(pending(&queue), [1, 3]);
    assert!(
        queue.next("r", "city").unwrap().is_none(),
        "nothing by itself"
    );
    let told = queue.removals("r", 9).unwrap();
    assert_eq!(told[1].id, id(3));
    assert_eq!(told[1].body.as_deref(), Some(&*body(rec(3, 1))));
    assert_eq!((told[1].source_row, &*told[1].feed), (4, "list.csv"));

    assert!(
        queue
            .withdraw(&withdrawal("r", &["city"], &[3]))
            .unwrap()
            .is_empty()
    );
    let parcel = next(&queue, "city");
    assert_eq!(parcel.operation, Operation::Withdraw);
    assert_eq!(parcel.body(0), Some(&*body(rec(3, 1))));
    assert_eq!(drain(&queue, "r", "city"), [3]);
    assert_eq!(pending(&queue), [1]);
    assert_eq!(books(&queue).delivered, 5);
    let again = queue.withdraw(&withdrawal("r", &["city"], &[3]));
    assert!(matches!(again, Err(RemovalError::NotAbsent { .. })));
    let trace = queue.trace(&TraceQuery::Id("03".repeat(16))).unwrap();
    assert_eq!(trace.versions[0].order, Some(order()));
    assert_eq!(trace.versions[1].operation, INSERT);
    assert_folded(&queue, &rig.disk);
    drop(queue);
    assert_eq!(pending(&rig.open()), [1]);
}

#[test]
fn a_record_withdrawn_for_its_absence_comes_back_as_it_was() {
    let rig = Rig::new();
    let queue = delivered(&rig, &[1, 2]);
    queue.compare(snapshot("r", &[2])).unwrap();
    queue.withdraw(&withdrawal("r", &["city"], &[1])).unwrap();
    take(&queue, intake("r", &["city"], &[rec(2, 1)]));
    drain(&queue, "r", "city");
    let compared = queue.compare(snapshot("r", &[2])).unwrap();
    assert_eq!((compared.known, compared.absent), (1, Some(0)));
    take(&queue, intake("r", &["city"], &[rec(1, 1), rec(2, 1)]));
    assert_eq!(next(&queue, "city").operation, INSERT);
    assert_eq!(drain(&queue, "r", "city"), [1]);
}

#[test]
fn only_what_a_platform_may_have_and_the_snapshot_has_the_whole_of_is_absent() {
    let rig = Rig::new();
    let queue = rig.open();
    take(
        &queue,
        intake("r", &["city"], &[rec(1, 1), rec(2, 1), rec(3, 1)]),
    );
    let refused = verdicts(&[(0, Verdict::Refused), (2, Verdict::Refused)]);
    queue.settle(&next(&queue, "city").id, &refused).unwrap();
    let mut others = intake("r", &["city"], &[rec(7, 1)]);
    others.directories = vec!["OTHER".into()];
    take(&queue, others);
    // A later version of 3 is refused, too: by now another target has the first.
    take(&queue, intake("r", &["city", "province"], &[rec(3, 2)]));
    let compared = queue.compare(snapshot("r", &[])).unwrap();
    assert_eq!((compared.known, compared.absent), (2, Some(2)));
    assert_eq!(pending(&queue), [2, 3]);
}

#[test]
fn a_withdrawal_that_a_target_refused_is_asked_about_again() {
    let rig = Rig::new();
    let queue = delivered(&rig, &[1, 2]);
    queue.compare(snapshot("r", &[2])).unwrap();
    queue.withdraw(&withdrawal("r", &["city"], &[1])).unwrap();
    let refused = verdicts(&[(0, Verdict::Refused)]);
    queue.settle(&next(&queue, "city").id, &refused).unwrap();
    assert!(pending(&queue).is_empty());
    queue.compare(snapshot("r", &[2])).unwrap();
    assert_eq!(pending(&queue), [1]);
    queue.withdraw(&withdrawal("r", &["city"], &[1])).unwrap();
    assert_eq!(drain(&queue, "r", "city"), [1]);
    queue.compare(snapshot("r", &[2])).unwrap();
    assert!(pending(&queue).is_empty());
    assert_folded(&queue, &rig.disk);
}

#[test]
fn what_is_half_read_may_have_what_is_absent() {
    let rig = Rig::new();
    let queue = delivered(&rig, &[1, 2]);
    queue.compare(snapshot("r", &[2])).unwrap();
    let mut half = intake("r", &["city"], &[]);
    half.resume.open = Some(OpenFeed {
        name: "next.json".into(),
        ..OpenFeed::default()
    });
    take(&queue, half);
    let confirmed = queue.withdraw(&withdrawal("r", &["city"], &[1]));
    assert!(matches!(confirmed, Err(RemovalError::HalfRead { feed }) if feed == "next.json"));
    let kept = queue.keep("r", vec![id(1)], order());
    assert!(matches!(kept, Err(RemovalError::HalfRead { .. })));
    take(&queue, intake("r", &["city"], &[]));
    assert_eq!(
        queue.present("r", "next.json", None, vec![id(1)]).unwrap(),
        1
    );
    assert!(pending(&queue).is_empty());
    assert_folded(&queue, &rig.disk);
}

#[test]
fn what_a_person_keeps_stays_and_can_still_be_withdrawn() {
    let rig = Rig::new();
    let queue = delivered(&rig, &[1, 2]);
    queue.compare(snapshot("r", &[2])).unwrap();
    queue.keep("r", vec![id(1)], order()).unwrap();
    queue.compare(snapshot("r", &[2])).unwrap();
    assert!(pending(&queue).is_empty());
    let told = queue.removals("r", 9).unwrap();
    assert!(matches!(&told[0].state, RemovalState::Kept { order, .. } if order.by == "王某"));
    assert_eq!(books(&queue).removals.unwrap().kept, 1);
    // The state as a snapshot of it tells it.
    queue.inner.snapshot().unwrap();
    drop(queue);
    let queue = rig.open();
    assert_folded(&queue, &rig.disk);
    queue.withdraw(&withdrawal("r", &["city"], &[1])).unwrap();
    assert_eq!(queue.absent("r"), (vec![], vec![]));
    assert_eq!(drain(&queue, "r", "city"), [1]);
}

#[test]
fn a_record_that_may_be_withdrawn_keeps_its_body_in_the_archive() {
    let mut rig = Rig::new();
    rig.options.retain_bytes_max = 0;
    rig.segment_bytes = 16 << 10;
    for compared in [true, false] {
        rig.disk = Twin::default();
        let queue = delivered(&rig, &[1, 2]);
        if compared {
            queue.compare(snapshot("r", &[1, 2])).unwrap();
        }
        // Fills the segment, so that it is sealed.
        for _ in 0..4 {
            take(&queue, intake("r", &["city"], &[]));
        }
        assert!(queue.tend().unwrap().archived > 0);
        queue.compare(snapshot("r", &[2])).unwrap();
        let lost = queue.withdraw(&withdrawal("r", &["city"], &[1])).unwrap();
        assert_eq!(
            lost,
            if compared { vec![] } else { vec![id(1)] },
            "{compared}"
        );
        assert_eq!(
            pending(&queue),
            if compared { vec![] } else { vec![1] },
            "{compared}"
        );
    }
}
