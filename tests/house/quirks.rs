//! The quirks that departments' files really have, one a test, through the whole: what the platform
//! gets, and what is kept for a person.

use crate::departments::{Feed, house, once, route};
use crate::support::{House, assert_masked, number};
use serde_json::{Value, json};

/// Codes of organisations, all right.
const USCC: [&str; 11] = [
    "91520581MA6DEMQ1XJ",
    "91520581MA6DEMQ28J",
    "91520522MA6DEMQ36Y",
    "91520581MA6DEMQ523",
    "93520581MA6DEMQ79L",
    "91520581MAQX00012B",
    "91520581MAQX000206",
    "91520581MAQX00047X",
    "91520581MAQX00055Q",
    "91520581MAQX000393",
    "91520522MAQX009449",
];

const REGISTRATIONS: Feed = Feed {
    folder: "market",
    file: "feed.csv",
    feed: "registration",
    encoding: "detect",
    settings: "",
    moved: &[],
};

const CASES: Feed = Feed {
    file: "feed.jsonl",
    feed: "penalty-json",
    settings: "amount_unit = \"元\"",
    ..REGISTRATIONS
};

const ARREARS: Feed = Feed {
    folder: "tax",
    feed: "arrears",
    encoding: "binary",
    ..REGISTRATIONS
};

/// The feed, read and delivered.
fn walk(feed: Feed, content: impl AsRef<[u8]>) -> (House, Value) {
    let house = house();
    house.put(&format!("feeds/{}", feed.file), content);
    route(&house, &feed, "{ stable_ms = 0 }");
    let books = once(&house, 0);
    (house, books)
}

/// Registrations of firms with right codes, one for each cell in a column of that name.
fn registrations(column: &str, cells: &[&str]) -> String {
    let mut text = format!("企业名称,统一社会信用代码,注册资金,成立日期,{column}\n");
    for (number, (cell, uscc)) in cells.iter().zip(USCC).enumerate() {
        text += &format!("黔西市第{number}建材有限公司,{uscc},30万元,2010-01-01,{cell}\n");
    }
    text
}

/// A penalty of an enforcement system, with some members changed.
fn case(wsh: &str, changes: Value) -> String {
    let mut case = json!({
        "PENDECNO": wsh, "ENTNAME": "黔西市永利建材有限公司", "UNISCID": USCC[0],
        "ILLEGACTTYPE": "虚假宣传", "PENTYPE": "罚款", "PENBASIS": "《广告法》第五十五条",
        "PENRESULT": "罚款5000元", "PENAM": "5000", "PENAUTH_CN": "黔西市市场监督管理局",
        "PENAUTH": "11520581MBQX00032P", "PENDECISSDATE": "2026-06-01",
    });
    let Value::Object(changes) = changes else {
        panic!("an object")
    };
    case.as_object_mut().unwrap().extend(changes);
    format!("{case}\n")
}

/// Row, field and code of every reason.
fn reasons(house: &House) -> Vec<(u64, String, String)> {
    let text = |doubt: &Value, key: &str| doubt[key].as_str().unwrap().to_owned();
    let doubts = house.ask(&["doubts"]);
    let reason = |d: &Value| (number(d, "source_row"), text(d, "field"), text(d, "code"));
    doubts.iter().map(reason).collect()
}

/// The only reason, and its words in both languages.
fn only_reason(house: &House) -> (u64, String, String, String) {
    let (row, field, code) = reasons(house).remove(0);
    let doubts = house.ask(&["doubts"]);
    assert_eq!(doubts.len(), 1, "{doubts:?}");
    let words = format!("{} {}", doubts[0]["message_zh"], doubts[0]["message_en"]);
    (row, field, code, words)
}

fn of<'v>(rows: &'v [Value], column: &str) -> Vec<&'v str> {
    let cell = |row: &'v Value| row[column].as_str().unwrap_or_default();
    rows.iter().map(cell).collect()
}

#[test]
fn q01_full_width_characters_are_put_right_in_ids_and_numbers_and_not_in_names() {
    let text = "纳税人识别号,纳税人名称,信用级别,评价年度,税务机关\n\
                ９１５２０５８１ＭＡ６ＤＥＭＱ１ＸＪ,黔西市（ＡＢ）公司,Ａ,２０２５,甲税务局\n\
                91520581MA6DEMQ1XJ,黔西市（ＡＢ）公司,A,2025,甲税务局\n";
    let feed = Feed {
        folder: "tax",
        feed: "rating",
        ..REGISTRATIONS
    };
    let (house, books) = walk(feed, text);
    assert_eq!(
        (number(&books, "delivered"), number(&books, "duplicate")),
        (1, 1)
    );
    let rows = house.rows("tax-rating");
    let found = ["nsrsbh", "nsrmc", "xyjb", "pjnd"].map(|column| of(&rows, column)[0]);
    assert_eq!(found, [USCC[0], "黔西市（ＡＢ）公司", "A", "2025"]);
    let traced = house.ask(&["trace", USCC[0]]);
    assert!(
        traced[0]["repairs"].to_string().contains("width"),
        "{traced:?}"
    );
}

#[test]
fn q02_blanks_marks_and_apostrophes_around_a_cell_are_dropped() {
    let text = "\u{feff}\u{3000}企业名称\t,统一社会信用代码,'注册资金,成立日期\n\
                \t黔西市\u{a0}永利公司\u{3000},'91520581MA6DEMQ1XJ\u{200b},\u{a0}30万元 ,2010-01-01\n";
    let (house, _) = walk(REGISTRATIONS, text);
    let rows = house.rows("registration");
    let found = ["jgqc", "tyshxydm", "zczj"].map(|column| of(&rows, column)[0]);
    assert_eq!(found, ["黔西市\u{a0}永利公司", USCC[0], "30"]);
}

#[test]
fn q03_a_day_is_the_same_in_all_its_forms() {
    let days = [
        "2024-01-01",
        "2024/1/1",
        "2024.01.01",
        "20240101",
        "2024年01月01日",
        "2024-01-01 08:30:00",
        "45292",
        "1704067200000",
        "２０２４－０１－０１",
        "",
        "2022-02-30",
    ];
    let (house, _) = walk(REGISTRATIONS, registrations("核准日期", &days));
    let rows = house.rows("registration");
    assert_eq!(of(&rows, "hzrq"), [&["2024-01-01"; 9][..], &[""]].concat());
    let reason = (12, "hzrq".to_owned(), "date_unreadable".to_owned());
    assert_eq!(reasons(&house), [reason]);
}

#[test]
fn q04_two_days_in_one_cell_become_two_columns() {
    let cells = [
        "2010-01-01至2030-12-31",
        "2010.1.1-2030.12.31",
        "2010年1月1日至长期",
    ];
    let (house, _) = walk(REGISTRATIONS, registrations("经营期限", &cells));
    let rows = house.rows("registration");
    assert_eq!(of(&rows, "jyqsrq"), ["2010-01-01"; 3]);
    assert_eq!(
        of(&rows, "jyjzrq"),
        ["2030-12-31", "2030-12-31", "2099-12-31"]
    );
}

#[test]
fn q05_merged_kinds_of_penalty_are_told_apart() {
    let both = json!({ "PENTYPE": "罚款、没收违法所得、没收非法财物", "FORFAM": "30" });
    let cases = [
        case("1", json!({ "PENTYPE": "警告；罚款" })),
        case(
            "2",
            json!({ "PENTYPE": "罚款、没收违法所得", "FORFAM": "30" }),
        ),
        case("3", both),
        case(
            "4",
            json!({ "PENTYPE": "没收违法所得、没收非法财物", "FORFAM": "30" }),
        ),
    ];
    let (house, _) = walk(CASES, cases.concat());
    let kinds = [
        "警告;罚款",
        "罚款;没收违法所得",
        "罚款;没收违法所得、没收非法财物",
        "没收违法所得、没收非法财物",
    ];
    assert_eq!(of(&house.rows("penalty"), "CF_CFLB"), kinds);
}

#[test]
fn q06_an_amount_in_words_is_offered_to_a_person_and_not_sent() {
    for changes in [
        json!({ "PENAM": "伍仟元整" }),
        json!({ "PENAM": "", "PENRESULT": "罚款人民币伍仟元整" }),
    ] {
        let (house, books) = walk(CASES, case("1", changes));
        assert_eq!(
            (number(&books, "delivered"), number(&books, "doubtful")),
            (0, 1)
        );
        let (_, field, _, words) = only_reason(&house);
        assert_eq!(field, "CF_NR_FK");
        assert!(
            words.contains("5000元") && words.contains("5000 yuan"),
            "{words}"
        );
    }
}

#[test]
fn q07_a_unit_is_never_guessed_and_an_implausible_amount_is_seen_by_a_person() {
    let unset = Feed {
        settings: "",
        ..CASES
    };
    let (house, books) = walk(unset, case("1", json!({})));
    assert_eq!(number(&books, "delivered"), 0);
    let (_, _, code, words) = only_reason(&house);
    assert!(
        code == "unit_unknown" && words.contains("amount_unit"),
        "{code} {words}"
    );

    let wrong = Feed {
        settings: "amount_unit = \"万元\"",
        ..CASES
    };
    let (house, _) = walk(wrong, case("1", json!({})));
    let (_, field, code, _) = only_reason(&house);
    assert_eq!((&*field, &*code), ("CF_NR_FK", "amount_implausible"));
}

#[test]
fn q08_what_is_no_row_is_skipped_and_counted() {
    let text = "欠税公告（2026年第3季度）,,,\n单位：元,,,国家税务总局黔西市税务局\n\
                纳税人名称,纳税人识别号,欠税税种,欠税余额\n甲公司,91520581MA6DEMQ1XJ,增值税,10\n\
                纳税人名称,纳税人识别号,欠税税种,欠税余额\n乙公司,91520581MA6DEMQ28J,增值税,20\n\
                合计,,,30\n表格说明,,,\n";
    let (_, books) = walk(ARREARS, text);
    assert_eq!(
        (number(&books, "delivered"), number(&books, "skipped")),
        (2, 6)
    );
}

#[test]
fn q09_columns_are_found_by_name_and_a_places_own_words_are_its_routes_settings() {
    let feed = Feed {
        settings: "columns = \"登记证号=统一社会信用代码；名=企业名称\"\n\
                   no_value = \"未填报\"\nvalues = \"登记状态:1=存续\"",
        ..REGISTRATIONS
    };
    let text = "成立日期,登记状态,登记证号,住所,注册资金,名\n\
                2010-01-01,1,91520581MA6DEMQ1XJ,未填报,30万元,甲公司\n";
    let (house, _) = walk(feed, text);
    let rows = house.rows("registration");
    let found = ["jgqc", "tyshxydm", "djzt", "jgdz"].map(|column| of(&rows, column)[0]);
    assert_eq!(found, ["甲公司", USCC[0], "存续", ""]);

    let unread = Feed {
        settings: "values = \"存续\"",
        ..REGISTRATIONS
    };
    let (house, _) = walk(unread, registrations("住所", &["黔西"]));
    assert_eq!(only_reason(&house).2, "setting_wrong");
}

#[test]
fn q10_a_number_that_a_spreadsheet_destroyed_is_kept_for_a_person() {
    let text = registrations("住所", &["黔西"]).replace(USCC[0], "9.15206E+17");
    let (house, _) = walk(REGISTRATIONS, text);
    let (row, field, code, words) = only_reason(&house);
    let wanted = (2, "tyshxydm", "excel_destroyed");
    assert_eq!((row, &*field, &*code), wanted, "{words}");
    assert!(words.contains("按文本导出"), "{words}");
}

#[test]
fn q11_a_number_that_a_spreadsheet_made_a_float_is_put_right() {
    let text = registrations("注册号,行业代码", &["520522000001232.0,5245.0"]);
    let (house, _) = walk(REGISTRATIONS, text);
    let rows = house.rows("registration");
    let found = ["gszch", "sshydm"].map(|column| of(&rows, column)[0]);
    assert_eq!(found, ["520522000001232", "5245"]);
}

#[test]
fn q12_several_ids_of_one_cell_go_to_their_columns() {
    for cell in [
        "91520581MA6DEMQ1XJ/520522200003216",
        "520522200003216、91520581MA6DEMQ1XJ",
        "91520581MA6DEMQ1XJ 520522200003216",
    ] {
        let text = registrations("住所", &["黔西"]).replace(USCC[0], cell);
        let (house, _) = walk(REGISTRATIONS, text);
        let rows = house.rows("registration");
        let found = ["tyshxydm", "gszch"].map(|column| of(&rows, column)[0]);
        assert_eq!(found, [USCC[0], "520522200003216"], "{cell}");
        // A right registration number is shown whole, though it could begin a personal id.
        let traced = house.ask(&["trace", USCC[0]]);
        assert_eq!(traced[0]["body"]["gszch"], "520522200003216");
    }
}

#[test]
fn q13_a_line_end_within_quotes_is_text_and_a_comma_without_them_costs_its_row() {
    let cells = ["\"住宿服务\r\n餐饮,服务\"", "住宿,餐饮", "旅游"];
    let (house, books) = walk(REGISTRATIONS, registrations("经营范围", &cells));
    assert_eq!(
        (number(&books, "delivered"), number(&books, "doubtful")),
        (2, 1)
    );
    let rows = house.rows("registration");
    assert_eq!(of(&rows, "jyfw"), ["住宿服务\r\n餐饮,服务", "旅游"]);
    let (row, _, code, _) = only_reason(&house);
    assert_eq!((row, &*code), (3, "field_count"));
}

#[test]
fn q14_whom_a_row_names_is_not_shown_where_it_concerns_a_natural_person() {
    let person = json!({
        "ENTNAME": "孙某某", "UNISCID": "", "CERTTYPE": "111", "CERTNO": "520581198306150129",
        "PENRESULT": "对孙某某（520581198306150129）罚款300元", "PENAM": "300",
    });
    let business = json!({ "ENTNAME": "黔西市城关赵某某百货店", "UNISCID": "92520581MAQX0091XY",
                           "LEREP": "赵某某" });
    let cases = [case("1", person), case("2", business)];
    let (house, books) = walk(CASES, cases.concat());
    assert_eq!(number(&books, "delivered"), 2, "{books}");
    assert_eq!(house.rows("penalty-person").len(), 1);
    for wsh in ["1", "2"] {
        let traced = house.ask(&["trace", wsh]);
        let of_number = |t: &&Value| t["body"]["CF_WSH"] == wsh;
        let traced = traced.iter().find(of_number).unwrap();
        assert_eq!(traced["person"], true, "{traced}");
        assert_masked(&traced.to_string());
    }
    let traced = house.ask(&["trace", "2"]);
    assert!(!traced[0].to_string().contains("\"赵某某\""), "{traced:?}");
}

#[test]
fn q15_the_same_record_is_a_duplicate_and_a_changed_one_an_update() {
    let first = case("1", json!({}));
    let changed = case("1", json!({ "PENAM": "6000", "PENRESULT": "罚款6000元" }));
    let (house, books) = walk(CASES, [&*first, &*first, &*changed].concat());
    assert_eq!(
        (number(&books, "delivered"), number(&books, "duplicate")),
        (2, 1)
    );
    let rows = house.rows("penalty");
    // This platform keeps one row of a decision: its newest state.
    assert_eq!(of(&rows, "CF_NR_FK"), ["0.6"]);
    assert_eq!(house.platform.stats().overwritten, 1);
}

#[test]
fn q16_a_correction_under_another_number_is_kept_for_a_person() {
    let first = case("黔西市监罚〔2026〕1号", json!({}));
    let remark = json!({ "REMARK": "更正黔西市监罚[2026]1号决定", "PENAM": "4000" });
    let correction = case("黔西市监罚〔2026〕9号", remark);
    let (house, books) = walk(CASES, first + &correction);
    assert_eq!(
        (number(&books, "delivered"), number(&books, "doubtful")),
        (1, 1)
    );
    let (row, field, code, _) = only_reason(&house);
    assert_eq!((row, &*field, &*code), (2, "BZ", "correction_unlinked"));
}
