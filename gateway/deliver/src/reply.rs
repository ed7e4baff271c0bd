//! A reply of the platform, read with patience: a field may be text or number, the whole may be
//! wrapped as a JSON text, and what the fields are called is a setting.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::echo::shown;

/// So much of what is no reply is looked at for its words.
const WORDS_BYTES_MAX: usize = 4_096;

/// What the fields of a reply are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyNames {
    /// Number that the platform gave to the parcel.
    pub task: String,
    /// The result's code; a reply without it is unreadable.
    pub code: String,
    /// The result in words.
    pub message: String,
    /// Rows received.
    pub total: String,
    /// Rows stored.
    pub success: String,
    /// Rows stored but doubted.
    pub fail: String,
    /// Rows not stored.
    pub error: String,
    /// The rows not stored.
    pub error_body: String,
    /// The doubted rows, where the platform gives them.
    pub fail_body: String,
    /// In an entry of the last two: the row's number.
    pub row: Vec<String>,
    /// What the first row's number is.
    pub first_row: u64,
    /// In an entry: the row's code.
    pub row_code: Vec<String>,
    /// In an entry: what is wrong with it.
    pub row_message: Vec<String>,
    /// In an entry: the row as it was sent; without it the entry is the row.
    pub row_data: Vec<String>,
}

impl Default for ReplyNames {
    fn default() -> Self {
        let texts = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Self {
            task: "taskCode".into(),
            code: "errorCode".into(),
            message: "errorMsg".into(),
            total: "totalSize".into(),
            success: "successSize".into(),
            fail: "failSize".into(),
            error: "errorSize".into(),
            error_body: "errorBody".into(),
            fail_body: "failBody".into(),
            row: texts(&["row", "index"]),
            first_row: 1,
            row_code: texts(&["code", "errorCode"]),
            row_message: texts(&["message", "errorMsg", "msg"]),
            row_data: texts(&["data"]),
        }
    }
}

impl ReplyNames {
    /// All names that an entry may carry beside the row's own columns.
    pub(crate) fn beside_columns(&self) -> HashSet<&str> {
        let names = [&self.row, &self.row_code, &self.row_message, &self.row_data];
        names.into_iter().flatten().map(String::as_str).collect()
    }
}

/// The counts of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) total: u64,
    pub(crate) success: u64,
    pub(crate) fail: u64,
    pub(crate) error: u64,
}

/// A reply that has at least a code.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) task: String,
    pub(crate) code: String,
    pub(crate) message: String,
    /// All four, or it does not count.
    pub(crate) counts: Option<Counts>,
    pub(crate) error_rows: Entries,
    pub(crate) fail_rows: Entries,
}

/// Rows that a reply names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entries {
    Listed(Vec<Map<String, Value>>),
    /// There is something, but no list of objects.
    Unreadable,
}

impl Reply {
    pub(crate) fn read(names: &ReplyNames, text: &[u8]) -> Option<Self> {
        let mut fields = match unwrapped(serde_json::from_slice(text).ok()?) {
            Value::Object(fields) => fields,
            _ => return None,
        };
        let text = |name: &str| fields.get(name).and_then(plain_text);
        let count = |name: &str| text(name)?.parse().ok();
        let counts = || {
            Some(Counts {
                total: count(&names.total)?,
                success: count(&names.success)?,
                fail: count(&names.fail)?,
                error: count(&names.error)?,
            })
        };
        Some(Self {
            code: text(&names.code)?,
            task: text(&names.task).unwrap_or_default(),
            message: text(&names.message).unwrap_or_default(),
            counts: counts(),
            error_rows: Entries::read(fields.remove(&names.error_body)),
            fail_rows: Entries::read(fields.remove(&names.fail_body)),
        })
    }
}

impl Entries {
    fn read(value: Option<Value>) -> Self {
        let listed = match value.map(unwrapped) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::String(text)) if text.trim().is_empty() => Some(Vec::new()),
            Some(Value::Object(one)) if one.is_empty() => Some(Vec::new()),
            Some(Value::Object(one)) => Some(vec![one]),
            Some(Value::Array(list)) => list.into_iter().map(object).collect(),
            Some(_) => None,
        };
        listed.map_or(Self::Unreadable, Self::Listed)
    }
}

/// What is no reply of the interface says in short: a page its title, anything else its beginning.
pub(crate) fn words(reply: &[u8]) -> String {
    let text = String::from_utf8_lossy(reply.get(..WORDS_BYTES_MAX).unwrap_or(reply));
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|at| {
        let from = at + lower.get(at..)?.find('>')? + 1;
        let until = from + lower.get(from..)?.find("</title")?;
        text.get(from..until)
    });
    let words: Vec<&str> = title.unwrap_or(&text).split_whitespace().collect();
    shown(&words.join(" "))
}

/// The object that a value is or holds as JSON text.
pub(crate) fn object(value: Value) -> Option<Map<String, Value>> {
    match unwrapped(value) {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// A text or number as text, trimmed; nothing for anything else and for empty text.
pub(crate) fn plain_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Web services hand JSON over as a JSON text: look inside, once.
fn unwrapped(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(reply: &Value) -> Option<Reply> {
        Reply::read(&ReplyNames::default(), reply.to_string().as_bytes())
    }

    #[test]
    fn numbers_may_come_as_text_and_text_as_numbers() {
        let reply = read(
            &json!({"taskCode": 202_611_240_001_u64, "errorCode": 200, "totalSize": "5",
            "successSize": " 3 ", "failSize": 1, "errorSize": "1", "errorMsg": null}),
        );
        let reply = reply.unwrap();
        assert_eq!(
            (reply.code.as_str(), reply.task.as_str()),
            ("200", "202611240001")
        );
        assert_eq!(
            reply.counts,
            Some(Counts {
                total: 5,
                success: 3,
                fail: 1,
                error: 1
            })
        );
        assert_eq!(reply.error_rows, Entries::Listed(Vec::new()));
    }

    #[test]
    fn a_reply_wrapped_in_a_text_is_read_like_a_plain_one() {
        let plain = json!({"errorCode": "500", "errorMsg": "内部错误"});
        assert_eq!(read(&json!(plain.to_string())), read(&plain));
    }

    #[test]
    fn counts_count_only_when_all_are_there() {
        let reply = read(&json!({"errorCode": "200", "totalSize": 1, "successSize": 1}));
        assert_eq!(reply.unwrap().counts, None);
    }

    #[test]
    fn a_reply_without_a_code_is_unreadable() {
        for reply in [
            json!({}),
            json!([]),
            json!("ok"),
            json!({"errorCode": null}),
            json!(200),
        ] {
            assert_eq!(read(&reply), None, "{reply}");
        }
        assert_eq!(Reply::read(&ReplyNames::default(), b"<html>"), None);
    }

    #[test]
    fn what_is_no_reply_says_its_title_or_its_beginning() {
        let page = "<!DOCTYPE html>\n<html><head><TITLE>\n 统一 登录\n</TITLE></head><body>…";
        assert_eq!(words(page.as_bytes()), "统一 登录");
        assert_eq!(words(b"<title>cut"), "<title>cut");
        assert_eq!(words(" 磁盘\n空间不足 ".as_bytes()), "磁盘 空间不足");
        assert_eq!(words(b""), "");
        assert!(words("证号 11010519491231002X".as_bytes()).contains("****"));
    }

    #[test]
    fn rows_come_as_list_as_text_of_a_list_or_as_one_object() {
        let row = json!({"CF_WSH": "1"});
        let rows = json!([row]);
        let texts = json!([row.to_string()]);
        for body in [json!(rows.to_string()), row, rows, texts] {
            let reply = read(&json!({"errorCode": "200", "errorBody": body})).unwrap();
            let Entries::Listed(list) = reply.error_rows else {
                panic!("{body}")
            };
            assert_eq!(list.len(), 1);
        }
        let reply = read(&json!({"errorCode": "200", "errorBody": "see the console"}));
        assert_eq!(reply.unwrap().error_rows, Entries::Unreadable);
    }
}
