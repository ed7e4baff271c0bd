use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

fn filtered(names: &[&str], row: &str) -> String {
    let mut out = String::from("before");
    Dropped::new(&names.iter().map(ToString::to_string).collect()).copy(row, &mut out);
    out.strip_prefix("before").unwrap().to_owned()
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
        let mut out = String::new();
        Dropped::new(&dropped).copy(&row.unwrap(), &mut out);
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
