//! The members of one JSON object, as fields of a row.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::rows::named::{Fields, Unread};

/// Reads the object `raw`.
pub(super) fn read(raw: &str, fields: &mut Fields) -> Result<(), Unread> {
    fields.clear();
    let object: Object<'_> = serde_json::from_str(raw).map_err(|_| Unread::Json)?;
    let mut name = String::new();
    for (key, value) in object.0 {
        name.clear();
        push(key.get(), &mut name).ok_or(Unread::Json)?;
        let start = fields.text.len();
        push(value.get(), &mut fields.text).ok_or(Unread::Json)?;
        fields.push(&name, start);
        if fields.too_many() {
            return Err(Unread::Fields);
        }
    }
    Ok(())
}

/// Appends what a value says.
fn push(raw: &str, out: &mut String) -> Option<()> {
    if raw == "null" {
        return Some(());
    }
    let text = raw.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    match text {
        Some(escaped) if escaped.contains('\\') => {
            out.push_str(&serde_json::from_str::<String>(raw).ok()?);
        }
        Some(text) => out.push_str(text),
        None => out.push_str(raw),
    }
    Some(())
}

/// Members in their order, as they are written.
struct Object<'r>(Vec<(&'r RawValue, &'r RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::with_capacity(32);
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}
