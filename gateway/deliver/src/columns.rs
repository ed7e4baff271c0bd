//! Leaves columns out of a row without reading it: what stays is copied byte for byte.
//!
//! A row is a JSON object of our own making. Values may be of any kind; only members of the
//! outermost object are left out. Text that is no JSON object is copied as it stands.

use std::collections::HashSet;

use memchr::memchr2;

/// The columns to leave out of the rows of one directory.
pub(crate) struct Dropped {
    names: Vec<String>,
}

impl Dropped {
    pub(crate) fn new(names: &HashSet<String>) -> Self {
        Self {
            names: names.iter().cloned().collect(),
        }
    }

    /// Appends `row` to `out` without the dropped columns.
    pub(crate) fn copy(&self, row: &str, out: &mut String) {
        let start = out.len();
        if self.names.is_empty() || self.copy_members(row, out).is_none() {
            out.truncate(start);
            out.push_str(row);
        }
    }

    /// Copies stretches of members that stay. A stretch begins at its first member's key and ends
    /// before the comma, or the brace, behind its last one.
    fn copy_members(&self, row: &str, out: &mut String) -> Option<()> {
        let bytes = row.as_bytes();
        let mut at = skip_space(bytes, 0);
        if *bytes.get(at)? != b'{' {
            return None;
        }
        out.push('{');
        let mut first = true;
        let mut stretch: Option<usize> = None;
        at = skip_space(bytes, at + 1);
        if *bytes.get(at)? == b'}' {
            out.push('}');
            return Some(());
        }
        loop {
            let key = at;
            let key_end = text_end(bytes, key)?;
            let stays = !self.names_key(row.get(key..key_end)?);
            let colon = skip_space(bytes, key_end);
            if *bytes.get(colon)? != b':' {
                return None;
            }
            let end = value_end(bytes, skip_space(bytes, colon + 1))?;
            match (stays, stretch) {
                (true, None) => stretch = Some(key),
                (false, Some(from)) => {
                    push_stretch(
                        row.get(from..key)?.trim_end().strip_suffix(',')?,
                        &mut first,
                        out,
                    );
                    stretch = None;
                }
                _ => {}
            }
            let after = skip_space(bytes, end);
            match bytes.get(after)? {
                b',' => at = skip_space(bytes, after + 1),
                b'}' => {
                    if let Some(from) = stretch {
                        push_stretch(row.get(from..end)?, &mut first, out);
                    }
                    out.push('}');
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    /// `quoted` is a key with its quotation marks.
    fn names_key(&self, quoted: &str) -> bool {
        let Some(key) = quoted
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        else {
            return false;
        };
        if key.contains('\\') {
            let plain: Result<String, _> = serde_json::from_str(quoted);
            return plain.is_ok_and(|plain| self.names.contains(&plain));
        }
        self.names.iter().any(|name| name == key)
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
