use super::*;
use crate::frames::tests::take_of;

fn id(n: u8) -> [u8; 16] {
    u128::from(n).to_be_bytes()
}

fn ids(numbers: &[u8]) -> Vec<[u8; 16]> {
    numbers.iter().copied().map(id).collect()
}

fn absent(known: u64, records: &[u8]) -> Note {
    Note::Absent {
        route: "r".into(),
        feed: "full.json".into(),
        known,
        unidentified: 0,
        absent_max_percent: 10,
        records: ids(records),
    }
}

fn kept(records: &[u8]) -> Note {
    Note::Kept {
        route: "r".into(),
        by: "王某".into(),
        reason: "电话核实".into(),
        records: ids(records),
    }
}

fn after(notes: &[Note]) -> Removals {
    let mut removals = Removals::default();
    for (note, at_ms) in notes.iter().zip(1..) {
        let note = note.clone();
        removals.note(&NoteFrame { at_ms, note });
    }
    removals
}

fn pending(removals: &Removals) -> Vec<[u8; 16]> {
    removals.pending.iter().copied().collect()
}

#[test]
fn what_is_pending_is_what_the_last_snapshot_lacks() {
    let removals = after(&[absent(9, &[1, 2, 3]), absent(9, &[2, 4])]);
    assert_eq!(pending(&removals), ids(&[2, 4]));
    let none = after(&[absent(9, &[1]), absent(9, &[])]);
    assert_eq!(pending(&none), ids(&[]));
    assert!(!none.is_empty(), "a snapshot was read");
}

#[test]
fn what_a_person_keeps_is_asked_about_again_once_it_was_there_and_is_gone_again() {
    let first = [absent(9, &[1, 2]), kept(&[1]), absent(9, &[1, 3])];
    let removals = after(&first);
    assert_eq!(pending(&removals), ids(&[3]));
    assert_eq!(removals.snapshot.as_ref().unwrap().absent, 1);
    assert!(removals.lacks(&id(1)));
    let there_and_gone = [&first[..], &[absent(9, &[]), absent(9, &[1])]].concat();
    assert_eq!(pending(&after(&there_and_gone)), ids(&[1]));
    assert_eq!(
        after(&[absent(9, &[1]), kept(&[5])]).kept,
        [],
        "it is not absent"
    );
}

#[test]
fn a_record_that_is_taken_or_seen_is_pending_no_more() {
    let mut removals = after(&[absent(9, &[0, 1, 2, 7]), kept(&[2, 7])]);
    removals.take(&take_of("r", 3, 4));
    assert_eq!(pending(&removals), ids(&[]));
    assert_eq!(removals.absent().copied().collect::<Vec<_>>(), ids(&[7]));
    let seen = Note::Present {
        route: "r".into(),
        feed: "part.json".into(),
        code: None,
        records: ids(&[7]),
    };
    removals.note(&NoteFrame {
        at_ms: 9,
        note: seen,
    });
    assert_eq!(removals.kept, []);
    assert_eq!(removals.unusable, None);
}

#[test]
fn a_snapshot_that_lacks_much_or_is_not_clear_is_suspicious() {
    let suspicious = |known, lacks: &[u8]| {
        let seen = after(&[absent(known, lacks)]).snapshot.unwrap();
        seen.is_suspicious()
    };
    assert!(!suspicious(10, &[1]));
    assert!(suspicious(9, &[1]));
    assert!(!suspicious(9, &[]));
    let unclear = SnapshotSeen {
        unidentified: 1,
        ..after(&[absent(10, &[1])]).snapshot.unwrap()
    };
    assert!(unclear.is_suspicious() && !unclear.lacks_too_much());
    // What a person has kept already says nothing of this snapshot.
    let judged = after(&[absent(10, &[1, 2]), kept(&[1, 2]), absent(10, &[1, 2, 3])]);
    assert!(!judged.snapshot.unwrap().is_suspicious());
}

#[test]
fn removals_come_back_from_a_snapshot_of_the_state_as_they_were() {
    let unusable = Note::Present {
        route: "r".into(),
        feed: "half.json".into(),
        code: Some("trap".into()),
        records: Vec::new(),
    };
    for removals in [
        Removals::default(),
        after(&[absent(9, &[1, 2, 3]), kept(&[1]), kept(&[3]), unusable]),
    ] {
        let mut out = Writer::default();
        removals.encode(&mut out);
        let bytes = out.into_bytes();
        let mut read = Reader::new(&bytes, "snapshot");
        assert_eq!(Removals::decode(&mut read).unwrap(), removals);
        read.end().unwrap();
        for cut in 0..bytes.len() {
            let mut read = Reader::new(&bytes[..cut], "snapshot");
            assert!(Removals::decode(&mut read).is_err(), "cut at {cut}");
        }
    }
}
