//! Blanks, widths and the many ways to write "nothing".
//!
//! What must stay true: names and free text are trimmed and never rewritten; only ids, numbers,
//! dates and codes are brought to half width.

use std::borrow::Cow;

/// Ways to write "no value", as they stand in real feeds. "For ever" is not among them: it is a
/// value (see [`crate::When`]).
const UNKNOWN: [&str; 12] = [
    "无",
    "暂无",
    "空",
    "/",
    "--",
    "-",
    "—",
    "\\N",
    "null",
    "NULL",
    "00000000000000000X",
    "000000000000000000",
];

/// Longest text among them, in bytes.
const UNKNOWN_BYTES_MAX: usize = 18;

/// The text without blanks, zero-width marks and apostrophes around it.
#[must_use]
pub fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if is_plain(*first) && is_plain_end(*last) => text,
        [.., before, _, last] if *last >= 0x80 && text.starts_with(is_no_blank_start) => {
            // The usual end of a Chinese text: a letter of three bytes that is no blank.
            if matches!(before, 0xe4..=0xe9) {
                text
            } else {
                text.trim_end_matches(is_blank)
            }
        }
        _ => text.trim_matches(is_blank),
    }
}

/// Neither a blank nor the first byte of one.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'!'..=b'&' | b'('..=b'~' | 0xe4..=0xe9)
}

/// Neither a blank nor the last byte of one.
const fn is_plain_end(byte: u8) -> bool {
    matches!(byte, b'!'..=b'&' | b'('..=b'~')
}

const fn is_no_blank_start(first: char) -> bool {
    !is_blank(first)
}

/// Blanks, the marks without width, and the apostrophe by which a spreadsheet marks text.
const fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\t'..='\r' | ' ' | '\'' | '\u{a0}' | '\u{2000}'..='\u{200d}' | '\u{3000}' | '\u{feff}'
    )
}

/// Whether a trimmed text says that there is no value.
#[must_use]
pub fn is_unknown(text: &str) -> bool {
    let Some(first) = text.as_bytes().first() else {
        return true;
    };
    // Most values are told apart by their first byte.
    matches!(
        first,
        b'/' | b'-' | b'\\' | b'n' | b'N' | b'0' | 0xe2 | 0xe6 | 0xe7
    ) && text.len() <= UNKNOWN_BYTES_MAX
        && UNKNOWN.contains(&text)
}

/// An id, number, date or code in half width and without any blank: what NFKC does to these, and
/// no more. Borrowed where there is nothing to do.
#[must_use]
pub fn half_width(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| is_plain(byte) && byte.is_ascii()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .filter(|c| !is_blank(*c))
            .map(half_width_char)
            .collect(),
    )
}

fn half_width_char(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{half_width, is_unknown, trim};

    #[test]
    fn blanks_of_every_kind_are_trimmed_and_letters_are_not() {
        for (raw, trimmed) in [
            ("\u{feff}列入日期", "列入日期"),
            (" 张某某", "张某某"),
            ("黔西市金凤小吃店 ", "黔西市金凤小吃店"),
            ("'0012", "0012"),
            ("\u{3000}罚款\u{200b}\u{a0}", "罚款"),
            ("罚款\t", "罚款"),
            ("（分支）", "（分支）"),
            ("（分支）\u{3000}", "（分支）"),
            ("é", "é"),
            ("𠮷", "𠮷"),
            (" ", ""),
            ("a", "a"),
            ("", ""),
        ] {
            assert_eq!(trim(raw), trimmed, "{raw:?}");
        }
    }

    #[test]
    fn every_character_alone_is_kept_or_trimmed_as_the_table_says() {
        for c in ('\u{1}'..='\u{ffff}').chain(['𠮷', '䶮']) {
            let raw = format!("{c}{c}{c}");
            assert_eq!(trim(&raw).is_empty(), super::is_blank(c), "{c:?}");
        }
    }

    #[test]
    fn no_value_is_recognised_in_all_its_spellings() {
        for unknown in [
            "",
            "无",
            "暂无",
            "空",
            "/",
            "--",
            "-",
            "\\N",
            "null",
            "00000000000000000X",
        ] {
            assert!(is_unknown(unknown), "{unknown:?}");
        }
        for value in ["0", "无锡市", "N", "2099/12/31", "-5", "空调"] {
            assert!(!is_unknown(value), "{value:?}");
        }
    }

    #[test]
    fn full_width_digits_letters_and_brackets_become_half_width() {
        assert_eq!(half_width("３４５０００.５０"), "345000.50");
        assert_eq!(half_width("４４０３011034486 69"), "440301103448669");
        assert_eq!(half_width("（Ａ）"), "(A)");
        assert!(matches!(
            half_width("91520581MA6DEMQ1XJ"),
            std::borrow::Cow::Borrowed(_)
        ));
    }
}
