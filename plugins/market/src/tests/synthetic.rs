//! The synthetic feeds of market supervision, row by row against what is expected of them.

use credit_sdk::Operation;
use credit_sdk::testkit::{Feed, Outcome};
use serde_json::Value;

use super::{check, shared};

/// What only the adapter can see; all other doubts are the judge's.
const OWN_DOUBTS: [(&str, &str); 4] = [
    ("amount_ambiguous", "amount_ambiguous"),
    ("date_unreadable", "date_unreadable"),
    // The text of the penalty names one.
    ("amount_missing", "amount_missing"),
    // The reason of entry, in the expectation's words.
    ("unknown_code 列入原因", "code_unknown"),
];

/// A feed, what came of it, and the rows expected.
fn read(name: &str, feed: &str, setting: Option<(&str, &str)>) -> Option<(Outcome, Vec<Value>)> {
    let path = shared(&format!("synthetic/market/{name}"))?;
    let expected = std::fs::read_to_string(format!("{}.expected.json", path.display())).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let mut file = Feed::read(path).unwrap();
    if let Some((name, value)) = setting {
        file = file.setting(name, value);
    }
    let outcome = check(&file, feed);
    let rows = expected["rows"].as_array().unwrap().clone();
    assert_eq!(outcome.rows(), rows.len() as u64);
    for row in &rows {
        let number = row["source_row"].as_u64().unwrap();
        let skipped = outcome.skipped(number).is_some();
        assert_eq!(skipped, row["outcome"] == "skipped", "{name}, row {number}");
        own_doubts(&outcome, row, number, name);
    }
    Some((outcome, rows))
}

/// The adapter doubts what it is expected to doubt, and nothing else.
fn own_doubts(outcome: &Outcome, row: &Value, number: u64, name: &str) {
    let doubts = row["doubts"].as_array().into_iter().flatten();
    let expected = doubts.filter_map(|doubt| {
        let (code, field) = (doubt["code"].as_str()?, doubt["field"].as_str()?);
        let own = OWN_DOUBTS
            .iter()
            .find(|(known, _)| *known == code || *known == format!("{code} {field}"));
        own.map(|(_, own)| *own)
    });
    let expected: Vec<_> = expected.collect();
    let found: Vec<_> = outcome.doubts(number).map(|d| &*d.reason.code).collect();
    assert_eq!(found, expected, "{name}, row {number}");
}

/// The drafts of a row.
fn drafts(outcome: &Outcome, row: &Value) -> Vec<(String, Operation, Value)> {
    let number = row["source_row"].as_u64().unwrap();
    let drafts = outcome.drafts().filter(|draft| draft.source_row == number);
    let body = |body: &str| serde_json::from_str(body).unwrap();
    drafts
        .map(|d| (d.directory.to_owned(), d.operation, body(d.body)))
        .collect()
}

/// A value of an expectation as a draft has it.
fn as_drafted(value: &Value) -> Value {
    match value {
        Value::String(text) if text == "(no end)" => "2099-12-31".into(),
        Value::Number(fen) => {
            let fen = fen.as_u64().unwrap();
            let wan = format!("{}.{:06}", fen / 1_000_000, fen % 1_000_000);
            wan.trim_end_matches('0').trim_end_matches('.').into()
        }
        Value::Array(codes) => {
            let codes: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
            codes.join(";").into()
        }
        value => value.clone(),
    }
}

#[test]
fn registrations_become_what_is_expected_of_them() {
    let unit = Some(("capital_unit", "万元"));
    let Some((outcome, rows)) = read("m1-registration.csv", "registration", unit) else {
        return;
    };
    for row in rows.iter().filter(|row| row["outcome"] == "record") {
        let [(directory, _, body)] = &drafts(&outcome, row)[..] else {
            panic!("{row}: one draft")
        };
        assert_eq!(directory, "registration");
        for (part, wanted) in ["key", "fields", "dates", "amounts_fen"]
            .into_iter()
            .filter_map(|part| Some((part, row[part].as_object()?)))
        {
            for (field, value) in wanted {
                let found = match field.as_str() {
                    // The platform's column of the currency; `bz` is its remark.
                    "bz" => &body["zjbz"],
                    field => &body[field],
                };
                let same = match (part, value.as_str(), found.as_str()) {
                    // Ids are repaired by the judge, and currencies made one there.
                    ("key", Some(wanted), Some(found)) => {
                        let repaired = credit_sdk::text::half_width(found).to_ascii_uppercase();
                        wanted == repaired
                    }
                    ("fields", Some("CNY"), Some(found)) => {
                        found == "CNY" || found.starts_with("人民币")
                    }
                    ("fields", Some("USD"), Some(found)) => found == "美元",
                    _ => *found == as_drafted(value),
                };
                assert!(same, "{row}: {field}: {found}");
            }
        }
    }
    let body = |number: usize| drafts(&outcome, &rows[number - 1])[0].2.clone();
    assert_eq!(body(2)["sshydm"], "5165");
    assert_eq!(body(5)["gszch_src"], "33021200019832");
    assert_eq!(body(5)["jyfw"], "住宿服务\r\n餐饮服务");
    assert_eq!(body(6)["qylxdm"], "9500");
    assert_eq!(body(9)["xzqh"], "520522");
    assert_eq!(body(10)["djzt"], "歇业整顿");
}

#[test]
fn a_row_of_the_abnormal_list_becomes_the_events_that_are_expected() {
    let Some((outcome, rows)) = read("m2-abnormal.csv", "abnormal", None) else {
        return;
    };
    for row in rows.iter().filter(|row| row["outcome"] == "record") {
        let drafts = drafts(&outcome, row);
        let events = row["events"].as_array().unwrap();
        assert_eq!(drafts.len(), events.len(), "{row}");
        for ((directory, _, body), event) in drafts.iter().zip(events) {
            assert_eq!(directory, "abnormal");
            assert_eq!(body["sj"], event["event"]);
            for (field, value) in row["key"].as_object().unwrap() {
                assert_eq!(body[field], *value, "{row}");
            }
            let entry = event["event"] == "列入";
            let (day, office) = if entry {
                ("lrrq", "lrjg")
            } else {
                ("ycrq", "ycjg")
            };
            assert_eq!(body[day], event["date"], "{row}");
            assert_eq!(body[office], event["authority"], "{row}");
            if entry {
                assert_eq!(body["yydm"], event["reason_code"].to_string(), "{row}");
            } else {
                assert_eq!(body["ycyy"], event["reason"], "{row}");
            }
        }
    }
    // Row 5 says the same as row 2, `\N` and nothing being one.
    assert_eq!(drafts(&outcome, &rows[4]), drafts(&outcome, &rows[1]));
    assert_eq!(
        drafts(&outcome, &rows[2])[0].2["gszch_src"],
        "520522MA6DEMQ36Y"
    );
}

#[test]
fn penalties_in_xml_become_what_is_expected_of_them() {
    let unit = Some(("amount_unit", "元"));
    let Some((outcome, rows)) = read("m4-penalties.xml", "penalty-xml", unit) else {
        return;
    };
    let control = &outcome.page.controls[0];
    assert_eq!((&*control.declared, &*control.found), ("8", "8"));
    for row in &rows {
        let [(directory, operation, body)] = &drafts(&outcome, row)[..] else {
            panic!("{row}: one draft")
        };
        let person = row["directory"] == "自然人行政处罚";
        let code = if person { "penalty-person" } else { "penalty" };
        assert_eq!(*directory, format!("{code}@enforcement"), "{row}");
        let wanted = match row["operation"].as_str() {
            Some("update") => Operation::Update,
            Some("withdraw") => Operation::Withdraw,
            _ => Operation::Insert,
        };
        assert_eq!(*operation, wanted, "{row}");
        let parts = ["key", "fields", "amounts_fen"].map(|part| row[part].as_object());
        for (field, value) in parts.into_iter().flatten().flatten() {
            let found = match field.as_str() {
                "party" if person => continue,
                "party" => &body["CF_XDR_SHXYM"],
                "fkje" => &body["CF_NR_FK"],
                // The judge folds the brackets of numbers in the key.
                "CF_WSH" => &body["CF_WSH"]
                    .as_str()
                    .unwrap()
                    .replace('[', "〔")
                    .replace(']', "〕")
                    .into(),
                field => &body[field],
            };
            assert_eq!(*found, as_drafted(value), "{row}: {field}");
        }
        if let Some(reason) = row.get("reason") {
            assert_eq!(body["BZ"], *reason);
        }
    }
    let body = |number: usize| drafts(&outcome, &rows[number - 1])[0].2.clone();
    assert_eq!(body(2)["CF_WFXW"], "无证经营 & 虚假宣传");
    assert_eq!(body(5)["CF_YXQ"], "2099-12-31");
    assert_eq!(body(5)["CF_XDR_MC"], "黔西市𫖮源融资担保有限公司");
    assert_eq!(body(6)["CF_XDR_ZJLX"], "111");
}
