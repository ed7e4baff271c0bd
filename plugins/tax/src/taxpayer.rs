//! Whether a taxpayer is a natural person: by the personal id that its number holds.

use credit_sdk::id_form::IdForm;
use credit_sdk::tax_id;

/// The personal id of a taxpayer that is a natural person, or an individual business known by its
/// owner's id. One with characters hidden is handed on as it stands: the row is a person's, and
/// the judge says that the id is no id.
pub(crate) fn person(number: Option<&str>) -> Option<String> {
    let number = number?;
    tax_id::person_inside(number).or_else(|| {
        let masked = |id: &str| IdForm::of(id) == IdForm::MaskedPersonId;
        let inner = number.strip_prefix('L').unwrap_or(number);
        let before_sequence = inner
            .get(..inner.len().saturating_sub(2))
            .unwrap_or_default();
        let mut readings = [inner, before_sequence].into_iter();
        readings.find(|id| masked(id)).map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::person;

    #[test]
    fn a_natural_person_is_known_by_its_number() {
        for (number, id) in [
            ("52058119830615012901", Some("520581198306150129")),
            ("5205811983****012901", Some("5205811983****0129")),
            ("520581********0129", Some("520581********0129")),
            ("91520581MA6DEMQ1XJ", None),
            ("9.1520522E+17", None),
        ] {
            assert_eq!(person(Some(number)).as_deref(), id, "{number}");
        }
        assert_eq!(person(None), None);
    }
}
