use super::{Row, RowAdapter};
use crate::adapter::{Fault, Piece, Settings, call};
use crate::header::Header;
use crate::page::PageBuilder;
use crate::testkit::Feed;

crate::columns! {
    enum Column {
        Number: needed "NSRSBH", "纳税人识别号";
        Name: needed "NSRMC", "纳税人名称";
        Year: optional "PJND", "评价年度";
    }
}

struct List;

impl RowAdapter for List {
    type Column = Column;
    type Memory = ();

    fn begin(_header: &Header<Column>, _settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        let mut draft = crate::directory::tax_rating::Draft::new(page, row);
        draft
            .nsrsbh(row.get(Column::Number))
            .nsrmc(row.get(Column::Name));
        draft.pjnd(row.get(Column::Year));
        draft.finish();
    }
}

fn outcome(text: &str) -> String {
    Feed::text(text.as_bytes())
        .check::<List>("list")
        .unwrap()
        .to_string()
}

#[test]
fn titles_headers_totals_notes_and_blank_rows_are_skipped_and_counted() {
    assert_eq!(
        outcome(
            "名单,,\n单位：元,,\n纳税人名称,纳税人识别号\n甲,1\n\n,\n纳税人名称,纳税人识别号\n乙,2\n\
             合计,2\n表格说明\n"
        ),
        "skip 1..3 title\nskip 3..4 header\n\
         draft 4 tax-rating Insert {\"nsrsbh\":\"1\",\"nsrmc\":\"甲\"}\n\
         skip 5..7 blank\nskip 7..8 header\n\
         draft 8 tax-rating Insert {\"nsrsbh\":\"2\",\"nsrmc\":\"乙\"}\n\
         skip 9..10 total\nskip 10..11 note\n"
    );
}

#[test]
fn a_row_with_a_wrong_number_of_fields_is_kept_as_it_stood() {
    let outcome = Feed::text("NSRSBH,NSRMC\r\n1,甲,乙\r\n2\r\n".as_bytes());
    let outcome = outcome.check::<List>("list").unwrap();
    let excerpts: Vec<_> = outcome
        .page
        .doubts
        .iter()
        .map(|d| d.excerpt.as_str())
        .collect();
    assert_eq!(excerpts, ["1,甲,乙", "2"]);
    assert!(
        outcome
            .page
            .doubts
            .iter()
            .all(|doubt| doubt.reason.code == "field_count")
    );
    assert!(outcome.page.drafts.is_empty());
}

#[test]
fn a_quote_out_of_place_swallows_no_other_row() {
    assert_eq!(
        outcome("NSRSBH,NSRMC\n1,\"甲\n2,乙\n3,\"丙\n4,丁\n5,\"戊\"\n"),
        "skip 1..2 header\n\
         doubt 2 \"\" quote: 引号未成对，无法分辨各列 | a quote is out of place: the columns cannot be \
         told apart | \"1,\\\"甲\"\n\
         draft 3 tax-rating Insert {\"nsrsbh\":\"2\",\"nsrmc\":\"乙\"}\n\
         doubt 4 \"\" quote: 引号未成对，无法分辨各列 | a quote is out of place: the columns cannot be \
         told apart | \"3,\\\"丙\"\n\
         draft 5 tax-rating Insert {\"nsrsbh\":\"4\",\"nsrmc\":\"丁\"}\n\
         draft 6 tax-rating Insert {\"nsrsbh\":\"5\",\"nsrmc\":\"戊\"}\n"
    );
}

#[test]
fn a_feed_without_its_header_is_a_fault_that_says_what_is_missing() {
    let fault = |text: &str| {
        let outcome = Feed::text(text.as_bytes()).check::<List>("list").unwrap();
        let fault = outcome.fault.unwrap();
        (
            fault.code.into_owned(),
            fault.en.into_owned(),
            fault.source_row,
        )
    };
    let (code, _, row) = fault("");
    assert_eq!((code.as_str(), row), ("header_missing", None));
    let (code, ..) = fault(&"x,y\n".repeat(30));
    assert_eq!(code, "header_missing");
    let (code, en, row) = fault("名单\nNSRSBH,PJND\n");
    assert_eq!((code.as_str(), row), ("header_incomplete", Some(2)));
    assert_eq!(en, "the header lacks columns: 纳税人名称");
    // It would not fit into the carry.
    let (code, _, row) = fault(&format!("NSRSBH,NSRMC,{}\n1,2,3\n", "x".repeat(8 * 1024)));
    assert_eq!((code.as_str(), row), ("header_too_long", Some(1)));
}

#[test]
fn rows_cut_out_by_the_host_are_counted_and_a_further_file_begins_anew() {
    let piece = |bytes: &'static str, offset, lost, part| Piece {
        feed: "list",
        file: "list.csv",
        part,
        parts: 2,
        bytes: bytes.as_bytes(),
        offset,
        last: true,
        lost,
    };
    let call = |piece: Piece<'_>, carry: &[u8]| {
        let page = call::<List>(&piece, carry, &Settings::default()).unwrap();
        (
            page.drafts
                .iter()
                .map(|draft| draft.source_row)
                .collect::<Vec<_>>(),
            page.carry,
        )
    };
    let (rows, carry) = call(piece("NSRSBH,NSRMC\n1,甲\n", 0, 0, 0), &[]);
    assert_eq!(rows, [2]);
    let (rows, carry) = call(piece("4,丁\n", 40, 2, 0), &carry);
    assert_eq!(rows, [5]);
    let (rows, _) = call(piece("NSRMC,NSRSBH\n甲,1\n", 0, 0, 1), &carry);
    assert_eq!(rows, [2]);
}

proptest::proptest! {
    #[test]
    fn whatever_stands_in_a_feed_its_rows_are_accounted_for_however_it_is_cut(
        title in "[名单,\n]{0,4}", rows in "([a西,\"\r\n\u{fffd}]|合计|1,甲\n){0,40}"
    ) {
        let text = format!("{title}\nNSRSBH,NSRMC\r\n{rows}");
        Feed::text(text.as_bytes()).check::<List>("list").unwrap();
    }
}

#[test]
fn what_a_place_calls_and_writes_in_its_own_way_is_set_by_its_route() {
    let feed = Feed::text("税号,NSRMC,年\n1,未填报,今年\n无,甲,2025\n".as_bytes())
        .setting("columns", "税号=NSRSBH；年=评价年度")
        .setting("no_value", "未填报;—")
        .setting("values", "年:今年=2026; pjnd:2025=2024; NSRMC:今年=乙");
    let outcome = feed.check::<List>("list").unwrap();
    assert_eq!(
        outcome.page.bodies,
        "{\"nsrsbh\":\"1\",\"pjnd\":\"2026\"}{\"nsrmc\":\"甲\",\"pjnd\":\"2024\"}"
    );
    let feed = Feed::text(b"NSRSBH,NSRMC\n").setting("values", "今年");
    let fault = feed.check::<List>("list");
    assert_eq!(fault.unwrap().fault.unwrap().code, "setting_wrong");
}
