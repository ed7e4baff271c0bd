//! The quirks of departments' feeds that concern this adapter, one by one, and its golden files.

use credit_sdk::Operation;
use credit_sdk::testkit::Feed;

use super::{bodies, check, doubts, own};
use crate::Market;

/// A feed of registrations with one row under a header.
fn registration(header: &str, row: &str) -> Feed {
    Feed::text(
        format!("企业名称,统一社会信用代码,{header}\n甲公司,91520581MA6DEMQ1XJ,{row}\n").as_bytes(),
    )
}

#[test]
fn each_feed_is_translated_as_its_golden_file_says() {
    for (name, feed, setting) in [
        (
            "registration.csv",
            "registration",
            Some(("capital_unit", "万元")),
        ),
        ("register.csv", "registration", None),
        ("abnormal.csv", "abnormal", None),
        ("serious.csv", "serious", None),
        ("cases.xml", "penalty-xml", Some(("amount_unit", "元"))),
        ("cases.json", "penalty-json", Some(("amount_unit", "元"))),
        ("licence-1.csv", "licence", Some(("cursor", "SJC"))),
        ("licence-2.csv", "licence", None),
    ] {
        let mut file = own(name);
        if let Some((name, value)) = setting {
            file = file.setting(name, value);
        }
        file.golden::<Market>(feed).unwrap();
    }
}

#[test]
fn q01_full_width_ids_and_numbers_are_read_and_names_are_left_alone() {
    let feed = Feed::text(
        "企业名称,统一社会信用代码,注册资金\n甲（黔西）ＡＢ公司,９１５２０５８１ＭＡ６ＤＥＭＱ１ＸＪ,３０万元\n"
            .as_bytes(),
    );
    let body = &bodies(&check(&feed, "registration"))[0].1;
    assert_eq!(body["jgqc"], "甲（黔西）ＡＢ公司");
    assert_eq!(body["zczj"], "30");
}

#[test]
fn q02_blanks_marks_and_apostrophes_around_a_cell_are_dropped() {
    let feed = registration("注册号,住所", "'520522000001232\u{200b},\t黔西\u{a0}");
    let body = &bodies(&check(&feed, "registration"))[0].1;
    assert_eq!(body["gszch"], "520522000001232");
    assert_eq!(body["jgdz"], "黔西");
}

#[test]
fn q03_days_come_in_nine_forms_and_mean_one() {
    for day in [
        "2024-01-01",
        "2024/1/1",
        "2024.01.01",
        "20240101",
        "2024年01月01日",
        "2024-01-01 08:30:00",
        "2024/01/01 08:30",
        "45292",
        "45292.5",
        "1704067200000",
    ] {
        let outcome = check(&registration("成立日期", day), "registration");
        assert_eq!(bodies(&outcome)[0].1["clrq"], "2024-01-01", "{day}");
        assert_eq!(doubts(&outcome), [], "{day}");
    }
    for day in ["9999-09-09", "2099-12-31", "2099/12/31", "长期"] {
        let outcome = check(&registration("经营期限至", day), "registration");
        assert_eq!(bodies(&outcome)[0].1["jyjzrq"], "2099-12-31", "{day}");
    }
    for day in ["\\N", "1900-01-01 00:00:00", "N/A", "--", ""] {
        let outcome = check(&registration("成立日期", day), "registration");
        assert!(bodies(&outcome)[0].1["clrq"].is_null(), "{day}");
        assert_eq!(doubts(&outcome), [], "{day}");
    }
    let outcome = check(&registration("成立日期", "2022-02-30"), "registration");
    assert_eq!(doubts(&outcome), [(2, "clrq", "date_unreadable")]);
}

#[test]
fn q04_two_days_in_one_cell_are_the_ends_of_a_period() {
    for (cell, from, until) in [
        ("2010-01-01至2030-12-31", Some("2010-01-01"), "2030-12-31"),
        ("2010.1.1-2030.12.31", Some("2010-01-01"), "2030-12-31"),
        ("2010年1月1日～长期", Some("2010-01-01"), "2099-12-31"),
        ("长期", None, "2099-12-31"),
    ] {
        for header in ["经营期限", "经营期限自,经营期限至", "经营期限至,经营期限自"]
        {
            let other = if header.contains(',') { "," } else { "" };
            let outcome = check(
                &registration(header, &format!("{cell}{other}")),
                "registration",
            );
            let body = &bodies(&outcome)[0].1;
            let found = (body["jyqsrq"].as_str(), body["jyjzrq"].as_str());
            assert_eq!(found, (from, Some(until)), "{header}: {cell}");
            assert_eq!(doubts(&outcome), [], "{header}: {cell}");
        }
    }
    let outcome = check(
        &registration("经营期限", "2010-13-01至2030-12-31"),
        "registration",
    );
    assert_eq!(doubts(&outcome), [(2, "jyqsrq", "date_unreadable")]);
    let text = "XK_XDR_MC,XK_WSH,XK_JDRQ,有效期限\n甲,许1号,2025-06-01,2025-06-01至2028-05-31\n";
    let body = &bodies(&check(&Feed::text(text.as_bytes()), "licence"))[0].1;
    let found = (&body["XK_YXQZ"], &body["XK_YXQZI"]);
    assert_eq!(found, (&"2025-06-01".into(), &"2028-05-31".into()));
    // Of a penalty's period the directory has the end.
    let outcome = check(
        &case("<DEADLINE>2025-06-01至2026-05-31</DEADLINE>"),
        "penalty-xml",
    );
    assert_eq!(bodies(&outcome)[0].1["CF_YXQ"], "2026-05-31");
}

/// A penalty in XML with some elements beside its number.
fn case(elements: &str) -> Feed {
    let text = format!("<DATA><ROW><PENDECNO>1</PENDECNO>{elements}</ROW></DATA>");
    Feed::text(text.as_bytes()).setting("amount_unit", "元")
}

#[test]
fn q05_merged_penalty_kinds_are_split() {
    for (kinds, split) in [
        ("<PENTYPE>警告；罚款</PENTYPE>", "警告;罚款"),
        ("<PENTYPE>罚款、没收违法所得</PENTYPE>", "罚款;没收违法所得"),
        (
            "<PENTYPE>没收违法所得、没收非法财物</PENTYPE>",
            "没收违法所得、没收非法财物",
        ),
        // The law's phrase for three kinds: both only where both amounts say so.
        (
            "<PENTYPE>罚款、没收违法所得、没收非法财物</PENTYPE><FORFAM>5</FORFAM>",
            "罚款、没收违法所得、没收非法财物",
        ),
        (
            "<PENTYPE>罚款、没收违法所得、没收非法财物</PENTYPE><FORFAM>5</FORFAM><PENAM>1</PENAM>",
            "罚款;没收违法所得、没收非法财物",
        ),
    ] {
        let outcome = check(&case(kinds), "penalty-xml");
        assert_eq!(bodies(&outcome)[0].1["CF_CFLB"], split, "{kinds}");
    }
}

#[test]
fn q06_an_amount_in_words_is_no_amount() {
    let outcome = check(
        &case("<PENTYPE>罚款</PENTYPE><PENRESULT>罚款人民币伍仟元整</PENRESULT>"),
        "penalty-xml",
    );
    assert!(bodies(&outcome)[0].1["CF_NR_FK"].is_null());
    let outcome = check(&case("<PENAM>伍仟元整</PENAM>"), "penalty-xml");
    assert_eq!(doubts(&outcome), [(1, "CF_NR_FK", "amount_not_a_number")]);
    assert!(outcome.page.doubts[0].reason.zh.contains("似为5000元"));
}

#[test]
fn q06_what_the_text_says_of_an_amount_is_offered_to_a_person_and_not_taken() {
    for (text, offered) in [
        ("罚款人民币伍仟元整", Some("5000元")),
        ("处以2000元罚款", Some("2000元")),
        ("罚款2000元，没收违法所得3000元", Some("2000元")),
        ("罚款", None),
        ("分别处以1000元和2000元罚款", None),
    ] {
        let row = format!("甲,1,2025-06-01,罚款,{text},");
        let text = format!("CF_XDR_MC,CF_WSH,CF_JDRQ,CF_CFLB,CF_NR,CF_NR_FK\n{row}\n");
        let outcome = check(&Feed::text(text.as_bytes()), "penalty");
        assert!(bodies(&outcome)[0].1["CF_NR_FK"].is_null(), "{text}");
        let found: Vec<_> = outcome.doubts(2).map(|doubt| &*doubt.reason.zh).collect();
        match offered {
            None => assert!(found.is_empty(), "{text}: {found:?}"),
            Some(offered) => assert!(found[0].contains(offered), "{text}: {found:?}"),
        }
        // An amount that is given in its column goes before.
        let text = text.replace(&format!("{row}\n"), &format!("{row}0.5\n"));
        assert_eq!(doubts(&check(&Feed::text(text.as_bytes()), "penalty")), []);
    }
}

#[test]
fn q07_penalties_without_a_unit_of_amounts_are_refused() {
    let feed = Feed::text(b"<D><ROW><PENDECNO>1</PENDECNO><PENAM>5000</PENAM></ROW></D>");
    let fault = check(&feed, "penalty-xml").fault.unwrap();
    assert_eq!((&*fault.code, fault.source_row), ("unit_unknown", Some(1)));
    let feed = Feed::text(b"<D><ROW><PENDECNO>1</PENDECNO></ROW></D>");
    assert_eq!(check(&feed, "penalty-xml").fault, None);
}

#[test]
fn q08_titles_repeated_headers_and_notes_are_skipped_and_counted() {
    let feed = Feed::text(
        "登记信息,,\n企业名称,统一社会信用代码,注册资金\n甲公司,91520581MA6DEMQ1XJ,1万元\n\
         企业名称,统一社会信用代码,注册资金\n合计,,1\n说明：,,\n"
            .as_bytes(),
    );
    let outcome = check(&feed, "registration");
    assert_eq!(outcome.drafts().count(), 1);
    let skipped = [1, 2, 4, 5, 6].map(|row| outcome.skipped(row).unwrap_or_default());
    assert_eq!(skipped, ["title", "header", "header", "total", "note"]);
}

#[test]
fn q09_columns_are_found_by_name_in_any_order() {
    let feed = Feed::text("regcap,UNISCID,ENTNAME\n3万元,91520581MA6DEMQ1XJ,甲公司\n".as_bytes());
    let body = &bodies(&check(&feed, "registration"))[0].1;
    assert_eq!(
        (&body["jgqc"], &body["zczj"]),
        (&"甲公司".into(), &"3".into())
    );
}

#[test]
fn q10_a_number_that_a_spreadsheet_destroyed_goes_to_the_judge_as_it_stands() {
    let feed = Feed::text("企业名称,统一社会信用代码,注册号\n甲公司,9.15206E+17,\n".as_bytes());
    let body = &bodies(&check(&feed, "registration"))[0].1;
    assert_eq!(body["tyshxydm"], "9.15206E+17");
}

#[test]
fn q13_a_cell_with_a_line_end_is_one_and_a_comma_without_quotes_is_doubted() {
    let outcome = check(&registration("经营范围", "\"住宿\n餐饮\""), "registration");
    assert_eq!(bodies(&outcome)[0].1["jyfw"], "住宿\n餐饮");
    let outcome = check(&registration("经营范围", "住宿,餐饮"), "registration");
    assert_eq!(doubts(&outcome), [(2, "", "field_count")]);
}

#[test]
fn q15_changes_and_withdrawals_name_the_same_record() {
    for (code, operation) in [
        ("I", Operation::Insert),
        ("U", Operation::Update),
        ("D", Operation::Withdraw),
        ("", Operation::Insert),
    ] {
        let outcome = check(
            &case(&format!("<OPT_TYPE>{code}</OPT_TYPE>")),
            "penalty-xml",
        );
        assert_eq!(
            outcome.drafts().next().unwrap().operation,
            operation,
            "{code}"
        );
    }
    let outcome = check(&case("<OPT_TYPE>X</OPT_TYPE>"), "penalty-xml");
    assert_eq!(doubts(&outcome), [(1, "OPT_TYPE", "operation_unknown")]);
}

#[test]
fn the_procedure_and_both_grades_are_kept_apart() {
    let outcome = check(
        &case(
            "<case_process_type>01</case_process_type><severity_national>轻微</severity_national>",
        ),
        "penalty-xml",
    );
    let body = &bodies(&outcome)[0].1;
    assert_eq!(
        (&body["ajcx"], &body["severity_national"]),
        (&"01".into(), &"轻微".into())
    );
    let header = "CF_XDR_MC,CF_WSH,CF_JDRQ,失信严重程度,失信等级";
    let text = format!("{header}\n甲,1,2025-06-01,较重,一般\n");
    let body = &bodies(&check(&Feed::text(text.as_bytes()), "penalty"))[0].1;
    let grades = (&body["CF_SXYZCD"], &body["severity_national"]);
    assert_eq!(grades, (&"较重".into(), &"一般".into()));
}

#[test]
fn q16_a_correction_under_another_number_is_kept_for_a_person() {
    for (remark, linked) in [
        ("", true),
        ("更正", true),
        ("更正处罚内容，文号仍为黔西市监罚[2025]2号", true),
        ("依据《办法》（2021）第3条作出", true),
        ("更正黔西市监罚〔2025〕1号", false),
        ("本决定替代黔西市监罚（2025）第1号决定书", false),
        ("原决定黔西市监罚【2025】1号已撤销，重新作出", false),
    ] {
        let number = "<PENDECNO>黔西市监罚〔2025〕2号</PENDECNO>";
        let remark = format!("<REMARK>{remark}</REMARK>");
        let case = |operation: &str| {
            let text = format!("<D><ROW>{number}{remark}{operation}</ROW></D>");
            check(&Feed::text(text.as_bytes()), "penalty-xml")
        };
        let doubted = [(1, "BZ", "correction_unlinked")];
        let wanted = if linked { &[][..] } else { &doubted };
        assert_eq!(doubts(&case("")), wanted, "{remark}");
        // A withdrawal says by what it was withdrawn.
        assert_eq!(doubts(&case("<OPT_TYPE>D</OPT_TYPE>")), [], "{remark}");
        let row = format!(
            "甲,黔西市监罚〔2025〕2号,2025-06-01,{}",
            &remark[8..remark.len() - 9]
        );
        let text = format!("XK_XDR_MC,XK_WSH,XK_JDRQ,BZ\n{row}\n");
        let outcome = check(&Feed::text(text.as_bytes()), "licence");
        let found = doubts(&outcome)
            .iter()
            .map(|doubt| doubt.2)
            .collect::<Vec<_>>();
        assert_eq!(found.is_empty(), linked, "{remark}: {found:?}");
    }
}

#[test]
fn a_penalty_is_a_natural_persons_by_a_persons_document_only() {
    for (elements, directory) in [
        (
            "<CERTTYPE>111</CERTTYPE><CERTNO>520581198306150129</CERTNO>",
            "penalty-person@enforcement",
        ),
        (
            "<CERTTYPE>001</CERTTYPE><CERTNO>520581198306150129</CERTNO>",
            "penalty-person@enforcement",
        ),
        (
            "<CERTTYPE>414</CERTTYPE><CERTNO>E12345678</CERTNO>",
            "penalty-person@enforcement",
        ),
        (
            "<administrative_cp_type>自然人</administrative_cp_type>",
            "penalty-person@enforcement",
        ),
        ("<CERTTYPE>001</CERTTYPE><CERTNO/>", "penalty@enforcement"),
        (
            "<CERTTYPE>001</CERTTYPE><CERTNO>91520581MA6DEMQ1XJ</CERTNO>",
            "penalty@enforcement",
        ),
        (
            "<UNISCID>92520581MAQX0091XY</UNISCID><CERTTYPE>111</CERTTYPE>\
             <CERTNO>520581198306150129</CERTNO>",
            "penalty@enforcement",
        ),
    ] {
        let outcome = check(&case(elements), "penalty-xml");
        assert_eq!(
            outcome.drafts().next().unwrap().directory,
            directory,
            "{elements}"
        );
    }
}

#[test]
fn a_currency_that_cell_and_column_name_differently_is_doubted() {
    let outcome = check(
        &registration("注册资金,币种", "30万美元,人民币"),
        "registration",
    );
    assert_eq!(doubts(&outcome), [(2, "zjbz", "currency_conflict")]);
    let outcome = check(
        &registration("注册资金,币种", "30万人民币,人民币元"),
        "registration",
    );
    assert_eq!(doubts(&outcome), []);
}

#[test]
fn places_and_columns_of_other_names_are_settings_of_the_route() {
    let feed = registration("区划,注册资金", "宁波市北仑区,3万元");
    let feed = feed.setting("columns", "区划=行政区划");
    let body = &bodies(&check(&feed, "registration"))[0].1;
    assert_eq!(body["xzqh"], "宁波市北仑区");
    let feed = feed.setting("places", "海曙区=330203；北仑区=330206");
    let body = &bodies(&check(&feed, "registration"))[0].1;
    assert_eq!(
        (&body["xzqh"], &body["zczj"]),
        (&"330206".into(), &"3".into())
    );

    let feed = Feed::text(r#"{"punish_no":"罚1号","administrative_cp_name":"甲"}"#.as_bytes());
    let feed = feed.setting("columns", "punish_no=PENDECNO");
    let body = &bodies(&check(&feed, "penalty-json"))[0].1;
    assert_eq!(body["CF_WSH"], "罚1号");
}

#[test]
fn a_decision_without_a_number_says_so_in_the_licences() {
    let feed = Feed::text("XK_XDR_MC,XK_WSH,XK_JDRQ,XK_ZT\n甲,空,2025-06-01,有效\n".as_bytes());
    let body = &bodies(&check(&feed, "licence"))[0].1;
    assert_eq!(
        (&body["XK_WSH"], &body["XK_ZT"]),
        (&"空".into(), &"1".into())
    );
}
