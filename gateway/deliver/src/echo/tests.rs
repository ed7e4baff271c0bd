use serde_json::json;

use super::*;
use crate::samples::parcel;

const ROWS: [&str; 4] = [
    r#"{"CF_WSH":"1","CF_NR_FK":0.2,"SM":null}"#,
    r#"{"CF_WSH":"2","CF_NR_FK":0.2}"#,
    r#"{"CF_WSH":"3","CF_NR_FK":12}"#,
    r#"{"CF_WSH":"3","CF_NR_FK":12}"#,
];

fn named(entries: Value) -> Option<Vec<(u32, String)>> {
    let Value::Array(entries) = entries else {
        panic!("a list")
    };
    let entries = entries
        .into_iter()
        .map(|entry| object(entry).unwrap())
        .collect();
    let named = named_rows(&parcel(&ROWS), &ReplyNames::default(), entries)?;
    Some(named.into_iter().map(|n| (n.row, n.reason)).collect())
}

fn row(row: u32, reason: &str) -> (u32, String) {
    (row, reason.to_owned())
}

#[test]
fn a_row_is_found_by_its_number() {
    let entries = json!([{"row": 2, "message": "重复数据"}, {"index": "1", "errorMsg": 7}]);
    assert_eq!(named(entries), Some(vec![row(0, "7"), row(1, "重复数据")]));
}

#[test]
fn a_number_beyond_the_rows_or_before_the_first_is_no_match() {
    for number in [json!(0), json!(5), json!("x"), json!(-1), json!(u64::MAX)] {
        assert_eq!(named(json!([{"row": number}])), None);
    }
}

#[test]
fn a_number_that_its_columns_contradict_is_no_match() {
    let right = json!([{"row": 2, "data": {"CF_WSH": "2"}, "message": "m"}]);
    assert_eq!(named(right), Some(vec![row(1, "m")]));
    assert_eq!(named(json!([{"row": 2, "data": {"CF_WSH": "1"}}])), None);
    assert_eq!(named(json!([{"row": 2, "CF_WSH": "1"}])), None);
}

#[test]
fn a_row_is_found_by_its_columns() {
    let entries = json!([{"CF_WSH": "2", "CF_NR_FK": "0.2", "message": "m"}]);
    assert_eq!(named(entries), Some(vec![row(1, "m")]));
    let wrapped = json!([{"data": {"CF_WSH": 1, "SM": "", "BZ": null}, "msg": "m"}]);
    assert_eq!(named(wrapped), Some(vec![row(0, "m")]));
    let text = json!([{"data": "{\"CF_WSH\":\"1\"}", "msg": "m"}]);
    assert_eq!(named(text), Some(vec![row(0, "m")]));
}

#[test]
fn a_column_that_differs_or_is_unknown_is_no_match() {
    assert_eq!(named(json!([{"CF_WSH": "2", "CF_NR_FK": 0.3}])), None);
    assert_eq!(named(json!([{"CF_WSH": "2", "XXX": "1"}])), None);
    assert_eq!(named(json!([{"message": "m"}])), None);
    assert_eq!(named(json!([{}])), None);
}

#[test]
fn rows_that_look_alike_are_named_only_all_together() {
    let alike = json!({"CF_WSH": "3", "message": "m"});
    assert_eq!(named(json!([alike])), None);
    assert_eq!(
        named(json!([alike, alike])),
        Some(vec![row(2, "m"), row(3, "m")])
    );
    assert_eq!(named(json!([{"CF_NR_FK": 0.2}])), None);
}

#[test]
fn no_row_is_named_twice() {
    assert_eq!(named(json!([{"row": 1}, {"CF_WSH": "1"}])), None);
    assert_eq!(named(json!([{"row": 1}, {"row": 1}])), None);
}

#[test]
fn reasons_are_masked_and_of_bounded_length() {
    let id = "520522199001011234";
    let entries = json!([{"row": 1, "message": format!("身份证件校验不通过{id}")}]);
    let reason = named(entries).unwrap().remove(0).1;
    assert!(
        reason.starts_with("身份证件校验不通过") && !reason.contains(id),
        "{reason}"
    );
    assert_eq!(
        shown(&"长".repeat(1_000)).chars().count(),
        REASON_CHARS_MAX + 1
    );
}

#[test]
fn thousands_of_rows_are_matched_at_once() {
    let rows: Vec<String> = (0..5_000)
        .map(|n| format!(r#"{{"same":1,"no":"{n}"}}"#))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let entries = rows
        .iter()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let named = named_rows(&parcel(&rows), &ReplyNames::default(), entries).unwrap();
    assert!(named.iter().map(|n| n.row).eq(0..5_000));
}
