//! The shared feeds, row by row.

use credit_sdk::testkit::Feed;
use serde_json::Value;

use super::{body, shared};
use crate::Courts;

/// The source's names of the columns that a doubt names by the directory's.
const NAMES: [(&str, &str); 1] = [("regDate", "larq")];

#[test]
fn the_synthetic_feeds_become_what_is_expected_of_them() {
    for (feed, file) in [
        ("dishonest-json", "k1-dishonest.jsonl"),
        ("dishonest-bulk", "k3-dishonest.dat"),
    ] {
        let Some(path) = shared(&format!("synthetic/courts/{file}")) else {
            return;
        };
        let expected = std::fs::read_to_string(format!("{}.expected.json", path.display()));
        let expected: Value = serde_json::from_str(&expected.unwrap()).unwrap();
        let outcome = Feed::read(&path).unwrap().check::<Courts>(feed).unwrap();
        let rows = expected["rows"].as_array().unwrap();
        assert_eq!(outcome.rows(), rows.len() as u64, "{file}");
        for row in rows {
            let number = row["source_row"].as_u64().unwrap();
            let place = format!("{file}, row {number}");
            let doubts = outcome.doubts(number);
            let found: Vec<_> = doubts
                .map(|d| (&*d.reason.code, d.field.as_str()))
                .collect();
            let wanted = row["doubts"].as_array().into_iter().flatten();
            let wanted: Vec<_> = wanted
                .map(|doubt| {
                    let field = doubt["field"].as_str().unwrap();
                    let name = NAMES.iter().find(|(source, _)| *source == field);
                    (
                        doubt["code"].as_str().unwrap(),
                        name.map_or(field, |(_, own)| *own),
                    )
                })
                .collect();
            assert_eq!(found, wanted, "{place}");
            if row["outcome"] == "record" {
                let person = row["person"] == true;
                let directory = if person {
                    "dishonest-person"
                } else {
                    "dishonest"
                };
                let draft = outcome.drafts().find(|draft| draft.source_row == number);
                assert_eq!(draft.unwrap().directory, directory, "{place}");
                compare(row, &body(&outcome, number), &place);
            }
        }
    }
}

/// Compares the values that a row's expectation names with a draft.
fn compare(expected: &Value, draft: &Value, place: &str) {
    let parts = ["key", "fields", "dates"].into_iter();
    for (column, value) in parts.flat_map(|part| expected[part].as_object().into_iter().flatten()) {
        match value {
            Value::String(text) if text == "(masked in the source)" => {
                assert_eq!(draft[column], Value::Null, "{place}");
                assert!(draft["zjhm"].as_str().unwrap().contains("****"), "{place}");
            }
            Value::Number(number) => assert_eq!(draft[column], number.to_string(), "{place}"),
            value => assert_eq!(draft[column], *value, "{place}: {column}"),
        }
    }
}

#[test]
fn q15_of_a_record_sent_again_the_performance_alone_has_changed() {
    let Some(path) = shared("synthetic/courts/k1-dishonest.jsonl") else {
        return;
    };
    let outcome = Feed::read(path).unwrap().check::<Courts>("dishonest-json");
    let outcome = outcome.unwrap();
    let row = |number| body(&outcome, number);
    assert_eq!(
        row(1)["sxflwsqdyw"],
        "支付货款48440元。\r\n负担受理费505.5元。"
    );
    assert_eq!(
        (&row(1)["ylxbf"], &row(2)["sxflwsqdyw"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(row(5)["sxbzxrxwqk"], "其他规避执行;违反限制消费令");
    // Of the same record sent again, the performance alone has changed.
    let (mut first, mut again) = (row(1), row(4));
    for column in ["lxqk", "ylxbf"] {
        first.as_object_mut().unwrap().remove(column);
        again.as_object_mut().unwrap().remove(column);
    }
    assert_eq!(first, again);
    assert!(!outcome.page.bodies.contains("法定代表人"));
}

#[test]
fn not_one_row_of_the_hollow_table_is_a_record() {
    let Some(path) = shared("real/court-dishonest-ningbo-hollow.csv") else {
        return;
    };
    let outcome = Feed::read(path).unwrap().check::<Courts>("dishonest-table");
    let outcome = outcome.unwrap();
    assert_eq!((outcome.rows(), outcome.page.drafts.len()), (101, 0));
    assert_eq!(outcome.skipped(1), Some("header"));
    let hollow = |doubt: &&credit_sdk::page::Doubt| doubt.reason.code == "hollow_row";
    assert_eq!(outcome.page.doubts.iter().filter(hollow).count(), 100);
}
