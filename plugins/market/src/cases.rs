//! 行政处罚 out of an enforcement system: the names of the national exchange in XML (PENDECNO) and
//! of the publicity system in JSON (penDecNo), which differ in capitals only, and those of
//! provincial systems.
//!
//! What must stay true: a row names a natural person only by a document that is a person's; `U`
//! and `D` become updates and withdrawals of the record with the same number.

use credit_sdk::body::Reading;
use credit_sdk::directory::codes::{DOCUMENT_KIND, PENALTY_KIND, PERSON_KIND};
use credit_sdk::directory::{penalty, penalty_person};
use credit_sdk::id_form::IdForm;
use credit_sdk::{
    Date, Fault, Header, Operation, PageBuilder, Reason, Row, RowAdapter, Settings, Unit, When,
};

use crate::publicity::{corrects_another, fine_in_text, keep_later, unit_of_amounts};

credit_sdk::columns! {
    /// The fields of a penalty.
    pub enum Column {
        Operation: optional "OPT_TYPE", "操作类型";
        Number: needed "PENDECNO", "CF_WSH", "行政处罚决定书文号";
        Name: needed "ENTNAME", "administrative_cp_name", "CF_XDR_MC", "当事人名称";
        PartyKind: optional "administrative_cp_type", "当事人类型";
        Uscc: optional "UNISCID", "统一社会信用代码";
        RegNo: optional "REGNO", "注册号";
        DocumentKind: optional "CERTTYPE", "administrative_cp_cert_type", "证件类型";
        Document: optional "CERTNO", "administrative_cp_cert_code", "证件号码";
        Representative: optional "LEREP", "法定代表人";
        Offence: optional "ILLEGACTTYPE", "违法行为类型";
        Facts: optional "ILLEGFACT", "CF_SY", "违法事实";
        Kinds: optional "PENTYPE_CN", "PENTYPE", "处罚种类";
        Fine: optional "PENAM", "罚款金额";
        Confiscated: optional "FORFAM", "没收金额";
        Basis: optional "PENBASIS", "处罚依据";
        Penalty: optional "PENRESULT", "PENCONTENT", "处罚内容";
        Authority: optional "PENAUTH_CN", "处罚机关";
        AuthorityUscc: optional "PENAUTH", "处罚机关代码";
        DecidedOn: optional "PENDECISSDATE", "处罚决定日期";
        ValidUntil: optional "DEADLINE", "处罚期限";
        Remark: optional "REMARK", "备注";
        Changed: optional "CD_TIME", "更新时间";
        Procedure: optional "case_process_type", "案件程序";
        /// 轻微, 一般, 严重.
        NationalSeverity: optional "severity_national", "失信等级", "失信行为等级";
    }
}

/// Two kinds that the law names in one breath with a third.
const FINE_AND_CONFISCATION: &str = "罚款、没收违法所得、没收非法财物";

/// The adapter of the feeds `penalty-xml` and `penalty-json`.
#[derive(Debug)]
pub struct Cases {
    /// Of amounts; not needed where there are none.
    unit: Option<Unit>,
    /// The next pull goes on at the greatest time of change.
    cursor: bool,
}

/// The decision, in the order of the directories.
macro_rules! decision {
    ($draft:ident, $row:ident, $adapter:ident) => {
        $draft
            .cf_wsh($row.get(Column::Number))
            .cf_wfxw($row.get(Column::Offence))
            .cf_sy($row.get(Column::Facts))
            .cf_yj($row.get(Column::Basis))
            .cf_cflb(kinds($row))
            .cf_nr($row.get(Column::Penalty))
            .cf_nr_fk($adapter.amount($row, Column::Fine))
            .cf_nr_wfff($adapter.amount($row, Column::Confiscated))
            .cf_jdrq($row.date(Column::DecidedOn))
            .cf_yxq(valid_until($row))
            .cf_cfjg($row.get(Column::Authority))
            .cf_cfjgdm($row.get(Column::AuthorityUscc))
            .bz($row.get(Column::Remark))
            .sjc($row.moment(Column::Changed))
            .severity_national($row.get(Column::NationalSeverity))
            .ajcx($row.get(Column::Procedure));
        let operation = operation($row);
        if let Some(reason) = corrects_another(
            operation.as_ref().ok(),
            $row.get(Column::Number),
            $row.get(Column::Remark),
        ) {
            $draft.doubt("BZ", reason);
        }
        if $row.get(Column::Fine).is_none()
            && let Some(reason) = fine_in_text($row.get(Column::Kinds), $row.get(Column::Penalty))
        {
            $draft.doubt("CF_NR_FK", reason);
        }
        match operation {
            Ok(operation) => $draft.operation(operation),
            Err(reason) => $draft.doubt("OPT_TYPE", reason),
        };
        $draft.finish();
    };
}

impl RowAdapter for Cases {
    type Column = Column;
    /// The greatest time of change so far.
    type Memory = String;

    fn begin(header: &Header<Column>, settings: &Settings<'_>) -> Result<Self, Fault> {
        let amounts = header.has(Column::Fine) || header.has(Column::Confiscated);
        Ok(Self {
            unit: amounts.then(|| unit_of_amounts(settings)).transpose()?,
            cursor: settings.get("cursor").is_some(),
        })
    }

    fn row(&self, row: &Row<'_, Column>, latest: &mut String, page: &mut PageBuilder) {
        match Party::of(row) {
            Party::Person => {
                let mut draft = penalty_person::Draft::enforcement(page, row);
                draft
                    .cf_xdr_mc(row.get(Column::Name))
                    .cf_xdr_lb("自然人")
                    .cf_xdr_zjlx(row.get(Column::DocumentKind).or(Some("身份证")))
                    .cf_xdr_zjhm(row.get(Column::Document));
                decision!(draft, row, self);
            }
            Party::Organisation { uscc } => {
                let mut draft = penalty::Draft::enforcement(page, row);
                draft
                    .cf_xdr_mc(row.get(Column::Name))
                    .cf_xdr_lb(uscc.and_then(kind_of_party))
                    .cf_xdr_shxym(uscc)
                    .cf_xdr_gszc(row.get(Column::RegNo))
                    .cf_frdb(row.get(Column::Representative));
                decision!(draft, row, self);
            }
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

impl Cases {
    fn amount<'r>(
        &self,
        row: &Row<'r, Column>,
        column: Column,
    ) -> Reading<'r, Option<credit_sdk::Money>> {
        self.unit
            .map_or_else(|| None.into(), |unit| row.money(column, unit))
    }
}

/// Whom a penalty is against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party<'r> {
    Person,
    Organisation { uscc: Option<&'r str> },
}

impl<'r> Party<'r> {
    /// A natural person has a person's document and no code of an organisation. The number of the
    /// document decides, for `001` is written for both; without one, the kind does.
    fn of(row: &Row<'r, Column>) -> Self {
        let uscc = row.get(Column::Uscc);
        if uscc.is_some() || row.get(Column::RegNo).is_some() {
            return Self::Organisation { uscc };
        }
        let document = row.get(Column::Document);
        let form = document.map(IdForm::of);
        let kind = row.get(Column::DocumentKind);
        let foreign = kind.is_some_and(|kind| {
            DOCUMENT_KIND.contains(kind) && !matches!(kind, "1" | "01" | "001" | "10")
        });
        let party = row.get(Column::PartyKind);
        let said = party.is_some_and(|kind| kind != "01" && PERSON_KIND.contains(kind));
        match form {
            Some(IdForm::Uscc) => Self::Organisation { uscc: document },
            Some(form) if form.may_be_personal() || foreign => Self::Person,
            _ if said => Self::Person,
            _ => Self::Organisation { uscc: None },
        }
    }
}

/// The registering office gives codes that begin with 92 to individual businesses alone.
fn kind_of_party(uscc: &str) -> Option<&'static str> {
    let code = credit_sdk::text::half_width(uscc);
    let kind = if code.starts_with("92") {
        "个体工商户"
    } else {
        "法人及非法人组织"
    };
    Some(kind)
}

/// The kinds of penalty. Where the law's phrase for three kinds stands and both amounts are given,
/// the decision has both.
fn kinds<'r>(row: &Row<'r, Column>) -> impl Iterator<Item = &'r str> {
    let both = row.get(Column::Fine).is_some() && row.get(Column::Confiscated).is_some();
    let parts = move |kind: &'r str| {
        if both && kind == FINE_AND_CONFISCATION {
            ["罚款", "没收违法所得、没收非法财物"].map(Some)
        } else {
            [Some(kind), None]
        }
    };
    let kinds = row.get(Column::Kinds);
    let kinds = kinds.into_iter().flat_map(|cell| PENALTY_KIND.split(cell));
    kinds.flat_map(parts).flatten()
}

/// `无处罚期限` says that there is no end.
fn valid_until<'r>(row: &Row<'r, Column>) -> Reading<'r, When> {
    match row.get(Column::ValidUntil) {
        Some("无处罚期限" | "无期限") => When::<Date>::NoEnd.into(),
        _ => row.date(Column::ValidUntil).last_day(),
    }
}

fn operation(row: &Row<'_, Column>) -> Result<Operation, Reason> {
    match row.get(Column::Operation) {
        None | Some("I" | "i") => Ok(Operation::Insert),
        Some("U" | "u") => Ok(Operation::Update),
        Some("D" | "d") => Ok(Operation::Withdraw),
        Some(_) => Err(Reason::new(
            "operation_unknown",
            "操作类型不是 I、U、D 之一",
            "the operation is none of I, U, D",
        )),
    }
}
