//! The file for bulk transfer.
//!
//! ```text
//! line  = field 0x01 field 0x01 ... LF      fourteen fields, in the order of NAMES
//! field = base64 of UTF-8                   an empty field is the empty text
//! ```

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use credit_sdk::Reason;
use credit_sdk::line_rows::{LineFields, LineFormat, Unreadable};

/// The fields, by the site's keys.
const NAMES: [&str; 14] = [
    "id",
    "iname",
    "caseCode",
    "businessEntity",
    "cardNum",
    "courtName",
    "areaName",
    "gistId",
    "regDate",
    "gistUnit",
    "duty",
    "performance",
    "disruptTypeName",
    "publishDate",
];

/// Some courts leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Parts the fields of a line.
#[derive(Clone, Copy, Debug)]
pub struct Bulk;

impl LineFormat for Bulk {
    const ENCODED: bool = true;

    fn read(line: &str, fields: &mut LineFields<'_>) -> Result<(), Unreadable> {
        let found = line.split('\u{1}').count();
        let mut read = if found == NAMES.len() {
            Ok(())
        } else {
            Err(field_count(found))
        };
        let mut bytes = Vec::new();
        let names = NAMES.into_iter().chain(std::iter::repeat(""));
        for (name, encoded) in names.zip(line.split('\u{1}')) {
            bytes.clear();
            if BASE64.decode_vec(encoded, &mut bytes).is_err() {
                // What it hides cannot be masked, so it is not kept.
                fields.push(name, "\u{fffd}");
                read = read.and(Err(unreadable(name, not_base64())));
                continue;
            }
            let text = String::from_utf8_lossy(&bytes);
            if matches!(text, Cow::Owned(_)) {
                read = read.and(Err(unreadable(name, not_utf_8())));
            }
            fields.push(name, &text);
        }
        read
    }
}

fn field_count(found: usize) -> Unreadable {
    let expected = NAMES.len();
    let reason = Reason::new(
        "field_count",
        format!("共 {found} 个字段，应为 {expected} 个"),
        format!("{found} fields instead of {expected}"),
    );
    unreadable("", reason)
}

fn unreadable(field: &'static str, reason: Reason) -> Unreadable {
    Unreadable { field, reason }
}

fn not_base64() -> Reason {
    Reason::new(
        "broken_base64",
        "该字段不是有效的 base64（传输中可能损坏）",
        "the field is no base64: damaged on its way, perhaps",
    )
}

fn not_utf_8() -> Reason {
    Reason::new(
        "text_damaged",
        "该字段解码后不是 UTF-8 文本",
        "what the field holds is no UTF-8",
    )
}
