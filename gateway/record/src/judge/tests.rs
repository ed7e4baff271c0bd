//! Pages of a few drafts, and what becomes of them.

mod courts;
mod faults;
mod feeds;
mod identity;
mod properties;

use serde_json::{Map, Value, json};

use super::*;
use crate::flow::{Doubt, Doubtful, Operation, Reason};

fn judge() -> Judge {
    Judge::new(
        Directories::shipped().unwrap(),
        PublicityRules::shipped().unwrap(),
    )
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
}

/// A page of drafts (directory, row, operation, body).
fn page_of(drafts: &[(&str, u64, Operation, String)]) -> Page {
    let mut page = Page::default();
    for (directory, source_row, operation, body) in drafts {
        let at = page
            .directories
            .iter()
            .position(|d| d == directory)
            .unwrap_or_else(|| {
                page.directories.push((*directory).to_owned());
                page.directories.len() - 1
            });
        page.bodies.push_str(body);
        page.drafts.push(Draft {
            source_row: *source_row,
            directory: at as u16,
            operation: *operation,
            end: page.bodies.len() as u32,
        });
    }
    page
}

fn judged_page(page: &Page) -> Judged {
    judge().judge(page, today(), Counted::Characters)
}

fn judged_as(directory: &str, operation: Operation, body: &Value) -> Judged {
    let drafts = [(directory, 2, operation, body.to_string())];
    judged_page(&page_of(&drafts))
}

fn judged(directory: &str, body: &Value) -> Judged {
    judged_as(directory, Operation::Insert, body)
}

/// (field, code) of the only doubtful row.
fn reasons(judged: &Judged) -> Vec<(&str, &str)> {
    assert_eq!(
        (judged.records.len(), judged.doubtful.len()),
        (0, 1),
        "{judged:?}"
    );
    let reasons: &[Reason] = &judged.doubtful[0].reasons;
    assert!(reasons.iter().all(|r| !r.zh.is_empty() && !r.en.is_empty()));
    reasons
        .iter()
        .map(|r| (r.field.as_str(), r.code.as_str()))
        .collect()
}

fn record(judged: &Judged) -> Record {
    assert_eq!(judged.doubtful, [], "{:?}", judged.doubtful);
    judged.records[0]
}

fn penalty() -> Value {
    json!({
        "CF_XDR_MC": "黔西市永利建材有限公司", "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": "91520581MA6DEMQ1XJ", "CF_FRDB": "张某某",
        "CF_WSH": "黔西环罚〔2025〕1号", "CF_WFXW": "违反水污染防治管理制度",
        "CF_SY": "超标排放水污染物", "CF_YJ": "第八十三条", "CF_CFLB": "罚款",
        "CF_NR": "罚款2000元", "CF_NR_FK": "0.2", "CF_JDRQ": "2025-06-01",
        "CF_YXQ": "2099-12-31", "CF_GSJZQ": "2026-06-01", "CF_CFJG": "毕节市生态环境局黔西分局",
        "CF_CFJGDM": "11520581MBQX00032P", "CF_SJLY": "毕节市生态环境局黔西分局",
        "CF_SJLYDM": "11520581MBQX00032P", "BZ": null,
    })
}

fn rating() -> Value {
    json!({
        "nsrsbh": "91520581MA6DEMQ1XJ", "nsrmc": "黔西市永利建材有限公司", "xyjb": "A",
        "pjnd": "2025", "swjg": "国家税务总局黔西市税务局第一税务分局",
    })
}

/// The penalty with some columns changed; `null` takes one away.
fn with(changes: Value) -> Value {
    merged(penalty(), changes)
}

fn merged(mut body: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("an object")
    };
    let all: &mut Map<String, Value> = body.as_object_mut().unwrap();
    all.extend(changes);
    body
}

#[test]
fn a_right_body_is_carried_over_byte_for_byte() {
    let body = serde_json::to_string_pretty(&penalty()).unwrap();
    let page = page_of(&[("penalty", 7, Operation::Insert, body.clone())]);
    let judged = judged_page(&page);
    let record = record(&judged);
    assert_eq!(judged.bodies, body);
    assert_eq!(judged.directories, ["penalty"]);
    assert_eq!(
        (record.source_row(), record.directory(), record.end()),
        (7, 0, body.len() as u32)
    );
    assert_eq!(
        (record.repairs(), record.warnings(), record.person()),
        (0, 0, false)
    );
    assert_eq!(record.version(), i64::MIN);
}

#[test]
fn what_is_put_right_is_written_anew_in_the_directorys_order() {
    let changes = json!({
        "CF_XDR_SHXYM": " 91520581ma6demq1xj ", "CF_XDR_LB": "02", "CF_CFLB": "警告；罚款",
        "CF_SY": "\"一\"\n二", "CF_SYFW": 0, "CF_XDR_ZZJG": "78018001-3",
    });
    let judged = judged("penalty", &with(changes));
    let record = record(&judged);
    let body: Value = serde_json::from_str(&judged.bodies).unwrap();
    for (column, value) in [
        ("CF_XDR_SHXYM", "91520581MA6DEMQ1XJ"),
        ("CF_XDR_LB", "法人及非法人组织"),
        ("CF_CFLB", "警告;罚款"),
        ("CF_SY", "\"一\"\n二"),
        ("CF_SYFW", "0"),
        ("CF_XDR_ZZJG", "780180013"),
    ] {
        assert_eq!(body[column], value);
    }
    assert!(
        judged
            .bodies
            .starts_with("{\"CF_XDR_MC\":\"黔西市永利建材有限公司\",\"CF_XDR_LB\"")
    );
    let words = crate::id::Repairs::from_bits(record.repairs()).unwrap();
    let words: Vec<_> = words.words().collect();
    assert_eq!(words, ["trim", "case", "width", "hyphen", "spelling"]);
}

#[test]
fn derived_columns_are_worked_out_whatever_the_body_says() {
    let wrong = merged(rating(), json!({ "tyshxydm": "9152", "id_form": 7 }));
    let plain = judged("tax-rating", &rating());
    assert_eq!(judged("tax-rating", &wrong).bodies, plain.bodies);
    assert_eq!(judged("tax-rating", &wrong).records, plain.records);
    let body: Value = serde_json::from_str(&plain.bodies).unwrap();
    assert_eq!(body["id_form"], "uscc18");
    assert_eq!(body["tyshxydm"], "91520581MA6DEMQ1XJ");
    assert_eq!(body["zzjgdm"], "MA6DEMQ1X");
    let again = page_of(&[("tax-rating", 2, Operation::Insert, plain.bodies.clone())]);
    let again = judged_page(&again);
    assert_eq!((again.bodies, again.records), (plain.bodies, plain.records));
}

#[test]
fn a_withdrawal_needs_its_key_alone() {
    let key = json!({
        "CF_CFJGDM": "11520581MBQX00032P", "CF_WSH": "黔西环罚〔2025〕1号",
        "CF_XDR_SHXYM": "91520581MA6DEMQ1XJ",
    });
    let withdrawn = judged_as("penalty", Operation::Withdraw, &key);
    assert_eq!(
        record(&withdrawn).id(),
        record(&judged("penalty", &penalty())).id()
    );
    assert!(reasons(&judged_as("penalty", Operation::Hold, &key)).len() > 5);
    let nameless = json!({ "CF_WSH": "黔西环罚〔2025〕1号" });
    let nameless = judged_as("penalty", Operation::Withdraw, &nameless);
    let wanted = [
        ("CF_CFJGDM", "required_group"),
        ("CF_XDR_SHXYM", "required_group"),
    ];
    assert_eq!(reasons(&nameless), wanted);
}

#[test]
fn what_concerns_a_person_is_marked() {
    let small = json!({ "CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": "92520581MAQX0091XY" });
    assert!(record(&judged("penalty", &with(small))).person());
    let by_code = merged(rating(), json!({ "nsrsbh": "92520581MAQX0091XY" }));
    assert!(record(&judged("tax-rating", &by_code)).person());
    assert!(!record(&judged("tax-rating", &rating())).person());
    let hidden = merged(rating(), json!({ "nsrsbh": "52058119880808019101" }));
    let hidden = judged("tax-rating", &hidden);
    assert_eq!(reasons(&hidden), [("nsrsbh", "personal_id_in_tax_id")]);
    assert!(hidden.doubtful[0].person);
}

fn doubt(source_row: u64, field: &str, excerpt: &str) -> Doubt {
    let [field, excerpt] = [field, excerpt].map(str::to_owned);
    let [code, zh, en] = ["status_other", "其他", "other"].map(str::to_owned);
    Doubt {
        source_row,
        field,
        code,
        zh,
        en,
        excerpt,
    }
}

#[test]
fn a_row_is_whole_or_doubtful() {
    let bad = with(json!({ "CF_WSH": null })).to_string();
    let good = |wsh: &str| with(json!({ "CF_WSH": wsh })).to_string();
    let insert = Operation::Insert;
    let mut page = page_of(&[
        ("penalty", 2, insert, good("1")),
        ("penalty", 3, insert, good("2")),
        ("penalty", 2, insert, bad.clone()),
        ("penalty", 4, insert, good("3")),
        ("penalty", 5, insert, good("4")),
    ]);
    page.doubts = vec![
        doubt(4, "CF_ZT", "row four"),
        doubt(4, "", "again"),
        doubt(9, "", "张 520581198808080191"),
    ];
    let judged = judged_page(&page);
    let rows: Vec<u64> = judged.records.iter().map(Record::source_row).collect();
    assert_eq!(rows, [3, 5]);
    assert_eq!(judged.bodies, good("2") + &good("4"));
    assert_eq!(judged.records[1].end() as usize, judged.bodies.len());
    let of = |row: &Doubtful| {
        (
            row.source_row,
            row.reasons.len(),
            row.person,
            row.content.clone(),
        )
    };
    let doubtful: Vec<_> = judged.doubtful.iter().map(of).collect();
    let wanted = [
        (2, 1, false, bad + "\n" + &good("1")),
        (4, 2, false, "row four".to_owned()),
        (9, 1, true, "张 520581198808080191".to_owned()),
    ];
    assert_eq!(doubtful, wanted);
    assert_eq!(judged.doubtful[0].directory, "penalty");
}

#[test]
fn a_value_that_the_adapter_could_not_read_is_not_missing_as_well() {
    let body = with(json!({ "CF_JDRQ": null })).to_string();
    let mut page = page_of(&[("penalty", 2, Operation::Insert, body)]);
    page.doubts = vec![doubt(2, "CF_JDRQ", "")];
    assert_eq!(reasons(&judged_page(&page)), [("CF_JDRQ", "status_other")]);
}

#[test]
fn q01_numbers_and_codes_in_full_width_are_put_right_and_texts_are_left_alone() {
    let mut body = rating();
    body["pjnd"] = "２０２５".into();
    body["xyjb"] = "Ａ".into();
    body["nsrmc"] = "黔西市（ＡＢ）公司".into();
    let page = page_of(&[("tax-rating", 2, Operation::Insert, body.to_string())]);
    let judged = judged_page(&page);
    let found: Value = serde_json::from_str(&judged.bodies).unwrap();
    let fields = ["pjnd", "xyjb", "nsrmc"].map(|field| &found[field]);
    assert_eq!(fields, ["2025", "A", "黔西市（ＡＢ）公司"]);
    let repairs = crate::id::Repairs::from_bits(judged.records[0].repairs()).unwrap();
    assert!(repairs.words().any(|word| word == "width"), "{repairs:?}");
}

#[test]
fn the_end_of_publication_is_worked_out_where_source_and_rules_leave_no_choice() {
    let until = |changes: Value| {
        let mut body = with(json!({ "CF_GSJZQ": null, "CF_JDRQ": "2026-06-01" }));
        body = merged(body, changes);
        let text = body.to_string();
        let page = page_of(&[("penalty@enforcement", 2, Operation::Insert, text)]);
        let judged = judged_page(&page);
        let found: Value = serde_json::from_str(&judged.bodies).unwrap();
        let repairs = crate::id::Repairs::from_bits(judged.records[0].repairs()).unwrap();
        let told = repairs.words().any(|word| word == "published_until");
        (found["CF_GSJZQ"].as_str().map(str::to_owned), told)
    };
    let day = |day: &str| Some(day.to_owned());
    let general = json!({ "severity_national": "一般" });
    assert_eq!(until(general), (day("2027-06-01"), true));
    // The local grade is never read as the national one.
    assert_eq!(until(json!({ "CF_SXYZCD": "1" })), (None, false));
    let earlier = json!({ "severity_national": "严重", "CF_GSJZQ": "2026-12-01" });
    assert_eq!(until(earlier), (day("2026-12-01"), false));
    // By order 58 every penalty is published for three years at most.
    let before = json!({ "CF_JDRQ": "2025-06-01" });
    assert_eq!(until(before), (day("2028-06-01"), true));
}

#[test]
fn a_grade_in_words_becomes_its_code() {
    for (said, code) in [("较重", "2"), ("2", "2"), ("２", "2")] {
        let body = with(json!({ "CF_SXYZCD": said })).to_string();
        let judged = judged_page(&page_of(&[("penalty", 2, Operation::Insert, body)]));
        let found: Value = serde_json::from_str(&judged.bodies).unwrap();
        assert_eq!(found["CF_SXYZCD"], code, "{said}");
    }
}

#[test]
fn q06_what_the_adapter_could_not_read_is_no_second_reason() {
    let body = with(json!({ "CF_NR_FK": "伍仟元整", "CF_JDRQ": "x" })).to_string();
    let mut page = page_of(&[("penalty", 2, Operation::Insert, body)]);
    page.doubts = vec![doubt(2, "CF_NR_FK", "")];
    let wanted = [("CF_NR_FK", "status_other"), ("CF_JDRQ", "date_unreadable")];
    assert_eq!(reasons(&judged_page(&page)), wanted);
}

#[test]
fn rows_without_a_number_are_kept_apart() {
    let mut page = Page {
        doubts: vec![doubt(0, "", "a"), doubt(0, "", "b")],
        ..Page::default()
    };
    page.drafts.push(Draft {
        source_row: 0,
        directory: 9,
        operation: Operation::Hold,
        end: 9,
    });
    let judged = judged_page(&page);
    assert_eq!(judged.doubtful.len(), 3);
}
