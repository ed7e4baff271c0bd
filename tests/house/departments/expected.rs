//! A feed's expectation against what the gateway and the platform tell of its rows.

use crate::support::{House, assert_masked, number};
use serde_json::{Value, json};

/// Codes of the expectations, and our words for the same.
const CODES: [(&str, &str); 1] = [("unknown_code", "code_unknown")];

/// Fields of the expectations, and our columns for the same.
const COLUMNS: [(&str, &str); 15] = [
    ("regcap", "zczj"),
    ("bz", "zjbz"),
    ("uniscid", "tyshxydm"),
    ("uniscid/regno", "tyshxydm"),
    ("estdate", "clrq"),
    ("regstate", "djzt"),
    ("列入原因", "yydm"),
    ("统一社会信用代码", "tyshxydm"),
    ("移出日期", "ycrq"),
    ("PENAM", "CF_NR_FK"),
    ("fkje", "CF_NR_FK"),
    ("PENDECISSDATE", "CF_JDRQ"),
    ("PENDECNO", "CF_WSH"),
    ("party", "CF_XDR_SHXYM"),
    ("regDate", "larq"),
];

/// Directories by title, and the decimals of their amounts: of 元 or of 万元.
const DIRECTORIES: [(&str, &str, usize); 7] = [
    ("法人欠税", "tax-arrears", 2),
    ("法人基础信息", "registration", 6),
    ("经营异常名录", "abnormal", 2),
    ("行政处罚", "penalty", 6),
    ("自然人行政处罚", "penalty-person", 6),
    ("失信被执行人", "dishonest", 2),
    ("担保贷款", "guarantee", 2),
];

/// Every row became what is expected of it, and no personal id is told anywhere.
pub(super) fn compare(house: &House, file: &str, expected: &Value) {
    let rows = expected["rows"].as_array().unwrap();
    let mut wanted = Vec::new();
    for row in rows {
        for doubt in row["doubts"].as_array().into_iter().flatten() {
            let field = ours(&COLUMNS, text(&doubt["field"]));
            let code = ours(&CODES, text(&doubt["code"]));
            wanted.push((number(row, "source_row"), field, code));
        }
    }
    let doubts = house.ask(&["doubts", "--file", file]);
    let mut found = Vec::new();
    for doubt in &doubts {
        let (field, code) = (text(&doubt["field"]), text(&doubt["code"]));
        found.push((number(doubt, "source_row"), field, code));
        assert!(!text(&doubt["message_en"]).is_empty(), "{doubt}");
        let zh = text(&doubt["message_zh"]);
        assert!(zh.chars().any(|c| ('一'..='龥').contains(&c)), "{doubt}");
    }
    wanted.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, wanted, "{doubts:?}");
    for row in rows.iter().filter(|row| row["outcome"] == "record") {
        record(house, file, row);
    }
    for question in ["doubts", "receipts", "status"] {
        for format in ["text", "json"] {
            let ran = house.run(&[question, "--format", format]).good();
            assert_masked(&ran.out);
            assert_masked(&ran.err);
        }
    }
}

/// The row is a delivered record, or a record for each of its events, with the expected content.
fn record(house: &House, file: &str, row: &Value) {
    let names = [
        "party", "CF_WSH", "tyshxydm", "nsrsbh", "gszch", "ah", "jjh",
    ];
    let known = |name: &&&str| row["key"][**name].is_string() && !is_told(&row["key"][**name]);
    // Who is known by a personal id alone is not looked for by it.
    let Some(name) = names.iter().find(known) else {
        return;
    };
    let traced = house.ask(&["trace", text(&row["key"][*name])]);
    let own = |t: &&Value| t["file"] == file && t["source_row"] == row["source_row"];
    let traced: Vec<_> = traced.iter().filter(own).collect();
    let once = vec![json!({})];
    let events = row["events"].as_array().unwrap_or(&once);
    assert_eq!(traced.len(), events.len(), "{row}");
    let title = text(&row["directory"]);
    let known = DIRECTORIES.iter().find(|known| known.0 == title);
    let &(_, directory, decimals) = known.unwrap_or_else(|| panic!("{title} is not known here"));
    for traced in traced {
        let operation = row["operation"].as_str().unwrap_or("insert");
        assert_eq!(traced["operation"], operation, "{row}");
        assert_eq!(traced["targets"][0]["fate"], "delivered", "{row}");
        assert_eq!(traced["person"], row["person"] == true, "{row}");
        let found = text(&traced["directory"]);
        assert!(
            found == directory || found == format!("{directory}-person"),
            "{traced}"
        );
        assert_masked(&traced.to_string());
        let body = &traced["body"];
        for group in ["key", "fields", "dates"] {
            for (name, wanted) in row[group].as_object().into_iter().flatten() {
                same(body, name, wanted);
            }
        }
        for (name, fen) in row["amounts_fen"].as_object().into_iter().flatten() {
            let name = ours(&COLUMNS, name);
            let found = body[name].as_str().map(|amount| fen_of(amount, decimals));
            assert_eq!(found, fen.as_i64(), "{name}: {row}");
        }
        let of_event = |event: &&Value| event["event"] == body["sj"];
        let event = events
            .iter()
            .find(of_event)
            .unwrap_or_else(|| panic!("{traced}"));
        let (day, office) = match event["event"].as_str() {
            Some("移出") => ("ycrq", "ycjg"),
            _ => ("lrrq", "lrjg"),
        };
        for (name, wanted) in [
            (day, "date"),
            (office, "authority"),
            ("yydm", "reason_code"),
        ] {
            if let Some(wanted) = event.get(wanted) {
                same(body, name, wanted);
            }
        }
    }
}

/// The record has that value, as its directory writes it.
fn same(body: &Value, name: &str, wanted: &Value) {
    if is_told(wanted) || ["note", "sfzh"].contains(&name) {
        return;
    }
    let name = ours(&COLUMNS, name);
    let wanted = match wanted {
        Value::Null => return assert!(body[name].is_null(), "{name}: {body}"),
        Value::Array(several) => several.iter().map(text).collect::<Vec<_>>().join(";"),
        Value::String(own) if own == "(no end)" => "2099-12-31".to_owned(),
        // A class and its title.
        Value::String(own) if name == "wjfl" => own[..2].to_owned(),
        Value::String(own) => own.clone(),
        other => other.to_string(),
    };
    let mut found = text(&body[name]).to_owned();
    if name == "CF_WSH" {
        // It is sent as the feed writes it; only its key knows one kind of brackets.
        found = found.replace('[', "〔").replace(']', "〕");
    }
    match found.strip_suffix("**") {
        Some(shown) => assert!(wanted.starts_with(shown), "{name}: {body}"),
        None => assert_eq!(found, wanted, "{name}: {body}"),
    }
}

/// The expectation tells of the value, and does not show it: `(id hash)`, `2026Q3`.
fn is_told(wanted: &Value) -> bool {
    wanted == "(id hash)" || wanted == "2026Q3"
}

/// Our word for one of the expectation's.
fn ours<'a>(words: &[(&'a str, &'a str)], word: &'a str) -> &'a str {
    let own = words.iter().find(|(theirs, _)| *theirs == word);
    own.map_or(word, |(_, own)| own)
}

pub(super) fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

/// An amount in 分, without a float on the way.
fn fen_of(amount: &str, decimals: usize) -> i64 {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    assert!(fraction.len() <= decimals, "{amount} is finer than a 分");
    format!("{whole}{fraction:0<decimals$}").parse().unwrap()
}
