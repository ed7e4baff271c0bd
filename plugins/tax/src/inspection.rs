//! 税务稽查: results of tax inspections.

use credit_sdk::directory::{tax_inspection, tax_inspection_person};
use credit_sdk::tables::{Around, TableAdapter};
use credit_sdk::{Fault, Header, PageBuilder, Row, Settings, Unit};

use crate::notice::{amount, amount_of};
use crate::office::Office;
use crate::taxpayer::person;

credit_sdk::columns! {
    /// The columns of the list.
    pub enum Column {
        Name: needed "NSRMC", "纳税人名称";
        TaxId: optional "NSRSBH", "纳税人识别号";
        Uscc: optional "SHXYDM", "社会信用代码", "统一社会信用代码";
        OrgCode: optional "ZZJG_DM", "ZZJGDM", "组织机构代码";
        InspectedFrom: optional "JCSSQJQ", "检查所属期", "检查所属期间", "检查所属期间起", "检查所属期起";
        InspectedTo: optional "JCSSQJZ", "检查所属期间止", "检查所属期止";
        Means: optional "SSWFSD", "涉税违法手段";
        /// In 元, as the system has it.
        TaxOfSystem: optional "YJSKZE", "查补金额（元）";
        TaxWanYuan: optional "查补金额（万元）";
        Tax: optional "查补税额", "查补金额";
        /// In 元, as the system has it.
        FineOfSystem: optional "YJFKZE", "罚款金额（元）";
        FineWanYuan: optional "罚款金额（万元）";
        Fine: optional "罚款", "罚款金额";
        Number: needed "WH", "文书号", "文号";
        PaidOn: optional "JRRQ", "缴入日期";
        ToCourt: optional "YSSFBZ", "移送司法标志", "移送司法";
        Authority: optional "JCJG", "SWJG_MC", "税务机关", "稽查机关", "检查机关";
    }
}

/// The adapter of the feed `inspection`, of one table.
#[derive(Debug)]
pub struct Inspection {
    authority: Office<Column>,
    tax: Option<(Column, Unit)>,
    fine: Option<(Column, Unit)>,
}

/// What organisations and persons have in common, in the order of the directories.
macro_rules! result {
    ($draft:ident, $row:ident, $adapter:ident) => {
        let (from, to) = $row.period(Column::InspectedFrom, Column::InspectedTo);
        $draft
            .jcssqjq(from)
            .jcssqjz(to)
            .sswfsd($row.get(Column::Means))
            .yjskze(amount($row, $adapter.tax))
            .yjfkze(amount($row, $adapter.fine))
            .wh($row.get(Column::Number))
            .jrrq($row.date(Column::PaidOn))
            .yssfbz($row.get(Column::ToCourt))
            .jcjg($adapter.authority.at($row));
        $draft.finish();
    };
}

impl TableAdapter for Inspection {
    type Column = Column;

    fn begin(
        around: &Around<'_>,
        header: &Header<Column>,
        settings: &Settings<'_>,
    ) -> Result<Self, Fault> {
        let authority = Office::of(Column::Authority, around, header, settings)?;
        let said = (around, settings);
        let named = [
            (Column::TaxOfSystem, Unit::Yuan),
            (Column::TaxWanYuan, Unit::WanYuan),
        ];
        let tax = amount_of(header, &named, Column::Tax, said)?;
        let named = [
            (Column::FineOfSystem, Unit::Yuan),
            (Column::FineWanYuan, Unit::WanYuan),
        ];
        let fine = amount_of(header, &named, Column::Fine, said)?;
        Ok(Self {
            authority,
            tax,
            fine,
        })
    }

    fn row(&mut self, row: &Row<'_, Column>, page: &mut PageBuilder) {
        let name = row.get(Column::Name);
        let ids = [row.get(Column::TaxId), row.get(Column::Uscc)];
        if let Some(id) = ids.into_iter().find_map(person) {
            let mut draft = tax_inspection_person::Draft::new(page, row);
            draft.nsrmc(name).sfzh(id.as_str());
            result!(draft, row, self);
        } else {
            let mut draft = tax_inspection::Draft::new(page, row);
            let [tax_id, uscc] = ids;
            draft.jgqc(name).nsrsbh(tax_id).tyshxydm(uscc);
            draft.zzjgdm(row.get(Column::OrgCode));
            result!(draft, row, self);
        }
    }
}
