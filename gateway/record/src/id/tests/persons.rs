//! The examples of persons' ids and documents.

use super::*;

#[test]
fn personal_ids() {
    for text in [
        "520581198808080191",
        "520581199202290025",
        "52058119900307002X",
        "52058120081224008X",
        "520581200105200062",
        "520581195001010017",
        "520581196704120030",
        "520581198306150129",
    ] {
        let parsed = PersonId::parse(text, today()).unwrap();
        assert_eq!(parsed.value.as_str(), text);
        assert_eq!(
            parsed.value.birth().format("%Y%m%d").to_string(),
            text[6..14]
        );
        assert!(parsed.repairs.is_empty() && parsed.warnings.is_empty());
        assert_eq!(
            parsed.value.masked(),
            format!("{}********{}", &text[..6], &text[14..])
        );
        assert_eq!(
            format!("{:?}", parsed.value),
            format!("PersonId({})", parsed.value.masked())
        );
    }
    let old = PersonId::parse("520581880808019", today()).unwrap();
    assert_eq!(old.warnings, Warnings::OLD_PERSONAL_ID);
    assert_eq!(old.value.id18().as_str(), "520581198808080191");
    assert_eq!(old.value.id18().id18(), old.value.id18());
    for (text, repair) in [
        ("52058119900307002x", "case"),
        ("５２０５８１１９８８０８０８０１９１", "width"),
    ] {
        assert_eq!(
            words(PersonId::parse(text, today()).unwrap().repairs),
            [repair]
        );
    }
}

#[test]
fn a_wrong_personal_id_never_shows_what_it_should_be() {
    for (text, expected) in [
        ("520581198808080192", "person_check"),
        ("520581199002290012", "id_date"),
        ("520581199013010020", "id_date"),
        ("520581184912310015", "id_date"),
        ("990581198808080199", "id_region"),
        ("520581203001010014", "id_future"),
        ("52058119880808019", "id_length"),
        ("5205811988****0191", "id_masked"),
        ("520581************", "id_masked"),
        ("520581XXXXXXXX0191", "id_masked"),
        ("5.20581198808E+17", "excel_destroyed"),
        ("520581198808080000", "excel_destroyed"),
        ("52058119880808O191", "id_alphabet"),
        ("000000000000000000", "id_all_zero"),
    ] {
        let error = PersonId::parse(text, today()).unwrap_err();
        assert_eq!(error.code(), expected, "{text}");
        let said = format!("{} {} {error:?}", error.zh(), error.en());
        assert!(
            !said.contains(&text[..10]) && !said.contains(&text[6..14]),
            "{said}"
        );
    }
}

#[test]
fn other_documents() {
    use DocumentKind::*;
    for (kind, text, warnings) in [
        (IdCard, "520581198808080191", Warnings::NONE),
        (Passport, "E12345678", Warnings::NONE),
        (Passport, "EA1234567", Warnings::NONE),
        (Passport, "SE1234567", Warnings::NONE),
        (Passport, "EI1234567", Warnings::FOREIGN_PASSPORT),
        (Passport, "533380006", Warnings::FOREIGN_PASSPORT),
        (HongKongMacaoPass, "H12345678", Warnings::NONE),
        (HongKongMacaoPass, "M1234567801", Warnings::NONE),
        (TaiwanPass, "12345678", Warnings::NONE),
        (TaiwanPass, "0123456789A", Warnings::NONE),
        (PermanentResident, "USA110019900101", Warnings::NONE),
        (ResidencePermit, "810000199408230021", Warnings::NONE),
    ] {
        let parsed = Document::parse(kind, text, today()).unwrap();
        assert_eq!((parsed.value.kind(), parsed.value.as_str()), (kind, text));
        assert_eq!(parsed.warnings, warnings, "{text}");
        assert!(!format!("{parsed:?}").contains(text));
    }
    for (kind, text, expected) in [
        (IdCard, "E12345678", "id_length"),
        (Passport, "E123", "document_shape"),
        (HongKongMacaoPass, "H1234567", "document_shape"),
        (TaiwanPass, "1234567", "document_shape"),
        (PermanentResident, "911124198108030025", "person_check"),
        (ResidencePermit, "520581198808080191", "document_shape"),
        (Passport, "E1234****", "id_masked"),
    ] {
        assert_eq!(
            code(Document::parse(kind, text, today())),
            expected,
            "{text}"
        );
    }
    for (text, kind) in [
        ("01", IdCard),
        ("111", IdCard),
        ("10", IdCard),
        ("001", IdCard),
        (" 身份证", IdCard),
        ("414", Passport),
        ("护照号", Passport),
        ("516", HongKongMacaoPass),
        ("511", TaiwanPass),
        ("553", PermanentResident),
    ] {
        assert_eq!(DocumentKind::from_text(text), Some(kind), "{text}");
    }
    assert_eq!(DocumentKind::from_text("军官证"), None);
}
