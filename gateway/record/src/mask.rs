//! Hides personal ids and mobile numbers wherever a text may be seen by people.
//!
//! What must stay true: no text that leaves here holds the date of birth of a right personal id
//! of 18 characters, whatever stands around it; what only looks like one, or like an old one, is
//! hidden where it stands alone. A right organisation code may fall victim to that, never the
//! other way round.

use std::borrow::Cow;
use std::ops::Range;

use crate::id::{RegNo, half_width, is_blank, is_personal_id, looks_like_birth};

/// Shown in front of what is hidden: the region.
const HEAD: usize = 6;

/// Fewest digits that can hold an address and a date of birth.
const BIRTH_DIGITS_MIN: usize = 14;

/// Most digits of a personal id with what is added to it in a taxpayer id.
const ID_DIGITS_MAX: usize = 20;

/// A personal id, or a number that holds one, as it may be shown: its region, and its end
/// without a digit of the date of birth. Shorter numbers of other documents show two characters at
/// each end.
#[must_use]
pub fn mask_id(id: &str) -> String {
    let chars = id.chars().count();
    let (head, tail) = shown(chars);
    let hidden = head..chars - tail;
    id.chars()
        .enumerate()
        .map(|(at, c)| if hidden.contains(&at) { '*' } else { c })
        .collect()
}

/// How many characters are shown at each end of an id.
const fn shown(chars: usize) -> (usize, usize) {
    match chars {
        0..=6 => (0, 0),
        7..BIRTH_DIGITS_MIN => (2, 2),
        BIRTH_DIGITS_MIN => (HEAD, 0),
        15..18 => (HEAD, 3),
        _ => (HEAD, 4),
    }
}

/// The text with every personal id and mobile number in it masked: of 18 or 15 digits, within
/// taxpayer ids, cut off, full-width, or written in groups.
#[must_use]
pub fn mask_text(text: &str) -> Cow<'_, str> {
    if !has_enough_digits(text) {
        return Cow::Borrowed(text);
    }
    let mut masked = String::new();
    let mut done = 0;
    let mut group: Vec<Run> = Vec::new();
    for run in (Runs { text, at: 0 }) {
        let joined = group
            .last()
            .is_some_and(|last| is_joint(text.get(last.end()..run.start())));
        if !joined {
            mask_group(text, &group, &mut done, &mut masked);
            group.clear();
        }
        group.push(run);
    }
    mask_group(text, &group, &mut done, &mut masked);
    if done == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(masked)
}

/// What stands in a column of registration numbers: 15 digits whose check is right are one, even
/// where they could be the beginning of a personal id, but not where they read as an old one.
#[must_use]
pub fn mask_reg_no(text: &str) -> Cow<'_, str> {
    let digits = text.len() == 15 && RegNo::parse(text).is_ok();
    if digits && !looks_like_birth(text.as_bytes(), true) {
        return Cow::Borrowed(text);
    }
    mask_text(text)
}

/// There are eleven digits, as many as in a mobile number.
fn has_enough_digits(text: &str) -> bool {
    let ascii = text.bytes().filter(u8::is_ascii_digit).count();
    // A full-width digit is EF BC 90 to EF BC 99.
    let wide = |text: &[u8]| matches!(text, [0xef, 0xbc, 0x90..=0x99]);
    ascii >= 11 || ascii + text.as_bytes().windows(3).filter(|w| wide(w)).count() >= 11
}

/// Digits side by side, with an `X` that may end them.
struct Run {
    /// Where it stands in the text.
    place: Range<usize>,
    /// Its digits in ASCII.
    digits: Vec<u8>,
}

impl Run {
    fn start(&self) -> usize {
        self.place.start
    }

    fn end(&self) -> usize {
        self.place.end
    }
}

struct Runs<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let rest = self.text.get(self.at..)?;
        let start = self.at + rest.find(|c| half_width(c).is_ascii_digit())?;
        let mut end = start;
        let mut digits = Vec::new();
        for c in self.text.get(start..)?.chars() {
            let half = half_width(c).to_ascii_uppercase();
            if !half.is_ascii_digit() && half != 'X' {
                break;
            }
            digits.push(half as u8);
            end += c.len_utf8();
            if half == 'X' {
                break;
            }
        }
        self.at = end;
        Some(Run {
            place: start..end,
            digits,
        })
    }
}

/// What may stand between two groups of one number: a blank or hyphen, or two.
fn is_joint(between: Option<&str>) -> bool {
    between.is_some_and(|between| {
        let joins = |c| is_blank(c) || matches!(half_width(c), '-' | '‐'..='―' | '−');
        (1..=2).contains(&between.chars().take(3).count()) && between.chars().all(joins)
    })
}

/// Copies the text up to the end of the last number in `group` that must be masked.
fn mask_group(text: &str, group: &[Run], done: &mut usize, masked: &mut String) {
    let mut rest = group;
    while let [first, others @ ..] = rest {
        let Some((runs, head, tail)) = secret(rest) else {
            rest = others;
            continue;
        };
        let end = rest.get(runs - 1).map_or(first.end(), Run::end);
        masked.push_str(text.get(*done..first.start()).unwrap_or_default());
        hide(
            text.get(first.start()..end).unwrap_or_default(),
            head,
            tail,
            masked,
        );
        *done = end;
        rest = rest.get(runs..).unwrap_or_default();
    }
}

/// How many runs at the start of `group` make one secret, and how much of it is shown.
fn secret(group: &[Run]) -> Option<(usize, usize, usize)> {
    let first = group.first()?;
    if is_personal(&first.digits) {
        let (head, tail) = shown(first.digits.len());
        return Some((1, head, tail));
    }
    if is_mobile(&first.digits) {
        return Some((1, first.digits.len() - 8, 4));
    }
    let mut digits = first.digits.clone();
    for (more, run) in group.iter().enumerate().skip(1) {
        digits.extend_from_slice(&run.digits);
        if digits.len() > ID_DIGITS_MAX {
            return None;
        }
        if is_mobile(&digits) {
            return Some((more + 1, digits.len() - 8, 4));
        }
        let whole = digits.get(..18).is_some_and(is_personal_id);
        if whole || (digits.len() == 18 && looks_like_birth(&digits, false)) {
            return Some((more + 1, HEAD, 4));
        }
    }
    None
}

/// One run of digits that holds a personal id, or the better part of one.
fn is_personal(digits: &[u8]) -> bool {
    match digits.len() {
        0..BIRTH_DIGITS_MIN => false,
        15 | 17 if looks_like_birth(digits, true) => true,
        BIRTH_DIGITS_MIN..=ID_DIGITS_MAX if looks_like_birth(digits, false) => true,
        _ => digits.windows(18).any(is_personal_id),
    }
}

/// Eleven digits of a mobile number, or thirteen or fifteen with the country's code.
fn is_mobile(digits: &[u8]) -> bool {
    let digits = match digits {
        [b'0', b'0', b'8', b'6', rest @ ..] | [b'8', b'6', rest @ ..] => rest,
        _ => digits,
    };
    digits.len() == 11
        && matches!(digits, [b'1', b'3'..=b'9', ..])
        && digits.iter().all(u8::is_ascii_digit)
}

/// Writes `number` with all digits hidden but `head` at its start and `tail` at its end; what
/// stands between them stays.
fn hide(number: &str, head: usize, tail: usize, masked: &mut String) {
    let is_digit = |c: char| half_width(c).is_ascii_digit() || matches!(half_width(c), 'x' | 'X');
    let digits = number.chars().filter(|&c| is_digit(c)).count();
    let mut at = 0;
    for c in number.chars() {
        if !is_digit(c) {
            masked.push(c);
            continue;
        }
        masked.push(if at < head || at + tail >= digits {
            c
        } else {
            '*'
        });
        at += 1;
    }
}

#[cfg(test)]
mod tests;
