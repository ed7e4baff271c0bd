//! Who the party of a row is, and by what id.
//!
//! What must stay true: a personal id makes its row a person's, whatever else stands there; a party
//! that nothing tells is not guessed.

use credit_sdk::id_form::IdForm;
use credit_sdk::{Reason, Row};

use crate::Column;

/// The kinds of the site (`581`), of its search variant (`0`) and of the courts' tables.
const PERSONS: [&str; 4] = ["580", "0", "自然人", "个人"];
const ORGANISATIONS: [&str; 8] = [
    "581",
    "法人",
    "企业",
    "企业法人",
    "单位",
    "其他组织",
    "非法人组织",
    "法人或其他组织",
];

/// Whether the party of a row is a natural person; `None` where nothing tells.
pub(crate) fn is_person(row: &Row<'_, Column>) -> Option<bool> {
    let card = row.get(Column::Card).map(IdForm::of);
    if card == Some(IdForm::PersonId) {
        return Some(true);
    }
    match row.get(Column::Kind) {
        Some(kind) if PERSONS.contains(&kind) => return Some(true),
        Some(kind) if ORGANISATIONS.contains(&kind) => return Some(false),
        _ => {}
    }
    let has = |column| row.get(column).is_some();
    match card {
        Some(IdForm::MaskedPersonId) => Some(true),
        Some(IdForm::Uscc | IdForm::OrgCode | IdForm::RegNo) => Some(false),
        _ if has(Column::Uscc) || has(Column::OrgCode) => Some(false),
        _ if has(Column::Sex) || has(Column::BornOn) => Some(true),
        _ if row.get(Column::Age).is_some_and(|age| age != "0") => Some(true),
        _ if has(Column::Representative) => Some(false),
        _ => None,
    }
}

/// The ids of an organisation, each in its place.
#[derive(Debug, Default)]
pub(crate) struct Ids<'r> {
    pub(crate) uscc: Option<&'r str>,
    pub(crate) org_code: Option<&'r str>,
    pub(crate) reg_no: Option<&'r str>,
    /// Masked, or of no form that an organisation has.
    pub(crate) other: Option<&'r str>,
    /// The column of the source whose id has no such form, and why.
    pub(crate) doubt: Option<(&'static str, Reason)>,
}

impl<'r> Ids<'r> {
    /// Those of a row: of each form the first, in the order of the more telling columns.
    pub(crate) fn of(row: &Row<'r, Column>) -> Self {
        let mut ids = Self::default();
        for (column, name) in [
            (Column::Uscc, "tyshxydm"),
            (Column::OrgCode, "zzjgdm"),
            (Column::Card, "cardNum"),
        ] {
            let cell = row.get(column).unwrap_or_default();
            let several = |id| IdForm::of(id) != IdForm::Other;
            if split(cell).all(several) {
                split(cell).for_each(|id| ids.add(id, name));
            } else {
                ids.add(cell, name);
            }
        }
        ids
    }

    fn add(&mut self, id: &'r str, column: &'static str) {
        let place = match IdForm::of(id) {
            // What is lost, the judge says.
            IdForm::Uscc | IdForm::Destroyed => &mut self.uscc,
            IdForm::OrgCode => &mut self.org_code,
            IdForm::RegNo | IdForm::RegNoOrPersonId => &mut self.reg_no,
            IdForm::Masked | IdForm::MaskedPersonId => &mut self.other,
            IdForm::PersonId | IdForm::Other => {
                self.doubt.get_or_insert_with(|| (column, no_form(id)));
                &mut self.other
            }
        };
        place.get_or_insert(id);
    }
}

/// The ids of a cell that may hold several: nothing of an empty one.
fn split(cell: &str) -> impl Iterator<Item = &str> {
    let marks = ['/', '、', ' ', '\u{3000}', ',', '，', ';', '；'];
    cell.split(marks).filter(|id| !id.is_empty())
}

fn no_form(id: &str) -> Reason {
    let found = id.chars().count();
    Reason::new(
        "org_length",
        format!("{found} 个字符，不是统一社会信用代码、组织机构代码或工商注册号"),
        format!(
            "{found} characters: no unified social credit code, organisation code or registration \
             number"
        ),
    )
}

/// Nothing tells a person from an organisation.
pub(crate) fn unknown() -> Reason {
    Reason::new(
        "party_unknown",
        "无法判断被执行人是自然人还是单位",
        "nothing tells whether the party is a natural person or an organisation",
    )
}
