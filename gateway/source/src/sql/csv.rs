//! Rows as CSV by RFC 4180, with CRLF.

/// Appends a line to `out`; null is written as `null`.
pub(super) fn push<'t>(
    fields: impl Iterator<Item = Option<&'t str>>,
    null: &str,
    out: &mut Vec<u8>,
) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let text = field.unwrap_or(null);
        // What could be taken for null, or for nothing, where it is a text.
        let like_null = field.is_some_and(|text| !null.is_empty() && text == null);
        if like_null || text.contains(['"', ',', '\r', '\n']) {
            out.push(b'"');
            out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(text.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(fields: &[Option<&str>], null: &str) -> String {
        let mut out = Vec::new();
        push(fields.iter().copied(), null, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// Reads one line again, by the letter of RFC 4180.
    fn read(line: &str) -> Vec<String> {
        let mut fields = vec![String::new()];
        let mut within = false;
        let mut chars = line.strip_suffix("\r\n").unwrap().chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if within && chars.peek() == Some(&'"') => {
                    chars.next();
                    fields.last_mut().unwrap().push('"');
                }
                '"' => within = !within,
                ',' if !within => fields.push(String::new()),
                c => fields.last_mut().unwrap().push(c),
            }
        }
        fields
    }

    proptest! {
        #[test]
        fn a_line_holds_its_fields(fields in prop::collection::vec(any::<String>(), 1..6)) {
            let texts: Vec<Option<&str>> = fields.iter().map(|f| Some(f.as_str())).collect();
            prop_assert_eq!(read(&line(&texts, "")), fields);
        }
    }

    #[test]
    fn null_is_told_from_a_text_that_looks_like_it() {
        assert_eq!(
            line(&[None, Some("\\N"), Some("")], "\\N"),
            "\\N,\"\\N\",\r\n"
        );
        assert_eq!(
            line(&[None, Some("a,b"), Some("say \"no\"")], ""),
            ",\"a,b\",\"say \"\"no\"\"\"\r\n"
        );
    }
}
