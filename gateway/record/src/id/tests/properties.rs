//! What the mathematics of the check characters promise.

use proptest::prelude::*;

use super::*;
use crate::mask::{mask_id, mask_text};

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A right code, its check found by trial: exactly one character of the alphabet makes the weighted
/// sum, with weight 1 for the check itself, a multiple of 31.
fn uscc() -> impl Strategy<Value = String> {
    let prefix = prop::sample::select(vec!["91", "92", "93", "11", "12", "31", "51", "52", "N2"]);
    (
        prefix,
        "(5205|5224|3601|9999)[0-9]{2}[0-9A-HJ-NPQRTUWXY]{8}[0-9X]",
    )
        .prop_map(|(prefix, rest)| {
            let mut code = format!("{prefix}{rest}");
            let mut weight = 1;
            let mut sum = 0;
            for c in code.chars() {
                sum += ALPHABET.find(c).unwrap() * weight;
                weight = weight * 3 % 31;
            }
            code.extend(
                ALPHABET
                    .chars()
                    .find(|&c| (sum + ALPHABET.find(c).unwrap()) % 31 == 0),
            );
            code
        })
        .prop_filter("no placeholder", |code| code.bytes().any(|b| b != b'0'))
}

fn person() -> impl Strategy<Value = String> {
    (
        0..60_000_i64,
        0..1000_u32,
        prop::sample::select(vec!["520581", "522423", "110101"]),
    )
        .prop_map(|(days, sequence, region)| {
            let birth = NaiveDate::from_ymd_opt(1850, 1, 1).unwrap() + chrono::Duration::days(days);
            let body = format!("{region}{}{sequence:03}", birth.format("%Y%m%d"));
            let check = "0123456789X".chars().find(|&check| {
                // ISO 7064: the polynomial of the digits in 2 is 1 modulo 11.
                let value = |c: char| c.to_digit(10).unwrap_or(10);
                body.chars()
                    .chain([check])
                    .fold(0, |sum, c| (sum * 2 + value(c)) % 11)
                    == 1
            });
            body.chars().chain(check).collect()
        })
}

proptest! {
    #[test]
    fn every_right_unified_code_passes(code in uscc()) {
        let parsed = Uscc::parse(&code).unwrap();
        prop_assert_eq!(parsed.value.as_str(), &code);
        prop_assert_eq!(Uscc::parse(&code.to_lowercase()).unwrap().value, parsed.value);
    }

    #[test]
    fn no_single_change_of_a_unified_code_passes(
        code in uscc(), at in 0..18_usize, to in "[0-9A-Z]",
    ) {
        let mut changed = code.clone();
        changed.replace_range(at..=at, &to);
        prop_assert_eq!(Uscc::parse(&changed).is_ok(), changed == code);
    }

    #[test]
    fn no_transposition_in_a_unified_code_passes(code in uscc(), at in 0..17_usize) {
        let mut changed = code.clone().into_bytes();
        changed.swap(at, at + 1);
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(Uscc::parse(&changed).is_ok(), changed == code);
    }

    #[test]
    fn no_single_change_of_a_registration_number_passes(
        body in "52[0-9]{12}", at in 0..15_usize, to in "[0-9]",
    ) {
        let numbers = (0..10).map(|check| format!("{body}{check}"));
        let right: Vec<_> = numbers.filter(|number| RegNo::parse(number).is_ok()).collect();
        prop_assert_eq!(right.len(), 1);
        let mut changed = right[0].clone();
        changed.replace_range(at..=at, &to);
        prop_assert_eq!(RegNo::parse(&changed).is_ok(), changed == right[0]);
    }

    #[test]
    fn every_right_personal_id_passes_and_no_single_change_of_its_digits_does(
        id in person(), at in 0..18_usize, to in "[0-9]",
    ) {
        let parsed = PersonId::parse(&id, today()).unwrap();
        prop_assert_eq!(parsed.value.as_str(), &id);
        let mut changed = id.clone();
        changed.replace_range(at..=at, &to);
        prop_assert_eq!(PersonId::parse(&changed, today()).is_ok(), changed == id);
    }

    #[test]
    fn masking_never_shows_a_birth(
        id in person(), before in "[^0-9０-９]{0,6}[LNo:第（，]", after in "[ 号）,LZ]\\PC{0,6}",
        sequence in "([0-9]{2})?",
    ) {
        for secret in [id.clone(), format!("{id}{sequence}"), format!("L{id}")] {
            let text = format!("{before}{secret}{after}");
            let masked = mask_text(&text);
            prop_assert!(!masked.contains(&id[6..14]), "{masked}");
            prop_assert!(!mask_id(&secret).contains(&id[6..14]));
        }
        let wide: String = id.chars().filter_map(|c| char::from_u32(c as u32 + 0xfee0)).collect();
        prop_assert!(!mask_text(&wide).contains(&wide[18..42]));
        let grouped = format!("{} {}-{}", &id[..6], &id[6..14], &id[14..]);
        prop_assert!(!mask_text(&grouped).contains(&id[6..14]));
        let old = format!("{}{}", &id[..6], &id[8..17]);
        let masked = format!("{}******{}", &old[..6], &old[12..]);
        prop_assert!(&id[6..8] != "19" || mask_text(&old) == masked);
        if let Ok(tax) = TaxId::parse(&id, today()) {
            let also = tax.warnings.contains(Warnings::ALSO_PERSONAL_ID);
            prop_assert!(tax.value.holds_person() || also);
        }
    }

    #[test]
    fn nothing_makes_parsing_panic(text in "\\PC{0,30}|[0-9A-Z*.'L０-９ -]{0,24}") {
        use DocumentKind::{IdCard, Passport, PermanentResident, ResidencePermit, TaiwanPass};
        let mut errors: Vec<IdError> = Vec::new();
        errors.extend(Uscc::parse(&text).err());
        errors.extend(OrgCode::parse(&text).err());
        errors.extend(RegNo::parse(&text).err());
        errors.extend(TaxId::parse(&text, today()).err());
        errors.extend(PersonId::parse(&text, today()).err());
        errors.extend(Region::parse(&text).err());
        for kind in [IdCard, Passport, PermanentResident, ResidencePermit, TaiwanPass] {
            errors.extend(Document::parse(kind, &text, today()).err());
        }
        for error in errors {
            prop_assert!(!error.zh().is_empty() && !error.en().is_empty());
        }
        prop_assert_eq!(mask_id(&text).chars().count(), text.chars().count());
        prop_assert_eq!(mask_text(&text).chars().count(), text.chars().count());
    }
}
