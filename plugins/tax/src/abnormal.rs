//! 非正常户认定: taxpayers who cannot be reached and do not declare.
//!
//! What must stay true: a taxpayer who is regular again is the same record with the day on which
//! that was found.

use credit_sdk::directory::{tax_abnormal, tax_abnormal_person};
use credit_sdk::tables::{Around, TableAdapter};
use credit_sdk::{Fault, Header, PageBuilder, Row, Settings};

use crate::office::Office;
use crate::taxpayer::person;

credit_sdk::columns! {
    /// The columns of the list.
    pub enum Column {
        TaxId: needed "NSRSBH", "统一社会信用代码", "纳税人识别号（统一社会信用代码）", "统一社会信用代码（纳税人识别号）", "纳税人识别号";
        Name: needed "NSRMC", "纳税人名称";
        State: optional "NSRZT", "纳税人状态";
        Representative: optional "FDDBRXM", "法定代表人或负责人", "法定代表人（负责人）", "法定代表人姓名", "法定代表人";
        Document: optional "FDDBRZJHM", "身份证件号码", "证件号码", "法定代表人证件号码";
        Address: optional "ZCDZ", "注册地址";
        FoundOn: needed "FZCHRDRQ", "RDRQ", "认定日期", "非正常户认定日期";
        LiftedOn: optional "FZCHJCRQ", "JCRQ", "解除日期", "非正常户解除日期";
        Authority: optional "GLJG", "SWJG_MC", "主管税务机关", "税务机关", "管理机构";
        Code: optional "SWGLM", "税务管理码";
    }
}

/// The adapter of the feed `abnormal`, of one table.
#[derive(Debug)]
pub struct Abnormal {
    authority: Office<Column>,
}

/// What organisations and persons have in common, in the order of the directories.
macro_rules! finding {
    ($draft:ident, $row:ident, $adapter:ident) => {
        $draft
            .nsrzt($row.get(Column::State))
            .zcdz($row.get(Column::Address))
            .rdrq($row.date(Column::FoundOn))
            .jcrq($row.date(Column::LiftedOn))
            .gljg($adapter.authority.at($row))
            .swglm($row.get(Column::Code))
            .fddbrxm($row.get(Column::Representative));
    };
}

impl TableAdapter for Abnormal {
    type Column = Column;

    fn begin(
        around: &Around<'_>,
        header: &Header<Column>,
        settings: &Settings<'_>,
    ) -> Result<Self, Fault> {
        let authority = Office::of(Column::Authority, around, header, settings)?;
        Ok(Self { authority })
    }

    fn row(&mut self, row: &Row<'_, Column>, page: &mut PageBuilder) {
        let (name, tax_id) = (row.get(Column::Name), row.get(Column::TaxId));
        if let Some(id) = person(tax_id) {
            let mut draft = tax_abnormal_person::Draft::new(page, row);
            draft.nsrmc(name).sfzh(id.as_str());
            finding!(draft, row, self);
            draft.finish();
        } else {
            let mut draft = tax_abnormal::Draft::new(page, row);
            draft.nsrsbh(tax_id).nsrmc(name);
            finding!(draft, row, self);
            draft.fddbrzjhm(row.get(Column::Document));
            draft.finish();
        }
    }
}
