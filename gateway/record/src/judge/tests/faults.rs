//! The judge's codes, one by one, on a right penalty with one thing changed.

use super::*;

#[test]
fn each_fault_has_its_code() {
    for (changes, field, code) in [
        (json!({ "CF_WSH": null }), "CF_WSH", "required_missing"),
        (
            json!({ "CF_WSH": " \u{3000}" }),
            "CF_WSH",
            "required_missing",
        ),
        (json!({ "CF_SY": "" }), "CF_SY", "required_missing"),
        (
            json!({ "CF_CFLB": "暂扣许可证件" , "CF_NR_FK": null}),
            "CF_NR_ZKDX",
            "required_missing",
        ),
        (json!({ "CF_NR_FK": null }), "CF_NR_FK", "amount_missing"),
        (
            json!({ "CF_NR_FK": "0.1234567" }),
            "CF_NR_FK",
            "amount_precision",
        ),
        (
            json!({ "CF_NR_FK": "5000" }),
            "CF_NR_FK",
            "amount_implausible",
        ),
        (
            json!({ "CF_NR_FK": "-1" }),
            "CF_NR_FK",
            "amount_implausible",
        ),
        (
            json!({ "CF_NR_FK": "99999999999999999999" }),
            "CF_NR_FK",
            "amount_implausible",
        ),
        (json!({ "CF_NR_FK": 0.2 }), "CF_NR_FK", "amount_not_text"),
        (json!({ "CF_NR_FK": "1e1" }), "CF_NR_FK", "not_a_number"),
        (json!({ "CF_NR_FK": "1,000" }), "CF_NR_FK", "not_a_number"),
        (json!({ "CF_NR_FK": ".5" }), "CF_NR_FK", "not_a_number"),
        (
            json!({ "CF_JDRQ": "2025/06/01" }),
            "CF_JDRQ",
            "date_unreadable",
        ),
        (json!({ "CF_JDRQ": "2026-11-25" }), "CF_JDRQ", "date_future"),
        (
            json!({ "CF_JDRQ": "1900-01-01" }),
            "CF_JDRQ",
            "date_implausible",
        ),
        (
            json!({ "CF_YXQ": "9999-09-09" }),
            "CF_YXQ",
            "date_implausible",
        ),
        (
            json!({ "CF_GSJZQ": "2099-12-31" }),
            "CF_GSJZQ",
            "date_open_end",
        ),
        (json!({ "CF_GSJZQ": "2025-06-01" }), "CF_GSJZQ", "order"),
        (json!({ "CF_YXQ": "2025-05-31" }), "CF_YXQ", "order"),
        (json!({ "SJC": "2025-05-31T23:59:59" }), "SJC", "order"),
        (
            json!({ "SJC": "2026-11-25T00:00:00" }),
            "SJC",
            "date_future",
        ),
        (
            json!({ "CF_GSJZQ": "2028-06-02" }),
            "CF_GSJZQ",
            "publicity_too_long",
        ),
        (json!({ "CF_CFLB": "罚款;训诫" }), "CF_CFLB", "code_unknown"),
        (json!({ "CF_XDR_LB": "公司" }), "CF_XDR_LB", "code_unknown"),
        (
            json!({ "CF_XDR_SHXYM": "91520581MA6DEMQ1X" }),
            "CF_XDR_SHXYM",
            "id_length",
        ),
        (
            json!({ "CF_XDR_SHXYM": "91520581MA6DEMQ1XH" }),
            "CF_XDR_SHXYM",
            "uscc_check",
        ),
        (
            json!({ "CF_XDR_ZZJG": "780180014" }),
            "CF_XDR_ZZJG",
            "org_check",
        ),
        (
            json!({ "CF_XDR_SWDJ": "52058119880808019101" }),
            "CF_XDR_SWDJ",
            "personal_id_in_tax_id",
        ),
        (
            json!({ "CF_FR_ZJHM": "520581198808080192" }),
            "CF_FR_ZJHM",
            "person_check",
        ),
        (
            json!({ "CF_WFXW": "违".repeat(2001) }),
            "CF_WFXW",
            "too_long",
        ),
        (json!({ "CF_SY": "超标\u{fffd}" }), "CF_SY", "text_damaged"),
        (json!({ "CF_SY": true }), "CF_SY", "value_shape"),
        (json!({ "CF_SY": 12 }), "CF_SY", "value_shape"),
        (json!({ "DFBM": "52" }), "DFBM", "id_length"),
        (json!({ "DFBM": "990581" }), "DFBM", "id_region"),
        (json!({ "FINE": "1" }), "", "column_unknown"),
    ] {
        let judged = judged("penalty", &with(changes.clone()));
        assert_eq!(reasons(&judged), [(field, code)], "{changes}");
    }
}

#[test]
fn a_page_that_cannot_be_read_is_doubtful_row_by_row() {
    for (directory, body, code) in [
        ("penalty", "{\"CF_SY\":[]}", "body_malformed"),
        ("penalty", "", "body_malformed"),
        ("fines", "{}", "directory_unknown"),
        ("penalty@gen9", "{}", "directory_unknown"),
    ] {
        let page = page_of(&[(directory, 2, Operation::Insert, body.to_owned())]);
        assert_eq!(reasons(&judged_page(&page)), [("", code)], "{body}");
    }
    let twice = penalty().to_string().replacen('{', "{\"BZ\":\"a\",", 1);
    let page = page_of(&[("penalty", 2, Operation::Insert, twice)]);
    assert_eq!(reasons(&judged_page(&page)), [("BZ", "column_twice")]);
}

#[test]
fn an_escaped_damaged_character_is_found_too() {
    let body = penalty().to_string().replace("超标排放", "\\ufffd");
    let page = page_of(&[("penalty", 2, Operation::Insert, body)]);
    assert_eq!(reasons(&judged_page(&page)), [("CF_SY", "text_damaged")]);
}

#[test]
fn all_faults_of_a_row_are_told_at_once() {
    let changes = json!({ "CF_WSH": null, "CF_NR_FK": "x", "CF_JDRQ": "2025-02-30", "BZ": 1 });
    let judged = judged("penalty", &with(changes));
    let wanted = [
        ("CF_NR_FK", "not_a_number"),
        ("CF_JDRQ", "date_unreadable"),
        ("BZ", "value_shape"),
        ("CF_WSH", "required_missing"),
    ];
    let mut found = reasons(&judged);
    found.sort_unstable();
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[test]
fn a_reason_shows_no_id_and_nothing_personal() {
    let changes = json!({
        "CF_CFLB": "520581198808080191", "CF_XDR_SWDJ": "52058119880808019101",
        "CF_FR_ZJHM": "520581198808080192", "CF_FR_ZJLX": "李某某的证件",
    });
    let judged = judged("penalty", &with(changes));
    let said = format!("{:?}", judged.doubtful[0].reasons);
    for hidden in ["19880808", "李某某"] {
        assert!(!said.contains(hidden), "{said}");
    }
}

/// A name of 66 characters, 198 bytes, with `more` behind it.
fn long_name(more: &str) -> Page {
    let body = with(json!({ "CF_XDR_MC": "黔".repeat(66) + more }));
    page_of(&[("penalty", 2, Operation::Insert, body.to_string())])
}

#[test]
fn the_length_counts_bytes_where_a_target_does() {
    let judged = |more| judge().judge(&long_name(more), today(), Counted::Bytes);
    record(&judged("ab"));
    let longer = judged("abc");
    assert_eq!(reasons(&longer), [("CF_XDR_MC", "too_long")]);
    let [reason] = longer.doubtful[0].reasons.as_slice() else {
        panic!("one reason")
    };
    assert!(
        reason
            .zh
            .ends_with("：长201个UTF-8字节，最多200个UTF-8字节"),
        "{}",
        reason.zh
    );
    assert!(
        reason
            .en
            .ends_with(": 201 bytes of UTF-8, at most 200 are allowed"),
        "{}",
        reason.en
    );
    record(&judged_page(&long_name("abc")));
}

#[test]
fn a_column_or_directory_that_counts_otherwise_is_obeyed() {
    let text = |directory: &str, column: &str| {
        format!(
            "code = 'sample'\ntitle_zh = '样例'\ntitle_en = 'sample'\nlength_in = {directory:?}\n\
             key = [['id']]\n[[column]]\ncode = 'id'\ntitle_zh = '编号'\ntitle_en = 'number'\n\
             type = 'text'\nlength = 4\n{column}"
        )
    };
    let own = |counted: &str| format!("length_in = {counted:?}\n");
    let passes = |directory: &str, column: &str, counted| {
        let text = text(directory, column);
        let directories = Directories::load([("sample.toml", text.as_str())]).unwrap();
        let judge = Judge::new(directories, PublicityRules::shipped().unwrap());
        let body = json!({ "id": "一二" }).to_string();
        let page = page_of(&[("sample", 2, Operation::Insert, body)]);
        !judge.judge(&page, today(), counted).records.is_empty()
    };
    let (characters, bytes) = (Counted::Characters, Counted::Bytes);
    assert!(passes("characters", "", characters));
    assert!(!passes("characters", "", bytes));
    assert!(!passes("bytes", "", characters));
    assert!(passes("bytes", &own("characters"), bytes));
    assert!(!passes("characters", &own("bytes"), characters));
}

#[test]
fn the_length_counts_characters() {
    let name = "黔".repeat(200);
    record(&judged("penalty", &with(json!({ "CF_XDR_MC": name }))));
    let longer = json!({ "CF_XDR_MC": name + "西" });
    assert_eq!(
        reasons(&judged("penalty", &with(longer))),
        [("CF_XDR_MC", "too_long")]
    );
}
