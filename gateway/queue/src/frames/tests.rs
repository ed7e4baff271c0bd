use super::*;
use credit_record::flow::{
    Doubtful, FinishedFeed, Operation, ParcelId, Place, Reason, Receipt, RowVerdict, Skip, Verdict,
};
use proptest::prelude::*;

/// A take with so many records of so many bytes.
pub(crate) fn take_of(route: &str, rows: u32, bytes: u32) -> TakeFrame {
    let row = |n: u32| TakenRow {
        id: u128::from(n).to_be_bytes(),
        digest: 7,
        version: i64::MIN,
        source_row: u64::from(n) + 2,
        prior: 0,
        end: (n + 1) * bytes,
        directory: 0,
        repairs: 0,
        warnings: 0,
        operation: Operation::Insert,
        person: n.is_multiple_of(2),
    };
    let reason = Reason {
        field: "XK_XDR".into(),
        code: "empty".into(),
        zh: "为空".into(),
        en: "is empty".into(),
    };
    TakeFrame {
        at_ms: 1_700_000_000_000,
        route: route.into(),
        targets: vec!["city".into(), "province".into()],
        feed: "list.csv".into(),
        adapter: credit_record::flow::AdapterId {
            name: "tax".into(),
            version: "1.0.0".into(),
            sha256: [9; 32],
        },
        drafted: rows + 3,
        duplicate: 2,
        stale: 1,
        directories: vec!["XZXK".into()],
        rows: (0..rows).map(row).collect(),
        parcels: vec![Part {
            rows,
            directory: 0,
            operation: Operation::Insert,
            repair: false,
        }],
        doubtful: vec![Doubtful {
            source_row: 9,
            directory: String::new(),
            person: false,
            reasons: vec![reason],
            content: "甲,乙".into(),
            place: Some(Place {
                offset: 3,
                bytes: 9,
            }),
        }],
        skipped: vec![Skip {
            reason: "header".into(),
            first_row: 1,
            rows: 1,
        }],
        resume: Resume {
            open: Some(OpenFeed {
                name: "list.csv".into(),
                carry: vec![1, 2],
                ..OpenFeed::default()
            }),
            cursor: Some("c".into()),
        },
        finished: Some(FinishedFeed {
            name: "list.csv".into(),
            bytes: 10,
            sha256: [3; 32],
            refused: false,
        }),
        order: None,
        replay_of: None,
        bodies: Some("x".repeat((rows * bytes) as usize)),
    }
}

fn encoded(take: &TakeFrame) -> Vec<u8> {
    let mut payload = take.encode_head();
    payload.extend_from_slice(take.bodies.as_deref().unwrap_or_default().as_bytes());
    payload
}

fn settle() -> SettleFrame {
    let verdict = |row, verdict| RowVerdict {
        row,
        verdict,
        code: "E1".into(),
        reason: "名称为空".into(),
    };
    let record = |take_row| Settled {
        id: [take_row as u8; 16],
        take_row,
        source_row: 4,
    };
    SettleFrame {
        at_ms: 5,
        route: "r".into(),
        parcel: ParcelId {
            take: 8,
            part: 1,
            target: "city".into(),
        },
        rows: 10,
        receipt: Receipt {
            task: "T1".into(),
            at_ms: 4,
            attempts: 2,
            doubted: 1,
            rows: vec![verdict(2, Verdict::Doubted), verdict(5, Verdict::Refused)],
        },
        records: vec![record(2), record(5)],
    }
}

#[test]
fn a_take_of_a_feed_that_is_read_again_says_so_and_others_are_written_as_before() {
    let first = take_of("tax", 5, 20);
    let again = TakeFrame {
        replay_of: Some(77),
        ..first.clone()
    };
    let mut refused = first.clone();
    refused.finished.as_mut().unwrap().refused = true;
    let versions = [&first, &again, &refused].map(|take| encoded(take)[0]);
    assert_eq!(versions, [1, 3, 4]);
    assert_eq!(TakeFrame::decode(encoded(&refused)).unwrap(), refused);
    refused.finished = None;
    let mut unfinished = encoded(&refused);
    unfinished[0] = 4;
    assert!(TakeFrame::decode(unfinished).is_err(), "of what feed?");
    let archived = TakeFrame::decode(strip(encoded(&again))).unwrap();
    assert_eq!(archived.replay_of, Some(77));
    assert_eq!(TakeFrame::decode(encoded(&again)).unwrap(), again);
}

#[test]
fn a_take_comes_back_as_it_was_with_and_without_bodies() {
    let take = take_of("tax", 5, 20);
    let payload = encoded(&take);
    assert_eq!(TakeFrame::decode(payload.clone()).unwrap(), take);
    let archived = TakeFrame::decode(strip(payload)).unwrap();
    assert_eq!(
        archived,
        TakeFrame {
            bodies: None,
            ..take
        }
    );
}

#[test]
fn settlements_and_notes_come_back_as_they_were() {
    assert_eq!(SettleFrame::decode(&settle().encode()).unwrap(), settle());
    let (route, target) = ("r".to_owned(), "t".to_owned());
    for note in [
        Note::RunBegan {
            route: route.clone(),
        },
        Note::RunEnded {
            route: route.clone(),
            outcome: "done".into(),
            detail: "d".into(),
        },
        Note::TargetStopped {
            route: route.clone(),
            target: target.clone(),
            code: "c".into(),
            reason: "r".into(),
        },
        Note::TargetGoesOn {
            route: route.clone(),
            target,
        },
        Note::Absent {
            route: route.clone(),
            feed: "full.json".into(),
            known: 9,
            unidentified: 1,
            absent_max_percent: 10,
            records: vec![[1; 16], [2; 16]],
        },
        Note::Present {
            route: route.clone(),
            feed: "part.json".into(),
            code: Some("trap".into()),
            records: vec![[1; 16]],
        },
        Note::Kept {
            route,
            by: "王某".into(),
            reason: "电话核实".into(),
            records: vec![[2; 16]],
        },
    ] {
        let frame = NoteFrame { at_ms: 3, note };
        assert_eq!(NoteFrame::decode(&frame.encode()).unwrap(), frame);
    }
}

#[test]
fn what_an_older_gateway_wrote_is_read_and_what_it_cannot_know_says_so() {
    let old = [
        &[1][..],
        &3_i64.to_le_bytes(),
        &[0],
        &1_u32.to_le_bytes(),
        b"r",
    ]
    .concat();
    let route = "r".to_owned();
    let note = Note::RunBegan {
        route: route.clone(),
    };
    let frame = NoteFrame { at_ms: 3, note };
    assert_eq!(frame.encode(), old);
    assert_eq!(NoteFrame::decode(&old).unwrap(), frame);
    let (by, reason) = ("王某".to_owned(), "电话核实".to_owned());
    let note = Note::Kept {
        route,
        by: by.clone(),
        reason: reason.clone(),
        records: Vec::new(),
    };
    assert_eq!(NoteFrame { at_ms: 3, note }.encode()[0], 2);

    let take = take_of("tax", 5, 20);
    assert_eq!(encoded(&take)[0], 1, "as an older gateway reads it");
    let ordered = TakeFrame {
        order: Some(Order { by, reason }),
        ..take
    };
    let payload = encoded(&ordered);
    assert_eq!(payload[0], 2);
    assert_eq!(TakeFrame::decode(payload.clone()).unwrap(), ordered);
    assert_eq!(
        TakeFrame::decode(strip(payload)).unwrap().order,
        ordered.order
    );
}

#[test]
fn a_take_that_breaks_a_promise_is_none() {
    type Break = fn(&mut TakeFrame);
    let breaks: [Break; 8] = [
        |take| take.drafted += 1,
        |take| take.stale = 3,
        |take| take.rows[1].end = 1,
        |take| take.rows[4].directory = 1,
        |take| take.parcels[0].rows = 4,
        |take| take.parcels[0].operation = Operation::Hold,
        |take| take.targets.clear(),
        |take| take.targets[1] = "city".into(),
    ];
    for (n, change) in breaks.iter().enumerate() {
        let mut take = take_of("tax", 5, 20);
        change(&mut take);
        assert!(TakeFrame::decode(encoded(&take)).is_err(), "break {n}");
    }
}

#[test]
fn a_receipt_that_cannot_be_about_its_parcel_is_none() {
    let mut wrong = settle();
    wrong.rows = 5;
    assert!(SettleFrame::decode(&wrong.encode()).is_err());
    let mut wrong = settle();
    wrong.receipt.rows.swap(0, 1);
    assert!(SettleFrame::decode(&wrong.encode()).is_err());
    let mut wrong = settle();
    wrong.receipt.doubted = 0;
    assert!(SettleFrame::decode(&wrong.encode()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_decoding_panic(
        kind in 0_u8..5,
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        drop(Frame::decode(kind, bytes));
    }

    #[test]
    fn no_change_of_a_frame_makes_decoding_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        which in 0_u8..2,
    ) {
        let (kind, mut bytes) = match which {
            0 => (KIND_TAKE, encoded(&take_of("tax", 3, 8))),
            _ => (KIND_SETTLE, settle().encode()),
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        drop(Frame::decode(kind, bytes.clone()));
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(Frame::decode(kind, bytes).is_err());
    }
}
