use proptest::prelude::*;

use super::Xml;
use crate::adapter::{Fault, Settings};
use crate::header::Header;
use crate::page::PageBuilder;
use crate::rows::{Row, RowAdapter};
use crate::testkit::{Feed, Outcome};

crate::columns! {
    enum Column {
        Number: needed "NSRSBH";
        Name: needed "NSRMC";
        Year: optional "PJND";
    }
}

/// Something of each of some rows.
type Rows<T> = Vec<(u64, T)>;

struct List;

impl RowAdapter for List {
    type Column = Column;
    type Memory = ();

    fn begin(_header: &Header<Column>, _settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        let mut draft = crate::directory::tax_rating::Draft::new(page, row);
        draft.nsrsbh(row.get(Column::Number));
        draft
            .nsrmc(row.get(Column::Name))
            .pjnd(row.get(Column::Year));
        draft.finish();
    }
}

fn read(text: &str) -> Outcome {
    Feed::text(text.as_bytes())
        .check::<Xml<List>>("list")
        .unwrap()
}

/// (row, field) of each draft, then (row, code) of each doubt.
fn told(outcome: &Outcome) -> (Rows<String>, Rows<&str>) {
    let drafts = outcome
        .drafts()
        .map(|d| (d.source_row, d.body.to_owned()))
        .collect();
    let doubts = outcome.page.doubts.iter();
    (
        drafts,
        doubts.map(|d| (d.source_row, &*d.reason.code)).collect(),
    )
}

fn fault(text: &str) -> String {
    read(text).fault.unwrap().code.into_owned()
}

#[test]
fn elements_and_attributes_of_a_row_are_its_fields() {
    let outcome = read(
        "<?xml version=\"1.0\" encoding=\"GB18030\"?>\n<!-- 2026 -->\
         <DATA COUNT=\"4\"><HEAD><N>1</N></HEAD>\
         <ROW><NSRSBH> 1 </NSRSBH><NSRMC>甲 &amp; 乙&#x9ed4;<![CDATA[<b>]]></NSRMC></ROW>\n\
         <row nsrsbh='2' nsrmc=\"丙&lt;\"/><ROW><P><NSRMC>丁</NSRMC><NSRSBH/></P><X/></ROW>\
         <ROW><NSRSBH>4</NSRSBH><NSRMC>戊</NSRMC><PJND>2025</PJND></ROW></DATA>\n",
    );
    let (drafts, doubts) = told(&outcome);
    let bodies = [
        "{\"nsrsbh\":\"1\",\"nsrmc\":\"甲 & 乙黔<b>\"}",
        "{\"nsrsbh\":\"2\",\"nsrmc\":\"丙<\"}",
        "{\"nsrmc\":\"丁\"}",
        "{\"nsrsbh\":\"4\",\"nsrmc\":\"戊\",\"pjnd\":\"2025\"}",
    ];
    assert_eq!(doubts, []);
    assert_eq!(
        drafts,
        (1..).zip(bodies.map(str::to_owned)).collect::<Vec<_>>()
    );
    let control = &outcome.page.controls[0];
    assert_eq!(
        (&*control.name, &*control.declared, &*control.found),
        ("rows", "4", "4")
    );
}

#[test]
fn a_row_that_is_not_well_formed_costs_itself_only() {
    for (broken, code) in [
        ("<ROW><NSRSBH>2</NSRMC></ROW>", "malformed"),
        ("<ROW><NSRSBH>2</NSRSBH>", "malformed"),
        ("<ROW><NSRSBH>甲 & 乙</NSRSBH></ROW>", "malformed"),
        ("<ROW><NSRSBH>a < b</NSRSBH></ROW>", "malformed"),
        ("<ROW><NSRSBH>&nbsp;</NSRSBH></ROW>", "entity_unknown"),
        ("<ROW><Y>2</Y></ROW>", "fields_unknown"),
        ("<ROW/>", "fields_unknown"),
    ] {
        let outcome = read(&format!(
            "<D><ROW><NSRSBH>1</NSRSBH></ROW>{broken}\n<ROW><NSRSBH>3</NSRSBH></ROW></D>"
        ));
        let (drafts, doubts) = told(&outcome);
        assert_eq!(doubts, [(2, code)], "{broken}");
        assert_eq!(outcome.page.doubts[0].excerpt.trim_end(), broken);
        assert_eq!(
            drafts.iter().map(|d| d.0).collect::<Vec<_>>(),
            [1, 3],
            "{broken}"
        );
    }
}

#[test]
fn rows_too_long_too_deep_or_too_wide_cost_themselves_only() {
    let long = "<A>".to_owned() + &"长".repeat(70_000) + "</A><NSRSBH>2</NSRSBH>";
    let deep = "<A>".repeat(40) + &"</A>".repeat(40);
    let wide = "<A/>".repeat(600);
    for (inner, code) in [
        (long, "row_too_long"),
        (deep, "too_deep"),
        (wide, "too_many_fields"),
    ] {
        let outcome = read(&format!(
            "<D><ROW>{inner}</ROW><ROW><NSRSBH>2</NSRSBH></ROW></D>"
        ));
        let (drafts, doubts) = told(&outcome);
        assert_eq!(doubts, [(1, code)]);
        assert_eq!(drafts, [(2, "{\"nsrsbh\":\"2\"}".to_owned())], "{code}");
    }
}

#[test]
fn rows_that_never_end_are_not_read_again_and_again() {
    // Read to its end for each of its rows, this would take minutes.
    let rows = "<ROW>".repeat(20_000);
    for text in [format!("<D>{rows}"), format!("<D>{rows}</D>")] {
        let feed = Feed::text(text.as_bytes());
        let outcome = feed.run::<Xml<List>>("list", text.len()).unwrap();
        let (drafts, doubts) = told(&outcome);
        assert!(drafts.is_empty());
        assert!(doubts.len() >= 20_000, "{}", doubts.len());
    }
}

#[test]
fn a_document_that_declares_entities_is_refused() {
    let laughs = "<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                  <d><ROW><NSRSBH>&b;</NSRSBH></ROW></d>";
    assert_eq!(fault(laughs), "xml_doctype");
    assert_eq!(fault("<!DOCTYPE d [<!ENTITY a \"ha"), "xml_doctype");
    // A document type without declarations is harmless, and never fetched.
    let outcome = read("<!DOCTYPE d SYSTEM \"http://x/y.dtd\"><d><ROW NSRSBH=\"1\"/></d>");
    assert_eq!(outcome.drafts().count(), 1);
}

#[test]
fn what_is_no_such_document_is_refused_and_what_is_cut_off_is_told() {
    assert_eq!(fault(""), "not_xml");
    assert_eq!(fault("{\"id\":1}"), "not_xml");
    assert_eq!(fault("<d><record>1</record></d>"), "rows_missing");
    assert_eq!(fault(&"<d>".repeat(100)), "too_deep");
    assert_eq!(read("<d COUNT='0'></d>").page.controls.len(), 1);
    let outcome = read("<d><ROW NSRSBH=\"1\"/><ROW><NSRSBH>2</NSR");
    let (drafts, doubts) = told(&outcome);
    assert_eq!(drafts.len(), 1);
    assert_eq!(doubts, [(2, "malformed"), (0, "truncated")]);
    let named = Feed::text(b"<d><record NSRSBH='1'/></d>").setting("row_element", "record");
    let outcome = named.check::<Xml<List>>("list").unwrap();
    assert_eq!(outcome.drafts().count(), 1);
}

proptest! {
    #[test]
    fn whatever_stands_in_a_document_does_not_depend_on_the_cut(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("<ROW>"), Just("</ROW>"), Just("<NSRSBH>"), Just("</NSRSBH>"), Just("1"),
                Just("&amp;"), Just("&x;"), Just("<"), Just("&"), Just("\""), Just("<!--"),
                Just("-->"), Just("<![CDATA["), Just("]]>"), Just("<D>"), Just("</D>"),
                Just("<ROW NSRMC='甲'/>"), Just("<?x"), Just("?>"), Just("\n"), Just("<!DOCTYPE"),
            ],
            0..40,
        )
    ) {
        let text = "<D COUNT='2'>".to_owned() + &parts.concat();
        Feed::text(text.as_bytes()).check::<Xml<List>>("list").unwrap();
    }
}
