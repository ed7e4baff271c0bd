use serde_json::{Value, json};

use super::*;
use crate::samples::parcel;

fn outcome_of(reply: &Value) -> Outcome {
    let names = ReplyNames::default();
    let reply = Reply::read(&names, reply.to_string().as_bytes()).unwrap();
    let parcel = parcel(&[r#"{"n":"1"}"#, r#"{"n":"2"}"#, r#"{"n":"3"}"#]);
    outcome(reply, &names, &parcel, "platform.example:443", 5)
}

fn reply(success: u64, fail: u64, error: u64) -> Value {
    json!({"taskCode": "202611240001", "errorCode": "200", "errorMsg": "", "totalSize": 3,
        "successSize": success, "failSize": fail, "errorSize": error})
}

fn with(mut reply: Value, field: &str, value: Value) -> Value {
    reply[field] = value;
    reply
}

fn receipt(reply: &Value) -> Receipt {
    match outcome_of(reply) {
        Outcome::Settled(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

fn stop(reply: &Value) -> Stop {
    match outcome_of(reply) {
        Outcome::Stop(stop) => stop,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reply_that_counts_all_rows_as_stored_settles_the_parcel() {
    let expected = Receipt {
        task: "202611240001".into(),
        at_ms: 5,
        attempts: 1,
        doubted: 0,
        rows: Vec::new(),
    };
    assert_eq!(receipt(&reply(3, 0, 0)), expected);
    for none in [json!(""), json!({}), json!(null), json!("无")] {
        assert_eq!(receipt(&with(reply(3, 0, 0), "errorBody", none)), expected);
    }
}

#[test]
fn refused_and_doubted_rows_are_told_row_by_row() {
    let reply = with(
        reply(1, 1, 1),
        "errorBody",
        json!([{"n": "3", "msg": "不能为空"}]),
    );
    let reply = with(
        reply,
        "failBody",
        json!([{"row": 1, "code": "20001", "msg": "重复数据"}]),
    );
    let receipt = receipt(&reply);
    assert_eq!((receipt.doubted, receipt.refused()), (1, 1));
    let row = |row, verdict, code: &str, reason: &str| RowVerdict {
        row,
        verdict,
        code: code.into(),
        reason: reason.into(),
    };
    assert_eq!(
        receipt.rows,
        [
            row(0, Verdict::Doubted, "20001", "重复数据"),
            row(2, Verdict::Refused, "", "不能为空"),
        ]
    );
}

#[test]
fn doubted_rows_that_are_not_named_are_only_counted() {
    let nameless = reply(1, 2, 0);
    let unreadable = with(nameless.clone(), "failBody", json!("see the console"));
    let too_few = with(nameless.clone(), "failBody", json!([{"row": 1}]));
    let unknown = with(
        nameless.clone(),
        "failBody",
        json!([{"row": 1}, {"row": 9}]),
    );
    for reply in [nameless, unreadable, too_few, unknown] {
        let receipt = receipt(&reply);
        assert_eq!((receipt.doubted, receipt.rows), (2, Vec::new()));
    }
}

#[test]
fn a_row_both_refused_and_doubted_is_refused() {
    let reply = with(reply(1, 1, 1), "errorBody", json!([{"row": 1}]));
    let receipt = receipt(&with(reply, "failBody", json!([{"row": 1}])));
    assert_eq!(
        (receipt.rows.len(), receipt.refused(), receipt.doubted),
        (1, 1, 1)
    );
}

#[test]
fn counts_that_do_not_add_up_are_never_guessed_at() {
    let missing = json!({"errorCode": "200", "totalSize": 3, "successSize": 3});
    let few = with(reply(2, 0, 0), "totalSize", json!(2));
    let many = with(reply(u64::MAX, 1, 0), "errorMsg", json!(""));
    let unnamed = reply(2, 0, 1);
    let strange = with(unnamed.clone(), "errorBody", json!([{"n": "4"}]));
    let too_many = with(reply(3, 0, 0), "errorBody", json!([{"n": "1"}]));
    let unreadable = with(unnamed.clone(), "errorBody", json!([7]));
    for reply in [
        missing,
        few,
        reply(2, 0, 0),
        many,
        unnamed,
        strange,
        too_many,
        unreadable,
    ] {
        let stop = stop(&reply);
        assert_eq!(
            (stop.code.as_str(), stop.scope),
            ("receipt_unclear", Scope::Target),
            "{reply}"
        );
        assert!(stop.en.contains("platform.example:443"), "{stop}");
    }
}

#[test]
fn an_internal_error_is_tried_again() {
    let reply = json!({"errorCode": 500, "errorMsg": "服务器内部错误 520522199001011234"});
    let Outcome::Retry { after: None, why } = outcome_of(&reply) else {
        panic!("no retry")
    };
    assert_eq!(why.code, "platform_500");
    assert!(!why.text.contains("199001011234"), "{why}");
}

#[test]
fn all_other_codes_stop_the_route_and_say_what_to_do() {
    for (code, word) in [
        ("3001", "table code"),
        ("3002", "table code"),
        ("4001", "department code"),
        ("4002", "department code"),
        ("5001", "defect"),
        ("6001", "defect"),
        ("6002", "defect"),
        ("9999", "ask the platform"),
    ] {
        let stop = stop(&json!({"errorCode": code, "errorMsg": "m"}));
        assert_eq!(
            (stop.code, stop.scope),
            (format!("platform_{code}"), Scope::Route)
        );
        assert!(stop.remedy.contains(word), "{}", stop.remedy);
        assert!(stop.zh.contains(code) && stop.en.contains(code));
    }
}
