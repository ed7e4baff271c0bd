//! Golden files, the shared feeds, and feeds that were damaged at random.

mod damaged;
mod feeds;
mod quirks;

use std::path::{Path, PathBuf};

use credit_sdk::testkit::{Feed, Outcome};

use crate::Courts;

/// The feeds, and the golden file of each.
const FEEDS: [(&str, &str); 3] = [
    ("dishonest-json", "dishonest.jsonl"),
    ("dishonest-table", "dishonest.csv"),
    ("dishonest-bulk", "dishonest.dat"),
];

fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name)
}

/// A file of the shared data, where there is any.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// What becomes of a table of one row under a header.
fn table(header: &str, row: &str) -> Outcome {
    Feed::text(format!("{header}\n{row}\n").as_bytes())
        .check::<Courts>("dishonest-table")
        .unwrap()
}

fn body(outcome: &Outcome, source_row: u64) -> serde_json::Value {
    let draft = outcome
        .drafts()
        .find(|draft| draft.source_row == source_row);
    draft.map_or_else(Default::default, |draft| {
        serde_json::from_str(draft.body).unwrap()
    })
}

#[test]
fn each_feed_is_translated_as_its_golden_file_says() {
    for (feed, file) in FEEDS {
        Feed::read(own(file))
            .unwrap()
            .golden::<Courts>(feed)
            .unwrap();
    }
}

#[test]
fn all_carriers_make_the_same_of_a_record() {
    let of = |(feed, file): (&str, &str)| {
        let outcome = Feed::read(own(file))
            .unwrap()
            .check::<Courts>(feed)
            .unwrap();
        let row = if feed == "dishonest-table" { 3 } else { 1 };
        let mut body = body(&outcome, row);
        let columns = body.as_object_mut().unwrap();
        // What one of them does not have, or has in another spelling.
        for column in ["fydm", "bzxrxh", "sf", "sxflwsqdyw"] {
            columns.remove(column);
        }
        body
    };
    let [json, table, bulk] = FEEDS.map(of);
    assert_eq!(json, table);
    assert_eq!(json, bulk);
}

const HEADER: &str = "iname,caseCode,cardNum,zzjgdm,partyTypeName,age,businessEntity,publishDate";

#[test]
fn a_party_is_a_person_or_an_organisation_or_is_asked_for() {
    for (row, directory) in [
        ("甲,1,,,581,0,,2026-01-01", "dishonest"),
        ("甲,1,,,法人,,,2026-01-01", "dishonest"),
        ("甲,1,91520581MA6DEMQ1XJ,,,,,2026-01-01", "dishonest"),
        ("甲,1,,780180013,,,,2026-01-01", "dishonest"),
        ("甲,1,520522000001232,,,,,2026-01-01", "dishonest"),
        ("甲,1,913302******531452,,,,张某某,2026-01-01", "dishonest"),
        ("甲,1,520581880808019,,581,,,2026-01-01", "dishonest"),
        ("甲,1,,,580,,,2026-01-01", "dishonest-person"),
        ("甲,1,,1616173,自然人,,,2026-01-01", "dishonest-person"),
        ("甲,1,520581************,,,,,2026-01-01", "dishonest-person"),
        ("甲,1,,,,38,,2026-01-01", "dishonest-person"),
        // The id says more than the kind.
        (
            "甲,1,520581198306150129,,581,,,2026-01-01",
            "dishonest-person",
        ),
        (
            "甲,1,520581198306150120,,法人,,,2026-01-01",
            "dishonest-person",
        ),
    ] {
        let outcome = table(HEADER, row);
        let found: Vec<_> = outcome.drafts().map(|draft| draft.directory).collect();
        assert_eq!(found, [directory], "{row}");
    }
    for row in [
        "甲,1,,,,,,2026-01-01",
        "甲,1,520581880808019,,其他,0,,2026-01-01",
    ] {
        let outcome = table(HEADER, row);
        assert_eq!(outcome.page.doubts[0].reason.code, "party_unknown", "{row}");
        assert!(outcome.page.drafts.is_empty());
    }
}

#[test]
fn the_table_of_the_readme_is_read_as_it_stands() {
    let readme = include_str!("../README.md");
    let example = readme.split("```\n").nth(1).unwrap();
    let outcome = Feed::text(example.as_bytes()).check::<Courts>("dishonest-table");
    let outcome = outcome.unwrap();
    let found: Vec<_> = outcome.drafts().map(|draft| draft.directory).collect();
    assert_eq!(found, ["dishonest", "dishonest-person"]);
    assert_eq!((outcome.page.doubts.len(), outcome.rows()), (0, 3));
}
