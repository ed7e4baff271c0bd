//! Reads from a row the columns that somebody asked for, and nothing else.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The values of `columns` in `row`, in their order; nothing if the row is no JSON object. A
/// column that is missing, null or blank has no value; a number counts as its text.
pub(crate) fn values<'a>(row: &'a str, columns: &[String]) -> Option<Vec<Option<Cow<'a, str>>>> {
    let mut reader = serde_json::Deserializer::from_str(row);
    reader.deserialize_map(Wanted { columns }).ok()
}

struct Wanted<'c> {
    columns: &'c [String],
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Vec<Option<Cow<'de, str>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row: an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![None; self.columns.len()];
        while let Some(Key(key)) = map.next_key()? {
            let column = self.columns.iter().position(|column| *column == key);
            match column.and_then(|at| values.get_mut(at)) {
                Some(value) => *value = text(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(values)
    }
}

fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    let json = value.get();
    let Key(text) = if json.starts_with('"') {
        serde_json::from_str(json).ok()?
    } else {
        Key(Cow::Borrowed(json))
    };
    (text != "null" && !text.trim().is_empty()).then_some(text)
}

/// A text that is borrowed wherever it was written without escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text).map(Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_columns_asked_for_are_read() {
        let columns = ["a", "d", "b", "c"].map(String::from);
        let row = r#"{"b":12.50,"x":{"a":[1]},"a":"\u4e2d","d":" ","c":null}"#;
        let values = values(row, &columns).unwrap();
        assert_eq!(
            values,
            [Some("中".into()), None, Some("12.50".into()), None]
        );
    }

    #[test]
    fn what_is_no_object_is_no_row() {
        assert_eq!(values("[1]", &[]), None);
        assert_eq!(values("\"a\"", &[]), None);
        assert_eq!(values("{}", &[]), Some(Vec::new()));
    }
}
