//! The ids of an organisation, whichever of its columns they stand in.
//!
//! What must stay true: an id that the judge can repair is passed on as it stands; what is no
//! registration number does not get into that column while another id names the organisation, and
//! is kept beside.

use std::borrow::Cow;

use credit_sdk::id_form::IdForm;
use credit_sdk::text;

use crate::cells::code;

/// The ids of one organisation, each as it stands in the feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids<'r> {
    /// 统一社会信用代码, or what stands in its place.
    pub(crate) uscc: Option<&'r str>,
    /// 组织机构代码.
    pub(crate) org_code: Option<&'r str>,
    /// 工商注册号.
    pub(crate) reg_no: Option<&'r str>,
    /// What the column of registration numbers holds instead of one.
    pub(crate) source_reg_no: Option<&'r str>,
}

/// What a part of a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Uscc,
    OrgCode,
    RegNo,
    Other,
}

impl<'r> Ids<'r> {
    /// Finds the ids in the column of USCCs and in that of registration numbers.
    pub(crate) fn of(uscc: Option<&'r str>, reg_no: Option<&'r str>) -> Self {
        let mut ids = Self::default();
        for part in uscc.into_iter().flat_map(parts) {
            let place = match form(part) {
                Form::RegNo => &mut ids.reg_no,
                Form::OrgCode => &mut ids.org_code,
                Form::Uscc | Form::Other => &mut ids.uscc,
            };
            place.get_or_insert(part);
        }
        for part in reg_no.into_iter().flat_map(parts) {
            let named = ids.uscc.is_some() || ids.org_code.is_some();
            match form(part) {
                Form::RegNo => _ = ids.reg_no.get_or_insert(part),
                Form::OrgCode => _ = ids.org_code.get_or_insert(part),
                Form::Uscc if ids.uscc.is_none() => ids.uscc = Some(part),
                Form::Uscc if ids.uscc == Some(part) => {}
                Form::Other if !named => _ = ids.reg_no.get_or_insert(part),
                Form::Uscc | Form::Other => _ = ids.source_reg_no.get_or_insert(part),
            }
        }
        ids
    }
}

/// The ids of a cell: one, or several between `/`, `、` or blanks, if each is one for sure.
fn parts(cell: &str) -> impl Iterator<Item = &str> {
    let split = |c: char| matches!(c, '/' | '／' | '、') || c.is_whitespace();
    let several = form(cell) == Form::Other && {
        let mut parts = cell.split(split).filter(|part| !part.is_empty());
        parts.clone().nth(1).is_some() && parts.all(|part| form(part) != Form::Other)
    };
    let whole = (!several).then_some(cell);
    let split = several.then(|| cell.split(split).filter(|part| !part.is_empty()));
    whole.into_iter().chain(split.into_iter().flatten())
}

fn form(part: &str) -> Form {
    let clean: Cow<'_, str> = text::half_width(part);
    let clean = code(&clean);
    match IdForm::of(clean) {
        IdForm::OrgCode => Form::OrgCode,
        IdForm::RegNo | IdForm::RegNoOrPersonId => Form::RegNo,
        // 18 characters; the judge says what they are.
        IdForm::Uscc | IdForm::PersonId if clean.len() == 18 => Form::Uscc,
        IdForm::PersonId => Form::RegNo,
        _ if is_old_reg_no(clean) => Form::RegNo,
        _ => Form::Other,
    }
}

/// Numbers from before the 15 digits: 13 digits, or words like `企合黔总字第000123号`.
fn is_old_reg_no(clean: &str) -> bool {
    let digits = clean.bytes().filter(u8::is_ascii_digit).count();
    digits == 13 && clean.len() == 13 || digits > 0 && clean.contains(['字', '第', '号'])
}

#[cfg(test)]
mod tests {
    use super::Ids;

    const USCC: &str = "91520581MA6DEMQ1XJ";
    const REG_NO: &str = "520522000001232";

    fn ids(uscc: &str, reg_no: &str) -> [Option<String>; 4] {
        let given = |cell| Some(cell).filter(|cell: &&str| !cell.is_empty());
        let ids = Ids::of(given(uscc), given(reg_no));
        [ids.uscc, ids.org_code, ids.reg_no, ids.source_reg_no].map(|id| id.map(str::to_owned))
    }

    #[test]
    fn q12_several_ids_in_one_cell_are_told_apart() {
        for cell in [
            format!("{USCC}/{REG_NO}"),
            format!("{REG_NO}、{USCC}"),
            format!("{USCC} {REG_NO}"),
            format!("{USCC}／{REG_NO}"),
        ] {
            let both = [Some(USCC.to_owned()), None, Some(REG_NO.to_owned()), None];
            assert_eq!(ids(&cell, ""), both, "{cell}");
            assert_eq!(ids("", &cell), both, "{cell}");
        }
        // Where a part is none for sure, the cell is one.
        let cell = format!("{USCC}/1234");
        assert_eq!(ids(&cell, ""), [Some(cell.clone()), None, None, None]);
    }

    #[test]
    fn q11_ids_to_repair_stay_in_their_column_as_they_stand() {
        for uscc in [
            "９１５２０５８１maqx00047x",
            "9.15206E+17",
            "9152 0581MA6DEMQ1XJ",
        ] {
            let found = ids(uscc, "520522200003216.0");
            assert_eq!(found[0].as_deref(), Some(uscc));
            assert_eq!(found[2].as_deref(), Some("520522200003216.0"));
        }
        assert_eq!(
            ids("", "4403011034486 69")[2].as_deref(),
            Some("4403011034486 69")
        );
    }

    #[test]
    fn what_is_no_registration_number_is_kept_beside_while_another_id_names_the_party() {
        for reg_no in ["33021200019832", "330206MA2EL62660", "520522MA6DEMQ36Y"] {
            let kept = [Some(USCC.to_owned()), None, None, Some(reg_no.to_owned())];
            assert_eq!(ids(USCC, reg_no), kept);
            assert_eq!(ids("", reg_no), [None, None, Some(reg_no.to_owned()), None]);
        }
        assert_eq!(
            ids("", "2106032603819")[2].as_deref(),
            Some("2106032603819")
        );
        assert_eq!(ids(USCC, USCC), [Some(USCC.to_owned()), None, None, None]);
        assert_eq!(ids("71526726-X", "")[1].as_deref(), Some("71526726-X"));
    }
}
