use proptest::prelude::*;

use super::Json;
use crate::adapter::{Fault, Settings};
use crate::header::Header;
use crate::page::PageBuilder;
use crate::rows::{Row, RowAdapter};
use crate::testkit::{Feed, Outcome};

crate::columns! {
    enum Column {
        Number: needed "id";
        Name: needed "iname";
        Year: optional "qysler";
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
        .check::<Json<List>>("list")
        .unwrap()
}

/// Rows of drafts with their ids, then rows and codes of doubts.
fn told(outcome: &Outcome) -> (Rows<String>, Rows<&str>) {
    let id = |body: &str| {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        body["nsrsbh"].as_str().unwrap_or_default().to_owned()
    };
    let drafts = outcome.drafts().map(|d| (d.source_row, id(d.body)));
    let doubts = outcome.page.doubts.iter();
    (
        drafts.collect(),
        doubts.map(|d| (d.source_row, &*d.reason.code)).collect(),
    )
}

fn rows(ids: &[&str]) -> Vec<(u64, String)> {
    (1..).zip(ids.iter().map(|id| (*id).to_owned())).collect()
}

#[test]
fn objects_are_found_in_lines_in_lists_and_in_answers() {
    for text in [
        "{\"id\":1}\n{\"id\":2}\r\n{\"id\":3}",
        "[{\"id\":1},{\"id\":2},\n {\"id\":3}]\n",
        "[\n  {\n    \"id\": 1\n  },\n  {\n    \"id\": 2\n  },\n  { \"id\": 3 }\n]",
        "{\n \"id\": 1\n}\n{\n \"id\": 2\n}\n{\n \"id\": 3\n}\n",
        "{\"code\":0,\"data\":[{\"id\":1},{\"id\":2},{\"id\":3}],\"total\":3}",
        "{\n \"result\": {\n \"rows\": [ {\"id\":1},{\"id\":2},{\"id\":3} ] } }\n",
    ] {
        let outcome = read(text);
        assert_eq!(told(&outcome), (rows(&["1", "2", "3"]), vec![]), "{text}");
    }
    let named = Feed::text(b"{\"x\":[{\"id\":\"7\"}]}").setting("list", "x");
    let outcome = named.check::<Json<List>>("list").unwrap();
    assert_eq!(told(&outcome), (rows(&["7"]), vec![]));
    assert_eq!(told(&read("[]")), (vec![], vec![]));
    assert_eq!(told(&read("{\"data\":[]}")), (vec![], vec![]));
}

#[test]
fn blank_lines_above_the_first_object_are_rows_where_lines_are() {
    let outcome = read("\n \r\n{\"id\":1}\n\n{\"id\":2}\n");
    let wanted = vec![(3, "1".to_owned()), (5, "2".to_owned())];
    assert_eq!(told(&outcome), (wanted, vec![]));
    assert_eq!(
        [1, 2, 4].map(|row| outcome.skipped(row)),
        [Some("blank"); 3]
    );
    assert_eq!(told(&read("\n\n[{\"id\":1}]")), (rows(&["1"]), vec![]));
    assert_eq!(told(&read("\n{\n\"id\":1\n}")), (rows(&["1"]), vec![]));
}

#[test]
fn values_are_taken_as_they_are_written() {
    let outcome = read(
        "{\"ID\":0.10,\"iname\":\"甲\\u9ed4\\n\\\"乙\\\"\",\
         \"qysler\":[{\"nm\":\"丙\"}],\"x\":{\"id\":1}}\n\
         {\"iname\":null,\"id\":12345678901234567890123}\n",
    );
    assert_eq!(
        outcome.page.bodies,
        "{\"nsrsbh\":\"0.10\",\"nsrmc\":\"甲黔\\n\\\"乙\\\"\",\"pjnd\":\"[{\\\"nm\\\":\\\"丙\\\"}]\"}\
         {\"nsrsbh\":\"12345678901234567890123\"}"
    );
}

#[test]
fn an_object_that_is_no_json_costs_itself_only() {
    for broken in [
        "{\"id\":\"2,\"iname\":\"甲\"}",
        "{\"id\":2,\"iname\":\"甲}",
        "{\"id\":2,\"iname\":}",
        "{\"id\":2",
        "{\"id\":2,\"qysler\":[{\"id\":3,]}",
        "{\"id:2,\"iname\":\"甲\"}",
        "{\"id\":2,\"iname\":\"甲\t乙\\x\"}",
        "null",
        "\"text\"",
        "{\"y\":2}",
    ] {
        for text in [
            format!("{{\"id\":1}}\n{broken}\n{{\"id\":3}}\n"),
            format!("[{{\"id\":1}},\n{broken},\n{{\"id\":3}}]"),
        ] {
            let outcome = read(&text);
            let (drafts, doubts) = told(&outcome);
            let last = (3, "3".to_owned());
            assert_eq!(drafts, [(1, "1".to_owned()), last], "{text}");
            assert_eq!(doubts.len(), 1, "{text}: {doubts:?}");
            assert_eq!(doubts[0].0, 2, "{text}");
            assert_eq!(outcome.page.doubts[0].excerpt, broken, "{text}");
        }
    }
}

#[test]
fn objects_too_long_or_too_wide_cost_themselves_only() {
    let long = format!("{{\"id\":1,\"x\":\"{}\"}}", "长".repeat(70_000));
    let wide: Vec<_> = (0..600).map(|n| format!("\"x{n}\":1")).collect();
    let wide = format!("{{\"id\":1,{}}}", wide.join(","));
    for (object, code) in [(long, "row_too_long"), (wide, "too_many_fields")] {
        for text in [
            format!("{object}\n{{\"id\":2}}"),
            format!("[{object},{{\"id\":2}}]"),
        ] {
            let outcome = read(&text);
            let second = vec![(2, "2".to_owned())];
            assert_eq!(told(&outcome), (second, vec![(1, code)]));
        }
    }
}

#[test]
fn behind_an_object_too_long_it_goes_on_wherever_the_feed_was_cut() {
    // The longest object ends where an object of its own begins: that says nothing of the next row.
    let deep = "{\"a\":".repeat(40_000);
    let outcome = read(&format!("[{{\"xyz\":{deep}1}},{{\"id\":2}}]"));
    let (drafts, doubts) = told(&outcome);
    assert_eq!(doubts, [(1, "row_too_long")]);
    assert_eq!(drafts, [(2, "2".to_owned())]);
}

#[test]
fn what_is_no_json_is_refused_and_what_is_cut_off_is_told() {
    for text in ["", " \n", "<html>", "id,iname\n1,2\n"] {
        let fault = read(text).fault.unwrap();
        assert_eq!(fault.code, "not_json", "{text}");
    }
    let outcome = read("[{\"id\":1},");
    assert_eq!(told(&outcome), (rows(&["1"]), vec![(0, "truncated")]));
    let outcome = read("{\"id\":1}\n\n{\"id\":");
    assert_eq!(told(&outcome), (rows(&["1"]), vec![(3, "broken_json")]));
    assert_eq!(outcome.skipped(2), Some("blank"));
}

proptest! {
    #[test]
    fn whatever_stands_in_a_text_does_not_depend_on_the_cut(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("{\"id\":1"), Just("}"), Just("{"), Just("["), Just("]"), Just(","),
                Just("\""), Just("\\"), Just(":"), Just("\"iname\""), Just("\"data\""),
                Just("甲"), Just("\n"), Just("{\"id\":2}"), Just("null"), Just(" "),
            ],
            0..40,
        ),
        list: bool,
    ) {
        let text = if list { "\n[" } else { " \n{" }.to_owned() + &parts.concat();
        Feed::text(text.as_bytes()).check::<Json<List>>("list").unwrap();
    }
}
