//! The notices of arrears, row by row as is expected of them.

use credit_sdk::testkit::{Feed, Outcome};
use serde_json::{Map, Value};

use super::{own, shared};
use crate::Tax;

/// An amount as the expectations have it.
fn fen(body: &Value, field: &str) -> Value {
    let Some(text) = body[field].as_str() else {
        return Value::Null;
    };
    let (yuan, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{yuan}{fraction:0<2}")
        .parse::<u64>()
        .unwrap()
        .into()
}

/// What a draft must be: its directory, and each field by its name.
fn compare(row: &Value, directory: &str, body: &Value) {
    let person = row["person"] == true;
    let kind = if person {
        "tax-arrears-person"
    } else {
        "tax-arrears"
    };
    assert_eq!(directory, kind, "{row}");
    for (field, value) in row["amounts_fen"].as_object().unwrap() {
        assert_eq!(fen(body, field), *value, "{row}: {field}");
    }
    let none = Map::new();
    let part = |name: &str| row[name].as_object().unwrap_or(&none).clone();
    for (field, value) in part("key").into_iter().chain(part("fields")) {
        match field.as_str() {
            // The two dates say it.
            "period" => {}
            // The owner's id, which the expectation does not show, and the shop's name.
            "sfzh" => assert_eq!(body["sfzh"], "520581198306150129"),
            "note" => assert_eq!(body["jgqc"], "黔西市金凤小吃店"),
            field => assert_eq!(body[field], value, "{row}: {field}"),
        }
    }
}

#[test]
fn the_synthetic_notices_become_what_is_expected_of_them() {
    for name in ["t2-arrears-2026q3.csv", "t2-arrears-2026q3.xlsx"] {
        let Some(path) = shared(&format!("synthetic/tax/{name}")) else {
            return;
        };
        let expected = std::fs::read_to_string(format!("{}.expected.json", path.display()));
        let expected: Value = serde_json::from_str(&expected.unwrap()).unwrap();
        let outcome = Feed::read_binary(&path)
            .unwrap()
            .check::<Tax>("arrears")
            .unwrap();
        let rows = expected["rows"].as_array().unwrap();
        assert_eq!(outcome.rows(), rows.len() as u64, "{name}");
        for (row, at) in rows.iter().zip(1..) {
            // The second sheet's row is numbered on behind those of the first.
            let number = row["source_row"].as_u64().unwrap_or(at);
            if row["outcome"] == "skipped" {
                assert!(outcome.skipped(number).is_some(), "{name}: {row}");
                continue;
            }
            let draft = outcome.drafts().find(|d| d.source_row == number).unwrap();
            let body: Value = serde_json::from_str(draft.body).unwrap();
            compare(row, draft.directory, &body);
            // The destroyed number is the judge's to find, by what the cell shows.
            assert_eq!(outcome.doubts(number).count(), 0, "{name}: {row}");
            if row["outcome"] == "doubtful" {
                assert_eq!(row["doubts"][0]["code"], "excel_destroyed");
                assert_eq!(body["nsrsbh"], "9.1520522E+17");
            }
        }
        let total = expected["totals"]["balance_fen"].as_u64().unwrap();
        let total = format!("{}.{:02}", total / 100, total % 100);
        let [control] = &outcome.page.controls[..] else {
            panic!("{:?}", outcome.page.controls);
        };
        assert_eq!(
            (&control.declared, &control.found),
            (&total, &total),
            "{name}"
        );
    }
}

fn notice(rows: &str) -> Outcome {
    let text = format!(
        "欠税公告（2026年第3季度）,,,\n单位：元,,,国家税务总局黔西市税务局\n\
         纳税人名称,纳税人识别号,欠税税种,欠税余额\n{rows}"
    );
    Feed::binary(text.as_bytes())
        .check::<Tax>("arrears")
        .unwrap()
}

fn bodies(outcome: &Outcome) -> Vec<Value> {
    let parse = |draft: credit_sdk::testkit::DraftView<'_>| serde_json::from_str(draft.body);
    outcome
        .drafts()
        .map(|draft| parse(draft).unwrap())
        .collect()
}

#[test]
fn a_taxpayer_is_not_taken_from_beyond_a_row_that_was_not_read() {
    let outcome =
        notice("甲,1,增值税,1\n乙,丙,2,增值税,1\n,,印花税,1\n丁,3,增值税,1\n,,印花税,1\n");
    let doubts: Vec<_> = outcome
        .page
        .doubts
        .iter()
        .map(|d| (d.source_row, &*d.reason.code))
        .collect();
    assert_eq!(doubts, [(5, "field_count"), (6, "continuation_unclear")]);
    let names: Vec<_> = bodies(&outcome).iter().map(|b| b["jgqc"].clone()).collect();
    assert_eq!(names, ["甲", "丁", "丁"]);
    assert_eq!(
        notice(",,印花税,1\n").page.doubts[0].reason.code,
        "continuation_unclear"
    );
}

#[test]
fn a_total_that_does_not_agree_says_what_was_found() {
    let controls = |rows: &str| -> Vec<(String, String)> {
        let controls = notice(rows).page.controls;
        controls
            .into_iter()
            .map(|c| (c.declared, c.found))
            .collect()
    };
    let pair = |declared: &str, found: &str| (declared.to_owned(), found.to_owned());
    assert_eq!(
        controls("甲,1,增值税,1.5\n合计,,,1.60\n"),
        [pair("1.60", "1.50")]
    );
    assert_eq!(controls("甲,1,增值税,1.5\n合计,,,\n"), []);
    assert_eq!(
        controls("甲,1,增值税,1\n合计,,,一元\n"),
        [pair("一元", "1.00")]
    );
    // Of two pages and of both.
    let rows = "甲,1,增值税,1\n合计,,,1\n乙,2,增值税,2\n合 计,,,2\n总计,,,3\n";
    assert!(
        controls(rows)
            .iter()
            .all(|(declared, found)| declared == found)
    );
    let rows = "甲,1,增值税,1\n乙,2,增值税,2,2\n丙,3,增值税,x\n合计,,,9\n";
    assert_eq!(
        controls(rows),
        [pair("9.00", "1.00，另有 2 行未能识别 (2 rows unread)")]
    );
}

#[test]
fn q01_q02_full_width_digits_and_blanks_are_read() {
    let outcome = notice(
        " 甲公司\u{3000},'９１５２０５８１ＭＡ６ＤＥＭＱ１ＸＪ,\u{feff}增值税\t,１，２３４.５０\n",
    );
    let body = &bodies(&outcome)[0];
    assert_eq!(
        (&body["jgqc"], &body["qsszmc"]),
        (&"甲公司".into(), &"增值税".into())
    );
    assert_eq!(body["ljqsje"], "1234.5");
    // The number as it stands: the judge repairs it, and says so.
    assert_eq!(body["nsrsbh"], "９１５２０５８１ＭＡ６ＤＥＭＱ１ＸＪ");
}

#[test]
fn q07_an_amount_whose_unit_nobody_names_is_refused_and_the_setting_names_it() {
    let text = "2026年第3季度,,,\n国家税务总局黔西市税务局,,,\n纳税人名称,纳税人识别号,税种,欠税余额\n甲,1,增值税,0.5\n";
    let feed = Feed::binary(text.as_bytes());
    let fault = feed.check::<Tax>("arrears").unwrap().fault.unwrap();
    assert_eq!(fault.code, "unit_unknown");
    let outcome = feed
        .setting("amount_unit", "万元")
        .check::<Tax>("arrears")
        .unwrap();
    assert_eq!(bodies(&outcome)[0]["ljqsje"], "5000");
}

#[test]
fn q08_titles_headers_totals_and_notes_are_skipped_and_counted() {
    let outcome = Feed::read_binary(own("arrears.csv"))
        .unwrap()
        .check::<Tax>("arrears")
        .unwrap();
    for (row, reason) in [
        (1, "title"),
        (2, "title"),
        (3, "header"),
        (11, "subtotal"),
        (12, "header"),
        (14, "total"),
        (15, "note"),
    ] {
        assert_eq!(outcome.skipped(row), Some(reason), "row {row}");
    }
}

#[test]
fn q09_columns_are_found_by_name_in_any_order() {
    let text = "税种,欠税余额（万元）,统一社会信用代码（纳税人识别号）,企业名称,主管税务机关\n\
                增值税,0.5,91520581MA6DEMQ1XJ,甲,乙税务局\n";
    let text = format!("2026年第3季度,,,,\n{text}");
    let outcome = Feed::binary(text.as_bytes())
        .check::<Tax>("arrears")
        .unwrap();
    let body = &bodies(&outcome)[0];
    assert_eq!(
        (&body["jgqc"], &body["zjjgqc"]),
        (&"甲".into(), &"乙税务局".into())
    );
    assert_eq!(body["ljqsje"], "5000");
}

#[test]
fn q10_q11_a_destroyed_number_stays_visible_and_a_float_that_is_none_is_read() {
    let outcome = Feed::read_binary(own("arrears.xlsx"))
        .unwrap()
        .check::<Tax>("arrears")
        .unwrap();
    let numbers: Vec<_> = bodies(&outcome)
        .iter()
        .map(|b| b["nsrsbh"].clone())
        .collect();
    assert!(numbers.contains(&"520522780180013".into()));
    assert!(numbers.contains(&"5.2058119880808E+17".into()));
}
