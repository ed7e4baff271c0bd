//! 税务行政处罚: penalties out of the tax system.
//!
//! ```text
//! nsrmc,uuid,shxydm,nsrsbh,djxh,wh,cfrq,fkje,cfyj
//! 某公司,…,9152…,9152…,…,黔西税简罚(2026)12号,20260316,100,2025-12-01至2025-12-31个人所得税…<<…>>第六十二条
//! ```
//!
//! What must stay true: `cfyj` holds period, tax, offence and law in one, and is kept whole.

use credit_sdk::directory::{tax_penalty, tax_penalty_person};
use credit_sdk::tables::{Around, TableAdapter};
use credit_sdk::{Fault, Header, PageBuilder, Row, Settings, Unit};

use crate::notice::{amount, amount_of};
use crate::office::Office;
use crate::taxpayer::person;

credit_sdk::columns! {
    /// The columns of the list.
    pub enum Column {
        Name: needed "NSRMC", "行政相对人名称", "纳税人名称";
        TaxId: optional "NSRSBH", "纳税人识别号";
        Uscc: optional "SHXYDM", "社会信用代码", "统一社会信用代码";
        Number: needed "WH", "决定书文号", "处罚决定书文号", "行政处罚决定书文号", "文号";
        DecidedOn: needed "CFRQ", "处罚决定日期", "处罚日期";
        /// In 元, as the system has it.
        FineOfSystem: optional "FKJE", "罚款金额（元）";
        FineWanYuan: optional "罚款金额（万元）";
        Fine: optional "罚款金额";
        Facts: optional "CFSY", "违法事实", "处罚事由";
        Basis: optional "CFYJ", "处罚依据";
        Authority: optional "CFJG_MC", "SWJG_MC", "税务机关", "处罚机关";
        Registration: optional "DJXH", "登记序号";
        Record: optional "UUID", "记录编号";
    }
}

/// How the number of a decision says that its procedure was the simple one.
const SIMPLE: &str = "简罚";

/// The adapter of the feed `penalty`, of one table.
#[derive(Debug)]
pub struct Penalty {
    authority: Office<Column>,
    fine: Option<(Column, Unit)>,
}

/// What organisations and persons have in common, in the order of the directories.
macro_rules! decision {
    ($draft:ident, $row:ident, $adapter:ident) => {
        let number = $row.get(Column::Number);
        let simple = number.is_some_and(|number| number.contains(SIMPLE));
        $draft
            .fkje(amount($row, $adapter.fine))
            .cfsy($row.get(Column::Facts))
            .cfyj($row.get(Column::Basis))
            .cfjgmc($adapter.authority.at($row))
            .ajcx(simple.then_some("简易程序"))
            .djxh($row.get(Column::Registration))
            .uuid($row.get(Column::Record));
        $draft.finish();
    };
}

impl TableAdapter for Penalty {
    type Column = Column;

    fn begin(
        around: &Around<'_>,
        header: &Header<Column>,
        settings: &Settings<'_>,
    ) -> Result<Self, Fault> {
        let named = [
            (Column::FineOfSystem, Unit::Yuan),
            (Column::FineWanYuan, Unit::WanYuan),
        ];
        let fine = amount_of(header, &named, Column::Fine, (around, settings))?;
        Ok(Self {
            authority: Office::of(Column::Authority, around, header, settings)?,
            fine,
        })
    }

    fn row(&mut self, row: &Row<'_, Column>, page: &mut PageBuilder) {
        let (name, number) = (row.get(Column::Name), row.get(Column::Number));
        let ids = [row.get(Column::TaxId), row.get(Column::Uscc)];
        let decided_on = row.date(Column::DecidedOn);
        if let Some(id) = ids.into_iter().find_map(person) {
            let mut draft = tax_penalty_person::Draft::new(page, row);
            draft
                .nsrmc(name)
                .sfzh(id.as_str())
                .cfwh(number)
                .cfrq(decided_on);
            decision!(draft, row, self);
        } else {
            let mut draft = tax_penalty::Draft::new(page, row);
            let [tax_id, uscc] = ids;
            draft.jgqc(name).nsrsbh(tax_id).tyshxydm(uscc);
            draft.cfjdswh(number).cfjdrq(decided_on);
            decision!(draft, row, self);
        }
    }
}
