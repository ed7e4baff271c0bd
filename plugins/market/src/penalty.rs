//! 双公示 行政处罚, of both generations.

use credit_sdk::body::Reading;
use credit_sdk::directory::codes::PENALTY_KIND;
use credit_sdk::directory::{penalty, penalty_person};
use credit_sdk::{Fault, Header, Money, PageBuilder, Reason, Row, RowAdapter, Settings, Unit};

use crate::columns::Column;
use crate::publicity::{
    PartyIds, corrects_another, fine_in_text, generation_1_state, is_person, keep_later,
    unit_of_amounts,
};

/// Which layout the header shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// 2016 to 2018: two columns of kinds, a state, no amounts.
    Generation1,
    /// The standard of 2018.
    Generation2,
    /// The published table: the standard's without the columns that are not published.
    Bulletin,
}

/// A column of amounts, with the unit that its name, its code or the setting gives.
type Amount = Option<(Column, Unit)>;

/// The adapter of the feed `penalty`.
#[derive(Debug)]
pub struct Penalty {
    layout: Layout,
    fine: Amount,
    confiscated: Amount,
    /// The next pull goes on at the greatest time of change.
    cursor: bool,
}

/// The decision: what organisations and persons have in common, in the order of the directories.
macro_rules! decision {
    ($draft:ident, $row:ident, $adapter:ident) => {
        let kinds = [Column::Kinds, Column::Kinds1, Column::Kinds2];
        $draft
            .cf_wsh($row.get(Column::Number))
            .cf_wfxw($row.get(Column::Offence))
            .cf_sy($row.get(Column::Facts))
            .cf_yj($row.get(Column::Basis))
            .cf_cflb(
                kinds
                    .into_iter()
                    .filter_map(|kind| $row.get(kind))
                    .flat_map(|kinds| PENALTY_KIND.split(kinds)),
            )
            .cf_nr($row.get(Column::Penalty))
            .cf_nr_fk(amount($row, $adapter.fine))
            .cf_nr_wfff(amount($row, $adapter.confiscated))
            .cf_nr_zkdx($row.get(Column::Licence))
            .cf_jdrq($row.date(Column::DecidedOn))
            .cf_yxq($row.date(Column::ValidUntil).last_day())
            .cf_gsjzq($row.date(Column::PublicUntil))
            .cf_cfjg($row.get(Column::Authority))
            .cf_cfjgdm($row.get(Column::AuthorityUscc))
            .cf_sjly($row.get(Column::Provider))
            .cf_sjlydm($row.get(Column::ProviderUscc))
            .bz($row.get(Column::Remark))
            .cf_cfmc($row.get(Column::Title))
            .cf_bm($row.get(Column::PowerCode))
            .dfbm($row.get(Column::Region))
            .sjc($row.moment(Column::Changed))
            .cf_syfw($row.get(Column::Scope))
            .cf_sxyzcd($row.get(Column::Severity))
            .severity_national($row.get(Column::NationalSeverity));
        let operation = generation_1_state($row.get(Column::State));
        if let Some(reason) = corrects_another(
            operation.as_ref().ok(),
            $row.get(Column::Number),
            $row.get(Column::Remark),
        ) {
            $draft.doubt("BZ", reason);
        }
        if let Some(reason) = $adapter.fine_in_words($row) {
            $draft.doubt("CF_NR_FK", reason);
        }
        match operation {
            Ok(operation) => $draft.operation(operation),
            Err(reason) => $draft.doubt("CF_ZT", reason),
        };
        $draft.finish();
    };
}

/// The columns that show the kind of party in generation 1.
const PARTY_IDS: PartyIds<Column> = PartyIds {
    any_person: Column::AnyPersonId,
    of_organisation: [
        Column::Uscc,
        Column::OrgCode,
        Column::RegNo,
        Column::TaxId,
        Column::Representative,
    ],
};

impl RowAdapter for Penalty {
    type Column = Column;
    /// The greatest time of change so far, as [`Column::Changed`] has it in ISO form.
    type Memory = String;

    fn begin(header: &Header<Column>, settings: &Settings<'_>) -> Result<Self, Fault> {
        let standard_only = [Column::ValidUntil, Column::Provider, Column::ProviderUscc];
        let layout = if header.has(Column::Kinds1) || header.has(Column::State) {
            Layout::Generation1
        } else if standard_only.into_iter().any(|column| header.has(column)) {
            Layout::Generation2
        } else {
            Layout::Bulletin
        };
        let choose = |wan_yuan, yuan, bare| {
            if header.has(wan_yuan) {
                Ok(Some((wan_yuan, Unit::WanYuan)))
            } else if header.has(yuan) {
                Ok(Some((yuan, Unit::Yuan)))
            } else if header.has(bare) {
                unit_of_amounts(settings).map(|unit| Some((bare, unit)))
            } else {
                Ok(None)
            }
        };
        Ok(Self {
            layout,
            fine: choose(Column::FineWanYuan, Column::FineYuan, Column::Fine)?,
            confiscated: choose(
                Column::ConfiscatedWanYuan,
                Column::ConfiscatedYuan,
                Column::Confiscated,
            )?,
            cursor: settings.get("cursor").is_some(),
        })
    }

    fn row(&self, row: &Row<'_, Column>, latest: &mut String, page: &mut PageBuilder) {
        if self.is_person(row) {
            self.person(row, page);
        } else {
            self.organisation(row, page);
        }
        if self.cursor {
            keep_later(latest, &row.moment(Column::Changed));
        }
    }

    fn end(&self, latest: &String, page: &mut PageBuilder) {
        if self.cursor && !latest.is_empty() {
            page.cursor(latest);
        }
    }
}

impl Penalty {
    fn is_person(&self, row: &Row<'_, Column>) -> bool {
        let generation_1 = self.layout == Layout::Generation1;
        is_person(row, Column::Kind, generation_1.then_some(&PARTY_IDS))
    }

    /// What the penalty says of a fine whose amount is missing; generation 1 has no amounts.
    fn fine_in_words(&self, row: &Row<'_, Column>) -> Option<Reason> {
        let given = self
            .fine
            .is_some_and(|(column, _)| row.get(column).is_some());
        if given || self.layout == Layout::Generation1 {
            return None;
        }
        fine_in_text(row.get(Column::Kinds), row.get(Column::Penalty))
    }

    fn organisation(&self, row: &Row<'_, Column>, page: &mut PageBuilder) {
        let mut draft = match self.layout {
            Layout::Generation1 => penalty::Draft::gen1(page, row),
            Layout::Generation2 => penalty::Draft::new(page, row),
            Layout::Bulletin => penalty::Draft::bulletin(page, row),
        };
        draft
            .cf_xdr_mc(row.get(Column::Name))
            .cf_xdr_lb(row.get(Column::Kind))
            .cf_xdr_shxym(row.get(Column::Uscc))
            .cf_xdr_gszc(row.get(Column::RegNo))
            .cf_xdr_zzjg(row.get(Column::OrgCode))
            .cf_xdr_swdj(row.get(Column::TaxId))
            .cf_xdr_sydw(row.get(Column::Institution))
            .cf_xdr_shzz(row.get(Column::Society))
            .cf_frdb(row.get(Column::Representative))
            .cf_fr_zjlx(row.get(Column::RepresentativeIdKind))
            .cf_fr_zjhm(
                row.get(Column::RepresentativeId)
                    .or_else(|| row.get(Column::AnyPersonId)),
            );
        decision!(draft, row, self);
    }

    fn person(&self, row: &Row<'_, Column>, page: &mut PageBuilder) {
        let mut draft = match self.layout {
            Layout::Generation1 => penalty_person::Draft::gen1(page, row),
            Layout::Generation2 | Layout::Bulletin => penalty_person::Draft::new(page, row),
        };
        draft
            .cf_xdr_mc(row.get(Column::Name))
            .cf_xdr_lb(row.get(Column::Kind))
            .cf_xdr_zjlx(row.get(Column::PersonIdKind))
            .cf_xdr_zjhm(
                row.get(Column::PersonId)
                    .or_else(|| row.get(Column::AnyPersonId)),
            );
        decision!(draft, row, self);
    }
}

fn amount<'r>(row: &Row<'r, Column>, amount: Amount) -> Reading<'r, Option<Money>> {
    amount.map_or_else(|| None.into(), |(column, unit)| row.money(column, unit))
}
