//! Of which form an id is, in a column that takes ids of organisations and of persons alike.
//!
//! What must stay true: what can be a personal id counts as one, unless its check says that it is
//! not and the check of an organisation's id that it is one. Whether an id is right, the judge
//! says.

use std::borrow::Cow;

use crate::date::Date;
use crate::text;

/// What an id looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdForm {
    /// 统一社会信用代码, 18 characters.
    Uscc,
    /// 组织机构代码, 9 characters or 8, a hyphen and 1.
    OrgCode,
    /// 工商注册号, 15 digits.
    RegNo,
    /// 公民身份号码, 18 or 15 characters with a date of birth.
    PersonId,
    /// 15 digits with a date of birth and the right check of a registration number.
    RegNoOrPersonId,
    /// A personal id with characters hidden.
    MaskedPersonId,
    /// Any other id with characters hidden.
    Masked,
    /// A number in scientific notation, which a spreadsheet made of an id.
    Destroyed,
    /// None of these.
    Other,
}

impl IdForm {
    /// The form of `text`, which may be in full width, in lower case, with blanks, and with the
    /// `.0` that a spreadsheet puts behind a number.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let clean = text::half_width(text::trim(text));
        let clean = if clean.bytes().any(|byte| byte.is_ascii_lowercase()) {
            Cow::Owned(clean.to_ascii_uppercase())
        } else {
            clean
        };
        if clean.contains(['*', '●', '•', '×']) {
            return masked(&clean);
        }
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let whole = clean.strip_suffix(".0").filter(|whole| number(whole));
        if let Some((mantissa, exponent)) = clean.split_once("E+") {
            let mantissa = mantissa.replacen('.', "", 1);
            return if number(&mantissa) && number(exponent) {
                Self::Destroyed
            } else {
                Self::Other
            };
        }
        let id = whole.unwrap_or(&clean).as_bytes();
        if !id
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'-'))
        {
            return Self::Other;
        }
        let digits = id.iter().all(u8::is_ascii_digit);
        match id.len() {
            18 if has_birth(id, false) && (is_person_id(id) || !is_uscc(id)) => Self::PersonId,
            18 => Self::Uscc,
            15 if digits && has_birth(id, true) && is_reg_no(id) => Self::RegNoOrPersonId,
            15 if digits && has_birth(id, true) => Self::PersonId,
            15 if digits => Self::RegNo,
            10 if id.get(8) == Some(&b'-') => Self::OrgCode,
            9 if !id.contains(&b'-') => Self::OrgCode,
            _ => Self::Other,
        }
    }

    /// It is, or may be, a person's.
    #[must_use]
    pub const fn may_be_personal(self) -> bool {
        matches!(
            self,
            Self::PersonId | Self::RegNoOrPersonId | Self::MaskedPersonId
        )
    }
}

/// A person's begins with a region and may end with digits: `5205811988****0191`.
fn masked(id: &str) -> IdForm {
    let length = id.chars().count();
    let shown = |c: char| c.is_ascii_digit() || c == 'X' || !c.is_ascii();
    let begins =
        id.bytes().take(6).all(|byte| byte.is_ascii_digit()) && has_province(id.as_bytes());
    if begins && [15, 18].contains(&length) && id.chars().all(|c| shown(c) || c == '*') {
        IdForm::MaskedPersonId
    } else {
        IdForm::Masked
    }
}

/// Digits, the last of 18 perhaps an X, with a province and a date of birth.
pub(crate) fn has_birth(id: &[u8], old: bool) -> bool {
    let number = |range: std::ops::Range<usize>| {
        id.get(range)?.iter().try_fold(0_u32, |number, byte| {
            let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
            Some(number * 10 + digit)
        })
    };
    let birth = if old {
        number(6..12).map(|n| n + 19_000_000)
    } else {
        number(6..14)
    };
    let last = matches!(id.last(), Some(b'0'..=b'9' | b'X'));
    let rest = number(0..6).is_some() && number(12..17.min(id.len())).is_some();
    let is_day = |birth: u32| {
        let year = i32::try_from(birth / 10_000).unwrap_or_default();
        (1850..2100).contains(&year) && Date::new(year, birth / 100 % 100, birth % 100).is_some()
    };
    last && rest && has_province(id) && birth.is_some_and(is_day)
}

fn has_province(id: &[u8]) -> bool {
    matches!(
        id,
        [b'1', b'1'..=b'5', ..]
            | [b'2', b'1'..=b'3', ..]
            | [b'3', b'1'..=b'7', ..]
            | [b'4', b'1'..=b'6', ..]
            | [b'5', b'0'..=b'4', ..]
            | [b'6', b'1'..=b'5', ..]
            | [b'7', b'1', ..]
            | [b'8', b'1'..=b'3', ..]
    )
}

/// The check of GB 11643: 17 digits, weights 2^(17-i) modulo 11.
fn is_person_id(id: &[u8]) -> bool {
    let sum = id.iter().take(17).fold(0_u32, |sum, byte| {
        (sum + u32::from(byte.wrapping_sub(b'0'))) * 2 % 11
    });
    id.get(17) == b"10X98765432".get(sum as usize)
}

/// The check of GB 32100: 17 characters, weights 3^i modulo 31.
fn is_uscc(id: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let value = |byte: &u8| ALPHABET.iter().position(|c| c == byte);
    let mut weight = 1;
    let mut sum = 0;
    for byte in id.iter().take(17) {
        let Some(value) = value(byte) else {
            return false;
        };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    id.get(17).and_then(value) == Some((31 - sum % 31) % 31)
}

/// The check of GS 15: ISO 7064, MOD 11,10, over 14 digits.
fn is_reg_no(id: &[u8]) -> bool {
    let check = id.iter().take(14).fold(10_u32, |product, byte| {
        let sum = (product + u32::from(byte.wrapping_sub(b'0'))) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    let expected = (11 - check) % 10;
    id.get(14).map(|byte| u32::from(byte.wrapping_sub(b'0'))) == Some(expected)
}

#[cfg(test)]
mod tests {
    use super::IdForm;

    #[test]
    fn an_id_is_known_by_its_form() {
        for (text, form) in [
            ("91520581MA6DEMQ1XJ", IdForm::Uscc),
            ("91520581ma6demq1xj", IdForm::Uscc),
            ("91360200787252585L", IdForm::Uscc),
            ("9144030071526726XH", IdForm::Uscc),
            ("780180013", IdForm::OrgCode),
            ("78018001-3", IdForm::OrgCode),
            ("MA6DEMQ36", IdForm::OrgCode),
            ("520522000001232", IdForm::RegNo),
            ("520581880808018", IdForm::PersonId),
            ("520581880808019", IdForm::RegNoOrPersonId),
            ("520581198306150129", IdForm::PersonId),
            ("52058119900307002x", IdForm::PersonId),
            ("５２０５８１１９８８０８０８０１９１", IdForm::PersonId),
            // Its check is wrong, and it is no organisation's either.
            ("520581198306150120", IdForm::PersonId),
            ("5205811988****0191", IdForm::MaskedPersonId),
            ("520581************", IdForm::MaskedPersonId),
            ("913302******531452", IdForm::Masked),
            ("780180013.0", IdForm::OrgCode),
            ("9.15206E+17", IdForm::Destroyed),
            ("1616173", IdForm::Other),
            ("身份证", IdForm::Other),
            ("", IdForm::Other),
        ] {
            assert_eq!(IdForm::of(text), form, "{text}");
        }
    }

    #[test]
    fn digits_that_can_be_both_are_told_apart_by_their_checks() {
        for sequence in 0..1_000 {
            let id = format!("52058119901201{sequence:03}");
            let all = b"0123456789X".map(|check| format!("{id}{}", char::from(check)));
            let right = all.iter().find(|id| super::is_person_id(id.as_bytes()));
            assert_eq!(IdForm::of(right.unwrap()), IdForm::PersonId);
            let codes = all.iter().filter(|id| IdForm::of(id) == IdForm::Uscc);
            assert!(codes.count() <= 1, "{id}");
        }
    }

    #[test]
    fn any_text_has_a_form() {
        for c in ('\u{0}'..='\u{ffff}').step_by(7) {
            for length in [9, 10, 15, 18] {
                let form = IdForm::of(&String::from(c).repeat(length));
                let plain = c.is_ascii_alphanumeric() || c == '-' || c == '*';
                assert!(
                    plain || !c.is_ascii_graphic() || form == IdForm::Other,
                    "{c:?}"
                );
            }
        }
    }
}
