//! 纳税人识别号: the personal id that some of them hold.
//!
//! What must stay true: where a number can be read both ways the check of an organisation decides;
//! a number that holds a personal id is personal data as a whole.

use crate::id_form::{IdForm, has_birth};
use crate::text;

/// The personal id inside a taxpayer's number, in half width and capitals: in 20 characters one of
/// 18 and a sequence, in 17 one of 15 and a sequence, behind an `L` either; none in the number of
/// an organisation. Whether its check digit is right, the judge says.
#[must_use]
pub fn person_inside(tax_id: &str) -> Option<String> {
    let number = text::half_width(text::trim(tax_id)).to_ascii_uppercase();
    let inner = number.strip_prefix('L').unwrap_or(&number);
    let temporary = inner.len() < number.len();
    let person = match inner.len() {
        18 => Some(inner).filter(|id| IdForm::of(id) == IdForm::PersonId),
        15 => Some(inner).filter(|id| is_old_person(id)),
        17 if !temporary => sequenced(inner, 15).filter(|id| has_birth(id.as_bytes(), true)),
        20 if !temporary => sequenced(inner, 18).filter(|id| has_birth(id.as_bytes(), false)),
        _ => None,
    };
    let branch = inner.len() == 17 && inner.ends_with("01");
    person
        .filter(|id| !branch || is_old_person(id))
        .map(str::to_owned)
}

/// What stands before a sequence of two digits.
fn sequenced(number: &str, length: usize) -> Option<&str> {
    let (id, sequence) = number.split_at_checked(length)?;
    let digits = sequence.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(id)
}

/// 15 digits with a date of birth whose last nine are no organisation code.
fn is_old_person(id: &str) -> bool {
    has_birth(id.as_bytes(), true) && !is_org_code(id.as_bytes().get(6..).unwrap_or_default())
}

/// The check of GB 11714: eight characters, weights 3 7 9 10 5 8 4 2 modulo 11.
fn is_org_code(code: &[u8]) -> bool {
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        _ => None,
    };
    let weighed = code.iter().zip([3, 7, 9, 10, 5, 8, 4, 2]);
    let sum = weighed
        .map(|(byte, weight)| Some(value(byte)? * weight))
        .sum::<Option<u32>>();
    let check = sum.and_then(|sum| b"0X987654321".get((sum % 11) as usize).copied());
    code.len() == 9 && check.is_some() && code.last().copied() == check
}

#[cfg(test)]
mod tests {
    use super::person_inside;

    #[test]
    fn the_personal_id_inside_a_taxpayers_number_is_found() {
        for (number, person) in [
            ("52058119830615012901", Some("520581198306150129")),
            (
                "５２０５８１１９８３０６１５０１２９０１",
                Some("520581198306150129"),
            ),
            ("52058119900307002x01", Some("52058119900307002X")),
            ("520581198306150129", Some("520581198306150129")),
            ("L520581198306150129", Some("520581198306150129")),
            ("52058188080801901", Some("520581880808019")),
            ("91520581MA6DEMQ1XJ", None),
            ("520522780180013", None),
            ("52058178018001301", None),
            ("L9152000071430580XT", None),
            ("9.1520522E+17", None),
            ("5205811983****0129", None),
            ("52058119830615012", None),
            ("", None),
        ] {
            assert_eq!(person_inside(number).as_deref(), person, "{number}");
        }
    }

    #[test]
    fn an_organisations_number_that_reads_as_a_birth_is_an_organisations() {
        let right = (0..10).map(|check| format!("52058188080801{check}"));
        let organisations: Vec<_> = right.filter(|id| person_inside(id).is_none()).collect();
        assert_eq!(organisations.len(), 1);
        let branch = format!("{}01", organisations[0]);
        assert_eq!(person_inside(&branch), None);
        let sequence = format!("{}02", organisations[0]);
        assert!(person_inside(&sequence).is_some());
    }
}
