//! Amounts that stand in words: `罚款人民币伍仟元整`, `罚款2000元`.
//!
//! What must stay true: what is read here is offered to a person and never taken for the amount; of
//! a text that names several amounts none is offered.

use super::{Money, Unit, whole_number};
use crate::page::Reason;
use crate::text;

/// Characters of which a number in words is made, by their value.
const DIGITS: [&str; 10] = [
    "零〇",
    "一壹",
    "二贰两",
    "三叁",
    "四肆",
    "五伍",
    "六陆",
    "七柒",
    "八捌",
    "九玖",
];

impl Money {
    /// The one amount that a text names, in digits or in words, before 元 or 圆.
    #[must_use]
    pub fn in_text(text: &str) -> Option<Self> {
        let text = text::half_width(text);
        let mut only = None;
        for (at, mark) in text.match_indices(['元', '圆']) {
            let (before, behind) = text.split_at_checked(at)?;
            let number = before.get(before.trim_end_matches(is_of_number).len()..)?;
            if number.is_empty() {
                continue;
            }
            let amount = Self::of(number, behind.get(mark.len()..)?)?;
            if only.replace(amount).is_some() {
                return None;
            }
        }
        only
    }

    /// A number of 元, with the 角 and 分 behind it.
    fn of(yuan: &str, mut rest: &str) -> Option<Self> {
        let mut fen = number(yuan)?;
        for (part, worth) in [('角', 10), ('分', 1)] {
            if let Some((digit, after)) = rest.split_once(part)
                && let Some(tenths) = one_digit(digit)
            {
                fen = fen.checked_add(tenths * worth)?;
                rest = after;
            }
        }
        Some(Self(fen))
    }
}

/// Why a cell is no amount, with what it seems to say.
#[must_use]
pub fn unreadable(cell: &str) -> Reason {
    let Some(amount) = Money::in_text(cell) else {
        return super::MoneyError::Unreadable.into();
    };
    let yuan = in_yuan(amount);
    Reason::new(
        "amount_not_a_number",
        format!("金额写成了文字，似为{yuan}元：请核对后填写数字"),
        format!("the amount is in words, {yuan} yuan perhaps: check, and give it as a number"),
    )
}

/// The amount as a decimal number of 元.
#[must_use]
pub fn in_yuan(amount: Money) -> String {
    let mut yuan = String::new();
    amount.push(&mut yuan, Unit::Yuan);
    yuan
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, ',' | '.') || scale(c).is_some() || digit(c).is_some()
}

/// In 分, of a number of 元 in digits (perhaps of 万 or 亿) or in words.
fn number(text: &str) -> Option<i64> {
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return in_words(text)?.checked_mul(100);
    }
    let (digits, zeros) = match text.strip_suffix(['万', '亿']) {
        Some(digits) if text.ends_with('亿') => (digits, 10),
        Some(digits) => (digits, 6),
        None => (text, 2),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.len() > zeros || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let shifted = 10_i64.checked_pow(u32::try_from(zeros - fraction.len()).ok()?)?;
    let fraction = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<i64>().ok()?
    };
    let scale = 10_i64.checked_pow(u32::try_from(zeros).ok()?)?;
    let whole = whole_number(whole).ok()?.checked_mul(scale)?;
    whole.checked_add(fraction.checked_mul(shifted)?)
}

/// A whole number in words: 伍仟, 一万二千, 三十. Two digits side by side are none.
fn in_words(text: &str) -> Option<i64> {
    // Below the last 万, and within the last thousand; a digit that waits for its place.
    let (mut total, mut section, mut waiting) = (0_i64, 0_i64, None);
    for c in text.chars() {
        match (digit(c), scale(c)) {
            (Some(0), _) if waiting.is_none() => {}
            (Some(value), _) if waiting.is_none() => waiting = Some(value),
            (None, Some(10)) if section == 0 && waiting.is_none() => section = 10,
            (None, Some(scale @ (10 | 100 | 1_000))) => {
                section = section.checked_add(waiting.take()?.checked_mul(scale)?)?;
            }
            (None, Some(scale)) => {
                section = section.checked_add(waiting.take().unwrap_or(0))?;
                let (counted, kept) = match scale {
                    10_000 => (section, total),
                    _ => (total.checked_add(section)?, 0),
                };
                if counted == 0 {
                    return None;
                }
                total = kept.checked_add(counted.checked_mul(scale)?)?;
                section = 0;
            }
            _ => return None,
        }
    }
    let sum = total
        .checked_add(section)?
        .checked_add(waiting.unwrap_or(0))?;
    (sum > 0).then_some(sum)
}

/// A single digit, of 角 or of 分.
fn one_digit(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(['零', '〇']);
    let mut chars = text.chars();
    let c = chars.next()?;
    let value = digit(c).or_else(|| c.to_digit(10).map(i64::from))?;
    chars.next().is_none().then_some(value)
}

fn digit(c: char) -> Option<i64> {
    let value = DIGITS.iter().position(|spellings| spellings.contains(c))?;
    i64::try_from(value).ok()
}

const fn scale(c: char) -> Option<i64> {
    match c {
        '十' | '拾' => Some(10),
        '百' | '佰' => Some(100),
        '千' | '仟' => Some(1_000),
        '万' => Some(10_000),
        '亿' => Some(100_000_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Money;
    use super::unreadable;
    use proptest::prelude::*;

    #[test]
    fn q06_the_one_amount_of_a_text_is_found_in_digits_and_in_words() {
        for (text, fen) in [
            ("罚款人民币伍仟元整", 500_000),
            ("罚款人民币贰万元整", 2_000_000),
            ("罚款2000元", 200_000),
            ("处以1,234.56元罚款", 123_456),
            ("罚款０．２万元", 200_000),
            ("偷税46.72万元", 46_720_000),
            ("壹拾贰万叁仟肆佰伍拾陆元柒角捌分", 12_345_678),
            ("十五元", 1_500),
            ("一百零五元零五分", 10_505),
            ("一万二千亿元", 120_000_000_000_000),
            ("一亿二千万元", 12_000_000_000),
            ("1.5亿元", 15_000_000_000),
            ("人民币3圆5角", 350),
        ] {
            assert_eq!(Money::in_text(text), Some(Money(fen)), "{text}");
        }
    }

    #[test]
    fn what_names_no_amount_or_several_offers_none() {
        for text in [
            "",
            "警告",
            "元",
            "罚款若干元",
            "二五元",
            "零元",
            "罚款2000元，没收违法所得3000元",
            "1.234元",
            "1,23元",
            "99999999999999999999元",
        ] {
            assert_eq!(Money::in_text(text), None, "{text}");
        }
        assert!(unreadable("伍仟元整").zh.contains("似为5000元"));
        assert_eq!(unreadable("若干").zh, "金额无法识别");
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "[0-9０-９.,零一二三十百千万亿壹伍拾佰仟元圆角分罚款]{0,24}") {
            prop_assert!(Money::in_text(&text).is_none_or(|amount| amount.fen() >= 0));
        }
    }
}
