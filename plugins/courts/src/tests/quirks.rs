//! What courts' files really hold, one quirk a test.

use serde_json::Value;

use super::{HEADER, body, table};

/// The draft of a row of [`HEADER`] about an organisation with this id.
fn organisation(card: &str) -> (Value, Vec<String>) {
    let outcome = table(HEADER, &format!("甲,1,{card},,581,0,,2026-01-01"));
    let codes = outcome
        .doubts(2)
        .map(|doubt| doubt.reason.code.clone().into_owned());
    (body(&outcome, 2), codes.collect())
}

fn of(card: &str, columns: &[(&str, &str)]) {
    let (draft, codes) = organisation(card);
    assert!(codes.is_empty(), "{card}: {codes:?}");
    let ids = ["tyshxydm", "zzjgdm", "gszch", "zjhm"];
    let found = ids
        .iter()
        .filter_map(|id| Some((*id, draft[*id].as_str()?)));
    assert_eq!(found.collect::<Vec<_>>(), columns, "{card}");
}

#[test]
fn an_id_goes_to_the_column_of_its_form() {
    of("91520581MA6DEMQ1XJ", &[("tyshxydm", "91520581MA6DEMQ1XJ")]);
    of("780180013", &[("zzjgdm", "780180013")]);
    of("78018001-3", &[("zzjgdm", "78018001-3")]);
    of("520522000001232", &[("gszch", "520522000001232")]);
    of("913302******531452", &[("zjhm", "913302******531452")]);
    of("", &[]);
    let outcome = table(HEADER, "甲,1,1616173,780180013,581,0,,2026-01-01");
    assert_eq!(body(&outcome, 2)["zzjgdm"], "780180013");
    assert_eq!(outcome.page.doubts[0].reason.code, "org_length");
    assert_eq!(outcome.page.doubts[0].field, "cardNum");
}

#[test]
fn q01_full_width_ids_and_case_numbers_are_known() {
    of(
        "９１５２０５８１ＭＡ６ＤＥＭＱ１ＸＪ",
        &[("tyshxydm", "９１５２０５８１ＭＡ６ＤＥＭＱ１ＸＪ")],
    );
    let outcome = table(
        "iname,caseCode,cardNum",
        "甲（乙）,（２０２６）黔０５８１执４８７号,780180013",
    );
    assert_eq!(body(&outcome, 2)["ah"], "(2026)黔0581执487号");
    // A name is not rewritten.
    assert_eq!(body(&outcome, 2)["bzxrmc"], "甲（乙）");
}

#[test]
fn q02_blanks_and_marks_around_a_value_are_trimmed() {
    let outcome = table(
        "\u{feff}iname,caseCode,cardNum",
        "\t甲\u{3000},\u{a0}1,'780180013",
    );
    let draft = body(&outcome, 2);
    assert_eq!(
        (&draft["bzxrmc"], &draft["ah"], &draft["zzjgdm"]),
        (&"甲".into(), &"1".into(), &"780180013".into())
    );
}

#[test]
fn q03_every_form_of_a_date_is_read() {
    for date in [
        "2026-03-11",
        "2026/3/11",
        "2026.03.11",
        "20260311",
        "2026年03月11日",
        "2026-03-11 00:00:00",
        "1773158400000",
    ] {
        let outcome = table(
            "iname,caseCode,cardNum,regDate",
            &format!("甲,1,780180013,{date}"),
        );
        assert_eq!(body(&outcome, 2)["larq"], "2026-03-11", "{date}");
    }
}

#[test]
fn q08_titles_and_a_header_again_are_skipped() {
    let header = "失信被执行人名单,,\niname,caseCode,cardNum";
    let outcome = table(header, "甲,1,780180013\niname,caseCode,cardNum\n合计,1,");
    assert_eq!(outcome.page.drafts.len(), 1);
    let skipped = [1, 2, 4, 5].map(|row| outcome.skipped(row).unwrap());
    assert_eq!(skipped, ["title", "header", "header", "total"]);
}

#[test]
fn q09_columns_are_found_by_name_in_any_order() {
    for header in [
        "cardNum,caseCode,iname",
        "身份证号码/组织机构代码,案号,被执行人姓名/名称",
    ] {
        let outcome = table(header, "780180013,1,甲");
        assert_eq!(body(&outcome, 2)["bzxrmc"], "甲", "{header}");
    }
}

#[test]
fn q10_an_id_that_a_spreadsheet_destroyed_is_left_to_the_judge() {
    of("9.15206E+17", &[("tyshxydm", "9.15206E+17")]);
}

#[test]
fn q11_an_id_that_a_spreadsheet_made_a_float_is_known() {
    of("780180013.0", &[("zzjgdm", "780180013.0")]);
}

#[test]
fn q12_several_ids_in_one_cell_go_to_their_columns() {
    let both = [
        ("tyshxydm", "91520581MA6DEMQ1XJ"),
        ("gszch", "520522000001232"),
    ];
    of("91520581MA6DEMQ1XJ/520522000001232", &both);
    of("520522000001232、91520581MA6DEMQ1XJ", &both);
    of(
        "9152 0581 MA6D EMQ1 XJ",
        &[("tyshxydm", "9152 0581 MA6D EMQ1 XJ")],
    );
    let (draft, codes) = organisation("91520581MA6DEMQ1XJ/1616173");
    assert_eq!(
        (&draft["tyshxydm"], codes),
        (&Value::Null, vec!["org_length".to_owned()])
    );
}

#[test]
fn q13_a_comma_without_quotes_is_told_and_a_line_break_within_them_kept() {
    let outcome = table("iname,caseCode,duty", "甲,有限公司,1,无\n乙,2,\"一\r\n二\"");
    assert_eq!(outcome.page.doubts[0].reason.code, "field_count");
    let outcome = table("iname,caseCode,cardNum,duty", "乙,2,780180013,\"一\r\n二\"");
    assert_eq!(body(&outcome, 2)["sxflwsqdyw"], "一\r\n二");
}

#[test]
fn q14_names_within_a_list_of_responsible_persons_go_nowhere() {
    let line = "{\"iname\":\"甲\",\"caseCode\":\"1\",\"cardNum\":\"780180013\",\
                \"qysler\":[{\"iname\":\"王某某\"}],\"publishDate\":\"20260101\"}\n";
    let outcome = credit_sdk::testkit::Feed::text(line.as_bytes());
    let outcome = outcome.check::<crate::Courts>("dishonest-json").unwrap();
    assert_eq!(outcome.page.drafts.len(), 1);
    assert!(!outcome.page.bodies.contains("王某某"));
}
