use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use credit_sdk::testkit::{Feed, Outcome};
use serde_json::Value;

use crate::Rating;

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

fn check(path: &Path) -> Outcome {
    Feed::read(path)
        .unwrap()
        .setting("level", "A")
        .check::<Rating>("rating")
        .unwrap()
}

/// The drafts' fields by source row.
fn fields(outcome: &Outcome) -> BTreeMap<u64, BTreeMap<String, String>> {
    let parse = |body| serde_json::from_str(body).unwrap();
    outcome
        .drafts()
        .map(|draft| (draft.source_row, parse(draft.body)))
        .collect()
}

#[test]
fn both_layouts_are_translated_as_the_golden_files_say() {
    for name in ["rating-layout-a.csv", "rating-layout-b.csv"] {
        Feed::read(own(name))
            .unwrap()
            .setting("level", "A")
            .golden::<Rating>("rating")
            .unwrap();
    }
    // A list that names the level in each row needs no setting.
    Feed::read(own("rating-with-level.csv"))
        .unwrap()
        .golden::<Rating>("rating")
        .unwrap();
}

#[test]
fn a_list_that_names_no_level_needs_the_setting() {
    let outcome = Feed::read(own("rating-layout-b.csv"))
        .unwrap()
        .check::<Rating>("rating");
    assert_eq!(outcome.unwrap().fault.unwrap().code, "level_unknown");
}

#[test]
fn the_synthetic_lists_become_what_is_expected_of_them() {
    for name in ["t1-rating-layout-a.csv", "t1-rating-layout-b.csv"] {
        let Some(path) = shared(&format!("synthetic/tax/{name}")) else {
            return;
        };
        let expected = std::fs::read_to_string(format!("{}.expected.json", path.display()));
        let expected: Value = serde_json::from_str(&expected.unwrap()).unwrap();
        let outcome = check(&path);
        let drafts = fields(&outcome);
        for row in expected["rows"].as_array().unwrap() {
            let number = row["source_row"].as_u64().unwrap();
            match row["outcome"].as_str().unwrap() {
                "skipped" => assert!(outcome.skipped(number).is_some(), "{name}, row {number}"),
                "doubtful" if row["doubts"][0]["code"] == "field_count" => {
                    let codes: Vec<_> = outcome.doubts(number).map(|d| &*d.reason.code).collect();
                    assert_eq!(codes, ["field_count"]);
                    assert!(!drafts.contains_key(&number));
                }
                // Ids are the judge's: here they are drafts.
                _ => {
                    let draft = &drafts[&number];
                    for part in ["key", "fields"] {
                        for (field, value) in row[part].as_object().into_iter().flatten() {
                            if field == "id_form" {
                                continue;
                            }
                            let found = draft[field].to_uppercase();
                            assert_eq!(found, value.as_str().unwrap(), "{name}, row {number}");
                        }
                    }
                }
            }
        }
        assert_eq!(
            outcome.rows(),
            expected["rows"].as_array().unwrap().len() as u64
        );
    }
}

#[test]
fn every_row_of_the_real_lists_is_accounted_for() {
    for (name, rows) in [
        ("tax-a-jiangxi-2018.csv", 4_929),
        ("tax-a-heilongjiang-2018-first-500.csv", 498),
        ("tax-rating-ningbo-hollow.csv", 100),
    ] {
        let Some(path) = shared(&format!("real/{name}")) else {
            return;
        };
        let outcome = check(&path);
        assert_eq!(outcome.fault, None, "{name}");
        assert_eq!(outcome.rows(), rows + 1, "{name}");
        assert_eq!(outcome.skipped(1), Some("header"));
        assert_eq!(outcome.page.drafts.len() as u64, rows, "{name}");
        if !name.contains("hollow") {
            let complete = |draft: &BTreeMap<String, String>| draft.len() == 5;
            assert!(fields(&outcome).values().all(complete), "{name}");
        }
    }
}
