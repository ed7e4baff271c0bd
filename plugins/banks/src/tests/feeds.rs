//! The shared guarantee files, row by row.

use std::path::Path;

use credit_sdk::testkit::Feed;
use serde_json::Value;

use super::{body, controls, doubts};
use crate::Banks;

const FILES: [&str; 4] = [
    "QXNSYH_CRD01_20261031_0001.txt",
    "QXNSYH_CRD01_20261130_0002.txt",
    "QXNSYH_CRD01_20261231_0003.txt",
    "QXNSYH_CRD01_20261031_0004.txt",
];

#[test]
fn the_synthetic_files_become_what_is_expected_of_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/synthetic/banks");
    for name in FILES {
        let path = folder.join(name);
        let Ok(expected) = std::fs::read_to_string(format!("{}.expected.json", path.display()))
        else {
            println!("skipped: {} is not there", path.display());
            return;
        };
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let outcome = Feed::read(path)
            .unwrap()
            .check::<Banks>("guarantee")
            .unwrap();
        let agrees = controls(&outcome)
            .iter()
            .all(|(_, declared, found)| declared == found);
        assert_eq!(expected["totals"]["agrees"], agrees, "{name}");
        let rows = expected["rows"].as_array().unwrap();
        assert_eq!(outcome.rows(), rows.len() as u64, "{name}");
        for row in rows {
            let number = row["source_row"].as_u64().unwrap();
            let place = format!("{name}, row {number}");
            let wanted: Vec<_> = row["doubts"].as_array().into_iter().flatten().collect();
            let wanted: Vec<_> = wanted
                .iter()
                .map(|d| (d["code"].as_str().unwrap(), d["field"].as_str().unwrap()))
                .collect();
            assert_eq!(doubts(&outcome, number), wanted, "{place}");
            match row["outcome"].as_str().unwrap() {
                "skipped" => assert!(outcome.skipped(number).is_some(), "{place}"),
                "record" => compare(row, &body(&outcome, number), &place),
                // That the host holds the file is its part.
                "held" => assert_eq!(body(&outcome, number)["syfw"], "2"),
                _ => {}
            }
        }
    }
}

/// Compares the values that a row's expectation names with a draft.
fn compare(expected: &Value, draft: &Value, place: &str) {
    let parts = ["key", "fields", "dates", "amounts_fen"];
    let values = parts.into_iter().flat_map(|part| {
        expected[part]
            .as_object()
            .into_iter()
            .flatten()
            .map(move |v| (part, v))
    });
    for (part, (column, value)) in values {
        let found = &draft[column];
        match value {
            Value::Null => assert!(found.is_null(), "{place}: {column}"),
            Value::Number(fen) if part == "amounts_fen" => {
                let fen = fen.as_u64().unwrap();
                let yuan = format!("{}.{:02}", fen / 100, fen % 100);
                let yuan = yuan.trim_end_matches('0').trim_end_matches('.');
                assert_eq!(*found, yuan, "{place}: {column}");
            }
            Value::Number(number) => assert_eq!(*found, number.to_string(), "{place}: {column}"),
            // The judge knows what the class is called.
            Value::String(class) if column == "wjfl" => assert_eq!(*found, class[..2], "{place}"),
            value => assert_eq!(found, value, "{place}: {column}"),
        }
    }
}

#[test]
fn the_totals_of_the_synthetic_files_are_found_to_the_fen() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/synthetic/banks");
    let path = folder.join(FILES[1]);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return;
    }
    let outcome = Feed::read(path)
        .unwrap()
        .check::<Banks>("guarantee")
        .unwrap();
    let wanted = [
        ("header_rows", "3", "3"),
        ("trailer", "1", "1"),
        ("rows", "3", "3"),
        ("dkje", "6050000.10", "6050000.10"),
        ("dkye", "5150000.00", "5150000.10"),
        ("yqbj", "0.00", "0.00"),
    ];
    assert_eq!(controls(&outcome), wanted);
}
