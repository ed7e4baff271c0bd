//! Feeds that were damaged at random: no panic, no lost row, the same result wherever it is cut.

use std::collections::BTreeSet;

use credit_sdk::testkit::Feed;
use proptest::prelude::*;

use super::{FEEDS, own};
use crate::Courts;

/// How a feed is damaged: bytes changed, lines cut off or left out, fields swapped.
#[derive(Clone, Debug)]
enum Damage {
    Byte(prop::sample::Index, u8),
    CutLine(prop::sample::Index, prop::sample::Index),
    WithoutLine(prop::sample::Index),
    SwapFields(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        (at(), at()).prop_map(|(line, at)| Damage::CutLine(line, at)),
        at().prop_map(Damage::WithoutLine),
        (at(), at()).prop_map(|(one, other)| Damage::SwapFields(one, other)),
    ]
}

fn apply(damage: &Damage, bytes: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    match damage {
        Damage::Byte(at, byte) => {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            return;
        }
        Damage::CutLine(line, at) => {
            let line = line.index(lines.len());
            let length = at.index(lines[line].len() + 1);
            lines[line].truncate(length);
        }
        Damage::WithoutLine(line) => {
            if lines.len() > 1 {
                lines.remove(line.index(lines.len()));
            }
        }
        Damage::SwapFields(one, other) => {
            for line in &mut lines {
                let mut fields: Vec<Vec<u8>> = line
                    .split(|b| matches!(b, b',' | 1))
                    .map(<[u8]>::to_vec)
                    .collect();
                let (one, other) = (one.index(fields.len()), other.index(fields.len()));
                fields.swap(one, other);
                let separator = if line.contains(&1) { 1 } else { b',' };
                *line = fields.join(&separator);
            }
        }
    }
    *bytes = lines.join(&b'\n');
}

fn begins_with_an_object(text: &str) -> bool {
    let first: Result<serde_json::Map<_, _>, _> =
        serde_json::from_str(text.lines().next().unwrap_or_default());
    first.is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_damaged_feed_loses_no_row_and_does_not_depend_on_the_cut(
        which in 0_usize..FEEDS.len(),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let (feed, file) = FEEDS[which];
        let mut bytes = std::fs::read(own(file)).unwrap();
        for damage in &damages {
            apply(damage, &mut bytes);
        }
        // Checks the cuts, the bodies, and that every row is accounted for.
        let outcome = Feed::text(&bytes).check::<Courts>(feed).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter(|line| !credit_sdk::text::trim(line).is_empty()).count();
        let drafts = outcome.page.drafts.iter().map(|draft| draft.source_row);
        let doubts = outcome.page.doubts.iter().map(|doubt| doubt.source_row);
        let told: BTreeSet<u64> = drafts.chain(doubts).collect();
        match feed {
            // A damaged beginning makes it another thing: a list, objects over several lines.
            "dishonest-json" if !begins_with_an_object(&text) => {}
            // It has a title and a header, and a quoted field can span lines.
            "dishonest-table" => prop_assert!(told.len() <= lines),
            _ => prop_assert_eq!(told.len(), lines),
        }
    }
}
