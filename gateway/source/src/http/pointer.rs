//! One value of a JSON text by its pointer (RFC 6901), without holding the text in memory.

use std::fmt;
use std::io::{self, Read};

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::feed::Feed;

/// How much text is asked for at a time.
const PIECE_BYTES: usize = 256 * 1024;
/// Longer than any cursor that is one.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// The text, number or truth value that `pointer` leads to in the JSON that `text` is, as text;
/// none where it leads nowhere, to null or to an empty text.
///
/// # Errors
/// The text cannot be read, is no JSON, or the value is an object, an array or endless.
pub(super) fn value_at(text: impl Read, pointer: &str) -> serde_json::Result<Option<String>> {
    let tokens = pointer.split('/').skip(1);
    let tokens: Vec<String> = tokens
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
        .collect();
    let mut json = serde_json::Deserializer::from_reader(io::BufReader::new(text));
    let value = Walk(&tokens).deserialize(&mut json)?;
    json.end()?;
    Ok(value.filter(|value| !value.is_empty()))
}

/// The decoded text of a feed, as something to read from.
pub(super) struct Text(pub(super) Feed);

impl Read for Text {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let piece = self.0.piece(PIECE_BYTES).map_err(io::Error::other)?;
        let count = piece.bytes.len().min(out.len());
        if let (Some(out), Some(bytes)) = (out.get_mut(..count), piece.bytes.get(..count)) {
            out.copy_from_slice(bytes);
        }
        self.0.consume(count);
        Ok(count)
    }
}

/// What is left of the way.
struct Walk<'a>(&'a [String]);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl Walk<'_> {
    /// A value that is no object and no array ends the way, here or too early.
    fn scalar<E: Error>(&self, value: &dyn fmt::Display) -> Result<Option<String>, E> {
        let value = value.to_string();
        if value.len() > VALUE_BYTES_MAX {
            return Err(E::custom("the value is longer than any cursor"));
        }
        Ok(self.0.is_empty().then_some(value))
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        self.scalar(&value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.scalar(&value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.scalar(&value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        self.scalar(&value)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        self.scalar(&value)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some((first, rest)) = self.0.split_first() else {
            return Err(A::Error::custom("the value is an object"));
        };
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == *first {
                found = map.next_value_seed(Walk(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Some((first, rest)) = self.0.split_first() else {
            return Err(A::Error::custom("the value is an array"));
        };
        let (wanted, mut at, mut found) = (first.parse::<usize>().ok(), 0_usize, None);
        loop {
            if wanted == Some(at) {
                match seq.next_element_seed(Walk(rest))? {
                    Some(value) => found = value,
                    None => return Ok(None),
                }
            } else if seq.next_element::<IgnoredAny>()?.is_none() {
                return Ok(found);
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#" {"rows":[{"id":1},{"id":"第2"}],"page":{"next":"a/b","all":12,"more":true,
        "none":null,"empty":""},"a/b":{"~":-1.5}} "#;

    #[test]
    fn a_pointer_leads_to_texts_and_numbers() {
        for (pointer, value) in [
            ("/page/next", Some("a/b")),
            ("/page/all", Some("12")),
            ("/page/more", Some("true")),
            ("/rows/1/id", Some("第2")),
            ("/a~1b/~0", Some("-1.5")),
            ("/page/none", None),
            ("/page/empty", None),
            ("/page/absent", None),
            ("/rows/2/id", None),
            ("/rows/x", None),
            ("/page/next/deeper", None),
        ] {
            assert_eq!(
                value_at(TEXT.as_bytes(), pointer).unwrap().as_deref(),
                value,
                "{pointer}"
            );
        }
        assert_eq!(
            value_at("\"all\"".as_bytes(), "").unwrap().as_deref(),
            Some("all")
        );
    }

    #[test]
    fn what_is_no_json_or_no_single_value_is_refused() {
        for (text, pointer) in [
            (TEXT, "/page"),
            (TEXT, "/rows"),
            ("{\"next\":\"a\"", "/next"),
            ("{\"next\":\"a\"} and more", "/next"),
            ("id,name\n", "/next"),
            ("", "/next"),
        ] {
            assert!(
                value_at(text.as_bytes(), pointer).is_err(),
                "{text} {pointer}"
            );
        }
        let long = format!("\"{}\"", "x".repeat(VALUE_BYTES_MAX + 1));
        assert!(value_at(long.as_bytes(), "").is_err());
        let deep = "[".repeat(100_000);
        assert!(value_at(deep.as_bytes(), "/next").is_err());
    }
}
