//! Damaged feeds: whatever is changed in one, nothing breaks down and no row is lost.

use credit_sdk::testkit::Feed;
use proptest::prelude::*;
use proptest::sample::Index;

use super::own;
use crate::Tax;

const FEEDS: [(&str, &str); 8] = [
    ("arrears.csv", "arrears"),
    ("arrears.html", "arrears"),
    ("arrears.xlsx", "arrears"),
    ("penalty.csv", "penalty"),
    ("serious.csv", "serious"),
    ("inspection.csv", "inspection"),
    ("abnormal.csv", "abnormal"),
    ("abnormal.xlsx", "abnormal"),
];

#[derive(Clone, Debug)]
enum Change {
    Byte(Index, u8),
    Cut(Index, Index),
    /// A line goes where another stands.
    Lines(Index, Index),
    /// In every line.
    Columns(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let two = || (any::<Index>(), any::<Index>());
    prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => two().prop_map(|(from, to)| Change::Cut(from, to)),
        1 => two().prop_map(|(one, other)| Change::Lines(one, other)),
        1 => two().prop_map(|(one, other)| Change::Columns(one, other)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let mut lines: Vec<Vec<u8>> = bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    match change {
        Change::Byte(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
            return;
        }
        Change::Cut(from, to) => {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            bytes.drain(from.min(to)..from.max(to));
            return;
        }
        Change::Lines(one, other) => {
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            lines.swap(one, other);
        }
        Change::Columns(one, other) => {
            for line in &mut lines {
                let mut fields: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
                let (one, other) = (one.index(fields.len()), other.index(fields.len()));
                fields.swap(one, other);
                *line = fields.join(&b","[..]);
            }
        }
    }
    *bytes = lines.join(&b"\n"[..]);
}

proptest! {
    #[test]
    fn a_damaged_feed_loses_no_row(
        feed in 0..FEEDS.len(), changes in prop::collection::vec(change(), 1..6)
    ) {
        let (file, feed) = FEEDS[feed];
        let mut bytes = std::fs::read(own(file)).unwrap();
        for change in &changes {
            apply(&mut bytes, change);
        }
        let document = Feed::binary(&bytes).setting("office", "国家税务总局黔西市税务局");
        let outcome = document.check::<Tax>(feed).unwrap();
        prop_assert!(outcome.fault.is_some() || outcome.rows() > 0);
    }
}
