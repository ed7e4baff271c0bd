//! The text of a value by its column's type: right or not, and its canonical form.

use std::borrow::Cow;

use chrono::Datelike;

use super::{
    sheet::Slot,
    value::{Terms, Today},
    why::Why,
};
use crate::{
    days,
    directory::{CodeSet, Column, Counted, Kind},
    flow::Reason,
    id::{
        Document, DocumentKind, IdError, OrgCode, Parsed, PersonId, RegNo, Region, Repairs, TaxId,
        Uscc, Warnings, half_width,
    },
    money::{Fen, MoneyError, Unit},
};

/// Years that a date can lie in: what lies outside is a placeholder of the source.
const YEARS: std::ops::RangeInclusive<i32> = 1901..=2199;

/// What a value was found to be.
#[derive(Default)]
pub(super) struct Found {
    pub(super) value: i64,
    /// The canonical form, where the text is not yet in it.
    pub(super) canonical: Option<String>,
    pub(super) repairs: Repairs,
    pub(super) warnings: Warnings,
    /// The id holds a personal id.
    pub(super) person: bool,
}

impl Found {
    fn value(value: i64) -> Self {
        Self {
            value,
            ..Self::default()
        }
    }

    /// An id, with its canonical text.
    fn id(text: &str, canonical: &str, repairs: Repairs, warnings: Warnings) -> Self {
        let canonical = (canonical != text).then(|| canonical.to_owned());
        Self {
            canonical,
            repairs,
            warnings,
            ..Self::default()
        }
    }
}

/// Checks a value; `document` is what stands in the column with the kind of document.
pub(super) fn check(
    column: &Column,
    slot: &Slot<'_>,
    document: Option<&str>,
    terms: Terms,
) -> Result<Found, Reason> {
    let text = &*slot.text;
    let today = terms.today;
    let why = |why: Why<'_>| why.reason(Some(column));
    let id = |error: IdError| why(Why::Id(error));
    // A text with escapes may hold what the body's bytes do not show.
    if (terms.damaged || matches!(slot.text, Cow::Owned(_))) && text.contains('\u{fffd}') {
        return Err(why(Why::TextDamaged));
    }
    if slot.number && !takes_numbers(&column.kind) {
        return Err(why(Why::ValueShape));
    }
    match &column.kind {
        Kind::Uscc => {
            let p = Uscc::parse(text).map_err(id)?;
            Ok(Found::id(text, p.value.as_str(), p.repairs, p.warnings))
        }
        Kind::OrgCode => {
            let p = OrgCode::parse(text).map_err(id)?;
            Ok(Found::id(text, p.value.as_str(), p.repairs, p.warnings))
        }
        Kind::RegNo => {
            let p = RegNo::parse(text).map_err(id)?;
            Ok(Found::id(text, p.value.as_str(), p.repairs, p.warnings))
        }
        Kind::TaxId => {
            let p = TaxId::parse(text, today.date).map_err(id)?;
            let found = Found::id(text, p.value.as_str(), p.repairs, p.warnings);
            Ok(Found {
                person: p.value.holds_person(),
                ..found
            })
        }
        Kind::PersonId => {
            let p = PersonId::parse(text, today.date).map_err(id)?;
            Ok(Found::id(text, p.value.as_str(), p.repairs, p.warnings))
        }
        Kind::Document { .. } => {
            let p = read_document(document, text, today).map_err(id)?;
            Ok(Found::id(text, p.value.as_str(), p.repairs, p.warnings))
        }
        Kind::Region => {
            let p = Region::parse(text).map_err(id)?;
            if text.len() == 6 && p.repairs.is_empty() {
                return Ok(Found {
                    warnings: p.warnings,
                    ..Found::default()
                });
            }
            // Of a longer code the first six digits count.
            Ok(Found::id(
                text,
                &format!("{:06}", p.value.code()),
                p.repairs,
                p.warnings,
            ))
        }
        Kind::Amount {
            unit,
            decimals,
            plausible_max,
        } => amount(text, slot.number, (*unit, *decimals), *plausible_max).map_err(why),
        kind => {
            let half_width = || in_half_width(kind, text, today);
            let found = plain(kind, text, today)
                .or_else(|error| half_width().ok_or(error))
                .map_err(why)?;
            // What is sent must fit: a code may have come in a longer spelling.
            let sent = found.canonical.as_deref().unwrap_or(text);
            length(column, sent, terms.counted).map_err(why)?;
            Ok(found)
        }
    }
}

/// A number or a code that is right once its full-width characters are put right.
fn in_half_width(kind: &Kind, text: &str, today: Today) -> Option<Found> {
    let may_be = matches!(
        kind,
        Kind::Year | Kind::Integer | Kind::Code(_) | Kind::Codes(_)
    );
    let half: String = text.chars().map(half_width).collect();
    if !may_be || half == text {
        return None;
    }
    let found = plain(kind, &half, today).ok()?;
    let repairs = found.repairs | Repairs::WIDTH;
    let canonical = found.canonical.or(Some(half));
    Some(Found {
        canonical,
        repairs,
        ..found
    })
}

fn takes_numbers(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Amount { .. } | Kind::Integer | Kind::Year | Kind::Code(_) | Kind::Region
    )
}

fn plain<'v>(kind: &'v Kind, text: &'v str, today: Today) -> Result<Found, Why<'v>> {
    match kind {
        Kind::Date {
            open_end,
            not_after_today,
        } => {
            let day = date(text)?;
            if *not_after_today && day > today.day {
                return Err(Why::DateFuture { value: text });
            }
            if !open_end && text == days::OPEN_END {
                return Err(Why::DateOpenEnd);
            }
            Ok(Found::value(day.into()))
        }
        Kind::DateTime { not_after_today } => {
            let value = text;
            let second = days::second_of(text).ok_or(Why::DateUnreadable { value })?;
            let day = date(text.get(..10).unwrap_or_default())?;
            if *not_after_today && day > today.day {
                return Err(Why::DateFuture { value });
            }
            Ok(Found::value(second))
        }
        Kind::Integer => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let whole = digits.bytes().all(|b| b.is_ascii_digit());
            let number = text.parse().ok().filter(|_| whole);
            number
                .map(Found::value)
                .ok_or(Why::NotANumber { value: text })
        }
        Kind::Year => {
            let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
            let year: i32 = text
                .parse()
                .ok()
                .filter(|_| digits)
                .ok_or(Why::NotANumber { value: text })?;
            if !YEARS.contains(&year) {
                return Err(Why::DateImplausible { value: text });
            }
            if year > today.date.year() {
                return Err(Why::DateFuture { value: text });
            }
            Ok(Found::value(year.into()))
        }
        Kind::Code(set) => code(set, text),
        Kind::Codes(set) => codes(set, text),
        _ => Ok(Found::default()),
    }
}

/// Days of a date that can be meant.
fn date(text: &str) -> Result<i32, Why<'_>> {
    let day = days::day_of(text).ok_or(Why::DateUnreadable { value: text })?;
    if YEARS.contains(&days::year_of(day)) {
        Ok(day)
    } else {
        Err(Why::DateImplausible { value: text })
    }
}

fn length<'v>(column: &Column, text: &str, counted: Counted) -> Result<(), Why<'v>> {
    let Some(max) = column.length else {
        return Ok(());
    };
    // No text has more characters than bytes.
    if text.len() <= max as usize {
        return Ok(());
    }
    let counted = column.length_in.unwrap_or(counted);
    let found = match counted {
        Counted::Bytes => text.len(),
        Counted::Characters => text.chars().count(),
    };
    if found <= max as usize {
        Ok(())
    } else {
        Err(Why::TooLong {
            found,
            max,
            counted,
        })
    }
}

fn amount(
    text: &str,
    number: bool,
    (unit, decimals): (Unit, u8),
    plausible_max: Option<Fen>,
) -> Result<Found, Why<'_>> {
    if number && text.contains(['.', 'e', 'E']) {
        return Err(Why::AmountNotText);
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = unsigned.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !is_decimal || unsigned.starts_with('.') {
        return Err(Why::NotANumber { value: text });
    }
    let fen = match Fen::parse(text, unit) {
        Ok(fen) => fen,
        Err(MoneyError::NotANumber(_)) => return Err(Why::NotANumber { value: text }),
        Err(MoneyError::Precision { .. }) => {
            return Err(Why::AmountPrecision { value: text, unit });
        }
        Err(MoneyError::TooLarge { .. }) => {
            return Err(Why::AmountImplausible { value: text, unit });
        }
    };
    let fraction = text
        .split_once('.')
        .map_or("", |(_, fraction)| fraction.trim_end_matches('0'));
    if fraction.len() > usize::from(decimals) {
        return Err(Why::AmountPrecision { value: text, unit });
    }
    if fen.0 < 0 || plausible_max.is_some_and(|max| fen > max) {
        return Err(Why::AmountImplausible { value: text, unit });
    }
    Ok(Found::value(fen.0))
}

fn unknown<'v>(set: &'v CodeSet, value: &'v str) -> Why<'v> {
    Why::CodeUnknown {
        value,
        zh: &set.title_zh,
        en: &set.title_en,
    }
}

fn code<'v>(set: &'v CodeSet, text: &'v str) -> Result<Found, Why<'v>> {
    let found = set.find(text).ok_or_else(|| unknown(set, text))?;
    let repairs = Repairs::when(Repairs::SPELLING, found.instead.is_some());
    let canonical = found.instead.map(str::to_owned);
    Ok(Found {
        value: found.bit.cast_signed(),
        canonical,
        repairs,
        ..Found::default()
    })
}

/// Several codes joined by `;`. A full-width semicolon and blanks around codes are put right.
fn codes<'v>(set: &'v CodeSet, text: &'v str) -> Result<Found, Why<'v>> {
    let mut bits = 0;
    let mut repairs = Repairs::NONE;
    let full_width = text.contains('；');
    for part in text.split([';', '；']) {
        let part = part.trim();
        let found = set.find(part).ok_or_else(|| unknown(set, part))?;
        bits |= found.bit;
        repairs |= Repairs::when(Repairs::SPELLING, found.instead.is_some());
    }
    repairs |= Repairs::when(Repairs::WIDTH, full_width);
    let mut found = Found {
        value: bits.cast_signed(),
        repairs,
        ..Found::default()
    };
    if full_width || !repairs.is_empty() || text.contains(char::is_whitespace) {
        let canonical = text.split([';', '；']).map(|part| {
            let part = part.trim();
            set.find(part)
                .and_then(|found| found.instead)
                .unwrap_or(part)
        });
        let canonical: Vec<&str> = canonical.collect();
        found.canonical = Some(canonical.join(";")).filter(|canonical| canonical != text);
    }
    Ok(found)
}

/// A document's number; where its kind is not said, the number's length and shape tell it.
fn read_document(
    kind: Option<&str>,
    text: &str,
    today: Today,
) -> Result<Parsed<Document>, IdError> {
    let read = |kind| Document::parse(kind, text, today.date);
    if let Some(kind) = kind.and_then(DocumentKind::from_text) {
        return read(kind);
    }
    let card = read(DocumentKind::IdCard);
    let as_long_as_a_card = text.chars().count() >= 14;
    let others: &[DocumentKind] = if as_long_as_a_card {
        &[
            DocumentKind::PermanentResident,
            DocumentKind::ResidencePermit,
        ]
    } else {
        &[
            DocumentKind::HongKongMacaoPass,
            DocumentKind::TaiwanPass,
            DocumentKind::Passport,
        ]
    };
    others.iter().fold(card, |read_so_far, kind| {
        read_so_far.or_else(|error| read(*kind).map_err(|_| error))
    })
}
