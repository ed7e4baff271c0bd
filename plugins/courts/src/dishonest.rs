//! What becomes of one row of the list.

use credit_sdk::directory::codes::DISHONEST_GROUND;
use credit_sdk::directory::{dishonest, dishonest_person};
use credit_sdk::id_form::IdForm;
use credit_sdk::{Fault, Header, Origin, PageBuilder, Reason, Row, RowAdapter, Settings};

use crate::party::{Ids, is_person, unknown};
use crate::{Column, case_number};

/// The adapter of all three feeds.
#[derive(Debug)]
pub struct Dishonest;

/// Who, and in which case: what organisations and persons have in common, at the start.
macro_rules! case {
    ($draft:ident, $row:ident) => {
        let number = $row.get(Column::CaseNumber).map(case_number::normal);
        $draft
            .sxid($row.get(Column::Id).or($row.get(Column::SearchId)))
            .bzxrmc($row.get(Column::Name))
            .ah(number.as_deref())
            .bzxrxh($row.get(Column::Sequence));
    };
}

/// The rest, in the order of the directories.
macro_rules! listing {
    ($draft:ident, $row:ident) => {
        let grounds = $row.get(Column::Grounds).unwrap_or_default();
        let basis = $row.get(Column::BasisNumber).map(case_number::normal);
        $draft
            .zxfy($row.get(Column::Court))
            .fydm($row.get(Column::CourtCode))
            .sf($row.get(Column::Province))
            .zxyjwh(basis.as_deref())
            .zczxyjdw($row.get(Column::BasisAuthority))
            .larq($row.date(Column::FiledOn))
            .sxflwsqdyw($row.get(Column::Duty))
            .lxqk($row.get(Column::Performance))
            .ylxbf($row.get(Column::Performed))
            .wlxbf($row.get(Column::Unperformed))
            .sxbzxrxwqk(
                grounds
                    .split([',', '，'])
                    .flat_map(|part| DISHONEST_GROUND.split(part)),
            )
            .fbrq($row.date(Column::PublishedOn));
        $draft.finish();
    };
}

impl RowAdapter for Dishonest {
    type Column = Column;
    type Memory = ();

    fn begin(_header: &Header<Column>, _settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        let missing = |column| row.get(column).is_none();
        if missing(Column::Name) && missing(Column::CaseNumber) && missing(Column::PublishedOn) {
            page.doubt(&Origin::from(row), "", hollow());
            return;
        }
        match is_person(row) {
            Some(true) => person(row, page),
            Some(false) => organisation(row, page),
            None => page.doubt(&Origin::from(row), "", unknown()),
        }
    }
}

fn organisation(row: &Row<'_, Column>, page: &mut PageBuilder) {
    let ids = Ids::of(row);
    let mut draft = dishonest::Draft::new(page, row);
    case!(draft, row);
    draft
        .tyshxydm(ids.uscc)
        .zzjgdm(ids.org_code)
        .gszch(ids.reg_no)
        .zjhm(ids.other)
        .fddbr(row.get(Column::Representative));
    if let Some((column, reason)) = ids.doubt {
        draft.doubt(column, reason);
    }
    listing!(draft, row);
}

/// What stands in the column of organisation codes of a person is none, and not looked at.
fn person(row: &Row<'_, Column>, page: &mut PageBuilder) {
    let card = row.get(Column::Card);
    let masked = card
        .is_some_and(|card| matches!(IdForm::of(card), IdForm::MaskedPersonId | IdForm::Masked));
    let (masked, whole) = if masked { (card, None) } else { (None, card) };
    let mut draft = dishonest_person::Draft::new(page, row);
    case!(draft, row);
    draft
        .sfzh(whole)
        .zjhm(masked)
        .xb(row.get(Column::Sex))
        .csrq(row.date(Column::BornOn));
    listing!(draft, row);
}

fn hollow() -> Reason {
    Reason::new(
        "hollow_row",
        "除证件号码外几乎全部为空：导出时表的关联可能失败",
        "hardly more than an id: a join failed when it was exported, perhaps",
    )
}
