//! Amounts of money, exact.
//!
//! What must stay true: an amount is a whole number of 分 and never passes through a float; what
//! is finer than one 分 is an error, not a rounding.

mod words;

use crate::page::Reason;
use crate::text;

pub use words::{in_yuan, unreadable};

/// The unit in which a feed or a column counts money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 分, a hundredth of a yuan.
    Fen,
    /// 元.
    Yuan,
    /// 万元, ten thousand yuan.
    WanYuan,
}

impl Unit {
    /// How many digits stand between it and the 分.
    const fn digits(self) -> usize {
        match self {
            Self::Fen => 0,
            Self::Yuan => 2,
            Self::WanYuan => 6,
        }
    }

    /// A unit written behind a number, and the number.
    fn split(text: &str) -> Option<(&str, Self)> {
        let number = |suffix| {
            text.strip_suffix(suffix)
                .filter(|number| !number.is_empty())
        };
        number("万元")
            .map(|number| (number, Self::WanYuan))
            .or_else(|| number("元").map(|number| (number, Self::Yuan)))
            .or_else(|| number("分").map(|number| (number, Self::Fen)))
    }
}

/// An amount in 分.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// Not a number, or commas that separate no thousands.
    Unreadable,
    /// Finer than one 分.
    Precision,
    /// More 分 than 63 bits hold.
    Range,
}

impl Money {
    /// So many 分.
    #[must_use]
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The amount in 分.
    #[must_use]
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Reads an amount counted in `unit`; a unit written behind the number (`0.2万元`) goes before.
    /// Full-width digits and separators of thousands are read; no value is `None`.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] where it is no number, or no whole number of 分.
    pub fn parse(text: &str, unit: Unit) -> Result<Option<Self>, MoneyError> {
        let trimmed = text::trim(text);
        if text::is_unknown(trimmed) {
            return Ok(None);
        }
        let written = text::half_width(trimmed);
        let (number, unit) = Unit::split(&written).unwrap_or((&written, unit));
        let (negative, number) = match number.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, number.strip_prefix(['¥', '￥']).unwrap_or(number)),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(MoneyError::Unreadable);
        }
        let (kept, finer) = fraction
            .split_at_checked(unit.digits())
            .unwrap_or((fraction, ""));
        if finer.bytes().any(|digit| digit != b'0') {
            return Err(MoneyError::Precision);
        }
        let mut fen = whole_number(whole)?;
        for digit in kept
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(unit.digits())
        {
            fen = push_digit(fen, digit)?;
        }
        Ok(Some(Self(if negative { -fen } else { fen })))
    }

    /// Appends the amount as a decimal number in `unit`, without zeros behind.
    pub(crate) fn push(self, out: &mut String, unit: Unit) {
        let scale = 10_u64.pow(u32::try_from(unit.digits()).unwrap_or_default());
        if self.0 < 0 {
            out.push('-');
        }
        let fen = self.0.unsigned_abs();
        crate::json::push_integer(out, i64::try_from(fen / scale).unwrap_or(i64::MAX));
        let mut fraction = fen % scale;
        if fraction > 0 {
            out.push('.');
            let mut place = scale;
            while fraction > 0 {
                place /= 10;
                out.push(char::from(
                    b'0' + u8::try_from(fraction / place).unwrap_or_default(),
                ));
                fraction %= place;
            }
        }
    }
}

/// Digits, with or without a comma before every third.
fn whole_number(text: &str) -> Result<i64, MoneyError> {
    let mut number = 0;
    for (at, group) in text.split([',', '，']).enumerate() {
        if at > 0 && group.len() != 3 || group.is_empty() {
            return Err(MoneyError::Unreadable);
        }
        for digit in group.bytes() {
            if !digit.is_ascii_digit() {
                return Err(MoneyError::Unreadable);
            }
            number = push_digit(number, digit)?;
        }
    }
    Ok(number)
}

fn push_digit(number: i64, digit: u8) -> Result<i64, MoneyError> {
    number
        .checked_mul(10)
        .and_then(|number| number.checked_add(i64::from(digit - b'0')))
        .ok_or(MoneyError::Range)
}

impl From<MoneyError> for Reason {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::Unreadable => Self::new(
                "amount_not_a_number",
                "金额无法识别",
                "the amount cannot be read as a number",
            ),
            MoneyError::Precision => Self::new(
                "amount_precision",
                "金额小于一分",
                "the amount is finer than one fen",
            ),
            MoneyError::Range => Self::new(
                "amount_too_large",
                "金额超出可表示的范围",
                "the amount is too large to hold",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Money, MoneyError, Unit};
    use proptest::prelude::*;

    #[test]
    fn an_amount_is_read_exactly_in_each_unit() {
        for (text, unit, fen) in [
            ("0.2", Unit::WanYuan, 200_000),
            ("0.123456", Unit::WanYuan, 123_456),
            ("0.1234560000", Unit::WanYuan, 123_456),
            ("35.49", Unit::WanYuan, 35_490_000),
            ("1,234,567.89", Unit::Yuan, 123_456_789),
            ("３４５０００.５０", Unit::Yuan, 34_500_050),
            ("1200", Unit::Yuan, 120_000),
            ("5000元", Unit::WanYuan, 500_000),
            ("0.2万元", Unit::Yuan, 200_000),
            ("-3", Unit::Fen, -3),
            ("¥ 7.5", Unit::Yuan, 750),
        ] {
            assert_eq!(Money::parse(text, unit), Ok(Some(Money(fen))), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_says_why() {
        for (text, error) in [
            ("0.1234567", MoneyError::Precision),
            ("伍仟元整", MoneyError::Unreadable),
            ("1,23", MoneyError::Unreadable),
            ("1.2E+05", MoneyError::Unreadable),
            (".5", MoneyError::Unreadable),
            ("1.2.3", MoneyError::Unreadable),
            ("99999999999999999999", MoneyError::Range),
            ("元", MoneyError::Unreadable),
        ] {
            assert_eq!(Money::parse(text, Unit::WanYuan), Err(error), "{text}");
        }
        assert_eq!(Money::parse(" / ", Unit::Yuan), Ok(None));
        assert_eq!(Money::parse("", Unit::Yuan), Ok(None));
    }

    proptest! {
        #[test]
        fn an_amount_written_in_any_unit_reads_back(
            fen in -1_000_000_000_000_i64..1_000_000_000_000,
        ) {
            for unit in [Unit::Fen, Unit::Yuan, Unit::WanYuan] {
                let mut text = String::new();
                Money(fen).push(&mut text, unit);
                prop_assert_eq!(Money::parse(&text, unit), Ok(Some(Money(fen))));
            }
        }
    }
}
