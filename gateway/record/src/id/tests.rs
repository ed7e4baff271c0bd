//! The examples that the standards and real feeds give, one table an identifier.

use chrono::NaiveDate;

use super::*;

mod persons;
mod properties;
mod real;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
}

fn code<T: std::fmt::Debug>(parsed: Result<Parsed<T>, IdError>) -> &'static str {
    parsed.unwrap_err().code()
}

fn words(repairs: Repairs) -> Vec<&'static str> {
    repairs.words().collect()
}

#[test]
fn real_unified_codes_are_right() {
    for text in [
        "9144030071526726XG",
        "914403001922038216",
        "91330100799655058B",
        "91110000802100433B",
        "91100000100003962T",
        "91110000710925462X",
        "91110000710926094P",
        "91440400192548256N",
        "91440300192317458F",
        "91440300100012316L",
        "9144030010001686XA",
        "91440300192181490G",
        "91440606722473344C",
        "91370200163562681G",
        "9152000071430580XT",
        "91520000709593915G",
        "91520000214433792D",
        "91360200787252585L",
        "91230800X06660296A",
        "91350100M000100Y43",
    ] {
        let parsed = Uscc::parse(text).unwrap();
        assert_eq!(parsed.value.as_str(), text);
        assert_eq!(parsed.value.org_code().unwrap().as_str(), &text[8..17]);
        assert!(
            parsed.repairs.is_empty() && parsed.warnings.is_empty(),
            "{text}: {parsed:?}"
        );
        assert_eq!(
            TaxId::parse(text, today()).unwrap().value.uscc(),
            Some(parsed.value)
        );
    }
}

#[test]
fn a_wrong_unified_code_says_what_it_should_be() {
    for (text, expected) in [
        ("9144030071526726XH", 'G'),
        ("91440300715267260G", 'N'),
        ("9144030071526762XG", '3'),
    ] {
        let found = text.chars().last().unwrap();
        assert_eq!(
            Uscc::parse(text),
            Err(IdError::UsccCheck { expected, found })
        );
    }
    let error = Uscc::parse("9144030071526726XH").unwrap_err();
    assert_eq!(error.zh(), "统一社会信用代码的校验码是H，应为G");
    assert_eq!(
        error.en(),
        "check character of the unified social credit code is H, should be G"
    );
    for (text, expected) in [
        ("91440300I15267260G", "id_alphabet"),
        ("914403007152672GX", "id_length"),
        ("00000000000000000X", "id_all_zero"),
        ("000000000000000000", "id_all_zero"),
        ("913302******531452", "id_masked"),
        ("9.15206E+17", "excel_destroyed"),
        ("914403001922038000", "excel_destroyed"),
        ("", "id_empty"),
        (" \u{feff}", "id_empty"),
        ("9144030071526726XG统", "id_length"),
        ("9144030071526726统G", "id_alphabet"),
    ] {
        assert_eq!(code(Uscc::parse(text)), expected, "{text}");
    }
    let alphabet = Uscc::parse("91440300I15267260G").unwrap_err();
    assert_eq!(alphabet.zh(), "统一社会信用代码第9个字符不能是“I”");
}

#[test]
fn an_unknown_region_or_a_wrong_inner_check_is_a_warning() {
    let unknown = Uscc::parse("123456789012345678").unwrap().warnings;
    assert!(unknown.contains(Warnings::REGION_UNKNOWN));
    let inner = Uscc::parse("91310000MA1K000006").unwrap();
    assert_eq!(inner.warnings, Warnings::INNER_ORG_CHECK);
    assert_eq!(inner.value.org_code(), None);
    assert_eq!(Warnings::from_bits(unknown.bits()), Some(unknown));
    assert_eq!(Repairs::from_bits(1 << 15), None);
}

#[test]
fn what_is_put_right_is_told() {
    for (text, repairs) in [
        ("9144030071526726xG", &["case"][..]),
        (" 9144030071526726XG\t", &["trim"]),
        ("\u{feff}91440300 71526726XG", &["trim", "inner_blank"]),
        ("'9144030071526726XG", &["excel_mark"]),
        (
            "９１４４０３００７１５２６７２６ｘＧ\u{3000}",
            &["trim", "case", "width"],
        ),
        ("91440300\u{200b}71526726XG\u{a0}", &["trim", "inner_blank"]),
    ] {
        let parsed = Uscc::parse(text).unwrap();
        assert_eq!(parsed.value.as_str(), "9144030071526726XG");
        assert_eq!(words(parsed.repairs), repairs, "{text:?}");
    }
    let float = RegNo::parse("440301103448669.0").unwrap();
    assert_eq!(words(float.repairs), ["excel_point"]);
    assert_eq!(float.value.as_str(), "440301103448669");
    let blank = RegNo::parse("4403011034486 69").unwrap();
    assert_eq!(words(blank.repairs), ["inner_blank"]);
    let hyphen = OrgCode::parse("71526726－X").unwrap();
    assert_eq!(words(hyphen.repairs), ["width", "hyphen"]);
}

#[test]
fn organisation_codes() {
    for text in [
        "192203821",
        "799655058",
        "10001686X",
        "71430580X",
        "619848910",
        "680926658",
        "MA2EL6266",
    ] {
        assert_eq!(OrgCode::parse(text).unwrap().value.as_str(), text);
    }
    assert_eq!(
        OrgCode::parse("71526726-X").unwrap().value.as_str(),
        "71526726X"
    );
    for (text, expected) in [
        ("71526726-1", "org_check"),
        ("192203820", "org_check"),
        ("058252771", "org_check"),
        ("1616173", "id_length"),
        ("71526726", "id_length"),
        ("00000000-0", "id_all_zero"),
        ("7152-6726X", "id_length"),
        ("1234567E8", "org_check"),
    ] {
        assert_eq!(code(OrgCode::parse(text)), expected, "{text}");
    }
    assert_eq!(
        OrgCode::parse("71526726-1"),
        Err(IdError::OrgCheck {
            expected: 'X',
            found: '1'
        })
    );
}

#[test]
fn registration_numbers() {
    for text in [
        "440301103448669",
        "440301103097413",
        "330100400013364",
        "330203000030639",
        "330200400070010",
        "330200600002522",
        "520522000001232",
        "520522600004568",
        "520522200003216",
        "520581000007896",
        "520500000012340",
    ] {
        let parsed = RegNo::parse(text).unwrap();
        assert_eq!(
            (parsed.value.as_str(), parsed.value.form()),
            (text, RegNoForm::Digits15)
        );
    }
    for text in ["2106032603819", "企合黔总字第000123号"] {
        let parsed = RegNo::parse(text).unwrap();
        assert_eq!(
            (parsed.value.as_str(), parsed.value.form()),
            (text, RegNoForm::Legacy)
        );
        assert_eq!(parsed.warnings, Warnings::LEGACY_REG_NO);
    }
    for (text, expected) in [
        ("440301103448660", "reg_no_check"),
        ("330203000030638", "reg_no_check"),
        ("110000006349382", "reg_no_check"),
        ("33021200019832", "id_length"),
        ("330206MA2EL62660", "id_alphabet"),
        ("000000000000000", "id_all_zero"),
        ("无", "id_alphabet"),
    ] {
        assert_eq!(code(RegNo::parse(text)), expected, "{text}");
    }
    assert_eq!(
        RegNo::parse("110000006349382"),
        Err(IdError::RegNoCheck {
            expected: '1',
            found: '2'
        })
    );
}

#[test]
fn taxpayer_ids_of_every_length() {
    use TaxForm::*;
    for (text, form, org, person) in [
        ("9144030071526726XG", Uscc18, Some("71526726X"), false),
        ("91520000214433792D", Uscc18, Some("214433792"), false),
        ("360206550875725", TaxId15, Some("550875725"), false),
        ("52052259630002X", TaxId15, Some("59630002X"), false),
        ("520522780180013", TaxId15, Some("780180013"), false),
        ("36010978974669301", Branch17, Some("789746693"), false),
        ("36012273638043X01", Branch17, Some("73638043X"), false),
        ("L9152000071430580XT", Temporary19, Some("71430580X"), false),
        ("L52052259630002X", Temporary16, Some("59630002X"), false),
        ("L520581198808080191", Temporary19, None, true),
        ("L520581880808019", Temporary16, None, true),
        ("52058119880808019101", Person20, None, true),
        ("52058188080801901", Person17, None, true),
        ("520581198808080191", Person18, None, true),
        ("520581880808019", Person15, None, true),
    ] {
        let id = TaxId::parse(text, today()).unwrap().value;
        assert_eq!(id.form(), form, "{text}");
        assert_eq!(id.as_str(), text);
        assert_eq!(id.org_code().as_ref().map(OrgCode::as_str), org, "{text}");
        assert_eq!(id.holds_person(), person, "{text}");
        assert_eq!(id.person().is_some(), person, "{text}");
        assert_eq!(format!("{id:?}").contains(text), !person, "{id:?}");
    }
}

#[test]
fn wrong_taxpayer_ids() {
    for (text, expected) in [
        ("913601211586366311", "uscc_check"),
        ("91360702MA32968480", "uscc_check"),
        ("93360702MA1466183X", "uscc_check"),
        ("91361100796999690H", "uscc_check"),
        ("520522596300021", "org_check"),
        ("52052259630002B", "org_check"),
        ("5205819808", "id_length"),
        ("L152000071430580XT", "id_length"),
        ("3601097758799113", "id_length"),
        ("36112367248478", "id_length"),
        ("52052259630002101", "id_length"),
        ("52058119880808019", "id_length"),
        ("520581198808080192", "person_check"),
        ("52058119880808019201", "person_check"),
        ("520581************", "id_masked"),
        ("5205A259630002X", "id_alphabet"),
        ("9152000071430580-T", "id_alphabet"),
    ] {
        assert_eq!(code(TaxId::parse(text, today())), expected, "{text}");
    }
}

#[test]
fn qianxi_is_known_by_all_its_codes() {
    for (text, name) in [
        ("522423", "黔西县"),
        ("520522", "黔西县"),
        ("520581", "黔西市"),
        ("520000", "贵州省"),
    ] {
        let parsed = Region::parse(text).unwrap();
        assert_eq!(parsed.value.name(), Some(name));
        assert!(parsed.warnings.is_empty());
    }
    assert_eq!(
        Region::parse("330206001").unwrap().value.to_string(),
        "330206"
    );
    assert_eq!(
        Region::parse("520581000000").unwrap().value.level(),
        RegionLevel::County
    );
    assert_eq!(
        Region::parse("330206").unwrap().value.level(),
        RegionLevel::Prefecture
    );
    assert_eq!(
        Region::parse("233001").unwrap().warnings,
        Warnings::REGION_UNKNOWN
    );
    assert_eq!(Region::parse("100000").unwrap().value, Region::NATIONAL);
    assert_eq!(code(Region::parse("990000")), "id_region");
    assert_eq!(code(Region::parse("5205")), "id_length");
}
