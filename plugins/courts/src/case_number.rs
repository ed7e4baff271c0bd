//! Case numbers (案号) in their normal form: `(2026)黔0581执487号`.
//!
//! What must stay true: only brackets, width and blanks are put right, and only in what is a case
//! number then; anything else stays as it stands.

use std::borrow::Cow;

use credit_sdk::text;

/// Digits of a court's code, after one or two characters of its place.
const COURT_DIGITS_MAX: usize = 4;

/// Characters of a court's place, and of a type of case, behind each other.
const PLACE_AND_TYPE_MAX: usize = 2 + 4;

/// The normal form of a case number, or `raw` where it has none.
pub(crate) fn normal(raw: &str) -> Cow<'_, str> {
    let clean = text::half_width(raw);
    let clean = match clean.contains(['〔', '〕', '[', ']', '【', '】']) {
        true => Cow::Owned(
            clean
                .replace(['〔', '[', '【'], "(")
                .replace(['〕', ']', '】'], ")"),
        ),
        false => clean,
    };
    if is_case_number(&clean) {
        clean
    } else {
        Cow::Borrowed(raw)
    }
}

/// `(year)place court? type number号` and perhaps `之一`.
fn is_case_number(text: &str) -> bool {
    let Some((year, rest)) = text.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
        return false;
    };
    let Some((head, tail)) = rest.split_once('号') else {
        return false;
    };
    let (head, number) = split_digits_behind(head);
    let (place, court) = match head.find(|c: char| c.is_ascii_digit()) {
        Some(at) => head.split_at_checked(at).unwrap_or((head, "")),
        None => (head, ""),
    };
    let kind = court.trim_start_matches(|c: char| c.is_ascii_digit());
    let court_digits = court.len() - kind.len();
    let han = |text: &str, most: usize| {
        (1..=most).contains(&text.chars().count()) && text.chars().all(is_han)
    };
    let head_fits = if court.is_empty() {
        han(place, PLACE_AND_TYPE_MAX)
    } else {
        han(place, 2) && court_digits <= COURT_DIGITS_MAX && han(kind, 4)
    };
    let part = tail.is_empty()
        || tail
            .strip_prefix('之')
            .is_some_and(|part| !part.is_empty() && part.chars().all(char::is_alphanumeric));
    year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && head_fits
        && !number.is_empty()
        && part
}

/// The text, and the ASCII digits at its end.
fn split_digits_behind(text: &str) -> (&str, &str) {
    let head = text.trim_end_matches(|c: char| c.is_ascii_digit());
    text.split_at_checked(head.len()).unwrap_or((text, ""))
}

const fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn a_case_number_is_written_in_one_way() {
        for (raw, number) in [
            ("（2026）黔0581执487号", "(2026)黔0581执487号"),
            ("(2021)黔0522执恢54号", "(2021)黔0522执恢54号"),
            ("（2026） 黔 0581 执 88 号", "(2026)黔0581执88号"),
            ("（2026）黔0581执612号之一", "(2026)黔0581执612号之一"),
            ("〔2017〕桂1322执487号", "(2017)桂1322执487号"),
            ("（２０２６）黔０５８１执４８７号", "(2026)黔0581执487号"),
            ("(2014)黔西执字第00232号", "(2014)黔西执字第00232号"),
        ] {
            assert_eq!(normal(raw), number, "{raw}");
        }
    }

    #[test]
    fn what_is_no_case_number_stays_as_it_stands() {
        for raw in [
            "（2026）黔0581执号",
            "2026 黔0581执 487号",
            "（二〇二六）黔0581执487号",
            "（2026）黔058100执487号",
            "（2026）黔0581执487号之",
            "（2026）黔西市人民法院执字第 1号",
            "号",
            "（）号",
        ] {
            assert_eq!(normal(raw), raw);
        }
    }
}
