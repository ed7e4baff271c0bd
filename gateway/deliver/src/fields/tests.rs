use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

fn shaped(fields: &Fields, operation: Operation, row: &str) -> String {
    let mut out = String::from("before");
    Shape::new(fields).copy(row, operation, &mut out);
    out.strip_prefix("before").unwrap().to_owned()
}

fn texts<C: FromIterator<String>>(texts: &[&str]) -> C {
    texts.iter().map(ToString::to_string).collect()
}

fn filtered(names: &[&str], row: &str) -> String {
    let drop = texts(names);
    let fields = Fields {
        drop,
        ..Fields::default()
    };
    shaped(&fields, Operation::Insert, row)
}

#[test]
fn columns_are_renamed_and_dates_written_as_the_target_wants_them() {
    let fields = Fields {
        rename: [("CF_CFJG".to_owned(), "CF_XZJG".to_owned())].into(),
        slashed: texts(&["CF_JDRQ", "SJC", "BZ"]),
        ..Fields::default()
    };
    let row = r#"{"CF_CFJG":"局","CF_JDRQ":"2018-01-02","SJC":"2018-01-02T03:04:05","BZ":"T-无"}"#;
    assert_eq!(
        shaped(&fields, Operation::Insert, row),
        r#"{"CF_XZJG":"局","CF_JDRQ":"2018/01/02","SJC":"2018/01/02 03:04:05","BZ":"T-无"}"#
    );
}

#[test]
fn a_target_with_a_list_of_columns_gets_those_and_no_others() {
    let fields = Fields {
        only: Some(texts(&["a", "c"])),
        rename: [
            ("c".to_owned(), "C".to_owned()),
            ("d".to_owned(), "D".to_owned()),
        ]
        .into(),
        drop: texts(&["a"]),
        ..Fields::default()
    };
    let row = r#"{"a":1,"b":2,"c":{"b":3},"d":4}"#;
    assert_eq!(shaped(&fields, Operation::Insert, row), r#"{"C":{"b":3}}"#);
}

#[test]
fn what_is_to_become_of_a_row_can_stand_in_a_column_of_it() {
    let word = ToString::to_string;
    let status = crate::target::Status {
        column: word(&"CF_ZT"),
        insert: word(&"0"),
        update: word(&"0"),
        withdraw: word(&"1"),
        hold: word(&"2"),
    };
    let fields = Fields {
        status: Some(status),
        ..Fields::default()
    };
    let withdrawn = shaped(&fields, Operation::Withdraw, r#"{"a":1}"#);
    assert_eq!(withdrawn, r#"{"a":1,"CF_ZT":"1"}"#);
    assert_eq!(shaped(&fields, Operation::Update, "{}"), r#"{"CF_ZT":"0"}"#);
}

#[test]
fn members_that_stay_keep_their_bytes() {
    let row = r#"{"a":1.50,"BMBM":"x","b" : "\u4e2d\"," , "c":{"BMBM":[1,"}"]},"SJC":null}"#;
    assert_eq!(
        filtered(&["BMBM", "SJC"], row),
        r#"{"a":1.50,"b" : "\u4e2d\"," , "c":{"BMBM":[1,"}"]}}"#
    );
}

#[test]
fn a_row_without_the_columns_is_copied_whole() {
    let row = r#"{ "a":1, "b":"two" }"#;
    let out = filtered(&["c"], row);
    assert_eq!(
        serde_json::from_str::<Value>(&out).unwrap(),
        serde_json::json!({"a":1,"b":"two"})
    );
    assert_eq!(
        filtered(&["c"], r#"{"a":1,"b":"two"}"#),
        r#"{"a":1,"b":"two"}"#
    );
    assert_eq!(filtered(&[], row), row);
}

#[test]
fn a_row_may_lose_all_its_columns() {
    assert_eq!(filtered(&["a", "b"], r#"{"a":1, "b":[]}"#), "{}");
    assert_eq!(filtered(&["a"], "{}"), "{}");
}

#[test]
fn a_key_written_with_escapes_is_recognised() {
    assert_eq!(filtered(&["中"], r#"{"\u4e2d":1,"b":2}"#), r#"{"b":2}"#);
}

#[test]
fn what_is_no_object_is_left_as_it_is() {
    for text in [
        "",
        "[1]",
        "{\"a\":1",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":\"x",
        "{\"a\":[1}",
    ] {
        assert_eq!(filtered(&["a"], text), text);
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~中\\\\\"{}\\[\\],:\n]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"\\\\]{0,2}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn filtering_the_text_is_filtering_the_object(
        members in prop::collection::btree_map("[a-c中\"\\\\]{0,2}", any_value(), 0..8),
        dropped in prop::collection::hash_set("[a-c中\"\\\\]{0,2}", 0..4),
        pretty in any::<bool>(),
    ) {
        let object: Map<String, Value> = members.into_iter().collect();
        let row = if pretty {
            serde_json::to_string_pretty(&object)
        } else {
            serde_json::to_string(&object)
        };
        let fields = Fields { drop: dropped.clone(), ..Fields::default() };
        let out = shaped(&fields, Operation::Insert, &row.unwrap());
        let mut expected = object;
        expected.retain(|name, _| !dropped.contains(name));
        prop_assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), Value::Object(expected));
    }

    #[test]
    fn no_text_makes_it_fail(text in ".{0,40}", cut in 0_usize..30) {
        filtered(&["a"], &text);
        let row = r#"{"a":[1,{"b":"c\"d"}],"e" : null , "f":""}"#;
        filtered(&["a"], row.get(..cut).unwrap());
    }
}
