use proptest::prelude::*;

use super::*;

/// The shortest exact decimal text in `unit`: `0.2` for 200,000 分 in 万元.
pub(crate) fn in_unit(fen: Fen, unit: Unit) -> String {
    let places = unit.places();
    let digits = format!("{:0width$}", fen.0.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if fen.0 < 0 { "-" } else { "" };
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[test]
fn amounts_are_read_exactly() {
    for (text, unit, fen) in [
        ("0.2", Unit::WanYuan, 200_000),
        ("1,234,567.89", Unit::Yuan, 123_456_789),
        ("３４５０００.５０", Unit::Yuan, 34_500_050),
        ("70000.000000", Unit::WanYuan, 70_000_000_000),
        (" 24,500 ", Unit::WanYuan, 24_500_000_000),
        ("0.2000000", Unit::WanYuan, 200_000),
        (".5", Unit::Yuan, 50),
        ("-3", Unit::Yuan, -300),
        ("＋1", Unit::Fen, 1),
        ("92233720368547758.07", Unit::Yuan, i64::MAX),
        ("-9223372036854775808", Unit::Fen, i64::MIN),
    ] {
        assert_eq!(Fen::parse(text, unit), Ok(Fen(fen)), "{text}");
    }
}

#[test]
fn what_is_no_exact_amount_is_refused() {
    for (text, unit, code) in [
        ("0.1234567", Unit::WanYuan, "amount_precision"),
        ("0.001", Unit::Yuan, "amount_precision"),
        ("0.5", Unit::Fen, "amount_precision"),
        ("92233720368547758.08", Unit::Yuan, "amount_too_large"),
        ("99999999999999999999999", Unit::Fen, "amount_too_large"),
        ("", Unit::Yuan, "amount_not_a_number"),
        ("-", Unit::Yuan, "amount_not_a_number"),
        (".", Unit::Yuan, "amount_not_a_number"),
        ("5.", Unit::Yuan, "amount_not_a_number"),
        ("5,000000", Unit::Yuan, "amount_not_a_number"),
        (",500", Unit::Yuan, "amount_not_a_number"),
        ("1,,000", Unit::Yuan, "amount_not_a_number"),
        ("1e3", Unit::Yuan, "amount_not_a_number"),
        ("2000元", Unit::Yuan, "amount_not_a_number"),
        ("--5", Unit::Yuan, "amount_not_a_number"),
    ] {
        assert_eq!(Fen::parse(text, unit).unwrap_err().code(), code, "{text}");
    }
}

#[test]
fn an_error_shows_no_personal_id() {
    let error = Fen::parse("身份证520581198808080191", Unit::Yuan).unwrap_err();
    assert_eq!(
        error.en(),
        r#""身份证520581********0191" is not a decimal number"#
    );
    assert_eq!(error.zh(), "“身份证520581********0191”不是十进制数字");
}

#[test]
fn amounts_are_written_as_shortly_as_they_are_exact() {
    for (fen, unit, text) in [
        (200_000, Unit::WanYuan, "0.2"),
        (1, Unit::WanYuan, "0.000001"),
        (-5, Unit::Yuan, "-0.05"),
        (100, Unit::Yuan, "1"),
        (0, Unit::WanYuan, "0"),
        (7, Unit::Fen, "7"),
        (i64::MIN, Unit::Yuan, "-92233720368547758.08"),
    ] {
        assert_eq!(in_unit(Fen(fen), unit), text);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(fen: i64) {
        for unit in [Unit::Fen, Unit::Yuan, Unit::WanYuan] {
            prop_assert_eq!(Fen::parse(&in_unit(Fen(fen), unit), unit), Ok(Fen(fen)));
        }
    }

    #[test]
    fn reading_never_panics(text in "\\PC{0,20}|[0-9,.+-]{0,24}") {
        if let Ok(fen) = Fen::parse(&text, Unit::WanYuan) {
            prop_assert_eq!(Fen::parse(&in_unit(fen, Unit::WanYuan), Unit::WanYuan), Ok(fen));
        }
    }
}
