//! Shapes a row for its target without reading it: columns left out, renamed, dates written
//! otherwise, a column of the target's own added. What stays as it is is copied byte for byte.
//!
//! A row is a JSON object of our own making. Values may be of any kind; only members of the
//! outermost object are shaped. Text that is no JSON object is copied as it stands.

use credit_record::flow::Operation;
use memchr::memchr2;
use serde_json::Value;

use crate::target::Fields;

/// What becomes of a column.
#[derive(Clone, Debug, Default)]
struct Becomes {
    /// It is left out.
    dropped: bool,
    /// The target's name for it, with its quotation marks.
    name: Option<String>,
    /// Its date is written with slashes.
    slashed: bool,
}

/// How the rows of one directory are shaped.
pub struct Shape {
    /// By column, sorted.
    columns: Vec<(String, Becomes)>,
    /// Columns that are not listed are left out.
    listed_only: bool,
    /// What is added, by operation.
    added: [Option<String>; 4],
}

impl Shape {
    /// The shape that a target wants.
    #[must_use]
    pub fn new(fields: &Fields) -> Self {
        let mut columns: Vec<(String, Becomes)> = Vec::new();
        let mut change = |name: &String, how: &dyn Fn(&mut Becomes)| {
            let at = columns.binary_search_by(|(n, _)| n.cmp(name));
            let at = at.unwrap_or_else(|at| {
                columns.insert(at, (name.clone(), Becomes::default()));
                at
            });
            if let Some((_, becomes)) = columns.get_mut(at) {
                how(becomes);
            }
        };
        for name in fields.only.iter().flatten() {
            change(name, &|_| ());
        }
        for name in &fields.slashed {
            change(name, &|b| b.slashed = true);
        }
        for (name, other) in &fields.rename {
            change(name, &|b| b.name = Some(quoted(other)));
        }
        for name in &fields.drop {
            change(name, &|b| b.dropped = true);
        }
        if let Some(only) = &fields.only {
            let others = columns.iter_mut().filter(|(n, _)| !only.contains(n));
            others.for_each(|(_, becomes)| becomes.dropped = true);
        }
        let words = fields.status.as_ref().map(|s| {
            let column = quoted(&s.column);
            [&s.insert, &s.update, &s.withdraw, &s.hold]
                .map(|word| (!word.is_empty()).then(|| format!("{column}:{}", quoted(word))))
        });
        Self {
            columns,
            listed_only: fields.only.is_some(),
            added: words.unwrap_or_default(),
        }
    }

    /// A column is added that says so of a row.
    #[must_use]
    pub fn tells(&self, operation: Operation) -> bool {
        self.added
            .get(operation as usize)
            .is_some_and(Option::is_some)
    }

    /// Appends `row` to `out` in this shape.
    pub fn copy(&self, row: &str, operation: Operation, out: &mut String) {
        let start = out.len();
        let added = self.added.get(operation as usize).and_then(Option::as_ref);
        let nothing = self.columns.is_empty() && !self.listed_only && added.is_none();
        if nothing || self.copy_members(row, added, out).is_none() {
            out.truncate(start);
            out.push_str(row);
        }
    }

    /// Copies stretches of members that stay as they are. A stretch begins at its first member's
    /// key and ends before the comma, or the brace, behind its last one.
    fn copy_members(&self, row: &str, added: Option<&String>, out: &mut String) -> Option<()> {
        let bytes = row.as_bytes();
        let mut at = skip_space(bytes, 0);
        if *bytes.get(at)? != b'{' {
            return None;
        }
        out.push('{');
        let mut first = true;
        let mut stretch: Option<usize> = None;
        at = skip_space(bytes, at + 1);
        let mut more = *bytes.get(at)? != b'}';
        while more {
            let key = at;
            let key_end = text_end(bytes, key)?;
            let becomes = self.becomes(row.get(key..key_end)?);
            let colon = skip_space(bytes, key_end);
            if *bytes.get(colon)? != b':' {
                return None;
            }
            let value = skip_space(bytes, colon + 1);
            let end = value_end(bytes, value)?;
            let stays = becomes.is_none();
            match (stays, stretch) {
                (true, None) => stretch = Some(key),
                (false, Some(from)) => {
                    let text = row.get(from..key)?.trim_end().strip_suffix(',')?;
                    push_stretch(text, &mut first, out);
                    stretch = None;
                }
                _ => {}
            }
            if let Some(becomes) = becomes.filter(|b| !b.dropped) {
                let name = becomes.name.as_deref().unwrap_or(row.get(key..key_end)?);
                push_stretch(name, &mut first, out);
                out.push(':');
                push_value(row.get(value..end)?, becomes.slashed, out);
            }
            let after = skip_space(bytes, end);
            match bytes.get(after)? {
                b',' => at = skip_space(bytes, after + 1),
                b'}' => {
                    if let Some(from) = stretch {
                        push_stretch(row.get(from..end)?, &mut first, out);
                    }
                    more = false;
                }
                _ => return None,
            }
        }
        if let Some(added) = added {
            push_stretch(added, &mut first, out);
        }
        out.push('}');
        Some(())
    }

    /// What becomes of the column that `quoted` names, with its quotation marks; nothing where it
    /// stays as it is.
    fn becomes(&self, quoted: &str) -> Option<Becomes> {
        let key = quoted.strip_prefix('"')?.strip_suffix('"')?;
        if key.contains('\\') {
            let plain: String = serde_json::from_str(quoted).ok()?;
            return self.of(&plain);
        }
        self.of(key)
    }

    fn of(&self, column: &str) -> Option<Becomes> {
        let found = self
            .columns
            .binary_search_by(|(n, _)| n.as_str().cmp(column));
        match found {
            Ok(at) => {
                let (_, becomes) = self.columns.get(at)?;
                let changed = becomes.dropped || becomes.slashed || becomes.name.is_some();
                changed.then(|| becomes.clone())
            }
            Err(_) => self.listed_only.then(|| Becomes {
                dropped: true,
                ..Becomes::default()
            }),
        }
    }
}

/// The members of a JSON object, names and values as they are written.
pub(crate) fn members(row: &str) -> Option<Vec<(&str, &str)>> {
    let bytes = row.as_bytes();
    let mut at = skip_space(bytes, 0);
    if *bytes.get(at)? != b'{' {
        return None;
    }
    at = skip_space(bytes, at + 1);
    let mut members = Vec::new();
    while *bytes.get(at)? != b'}' {
        let key_end = text_end(bytes, at)?;
        let colon = skip_space(bytes, key_end);
        if *bytes.get(colon)? != b':' {
            return None;
        }
        let value = skip_space(bytes, colon + 1);
        let end = value_end(bytes, value)?;
        members.push((row.get(at..key_end)?, row.get(value..end)?));
        at = skip_space(bytes, end);
        if *bytes.get(at)? == b',' {
            at = skip_space(bytes, at + 1);
        }
    }
    Some(members)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A value; of a text that begins with a date, the date with slashes.
fn push_value(value: &str, slashed: bool, out: &mut String) {
    let is_date = value.starts_with('"')
        && value.get(1..11).is_some_and(|date| {
            date.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
        });
    match (slashed && is_date, value.get(1..11), value.get(11..)) {
        (true, Some(date), Some(rest)) => {
            out.push('"');
            out.push_str(&date.replace('-', "/"));
            out.push_str(&rest.replacen('T', " ", 1));
        }
        _ => out.push_str(value),
    }
}

fn push_stretch(stretch: &str, first: &mut bool, out: &mut String) {
    if !*first {
        out.push(',');
    }
    *first = false;
    out.push_str(stretch);
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// The byte behind the text that begins at `at`.
fn text_end(bytes: &[u8], at: usize) -> Option<usize> {
    if *bytes.get(at)? != b'"' {
        return None;
    }
    let mut at = at + 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// The byte behind the value that begins at `at`.
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => text_end(bytes, at),
        b'{' | b'[' => nested_end(bytes, at),
        _ => {
            let rest = bytes.get(at..)?;
            let ends = |b: &u8| matches!(b, b',' | b'}' | b']') || b.is_ascii_whitespace();
            rest.iter()
                .position(ends)
                .filter(|len| *len > 0)
                .map(|len| at + len)
        }
    }
}

fn nested_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = text_end(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests;
