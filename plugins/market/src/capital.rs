//! Capital, in the many forms of registers.
//!
//! ```text
//! 50              1,000.50          a number: its unit is a setting of the route
//! 24,500(万元)    70000.000000万    the unit stands in the cell
//! 30万元人民币    58( 万人民币元)   and the currency as well
//! 5,000000                          commas that part no thousands: nobody can say what is meant
//! ```
//!
//! What must stay true: no unit and no currency is guessed. 元 alone is a unit; it names no
//! currency.

use credit_sdk::money::{MoneyError, unreadable};
use credit_sdk::text::half_width;
use credit_sdk::{Money, Reason, Unit};

/// The currencies that stand in such cells, by ISO 4217.
const CURRENCIES: [(&str, &str); 21] = [
    ("人民币", "CNY"),
    ("人民币元", "CNY"),
    ("美元", "USD"),
    ("港元", "HKD"),
    ("港币", "HKD"),
    ("香港元", "HKD"),
    ("欧元", "EUR"),
    ("日元", "JPY"),
    ("英镑", "GBP"),
    ("新台币", "TWD"),
    ("台币", "TWD"),
    ("澳门元", "MOP"),
    ("新加坡元", "SGD"),
    ("韩元", "KRW"),
    ("加拿大元", "CAD"),
    ("加元", "CAD"),
    ("澳大利亚元", "AUD"),
    ("澳元", "AUD"),
    ("瑞士法郎", "CHF"),
    ("CNY", "CNY"),
    ("USD", "USD"),
];

/// What a cell of capital says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capital {
    pub(crate) amount: Money,
    /// ISO 4217, where the cell names it.
    pub(crate) currency: Option<&'static str>,
}

impl Capital {
    /// Reads a cell; a number without a unit is counted in `unit`.
    pub(crate) fn parse(cell: &str, unit: Option<Unit>) -> Result<Option<Self>, Reason> {
        let clean = half_width(cell);
        let end = clean.find(|c: char| !matches!(c, '0'..='9' | '.' | ','));
        let (number, words) = clean
            .split_at_checked(end.unwrap_or(clean.len()))
            .unwrap_or_default();
        let words = words
            .strip_prefix('(')
            .map_or(words, |w| w.trim_end_matches(')'));
        let (own_unit, currency) = words_of(words).ok_or_else(|| unreadable(cell))?;
        let unit = own_unit.or(unit).ok_or_else(unit_unknown)?;
        let amount = Money::parse(number, unit).map_err(|error| match error {
            MoneyError::Unreadable if number.contains(',') => ambiguous(),
            MoneyError::Unreadable => unreadable(cell),
            error => error.into(),
        })?;
        Ok(amount.map(|amount| Self { amount, currency }))
    }
}

/// The currency that a word of the column of currencies names.
pub(crate) fn currency(word: &str) -> Option<&'static str> {
    let known = CURRENCIES.iter().find(|(known, _)| *known == word);
    known.map(|(_, code)| *code)
}

/// The unit and the currency that stand behind a number.
fn words_of(words: &str) -> Option<(Option<Unit>, Option<&'static str>)> {
    let (scale, rest) = match words.strip_prefix('万') {
        Some(rest) => (Some(Unit::WanYuan), rest),
        None => (None, words),
    };
    if rest.is_empty() {
        return Some((scale, None));
    }
    let counted = rest.contains('元').then_some(Unit::Yuan);
    let known = currency(rest).or_else(|| currency(rest.strip_prefix('元')?));
    match known {
        Some(code) => Some((scale.or(counted), Some(code))),
        None if rest == "元" => Some((scale.or(counted), None)),
        None => None,
    }
}

fn ambiguous() -> Reason {
    Reason::new(
        "amount_ambiguous",
        "金额中的逗号不是千分位，无法判断所指数额",
        "the commas of the amount part no thousands: nobody can say what is meant",
    )
}

fn unit_unknown() -> Reason {
    Reason::new(
        "unit_unknown",
        "金额未写明单位：请在路由的 settings 中设置 capital_unit（万元 或 元）",
        "the amount names no unit: set `capital_unit` in the route's settings",
    )
}

#[cfg(test)]
mod tests {
    use super::Capital;
    use credit_sdk::Unit;
    use proptest::prelude::*;

    /// 分 and currency, or the code of the reason.
    fn read(cell: &str, unit: Option<Unit>) -> Result<Option<(i64, Option<&str>)>, String> {
        Capital::parse(cell, unit)
            .map(|capital| capital.map(|c| (c.amount.fen(), c.currency)))
            .map_err(|reason| reason.code.into_owned())
    }

    #[test]
    fn capital_is_read_in_every_form_of_the_registers() {
        for (cell, fen, currency) in [
            ("50", 50_000_000, None),
            ("1,000.50", 1_000_500_000, None),
            ("24,500(万元)", 24_500_000_000, None),
            ("24,500（万元）", 24_500_000_000, None),
            ("30(万元人民币)", 30_000_000, Some("CNY")),
            ("30万元人民币", 30_000_000, Some("CNY")),
            ("40万人民币", 40_000_000, Some("CNY")),
            ("30 万人民币", 30_000_000, Some("CNY")),
            ("58( 万人民币元)", 58_000_000, Some("CNY")),
            ("58万人民币元", 58_000_000, Some("CNY")),
            ("58(万人民币元)", 58_000_000, Some("CNY")),
            ("100(万)", 100_000_000, None),
            ("70000.000000万", 70_000_000_000, None),
            ("250(万美元)", 250_000_000, Some("USD")),
            ("250(万香港元)", 250_000_000, Some("HKD")),
            ("500000人民币元", 50_000_000, Some("CNY")),
            ("500000元", 50_000_000, None),
            ("３０万元", 30_000_000, None),
            ("1000000.0", 1_000_000_000_000, None),
        ] {
            assert_eq!(
                read(cell, Some(Unit::WanYuan)),
                Ok(Some((fen, currency))),
                "{cell}"
            );
        }
    }

    #[test]
    fn q07_a_unit_that_nobody_names_is_not_guessed() {
        assert_eq!(read("50", None), Err("unit_unknown".to_owned()));
        assert_eq!(read("50人民币", None), Err("unit_unknown".to_owned()));
        assert_eq!(read("50", Some(Unit::Yuan)), Ok(Some((5_000, None))));
        assert_eq!(read("50万", None), Ok(Some((50_000_000, None))));
    }

    #[test]
    fn what_is_no_amount_says_why() {
        for (cell, code) in [
            ("5,000000", "amount_ambiguous"),
            ("1,23", "amount_ambiguous"),
            ("伍拾万元", "amount_not_a_number"),
            ("1.2E+05", "amount_not_a_number"),
            ("50万朗", "amount_not_a_number"),
            ("0.12345678万", "amount_precision"),
            ("99999999999999999999万", "amount_too_large"),
        ] {
            assert_eq!(
                read(cell, Some(Unit::WanYuan)),
                Err(code.to_owned()),
                "{cell}"
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_cell_is_read_or_doubted(
            cell in "[0-9０-９.,，()（） 万元人民币美港日E+-]{0,14}",
        ) {
            let without = Capital::parse(&cell, None);
            let with = Capital::parse(&cell, Some(Unit::WanYuan));
            // A setting never changes what the cell itself says.
            if let Ok(said) = without {
                prop_assert_eq!(with, Ok(said));
            }
        }
    }
}
