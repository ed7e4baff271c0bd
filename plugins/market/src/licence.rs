//! 双公示 行政许可, of both generations.

use credit_sdk::directory::{licence, licence_person};
use credit_sdk::{Fault, Header, Operation, PageBuilder, Reason, Row, RowAdapter, Settings};

use crate::publicity::{PartyIds, corrects_another, generation_1_state, is_person, keep_later};

credit_sdk::columns! {
    /// The columns: codes of both generations, other codes in use, and Chinese titles.
    pub enum Column {
        Name: needed "XK_XDR_MC", "XK_XDR", "行政相对人", "行政相对人名称";
        Kind: optional "XK_XDR_LB", "XK_XDR_TYPE", "行政相对人类别";
        Uscc: optional "XK_XDR_SHXYM", "行政相对人代码_1（统一社会信用代码）", "行政相对人统一社会信用代码", "统一社会信用代码";
        RegNo: optional "XK_XDR_GSZC", "XK_XDR_GSDJ", "行政相对人代码_3（工商登记码）", "工商登记码", "工商注册号";
        OrgCode: optional "XK_XDR_ZZJG", "XK_XDR_ZDM", "行政相对人代码_2（组织机构代码）", "组织机构代码";
        TaxId: optional "XK_XDR_SWDJ", "行政相对人代码_4（税务登记号）", "税务登记号";
        Institution: optional "XK_XDR_SYDW", "事业单位证书号";
        Society: optional "XK_XDR_SHZZ", "社会组织登记证号";
        Representative: optional "XK_FRDB", "XK_FR", "法定代表人姓名", "法定代表人";
        RepresentativeIdKind: optional "XK_FR_ZJLX", "法定代表人证件类型";
        RepresentativeId: optional "XK_FR_ZJHM", "XK_FR_SFZH", "法定代表人证件号码";
        PersonIdKind: optional "XK_XDR_ZJLX", "证件类型";
        PersonId: optional "XK_XDR_ZJHM", "证件号码";
        /// Generation 1: the party's own id, or its representative's.
        AnyPersonId: optional "XK_XDR_SFZ", "行政相对人代码_5（居民身份证号）", "居民身份证号";
        Document: optional "XK_XKWS", "行政许可决定文书名称";
        Number: needed "XK_WSH", "许可决定书文号", "行政许可决定书文号", "行政许可决定文书号";
        LicenceKind: optional "XK_XKLB", "XK_SPLB", "审批类别", "许可类别";
        Certificate: optional "XK_XKZS", "许可证书名称";
        CertificateNumber: optional "XK_XKBH", "许可编号";
        Content: optional "XK_NR", "许可内容";
        DecidedOn: needed "XK_JDRQ", "许可决定日期";
        ValidFrom: optional "XK_YXQZ", "有效期限", "有效期自";
        ValidUntil: optional "XK_YXQZI", "XK_JZQ", "许可截止期", "有效期至";
        Authority: optional "XK_XKJG", "XK_XZJG", "许可机关";
        AuthorityUscc: optional "XK_XKJGDM", "许可机关统一社会信用代码";
        State: optional "XK_ZT", "当前状态";
        Provider: optional "XK_LYDW", "数据来源单位";
        ProviderUscc: optional "XK_LYDWDM", "数据来源单位统一社会信用代码";
        Remark: optional "BZ", "备注";
        Matter: optional "XK_XMMC", "项目名称";
        PowerCode: optional "XK_BM", "行政许可编码";
        Region: optional "DFBM", "地方编码";
        Changed: optional "SJC", "数据更新时间戳";
        Scope: optional "XK_SYFW", "信息使用范围";
    }
}

/// The adapter of the feed `licence`.
#[derive(Debug)]
pub struct Licence {
    /// 2016 to 2018: other columns, and other meanings of the state.
    generation_1: bool,
    /// The next pull goes on at the greatest time of change.
    cursor: bool,
}

/// The licence: what organisations and persons have in common, in the order of the directories.
macro_rules! decision {
    ($draft:ident, $row:ident, $adapter:ident) => {
        let (state, operation) = $adapter.state($row);
        let (from, until) = $row.period(Column::ValidFrom, Column::ValidUntil);
        $draft
            .xk_xkws($row.get(Column::Document))
            .xk_wsh(number($row))
            .xk_xklb($row.get(Column::LicenceKind))
            .xk_xkzs($row.get(Column::Certificate))
            .xk_xkbh($row.get(Column::CertificateNumber))
            .xk_nr($row.get(Column::Content))
            .xk_jdrq($row.date(Column::DecidedOn))
            .xk_yxqz(from)
            .xk_yxqzi(until)
            .xk_xkjg($row.get(Column::Authority))
            .xk_xkjgdm($row.get(Column::AuthorityUscc))
            .xk_zt(state)
            .xk_lydw($row.get(Column::Provider))
            .xk_lydwdm($row.get(Column::ProviderUscc))
            .bz($row.get(Column::Remark))
            .xk_xmmc($row.get(Column::Matter))
            .xk_bm($row.get(Column::PowerCode))
            .dfbm($row.get(Column::Region))
            .sjc($row.moment(Column::Changed))
            .xk_syfw($row.get(Column::Scope));
        if let Some(reason) = corrects_another(
            operation.as_ref().ok(),
            $row.get(Column::Number),
            $row.get(Column::Remark),
        ) {
            $draft.doubt("BZ", reason);
        }
        match operation {
            Ok(operation) => $draft.operation(operation),
            Err(reason) => $draft.doubt("XK_ZT", reason),
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

impl RowAdapter for Licence {
    type Column = Column;
    /// The greatest time of change so far.
    type Memory = String;

    fn begin(header: &Header<Column>, settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self {
            generation_1: header.has(Column::Matter) || header.has(Column::PowerCode),
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

impl Licence {
    fn is_person(&self, row: &Row<'_, Column>) -> bool {
        is_person(row, Column::Kind, self.generation_1.then_some(&PARTY_IDS))
    }

    fn organisation(&self, row: &Row<'_, Column>, page: &mut PageBuilder) {
        let mut draft = if self.generation_1 {
            licence::Draft::gen1(page, row)
        } else {
            licence::Draft::new(page, row)
        };
        draft
            .xk_xdr_mc(row.get(Column::Name))
            .xk_xdr_lb(row.get(Column::Kind))
            .xk_xdr_shxym(row.get(Column::Uscc))
            .xk_xdr_gszc(row.get(Column::RegNo))
            .xk_xdr_zzjg(row.get(Column::OrgCode))
            .xk_xdr_swdj(row.get(Column::TaxId))
            .xk_xdr_sydw(row.get(Column::Institution))
            .xk_xdr_shzz(row.get(Column::Society))
            .xk_frdb(row.get(Column::Representative))
            .xk_fr_zjlx(row.get(Column::RepresentativeIdKind))
            .xk_fr_zjhm(
                row.get(Column::RepresentativeId)
                    .or_else(|| row.get(Column::AnyPersonId)),
            );
        decision!(draft, row, self);
    }

    fn person(&self, row: &Row<'_, Column>, page: &mut PageBuilder) {
        let mut draft = if self.generation_1 {
            licence_person::Draft::gen1(page, row)
        } else {
            licence_person::Draft::new(page, row)
        };
        draft
            .xk_xdr_mc(row.get(Column::Name))
            .xk_xdr_lb(row.get(Column::Kind))
            .xk_xdr_zjlx(row.get(Column::PersonIdKind))
            .xk_xdr_zjhm(
                row.get(Column::PersonId)
                    .or_else(|| row.get(Column::AnyPersonId)),
            );
        decision!(draft, row, self);
    }

    /// The state of generation 2, and what is to become of the record. In generation 1 the state
    /// says what is to become of it, and a licence that is there is valid; in generation 2 an
    /// invalid one is a newer state of the same record.
    fn state<'r>(&self, row: &Row<'r, Column>) -> (Option<&'r str>, Result<Operation, Reason>) {
        let state = row.get(Column::State);
        if self.generation_1 {
            return (Some("1"), generation_1_state(state));
        }
        let state = match state {
            Some("有效") => Some("1"),
            Some("无效") => Some("2"),
            state => state,
        };
        (state, Ok(Operation::Insert))
    }
}

/// The number of the decision; `空` says that the decision has none, which is a value.
fn number<'r>(row: &Row<'r, Column>) -> Option<&'r str> {
    let number = row.get(Column::Number);
    number.or_else(|| row.written(Column::Number).filter(|cell| *cell == "空"))
}
