//! Feeds that were damaged at random: no panic, no lost row, the same result wherever it is cut.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{FEEDS, check, own};

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
                    .split(|b| matches!(b, b',' | b'|'))
                    .map(<[u8]>::to_vec)
                    .collect();
                let (one, other) = (one.index(fields.len()), other.index(fields.len()));
                fields.swap(one, other);
                let separator = if line.contains(&b'|') { b'|' } else { b',' };
                *line = fields.join(&separator);
            }
        }
    }
    *bytes = lines.join(&b'\n');
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
        let outcome = check(feed, &bytes);
        let lines = bytes.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.trim_ascii().is_empty()).count() as u64;
        // A damaged header is a fault, and a quoted field of a table can span lines.
        if feed != "loan-note" && outcome.fault.is_none() {
            let skipped = outcome.page.skipped.iter().filter(|run| run.reason != "blank");
            let skipped: u64 = skipped.map(|run| run.rows).sum();
            let drafts = outcome.page.drafts.iter().map(|draft| draft.source_row);
            let doubts = outcome.page.doubts.iter().map(|doubt| doubt.source_row);
            let told: BTreeSet<u64> = drafts.chain(doubts).collect();
            prop_assert_eq!(told.len() as u64 + skipped, lines);
        }
    }
}
