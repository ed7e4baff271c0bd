//! Damaged feeds: whatever is done to one, no call fails, and every row is accounted for,
//! however the feed is cut. The test kit checks the latter two.

use credit_sdk::testkit::Feed;
use proptest::prelude::*;

use super::own;
use crate::Market;

const FEEDS: [(&str, &str); 7] = [
    ("registration.csv", "registration"),
    ("abnormal.csv", "abnormal"),
    ("serious.csv", "serious"),
    ("cases.xml", "penalty-xml"),
    ("cases.json", "penalty-json"),
    ("licence-1.csv", "licence"),
    ("generation-2.csv", "penalty"),
];

/// What is done to the bytes of a feed.
#[derive(Clone, Debug)]
enum Damage {
    Change(usize, u8),
    Cut(usize, usize),
    Repeat(usize, usize),
    Swap(usize, usize),
    Mix(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = 0..100_000_usize;
    prop_oneof![
        (place.clone(), any::<u8>()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        (place.clone(), 1..200_usize).prop_map(|(at, length)| Damage::Cut(at, length)),
        (place.clone(), 1..200_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
        (place.clone(), place.clone()).prop_map(|(a, b)| Damage::Swap(a, b)),
        place.prop_map(Damage::Mix),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    let length = bytes.len().max(1);
    let stretch = |at: usize, long: usize| at % length..(at % length + long).min(length);
    if bytes.is_empty() {
        return;
    }
    match *damage {
        Damage::Change(at, byte) => bytes[at % length] = byte,
        Damage::Cut(at, long) => drop(bytes.drain(stretch(at, long))),
        Damage::Repeat(at, long) => {
            let again = bytes[stretch(at, long)].to_vec();
            let at = at % length;
            bytes.splice(at..at, again);
        }
        // Two fields, or two rows, change places.
        Damage::Swap(a, b) => {
            let cut = if a % 2 == 0 { b',' } else { b'\n' };
            let mut parts: Vec<&[u8]> = bytes.split(|byte| *byte == cut).collect();
            let count = parts.len();
            parts.swap(a % count, b % count);
            *bytes = parts.join(&cut);
        }
        // GB18030 in the middle of UTF-8.
        Damage::Mix(at) => {
            let at = at % length;
            bytes.splice(at..at, [0xc7, 0xad, 0xce, 0xf7]);
        }
    }
}

/// Few, where nobody asks for more with `PROPTEST_CASES`.
fn cases() -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(64),
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_damaged_feed_loses_no_row_and_stops_nothing(
        feed in 0..FEEDS.len(),
        damages in proptest::collection::vec(damage(), 1..6),
    ) {
        let (file, name) = FEEDS[feed];
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
        let mut bytes = std::fs::read(folder.join(file)).unwrap();
        for damage in &damages {
            apply(&mut bytes, damage);
        }
        let feed = Feed::text(&bytes).setting("amount_unit", "元").setting("cursor", "SJC");
        if let Err(violation) = feed.check::<Market>(name) {
            prop_assert!(false, "{file}, {damages:?}: {violation}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_passed_on_for_the_judge_to_see() {
    let text = "企业名称,统一社会信用代码\n甲\u{fffd}公司,91520581MA6DEMQ1XJ\n";
    let outcome = super::check(&Feed::text(text.as_bytes()), "registration");
    assert!(outcome.page.bodies.contains("甲\u{fffd}公司"));
    assert!(
        own("registration.csv")
            .check::<Market>("nothing")
            .unwrap()
            .fault
            .is_some()
    );
}
