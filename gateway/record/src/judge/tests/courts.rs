//! The keys of the courts' list, and what a masked id is.

use super::*;

fn debtor(changes: Value) -> Value {
    let body = json!({
        "sxid": "900000001", "bzxrmc": "黔西市永利建材有限公司", "ah": "(2026)黔0581执487号",
        "tyshxydm": "91520581MA6DEMQ1XJ", "zxfy": "黔西市人民法院", "larq": "2026-03-11",
        "lxqk": "部分履行", "sxbzxrxwqk": "违反财产报告制度;其它规避执行", "fbrq": "2026-04-26",
    });
    merged(body, changes)
}

#[test]
fn a_debtor_is_known_by_its_number_or_else_by_case_and_name() {
    let id = |changes| record(&judged("dishonest", &debtor(changes))).id();
    let numbered = id(json!({}));
    let elsewhere = json!({ "ah": "（2026）黔0581执487号", "bzxrxh": "2", "lxqk": "全部已履行" });
    assert_eq!(id(elsewhere), numbered);
    assert_ne!(id(json!({ "sxid": "900000002" })), numbered);

    let case = |changes| id(merged(json!({ "sxid": null }), changes));
    assert_eq!(
        case(json!({ "ah": "（2026） 黔0581执487号" })),
        case(json!({}))
    );
    assert_ne!(case(json!({ "bzxrmc": "甲" })), case(json!({})));
    assert_ne!(
        case(json!({ "bzxrxh": "2" })),
        case(json!({ "bzxrxh": "1" }))
    );
}

#[test]
fn other_spellings_of_the_courts_codes_are_put_right() {
    let judged = judged("dishonest", &debtor(json!({})));
    let body: Value = serde_json::from_str(&judged.bodies).unwrap();
    assert_eq!(body["sxbzxrxwqk"], "违反财产报告制度;其他规避执行");
    assert_eq!(body["lxqk"], "部分未履行");
}

#[test]
fn a_masked_id_stands_in_for_none_and_is_not_checked() {
    let masked = json!({ "tyshxydm": null, "zjhm": "913302******531452" });
    record(&judged("dishonest", &debtor(masked)));
    let none = judged("dishonest", &debtor(json!({ "tyshxydm": null })));
    assert_eq!(reasons(&none), [("tyshxydm", "required_group")]);

    let person = |changes| {
        let own = json!({ "bzxrmc": "赵某某", "tyshxydm": null });
        let mut body = merged(debtor(own), changes);
        body.as_object_mut().unwrap().remove("tyshxydm");
        judged("dishonest-person", &body)
    };
    let masked = person(json!({ "zjhm": "5205811988****0191" }));
    assert!(record(&masked).person());
    let wrong = person(json!({ "sfzh": "520581198306150120" }));
    assert_eq!(reasons(&wrong), [("sfzh", "person_check")]);
}

#[test]
fn a_doubtful_debtor_is_known_by_its_key_where_that_could_be_read() {
    let id = record(&judged("dishonest", &debtor(json!({})))).id();
    let doubtful = |changes| {
        let judged = judged("dishonest", &debtor(changes));
        assert_eq!(judged.doubtful.len(), 1);
        (judged.doubtful_ids, judged.unidentified)
    };
    let known = (vec![id], 0);
    let unknown = (Vec::new(), 1);
    assert_eq!(doubtful(json!({ "larq": "2026-02-30" })), known);
    // Without its own number it would be taken for another.
    assert_eq!(doubtful(json!({ "sxid": "9".repeat(51) })), unknown);
    assert_eq!(doubtful(json!({ "sxid": null, "ah": null })), unknown);
}

#[test]
fn what_the_adapter_could_not_read_of_a_key_is_no_key() {
    let body = debtor(json!({ "sxid": null })).to_string();
    let drafts = [("dishonest", 2, Operation::Insert, body)];
    let doubt = |source_row, field: &str| Doubt {
        source_row,
        field: field.to_owned(),
        code: "text_damaged".to_owned(),
        zh: "无法识别".to_owned(),
        en: "cannot be read".to_owned(),
        excerpt: String::new(),
    };
    let identified = |doubts| {
        let doubts = Page {
            doubts,
            ..page_of(&drafts)
        };
        let judged = judged_page(&doubts);
        assert_eq!(judged.records.len(), 0);
        (judged.doubtful_ids.len(), judged.unidentified)
    };
    assert_eq!(identified(vec![doubt(2, "fbrq")]), (1, 0));
    assert_eq!(identified(vec![doubt(2, "sxid")]), (0, 1));
    // A row without a draft is some record, but nobody knows which.
    assert_eq!(identified(vec![doubt(2, "fbrq"), doubt(3, "")]), (1, 1));
}
