//! 重大税收违法失信主体: subjects of grave tax offences.
//!
//! What must stay true: amounts stand in the text of the facts only (偷税46.72万元) and are not
//! taken out of it; a subject that left the list is the same record with its date of removal.

use credit_sdk::directory::{tax_serious, tax_serious_person};
use credit_sdk::tables::{Around, TableAdapter};
use credit_sdk::{Fault, Header, PageBuilder, Row, Settings};

use crate::office::Office;
use crate::taxpayer::person;

credit_sdk::columns! {
    /// The columns of the list.
    pub enum Column {
        Name: needed "NSRMC", "当事人名称", "纳税人名称";
        TaxId: optional "NSRSBH", "纳税人识别号（统一社会信用代码）", "统一社会信用代码（纳税人识别号）", "统一社会信用代码", "纳税人识别号";
        OrgCode: optional "ZZJGDM", "ZZJG_DM", "组织机构代码";
        Address: optional "ZCDZ", "注册地址";
        Representative: optional "FDDBRXM", "法定代表人或者负责人姓名", "法定代表人或负责人", "法定代表人姓名", "法定代表人";
        RepresentativeSex: optional "FDDBRXB", "法定代表人或者负责人性别", "法定代表人性别";
        RepresentativeDocumentKind: optional "FDDBRZJLX", "法定代表人或者负责人证件名称", "法定代表人证件名称",
            "法定代表人证件类型";
        RepresentativeDocument: optional "FDDBRZJHM", "法定代表人或者负责人证件号码", "法定代表人证件号码";
        Accountant: optional "CWFZRXM", "负有直接责任的财务负责人姓名", "负有直接责任的财务负责人", "财务负责人姓名", "财务负责人",
            "负有直接责任的财务人员";
        AccountantSex: optional "CWFZRXB", "负有直接责任的财务负责人性别", "财务人员性别", "财务负责人性别";
        AccountantDocumentKind: optional "CWFZRZJLX", "负有直接责任的财务负责人证件名称", "财务人员证件类型", "财务负责人证件类型",
            "财务负责人证件名称";
        AccountantDocument: optional "CWFZRZJHM", "负有直接责任的财务负责人证件号码", "财务人员证件号码", "财务负责人证件号码";
        Kind: needed "AJXZ", "案件性质";
        Facts: needed "ZYWFSS", "违法事实", "主要违法事实";
        Ordered: needed "CFCLQK", "相关法律依据及处理处罚情况", "相关法律依据及税务处理处罚情况", "法律依据及处理处罚情况", "处理处罚情况";
        EnteredOn: optional "LRRQ", "LRSJ", "公布日期", "公布时间", "录入日期", "录入时间";
        LeftOn: optional "YCRQ", "YCSJ", "移出日期", "移出时间";
        Authority: optional "GBJG", "实施检查的单位", "检查机关", "稽查机关", "公布机关";
    }
}

/// The adapter of the feed `serious`, of one table.
#[derive(Debug)]
pub struct Serious {
    authority: Office<Column>,
}

/// What organisations and persons have in common, in the order of the directories.
macro_rules! case {
    ($draft:ident, $row:ident, $adapter:ident) => {
        $draft
            .zcdz($row.get(Column::Address))
            .ajxz($row.get(Column::Kind))
            .zywfss($row.get(Column::Facts))
            .cfclqk($row.get(Column::Ordered))
            .lrrq($row.date(Column::EnteredOn))
            .ycrq($row.date(Column::LeftOn))
            .gbjg($adapter.authority.at($row));
    };
}

impl TableAdapter for Serious {
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
            let mut draft = tax_serious_person::Draft::new(page, row);
            draft.nsrmc(name).sfzh(id.as_str());
            case!(draft, row, self);
            draft.finish();
            return;
        }
        let mut draft = tax_serious::Draft::new(page, row);
        draft
            .nsrmc(name)
            .nsrsbh(tax_id)
            .zzjgdm(row.get(Column::OrgCode));
        case!(draft, row, self);
        draft
            .fddbrxm(row.get(Column::Representative))
            .fddbrxb(row.get(Column::RepresentativeSex))
            .fddbrzjlx(row.get(Column::RepresentativeDocumentKind))
            .fddbrzjhm(row.get(Column::RepresentativeDocument))
            .cwfzrxm(row.get(Column::Accountant))
            .cwfzrxb(row.get(Column::AccountantSex))
            .cwfzrzjlx(row.get(Column::AccountantDocumentKind))
            .cwfzrzjhm(row.get(Column::AccountantDocument));
        draft.finish();
    }
}
