//! What a record is known by: the hash of its key, the digest of its content, its version.
//!
//! None of them depends on the order of columns, on escapes, or on what was put right.

use std::borrow::Cow;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed, xxh3_128};

use super::{
    sheet::{Sheet, Slot},
    value::Today,
};
use crate::{
    days,
    directory::{Column, Directory, KeyPart, Kind},
    flow::Operation,
    id::PersonId,
};

/// Stands between a key's columns; no value can hold it unescaped.
const SEPARATOR: u8 = 0x1F;

impl Sheet<'_> {
    /// The hash of the directory's code and the key's values, normalised. `room` is scratch space.
    pub(super) fn id(&self, directory: &Directory, today: Today, room: &mut Vec<u8>) -> [u8; 16] {
        room.clear();
        room.extend_from_slice(directory.code().as_bytes());
        for part in &directory.key {
            room.push(SEPARATOR);
            let present = part.alternatives.iter().find_map(|at| {
                let column = directory.columns().get(usize::from(*at))?;
                Some((column, self.good(*at)?))
            });
            if let Some((column, slot)) = present {
                room.extend_from_slice(column.code.as_bytes());
                room.push(b'=');
                key_value(column, slot, today, room);
            }
        }
        xxh3_128(room).to_be_bytes()
    }

    /// Whether the id of a draft that is not sent is the one that it would have, were it right.
    /// `doubted` tells of columns that the adapter left out because it could not read them.
    pub(super) fn is_identified(
        &self,
        directory: &Directory,
        doubted: impl Fn(&str) -> bool,
    ) -> bool {
        let unread = |at: u16| {
            let column = directory.columns().get(usize::from(at));
            self.given(at).is_some() || column.is_some_and(|column| doubted(&column.code))
        };
        let read = |part: &KeyPart| {
            let mut alternatives = part.alternatives.iter();
            match alternatives.find(|at| self.good(**at).is_some() || unread(**at)) {
                Some(at) => self.good(*at).is_some(),
                None => part.optional,
            }
        };
        !self.malformed && directory.key.iter().all(read)
    }

    /// The digest of the content.
    pub(super) fn digest(&self, directory: &Directory, operation: Operation) -> u64 {
        let class = match operation {
            Operation::Insert | Operation::Update => 0_u64,
            Operation::Withdraw => 1,
            Operation::Hold => 2,
        };
        let columns = directory.columns();
        let content = self.good.iter().fold(0_u64, |sum, at| {
            let Some((column, slot)) = columns
                .get(usize::from(at))
                .zip(self.slots.get(usize::from(at)))
            else {
                return sum;
            };
            if column.stamp || column.derive.is_some() {
                return sum;
            }
            sum.wrapping_add(content_hash(column, slot))
        });
        xxh3_64_with_seed(&content.to_le_bytes(), class)
    }

    /// The greater, the later.
    pub(super) fn version(&self, directory: &Directory) -> i64 {
        let slot = directory
            .version
            .and_then(|at| Some((directory.columns().get(usize::from(at))?, self.good(at)?)));
        match slot {
            None => i64::MIN,
            Some((column, slot)) => match (&column.kind, i32::try_from(slot.value)) {
                (Kind::Date { .. }, Ok(day)) => days::midnight(day),
                _ => slot.value,
            },
        }
    }
}

fn content_hash(column: &Column, slot: &Slot<'_>) -> u64 {
    match column.kind {
        // `0.2` and `0.20`, `5` and `5.00` are the same.
        Kind::Amount { .. } | Kind::Integer => of_column(column, &slot.value.to_le_bytes()),
        // In whatever order.
        Kind::Codes(_) => slot.text.split(';').fold(0, |sum, code| {
            sum.wrapping_add(of_column(column, code.as_bytes()))
        }),
        _ => of_column(column, slot.text.as_bytes()),
    }
}

/// The hash of a value as that of its column: seeded in a second step, because seeded hashing of
/// more than 240 bytes makes a secret for each text.
fn of_column(column: &Column, value: &[u8]) -> u64 {
    xxh3_64_with_seed(&xxh3_64(value).to_le_bytes(), column.seed)
}

/// Appends a key's value: ids in their longest form, texts without what is typed in many ways.
fn key_value(column: &Column, slot: &Slot<'_>, today: Today, room: &mut Vec<u8>) {
    match column.kind {
        Kind::Text | Kind::Name => fold(&slot.text, room),
        Kind::PersonId | Kind::Document { .. } if slot.text.len() == 15 => {
            let old = PersonId::parse(&slot.text, today.date).map(|id| id.value.id18());
            let text = old.as_ref().map_or(&*slot.text, PersonId::as_str);
            room.extend_from_slice(text.as_bytes());
        }
        Kind::Integer | Kind::Amount { .. } => room.extend_from_slice(&slot.value.to_be_bytes()),
        _ => room.extend_from_slice(slot.text.as_bytes()),
    }
}

/// Appends a text without blanks, half-width, in capitals, with one kind of brackets: the number
/// `黔西环罚〔2025〕1号` is typed with half a dozen of them.
fn fold(text: &str, room: &mut Vec<u8>) {
    for c in text.chars() {
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            _ => c,
        };
        let c = match c {
            '〔' | '[' | '【' | '〖' | '﹝' | '{' | '⟨' => '(',
            '〕' | ']' | '】' | '〗' | '﹞' | '}' | '⟩' => ')',
            _ if c.is_ascii() => c.to_ascii_uppercase(),
            _ => c,
        };
        if !(c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}'))
        {
            let mut bytes = [0; 4];
            room.extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
        }
    }
}

/// Appends the draft's body anew, in the directory's order.
pub(super) fn write_body(sheet: &Sheet<'_>, directory: &Directory, out: &mut String) {
    let mut before = '{';
    for (column, at) in directory.columns().iter().zip(0_u16..) {
        let Some(slot) = sheet.good(at) else { continue };
        out.push(before);
        before = ',';
        out.push('"');
        out.push_str(&column.code);
        out.push_str("\":\"");
        out.push_str(&escaped(&slot.text));
        out.push('"');
    }
    if before == '{' {
        out.push('{');
    }
    out.push('}');
}

fn escaped(text: &str) -> Cow<'_, str> {
    let Some(first) = super::scan::special(text.as_bytes()) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    let (clean, rest) = text.split_at_checked(first).unwrap_or(("", text));
    out.push_str(clean);
    for c in rest.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}
