//! 双公示 penalties: golden files, and the synthetic feeds of both generations.

use credit_sdk::Operation;
use credit_sdk::testkit::{Feed, Outcome};
use serde_json::Value;

use super::own;
use crate::Market;

/// A synthetic feed of the shared data and what is expected of it, where there is any.
fn shared(name: &str) -> Option<(Outcome, Value)> {
    let path = super::shared(&format!("synthetic/publicity/{name}"))?;
    let expected = std::fs::read_to_string(format!("{}.expected.json", path.display())).unwrap();
    let outcome = super::check(&Feed::read(path).unwrap(), "penalty");
    Some((outcome, serde_json::from_str(&expected).unwrap()))
}

#[test]
fn each_layout_is_translated_as_its_golden_file_says() {
    own("generation-1.csv")
        .setting("cursor", "SJC")
        .golden::<Market>("penalty")
        .unwrap();
    own("generation-2.csv").golden::<Market>("penalty").unwrap();
    own("bulletin.csv").golden::<Market>("penalty").unwrap();
}

#[test]
fn amounts_without_a_unit_are_not_guessed() {
    let feed = Feed::text(
        "行政相对人名称,处罚决定书文号,处罚决定日期,罚款金额\n甲,1,2025-06-01,2000\n".as_bytes(),
    );
    let fault = feed.check::<Market>("penalty").unwrap().fault.unwrap();
    assert_eq!(fault.code, "unit_unknown");
    for (unit, fine) in [
        ("元", "\"CF_NR_FK\":\"0.2\""),
        ("万元", "\"CF_NR_FK\":\"2000\""),
    ] {
        let feed = feed.clone().setting("amount_unit", unit);
        let outcome = feed.check::<Market>("penalty").unwrap();
        assert!(
            outcome.page.bodies.contains(fine),
            "{}",
            outcome.page.bodies
        );
    }
}

/// What only the adapter can see; all other doubts are the judge's.
const OWN_DOUBTS: [&str; 2] = ["status_other", "amount_precision"];

#[test]
fn the_synthetic_feeds_become_what_is_expected_of_them() {
    for name in ["penalty-gen1.csv", "penalty-gen2.csv"] {
        let Some((outcome, expected)) = shared(name) else {
            return;
        };
        let rows = expected["rows"].as_array().unwrap();
        assert_eq!(outcome.rows(), rows.len() as u64);
        for row in rows {
            let number = row["source_row"].as_u64().unwrap();
            let place = format!("{name}, row {number}");
            if row["outcome"] == "skipped" {
                assert_eq!(outcome.skipped(number), Some("header"), "{place}");
                continue;
            }
            let draft = outcome
                .drafts()
                .find(|draft| draft.source_row == number)
                .unwrap();
            if row["outcome"] != "duplicate" {
                let person = row["directory"].as_str() == Some("自然人行政处罚");
                let directory = if person { "penalty-person" } else { "penalty" };
                let profile = if name.contains("gen1") { "@gen1" } else { "" };
                assert_eq!(draft.directory, format!("{directory}{profile}"), "{place}");
            }
            let operation = match row["operation"].as_str() {
                Some("withdraw") => Operation::Withdraw,
                Some("hold") => Operation::Hold,
                // Whether it is news or a change, the host finds out.
                _ => Operation::Insert,
            };
            assert_eq!(draft.operation, operation, "{place}");
            let expected = row["doubts"].as_array().into_iter().flatten();
            let expected: Vec<&str> = expected
                .filter_map(|doubt| doubt["code"].as_str())
                .collect();
            let mut codes: Vec<_> = outcome
                .doubts(number)
                .map(|d| d.reason.code.clone())
                .collect();
            codes.dedup();
            let own: Vec<_> = expected
                .into_iter()
                .filter(|c| OWN_DOUBTS.contains(c))
                .collect();
            assert_eq!(codes, own, "{place}");
            compare(row, &serde_json::from_str(draft.body).unwrap(), &place);
        }
    }
}

/// Compares the values that a row's expectation names with a draft.
fn compare(expected: &Value, draft: &Value, place: &str) {
    let parts = ["key", "fields", "dates", "amounts_fen", "envelope"];
    let values = parts
        .iter()
        .filter_map(|part| Some((*part, expected[*part].as_object()?)));
    for (part, (field, value)) in values.flat_map(|(part, of)| of.iter().map(move |v| (part, v))) {
        let found = match field.as_str() {
            // The judge finds the party's key.
            "party" => continue,
            "fkje" => &draft["CF_NR_FK"],
            "severity_local" => &draft["CF_SXYZCD"],
            field => &draft[field],
        };
        let value = match value {
            Value::Null => Value::Null,
            Value::Array(codes) => {
                let codes: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
                codes.join(";").into()
            }
            Value::String(text) if text == "(no end)" => "2099-12-31".into(),
            Value::String(text) if field == "SJC" => format!("{text}T00:00:00").into(),
            Value::Number(fen) if part == "amounts_fen" => {
                let fen = fen.as_u64().unwrap();
                let wan_yuan = format!("{}.{:06}", fen / 1_000_000, fen % 1_000_000);
                wan_yuan.trim_end_matches('0').trim_end_matches('.').into()
            }
            Value::Number(code) => code.to_string().into(),
            value => value.clone(),
        };
        assert_eq!(*found, value, "{place}: {field}");
    }
}

#[test]
fn the_next_pull_goes_on_at_the_greatest_time_of_change() {
    let outcome = own("generation-1.csv")
        .setting("cursor", "SJC")
        .check::<Market>("penalty");
    assert_eq!(
        outcome.unwrap().page.cursor.as_deref(),
        Some("2018-08-01T00:00:00")
    );
    let outcome = own("generation-1.csv").check::<Market>("penalty");
    assert_eq!(outcome.unwrap().page.cursor, None);
}
