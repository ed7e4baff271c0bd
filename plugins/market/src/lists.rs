//! 经营异常名录 and 严重违法失信名单: lists that firms are entered in and leave again.
//!
//! What must stay true: one row that says both is two records, the entry and the exit; an exit
//! that is half told is not taken for one.

use credit_sdk::directory::{abnormal, serious};
use credit_sdk::{Fault, Header, PageBuilder, Reason, Row, RowAdapter, Settings};

use crate::cells::{day, value};
use crate::ids::Ids;

credit_sdk::columns! {
    /// The columns of both lists: the national names, those of Ningbo's, and Chinese titles.
    pub enum Column {
        EnteredOn: needed "abntime", "inclu_dt", "abn_tm", "列入日期";
        Reason: needed "specause_cn", "specause", "inclu_reason", "serillrea_cn", "serill_rea",
            "列入原因";
        Uscc: needed "uniscid", "uni_social_crd_cd", "统一社会信用代码";
        RegNo: optional "regno", "reg_no", "注册号";
        Name: needed "entname", "comp_nm", "comp_name", "企业名称";
        EnteredBy: optional "decorg_cn", "decorg", "decorg_org", "列入机关";
        LeftOn: optional "remdate", "remove_dt", "rem_dt", "移出日期";
        LeftFor: optional "remexcpres_cn", "remexcpres", "rem_excpres_rea", "移出原因";
        LeftBy: optional "redecorg_cn", "redecorg", "recorg_cn", "recorg_ogr", "移出机关";
        Entry: optional "busexclist", "illid", "ill_comp_id", "名录编号";
        Subject: optional "pripid", "主体身份代码";
    }
}

/// Words that tell the four reasons of 经营异常 apart.
const REASONS: [(&str, &str); 8] = [
    ("年度报告", "1"),
    ("年报", "1"),
    ("责令", "2"),
    ("隐瞒", "3"),
    ("弄虚作假", "3"),
    ("无法联系", "4"),
    ("无法取得联系", "4"),
    ("查无下落", "4"),
];

/// The adapter of the feed `abnormal`.
#[derive(Clone, Copy, Debug)]
pub struct Abnormal;

/// The adapter of the feed `serious`.
#[derive(Clone, Copy, Debug)]
pub struct Serious;

/// Who is in the list, and since when: what both events have in common.
macro_rules! party {
    ($draft:ident, $row:ident, $event:literal) => {
        let ids = Ids::of(value($row, Column::Uscc), value($row, Column::RegNo));
        $draft
            .jgqc(value($row, Column::Name))
            .tyshxydm(ids.uscc)
            .zzjgdm(ids.org_code)
            .gszch(ids.reg_no)
            .sj($event)
            .lrrq(day($row, Column::EnteredOn))
            .lryy(value($row, Column::Reason))
            .lrjg(value($row, Column::EnteredBy))
            .lbid(value($row, Column::Entry))
            .ztsfdm(value($row, Column::Subject))
            .gszch_src(ids.source_reg_no);
    };
}

/// When and why it left.
macro_rules! exit {
    ($draft:ident, $row:ident) => {
        $draft
            .ycrq(day($row, Column::LeftOn))
            .ycyy(value($row, Column::LeftFor))
            .ycjg(value($row, Column::LeftBy));
    };
}

impl RowAdapter for Abnormal {
    type Column = Column;
    type Memory = ();

    fn begin(_header: &Header<Column>, _settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        let reason = value(row, Column::Reason);
        let reason = reason.map(|text| reason_code(text).ok_or_else(reason_unknown));
        let code = reason.as_ref().and_then(|code| code.as_ref().ok().copied());
        let mut draft = abnormal::Draft::new(page, row);
        party!(draft, row, "列入");
        draft.yydm(code);
        if let Some(Err(unknown)) = reason {
            draft.doubt("yydm", unknown);
        }
        draft.finish();
        if leaves(row, page) {
            let mut draft = abnormal::Draft::new(page, row);
            party!(draft, row, "移出");
            draft.yydm(code);
            exit!(draft, row);
            draft.finish();
        }
    }
}

impl RowAdapter for Serious {
    type Column = Column;
    type Memory = ();

    fn begin(_header: &Header<Column>, _settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        let mut draft = serious::Draft::new(page, row);
        party!(draft, row, "列入");
        draft.finish();
        if leaves(row, page) {
            let mut draft = serious::Draft::new(page, row);
            party!(draft, row, "移出");
            exit!(draft, row);
            draft.finish();
        }
    }
}

/// Whether the row tells of an exit. A reason without a day is none: has it left or not?
fn leaves(row: &Row<'_, Column>, page: &mut PageBuilder) -> bool {
    let left = value(row, Column::LeftOn).is_some();
    if !left && value(row, Column::LeftFor).is_some() {
        page.doubt(&row.into(), "ycrq", exit_without_day());
    }
    left
}

/// The one reason that a text names.
fn reason_code(text: &str) -> Option<&'static str> {
    let mut named = REASONS.iter().filter(|(word, _)| text.contains(word));
    let (_, code) = named.next()?;
    named.all(|(_, other)| other == code).then_some(*code)
}

fn reason_unknown() -> Reason {
    Reason::new(
        "code_unknown",
        "列入原因不是四种法定原因之一，或同时写了几种",
        "the reason is none of the four that the law knows, or several of them",
    )
}

fn exit_without_day() -> Reason {
    Reason::new(
        "exit_incomplete",
        "写有移出原因而无移出日期，无法判断是否已移出",
        "a reason of leaving without a day: has it left or not?",
    )
}

#[cfg(test)]
mod tests {
    use super::reason_code;

    #[test]
    fn the_reasons_of_entry_are_mapped_to_the_four_of_the_law() {
        for (text, code) in [
            ("未按照规定的期限公示年度报告。", Some("1")),
            ("未按规定公示年报", Some("1")),
            ("未在责令期限内公示有关企业信息。", Some("2")),
            ("公示企业信息隐瞒真实情况、弄虚作假", Some("3")),
            ("通过登记的住所或者经营场所无法联系的", Some("4")),
            ("通过登记的住所或经营场所无法取得联系", Some("4")),
            ("其他原因", None),
            ("未公示年度报告；无法联系", None),
        ] {
            assert_eq!(reason_code(text), code, "{text}");
        }
    }
}
