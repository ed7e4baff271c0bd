//! Amounts of money, exact: whole 分, never a float.

use thiserror::Error;

use crate::mask::mask_text;

/// An amount in 分, a hundredth of a yuan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fen(pub i64);

/// The unit that a field is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// 分.
    Fen,
    /// 元.
    Yuan,
    /// 万元.
    WanYuan,
}

impl Unit {
    /// Decimal places of one 分 in this unit.
    #[must_use]
    pub const fn places(self) -> usize {
        match self {
            Self::Fen => 0,
            Self::Yuan => 2,
            Self::WanYuan => 6,
        }
    }

    /// Its name in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Fen => "分",
            Self::Yuan => "元",
            Self::WanYuan => "万元",
        }
    }
}

/// Why a text is no amount. It holds the text with what is personal in it masked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MoneyError {
    /// Not a decimal number, or its thousands are grouped wrongly.
    #[error("{0:?} is not a decimal number")]
    NotANumber(String),
    /// It cannot be told in whole 分.
    #[error("{text:?} {} is finer than one 分", unit.zh())]
    Precision {
        /// The text.
        text: String,
        /// The unit of the field.
        unit: Unit,
    },
    /// More than can be counted in 分.
    #[error("{text:?} {} is too large an amount", unit.zh())]
    TooLarge {
        /// The text.
        text: String,
        /// The unit of the field.
        unit: Unit,
    },
}

impl MoneyError {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotANumber(_) => "amount_not_a_number",
            Self::Precision { .. } => "amount_precision",
            Self::TooLarge { .. } => "amount_too_large",
        }
    }

    /// What is wrong, in English.
    #[must_use]
    pub fn en(&self) -> String {
        self.to_string()
    }

    /// What is wrong, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NotANumber(text) => format!("“{text}”不是十进制数字"),
            Self::Precision { text, unit } => {
                format!("“{text}”{}不足一分，无法精确表示", unit.zh())
            }
            Self::TooLarge { text, unit } => format!("“{text}”{}超出金额范围", unit.zh()),
        }
    }
}

impl Fen {
    /// Reads decimal text in `unit`: `1,234,567.89`, `0.2`, `.5`, `-3`, `３４５０００.５０`.
    ///
    /// # Errors
    /// Anything else than a decimal number (exponents and wrongly grouped thousands too), an
    /// amount that is no whole number of 分, or more of them than fit.
    pub fn parse(text: &str, unit: Unit) -> Result<Self, MoneyError> {
        let trimmed = text.trim();
        if trimmed.is_ascii() {
            return read(trimmed, unit);
        }
        let half: String = trimmed.chars().map(half_width).collect();
        read(half.trim(), unit)
    }
}

/// The ASCII character that stands for `c` in a number.
fn half_width(c: char) -> char {
    match c {
        '−' => '-',
        '，' => ',',
        _ => crate::id::half_width(c),
    }
}

fn read(text: &str, unit: Unit) -> Result<Fen, MoneyError> {
    let shown = || mask_text(&text.chars().take(TEXT_CHARS_MAX).collect::<String>()).into_owned();
    let (negative, number) = match text.strip_prefix(['-', '+']) {
        Some(number) => (text.starts_with('-'), number),
        None => (false, text),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
        None if !number.is_empty() => (number, ""),
        _ => return Err(MoneyError::NotANumber(shown())),
    };
    if !is_grouped(whole) {
        return Err(MoneyError::NotANumber(shown()));
    }
    let (kept, finer) = fraction
        .split_at_checked(unit.places())
        .unwrap_or((fraction, ""));
    if finer.bytes().any(|b| b != b'0') {
        return Err(MoneyError::Precision {
            text: shown(),
            unit,
        });
    }
    let zeros = std::iter::repeat_n(b'0', unit.places() - kept.len());
    let mut digits = whole
        .bytes()
        .filter(|&b| b != b',')
        .chain(kept.bytes())
        .chain(zeros);
    // Counted below zero, where there is one amount more.
    let fen = digits.try_fold(0_i64, |fen, b| {
        fen.checked_mul(10)?
            .checked_sub(i64::from(b.wrapping_sub(b'0')))
    });
    match fen.and_then(|fen| {
        if negative {
            Some(fen)
        } else {
            fen.checked_neg()
        }
    }) {
        Some(fen) => Ok(Fen(fen)),
        None => Err(MoneyError::TooLarge {
            text: shown(),
            unit,
        }),
    }
}

/// Characters of a wrong text that an error shows.
const TEXT_CHARS_MAX: usize = 40;

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Digits, or groups of three behind a first of one to three; nothing at all before a point.
fn is_grouped(whole: &str) -> bool {
    match whole.split_once(',') {
        None => whole.bytes().all(|b| b.is_ascii_digit()),
        Some((first, groups)) => {
            (1..=3).contains(&first.len())
                && is_digits(first)
                && groups
                    .split(',')
                    .all(|group| group.len() == 3 && is_digits(group))
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
