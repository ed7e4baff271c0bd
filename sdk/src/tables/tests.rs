use super::sheet::tests::workbook;
use super::{Around, Rows, TableAdapter, Tables};
use crate::adapter::{Fault, Settings};
use crate::header::Header;
use crate::page::PageBuilder;
use crate::rows::{Row, RowAdapter};
use crate::testkit::{Feed, Outcome};

crate::columns! {
    enum Column {
        Number: needed "NSRSBH", "纳税人识别号";
        Name: needed "NSRMC", "纳税人名称";
        Tax: optional "税种";
    }
}

/// Tells what it sees.
struct List {
    office: String,
    total: Option<String>,
    unread: u32,
}

impl TableAdapter for List {
    type Column = Column;

    fn begin(
        around: &Around<'_>,
        _header: &Header<Column>,
        _settings: &Settings<'_>,
    ) -> Result<Self, Fault> {
        let office = around.texts().find(|text| text.ends_with("局"));
        Ok(Self {
            office: office.unwrap_or_default().to_owned(),
            total: None,
            unread: 0,
        })
    }

    fn row(&mut self, row: &Row<'_, Column>, page: &mut PageBuilder) {
        let mut draft = crate::directory::tax_rating::Draft::new(page, row);
        draft
            .nsrsbh(row.get(Column::Number))
            .nsrmc(row.get(Column::Name))
            .swjg(self.office.as_str());
        draft.finish();
    }

    fn total(&mut self, row: &Row<'_, Column>) {
        self.total = row.get(Column::Tax).map(str::to_owned);
    }

    fn unread(&mut self) {
        self.unread += 1;
    }

    fn end(self, page: &mut PageBuilder) {
        let unread = self.unread.to_string();
        page.control("total", &self.total.unwrap_or_default(), &unread);
    }
}

/// A list without surroundings.
struct Plain;

impl RowAdapter for Plain {
    type Column = Column;
    type Memory = ();

    fn begin(_header: &Header<Column>, _settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        let mut draft = crate::directory::tax_rating::Draft::new(page, row);
        draft.nsrsbh(row.get(Column::Number));
        draft.finish();
    }
}

fn read(bytes: &[u8]) -> Outcome {
    Feed::binary(bytes).check::<Tables<List>>("list").unwrap()
}

const EXPECTED: &str = "skip 1..3 title\nskip 3..4 header\n\
    draft 4 tax-rating Insert {\"nsrsbh\":\"1\",\"nsrmc\":\"甲\",\"swjg\":\"税务局\"}\n\
    skip 5..6 blank\n\
    draft 6 tax-rating Insert {\"nsrsbh\":\"2\",\"nsrmc\":\"乙\",\"swjg\":\"税务局\"}\n\
    skip 7..8 title\nskip 8..9 header\nskip 9..10 total\nskip 10..11 note\n\
    control total: 3 | 0\n";

#[test]
fn a_table_is_read_alike_from_delimited_text_a_page_and_a_workbook() {
    let rows = [
        "名单,,",
        "单位：元,,税务局",
        "纳税人识别号,纳税人名称,税种",
        "1,甲,x",
        "",
        "2,乙,",
        "名单,,",
        "纳税人识别号,纳税人名称,税种",
        "合计,,3",
        "2026年10月15日,,",
    ];
    let cells = |row: &str, open: &str, close: &str| -> String {
        row.split(',')
            .map(|cell| format!("{open}{cell}{close}"))
            .collect()
    };
    let tr = |row| format!("<tr>{}</tr>\n", cells(row, "<td>", "</td>"));
    let page: String = rows.map(tr).concat();
    let sheet_row = |row| {
        let cells = cells(row, "<c t=\"inlineStr\"><is><t>", "</t></is></c>");
        format!("<row>{cells}</row>")
    };
    let sheet: String = rows.map(sheet_row).concat();
    for bytes in [
        rows.join("\r\n").into_bytes(),
        format!("<html><table>{page}</table>").into_bytes(),
        workbook(&format!("{sheet}</sheetData>"), &[]),
    ] {
        assert_eq!(read(&bytes).to_string(), EXPECTED);
    }
}

#[test]
fn rows_that_cannot_be_read_are_doubted_and_told_of() {
    let outcome = read("NSRSBH,NSRMC\n1,甲,乙\n2,\"丙\n3,丁\n合计\n".as_bytes());
    let codes: Vec<_> = outcome
        .page
        .doubts
        .iter()
        .map(|d| &*d.reason.code)
        .collect();
    assert_eq!(codes, ["field_count", "quote"]);
    assert_eq!(outcome.page.controls[0].found, "2");
    assert_eq!(outcome.page.drafts.len(), 1);

    let sheet = "<row><c t=\"str\"><v>NSRSBH</v></c><c t=\"str\"><v>NSRMC</v></c></row>\
                 <row><c><v>1</v></c><c t=\"e\"><v>#N/A</v></c></row>\
                 <row><c><v>2</v></c></row><row><c><v>3</v></c><c/><c t=\"str\"><v>已缴</v></c>\
                 </row></sheetData>";
    let outcome = read(&workbook(sheet, &[]));
    let codes: Vec<_> = outcome
        .page
        .doubts
        .iter()
        .map(|d| &*d.reason.code)
        .collect();
    assert_eq!(codes, ["cell_error", "field_count"]);
    assert_eq!(outcome.page.doubts[1].excerpt, "3\t\t已缴");
    assert_eq!(outcome.page.drafts.len(), 1);
}

#[test]
fn a_header_of_two_rows_is_the_one_that_names_all() {
    let outcome = read(
        "<table><tr><td rowspan=2>纳税人识别号<td colspan=2>纳税人</tr>\
         <tr><td>纳税人名称<td>税种</tr><tr><td>1<td>甲<td>x</tr></table>"
            .as_bytes(),
    );
    assert_eq!(outcome.skipped(1), Some("title"));
    assert_eq!(outcome.skipped(2), Some("header"));
    assert_eq!(outcome.page.drafts.len(), 1);
}

#[test]
fn a_document_that_is_none_says_what_it_is() {
    let code = |bytes: &[u8]| read(bytes).fault.unwrap().code.into_owned();
    assert_eq!(code(b"%PDF-1.7"), "format_unknown");
    assert_eq!(code(b"\xd0\xcf\x11\xe0\xa1\xb1"), "workbook_old_or_locked");
    assert_eq!(code(b"<html><p>x</p>"), "header_missing");
    assert_eq!(code(b""), "header_missing");
    assert_eq!(code("NSRSBH,税种\n1,x\n".as_bytes()), "header_incomplete");
    assert_eq!(
        code(&vec![b'x'; super::DOCUMENT_BYTES_MAX + 1]),
        "document_too_large"
    );
}

#[test]
fn an_adapter_of_rows_reads_documents_too() {
    let outcome = Feed::binary("<table><tr><td>NSRSBH<td>NSRMC<tr><td>1<td>甲".as_bytes())
        .check::<Tables<Rows<Plain>>>("list")
        .unwrap();
    assert_eq!(outcome.page.bodies, "{\"nsrsbh\":\"1\"}");
}

proptest::proptest! {
    #[test]
    fn whatever_stands_in_a_document_its_rows_are_accounted_for(
        title in "[名单,\n]{0,4}", rows in "([a西,\"\r\n\u{fffd}]|合计|1,甲\n|<td>){0,40}"
    ) {
        read(format!("{title}\nNSRSBH,NSRMC\r\n{rows}").as_bytes());
        read(format!("<{title}<table><tr><td>NSRSBH<td>NSRMC<tr>{rows}").as_bytes());
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes: Vec<u8>) {
        read(&[b"PK\x03\x04", bytes.as_slice()].concat());
        read(&bytes);
    }
}

#[test]
fn columns_of_a_document_have_the_names_that_the_route_says() {
    let text = "名单,,\n税号,单位,税种\n1,甲,未填\n";
    let outcome = Feed::binary(text.as_bytes())
        .setting("columns", "税号=纳税人识别号;单位=NSRMC")
        .setting("values", "单位:甲=乙")
        .check::<Tables<List>>("list")
        .unwrap();
    assert!(
        outcome.page.bodies.contains("\"nsrmc\":\"乙\""),
        "{outcome}"
    );
}
