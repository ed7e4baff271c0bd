//! Writing JSON text: the one place where a value of a feed becomes a value of a body.
//!
//! What must stay true: whatever text comes in, a valid JSON string goes out, and clean text (all
//! but a few fields) is looked at once, eight bytes at a time, and copied once.

/// Appends `text` as a JSON string, quotes included.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    if is_clean(text.as_bytes()) {
        out.push_str(text);
    } else {
        push_escaped(out, text);
    }
    out.push('"');
}

/// Appends `number` as it is written in decimal.
pub(crate) fn push_integer(out: &mut String, number: i64) {
    let mut digits = [0_u8; 20];
    let mut rest = number.unsigned_abs();
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    out.extend(
        digits
            .iter()
            .skip(digits.len() - used)
            .map(|digit| char::from(*digit)),
    );
}

/// Whether nothing in `bytes` needs escaping. The last eight bytes overlap the ones before them,
/// instead of a loop over single bytes.
#[inline]
fn is_clean(bytes: &[u8]) -> bool {
    let (words, tail) = bytes.as_chunks::<8>();
    match bytes.last_chunk::<8>() {
        Some(last) => {
            words
                .iter()
                .fold(dirty(*last), |found, word| found | dirty(*word))
                == 0
        }
        None => !tail.iter().any(|byte| needs_escape(*byte)),
    }
}

const fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Eight bytes in one word: not 0 if a byte of it needs escaping. A byte's high bit rises where it
/// is below 0x20, or equal to `"` or `\`.
#[inline]
const fn dirty(word: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const fn below(word: u64, limit: u64) -> u64 {
        word.wrapping_sub(ONES * limit) & !word
    }
    let word = u64::from_le_bytes(word);
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    (below(word, 0x20) | below(quote, 1) | below(backslash, 1)) & HIGH
}

#[cold]
fn push_escaped(out: &mut String, text: &str) {
    let mut clean_from = 0;
    for (at, byte) in text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| needs_escape(*byte))
    {
        out.push_str(text.get(clean_from..at).unwrap_or_default());
        clean_from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => {
                const HEX: [char; 16] = [
                    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
                ];
                out.push_str("\\u00");
                out.extend(HEX.get(usize::from(control >> 4)));
                out.extend(HEX.get(usize::from(control & 15)));
            }
        }
    }
    out.push_str(text.get(clean_from..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::{push_integer, push_string};
    use proptest::prelude::*;

    fn string(text: &str) -> String {
        let mut out = String::new();
        push_string(&mut out, text);
        out
    }

    #[test]
    fn quotes_backslashes_and_control_characters_are_escaped() {
        assert_eq!(
            string("详见\"记录\"\\\r\n\t\u{1}"),
            "\"详见\\\"记录\\\"\\\\\\r\\n\\t\\u0001\""
        );
        assert_eq!(string(""), "\"\"");
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_its_json(text in "(?s)[\u{0}-\u{7f}黔西市]{0,70}") {
            let back: String = serde_json::from_str(&string(&text)).unwrap();
            prop_assert_eq!(back, text);
        }

        #[test]
        fn any_integer_is_written_as_the_standard_library_writes_it(number: i64) {
            let mut out = String::new();
            push_integer(&mut out, number);
            prop_assert_eq!(out, number.to_string());
        }
    }
}
