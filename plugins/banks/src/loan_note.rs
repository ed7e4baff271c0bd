//! The corporate loan notes of EAST 5.0, table IE_005_504: a full snapshot a month.

use credit_sdk::directory::{loan_note, loan_note_person};
use credit_sdk::id_form::IdForm;
use credit_sdk::{Fault, Header, Origin, PageBuilder, Row, RowAdapter, Settings, Unit};

use crate::Column;
use crate::basis::{self, Basis};
use crate::row::day;

/// The adapter of the feed `loan-note`.
#[derive(Debug)]
pub struct LoanNote {
    basis: Basis,
}

/// The columns, in the order of the directories.
macro_rules! note {
    ($draft:ident, $row:ident, $basis:expr) => {
        let money = |column| $row.money(column, Unit::Yuan);
        let date = |column| day($row.get(column).unwrap_or_default());
        $draft
            .jrxkzh($row.get(Column::Licence))
            .nbjgh($row.get(Column::Office))
            .yhjgmc($row.get(Column::OfficeName))
            .khtybh($row.get(Column::Customer))
            .khmc($row.get(Column::Name))
            .xdhth($row.get(Column::Contract))
            .xdjjh($row.get(Column::Note))
            .xdywzl($row.get(Column::CreditKind))
            .dkfflx($row.get(Column::GrantKind))
            .bz($row.get(Column::Currency))
            .dkje(money(Column::Granted))
            .dkye(money(Column::Balance))
            .dkwjfl($row.get(Column::Class))
            .zqs($row.get(Column::Periods))
            .dqqs($row.get(Column::Period))
            .zqcs($row.get(Column::Extensions))
            .dkffrq(date(Column::GrantedOn))
            .dkdqrq(date(Column::DueOn))
            .zjrq(date(Column::ClosedOn))
            .qbje(money(Column::PrincipalOwed))
            .qbrq(date(Column::PrincipalOwedSince))
            .bnqxye(money(Column::InterestOwed))
            .bwqxye(money(Column::InterestOwedOffBooks))
            .qxrq(date(Column::InterestOwedSince))
            .lxqkqs($row.get(Column::PeriodsOwed))
            .ljqkqs($row.get(Column::PeriodsOwedInAll))
            .dkzt($row.get(Column::State))
            .cjrq(date(Column::AsOf))
            .syfw(&*$basis.scope)
            .gxyj($basis.text.as_deref());
        $draft.finish();
    };
}

impl RowAdapter for LoanNote {
    type Column = Column;
    type Memory = ();

    fn begin(_header: &Header<Column>, settings: &Settings<'_>) -> Result<Self, Fault> {
        let basis = Basis::of(settings);
        Ok(Self { basis })
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        if row.get(Column::Name).is_some_and(is_secret) {
            // Nothing of it may be kept here either.
            page.skip(row.number(), "secret_unit");
            return;
        }
        let customer = row.get(Column::Customer).unwrap_or_default();
        if !IdForm::of(customer).may_be_personal() {
            let mut draft = loan_note::Draft::new(page, row);
            note!(draft, row, self.basis);
        } else if self.basis.text.is_some() {
            let mut draft = loan_note_person::Draft::new(page, row);
            note!(draft, row, self.basis);
        } else {
            // No more is kept of it than what tells whose it is.
            let origin = Origin {
                source_row: row.number(),
                raw: customer,
            };
            page.doubt(&origin, "KHTYBH", basis::missing());
        }
    }
}

/// The name of a unit that must stay secret is written as stars.
fn is_secret(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| matches!(c, '*' | '＊'))
}
