use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use credit_sdk::testkit::{Feed, Outcome};
use serde_json::Value;

use crate::Tax;

mod arrears;
mod mutation;

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
        .check::<Tax>("rating")
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
            .golden::<Tax>("rating")
            .unwrap();
    }
    // A list that names the level in each row needs no setting.
    Feed::read(own("rating-with-level.csv"))
        .unwrap()
        .golden::<Tax>("rating")
        .unwrap();
}

#[test]
fn every_document_is_translated_as_its_golden_file_says() {
    for (name, feed) in [
        ("arrears.csv", "arrears"),
        ("arrears.html", "arrears"),
        ("arrears.xlsx", "arrears"),
        ("penalty.csv", "penalty"),
        ("serious.csv", "serious"),
        ("inspection.csv", "inspection"),
        ("abnormal.csv", "abnormal"),
        ("abnormal.xlsx", "abnormal"),
        ("rating.xlsx", "rating-table"),
    ] {
        let document = Feed::read_binary(own(name)).unwrap();
        document
            .setting("office", "国家税务总局毕节市税务局稽查局")
            .golden::<Tax>(feed)
            .unwrap();
    }
}

#[test]
fn what_a_document_does_not_say_is_not_guessed() {
    let code = |feed: &str, text: &str| {
        let outcome = Feed::binary(text.as_bytes()).check::<Tax>(feed).unwrap();
        outcome.fault.unwrap().code.into_owned()
    };
    let row = "纳税人名称,纳税人识别号,税种,欠税余额\n";
    assert_eq!(code("arrears", row), "office_unknown");
    let titled = format!("国家税务总局黔西市税务局,,,\n{row}");
    assert_eq!(code("arrears", &titled), "unit_unknown");
    assert_eq!(
        code("arrears", &format!("单位：元,,,\n{titled}")),
        "period_unknown"
    );
    assert_eq!(
        code("arrears", "纳税人名称,纳税人识别号,税种,经营地点\n"),
        "office_unknown"
    );
    assert_eq!(
        code("penalty", "纳税人名称,文号,处罚日期,罚款金额,处罚机关\n"),
        "unit_unknown"
    );
    for feed in ["penalty", "serious", "inspection", "abnormal"] {
        let text = std::fs::read_to_string(own("penalty.csv")).unwrap();
        let fault = code(feed, &text);
        assert!(
            ["office_unknown", "header_incomplete"].contains(&&*fault),
            "{feed}: {fault}"
        );
    }
}

#[test]
fn a_list_that_names_no_level_needs_the_setting() {
    let outcome = Feed::read(own("rating-layout-b.csv"))
        .unwrap()
        .check::<Tax>("rating");
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
        let complete = |draft: &BTreeMap<String, String>| draft.len() == 5;
        let drafts = fields(&outcome);
        if name.contains("hollow") {
            // Numbers of taxpayers and nothing else: none can become a record.
            assert!(!drafts.values().any(|draft| draft.contains_key("nsrmc")));
        } else {
            assert!(drafts.values().all(complete), "{name}");
        }
    }
}

#[test]
fn q04_an_inspected_period_in_one_cell_becomes_its_two_days() {
    let header = "纳税人名称,纳税人识别号,文书号";
    let row = "黔西市永利建材有限公司,91520581MA6DEMQ1XJ,黔西税稽罚〔2026〕1号";
    for (columns, cells) in [
        ("检查所属期", "2023-01-01至2025-12-31"),
        ("检查所属期间", "2023.1.1-2025.12.31"),
        ("检查所属期起,检查所属期止", "2023年1月1日,20251231"),
    ] {
        let text = format!("{header},{columns}\n{row},{cells}\n");
        let feed = Feed::binary(text.as_bytes()).setting("office", "国家税务总局毕节市税务局");
        let outcome = feed.check::<Tax>("inspection").unwrap();
        let body = &fields(&outcome)[&2];
        assert_eq!(body["jcssqjq"], "2023-01-01", "{columns}");
        assert_eq!(body["jcssqjz"], "2025-12-31", "{columns}");
    }
}
