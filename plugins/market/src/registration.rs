//! 登记注册信息: the register of organisations and individual businesses.

use credit_sdk::directory::registration::Draft;
use credit_sdk::{Fault, Header, PageBuilder, Reason, Row, RowAdapter, Settings, Unit};

use crate::capital::{Capital, currency};
use crate::cells::{code, day, is_digits, period, value};
use crate::ids::Ids;

credit_sdk::columns! {
    /// The columns of registers: the national names, those of Ningbo's, and Chinese titles.
    pub enum Column {
        Name: needed "entname", "comp_nm", "jgqc", "主体名称", "企业名称";
        Uscc: needed "uniscid", "uni_social_crd_cd", "tyshxydm", "统一社会信用代码";
        RegNo: optional "regno", "reg_no", "gszch", "注册号";
        Subject: optional "pripid", "main_identi_id", "主体身份代码";
        Representative: optional "name", "fddbrxm", "经营者", "法定代表人";
        Type: optional "enttype", "reporttype", "comp_type", "qylxmc", "主体类型", "企业类型";
        State: optional "regstate", "reg_state", "djzt", "登记状态";
        Capital: optional "regcap", "reg_capt", "zczj", "注册资本", "注册资金";
        PaidIn: optional "reccap", "sszj", "实收资本", "实收资金";
        Currency: optional "regcapcur", "capt_kind", "zjbz", "币种";
        Founded: optional "estdate", "est_dt", "clrq", "注册日期", "成立日期";
        Approved: optional "apprdate", "appr_dt", "hzrq", "核准日期";
        From: optional "opfrom", "opt_from", "jyqsrq", "经营期限", "营业期限", "经营期限自";
        Until: optional "opto", "opt_to", "jyjzrq", "经营期限至";
        Office: optional "regorg", "reg_org", "fzjgmc", "登记机关";
        Region: optional "domdistrict", "domdi_strict", "xzqh", "行政区划";
        Trade: optional "industryco", "indv_code", "sshydm", "行业代码";
        TradeName: optional "indv_id", "sshymc", "所属行业";
        Place: optional "dom", "addr", "jgdz", "注册地址", "住所";
        BusinessPlace: optional "oploc", "opt_loc", "经营场所";
        Business: optional "opscope", "opt_scop", "jyfw", "经营范围";
        Telephone: optional "tel", "lxdh", "联系电话";
        Remark: optional "bz", "备注";
    }
}

/// Places that registers write in words: the counties of 毕节, and what 黔西 was until 2021.
const REGIONS: [(&str, &str); 10] = [
    ("七星关区", "520502"),
    ("大方县", "520521"),
    ("黔西县", "520522"),
    ("金沙县", "520523"),
    ("织金县", "520524"),
    ("纳雍县", "520525"),
    ("威宁彝族回族苗族自治县", "520526"),
    ("赫章县", "520527"),
    ("黔西市", "520581"),
    ("毕节市", "520500"),
];

/// The adapter of the feed `registration`.
#[derive(Debug)]
pub struct Registration {
    /// The unit of capital, for cells that name none.
    unit: Option<Unit>,
    /// The register says in which state its entries are.
    states: bool,
    /// Names of places and their codes, from the route.
    places: Vec<(String, String)>,
}

impl RowAdapter for Registration {
    type Column = Column;
    type Memory = ();

    fn begin(header: &Header<Column>, settings: &Settings<'_>) -> Result<Self, Fault> {
        let unit = match settings.get("capital_unit") {
            Some("万元") => Some(Unit::WanYuan),
            Some("元") => Some(Unit::Yuan),
            _ => None,
        };
        let places = settings.get("places").unwrap_or_default();
        let places = places
            .split([';', '；'])
            .filter_map(|place| place.split_once('='));
        let owned = |(name, code): (&str, &str)| (name.trim().to_owned(), code.trim().to_owned());
        Ok(Self {
            unit,
            states: header.has(Column::State),
            places: places.map(owned).collect(),
        })
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        let ids = Ids::of(value(row, Column::Uscc), value(row, Column::RegNo));
        let capital = self.capital(row, Column::Capital);
        let paid_in = self.capital(row, Column::PaidIn);
        let said =
            |capital: &Result<Option<Capital>, Reason>| capital.as_ref().ok().copied().flatten();
        let own_currency = said(&capital).and_then(|capital| capital.currency);
        let in_column = value(row, Column::Currency);
        let kind = value(row, Column::Type).map(code);
        let office = value(row, Column::Office).map(code);
        // Each of the two columns may hold the code or the name.
        let trades = [Column::Trade, Column::TradeName].map(|c| value(row, c).map(code));
        let mut trade_codes = trades.into_iter().flatten();
        let mut trade_names = trades.into_iter().rev().flatten();
        let (from, until) = period(row, Column::From, Column::Until);
        let mut draft = if self.states {
            Draft::new(page, row)
        } else {
            Draft::register(page, row)
        };
        draft
            .jgqc(value(row, Column::Name))
            .tyshxydm(ids.uscc)
            .zzjgdm(ids.org_code)
            .gszch(ids.reg_no)
            .djzt(value(row, Column::State))
            .fddbrxm(value(row, Column::Representative))
            .zczj(said(&capital).map(|capital| capital.amount))
            .sszj(said(&paid_in).map(|capital| capital.amount))
            .zjbz(in_column.or(own_currency))
            .jyfw(value(row, Column::Business))
            .qylxdm(kind.filter(|kind| is_digits(kind)))
            .qylxmc(kind.filter(|kind| !is_digits(kind)))
            .sshydm(trade_codes.find(|trade| is_trade_code(trade)))
            .sshymc(trade_names.find(|trade| !is_trade_code(trade)))
            .jgdz(value(row, Column::Place))
            .jycs(value(row, Column::BusinessPlace))
            .fzjgmc(office.filter(|office| !is_digits(office)))
            .fzjgdm(office.filter(|office| is_digits(office)))
            .clrq(day(row, Column::Founded))
            .hzrq(day(row, Column::Approved))
            .jyqsrq(from)
            .jyjzrq(until)
            .xzqh(value(row, Column::Region).map(|cell| self.region(cell)))
            .lxdh(value(row, Column::Telephone))
            .bz(value(row, Column::Remark))
            .ztsfdm(value(row, Column::Subject))
            .gszch_src(ids.source_reg_no);
        // What a cell of capital does not say for certain is left out: the row as it stood is kept.
        for (field, capital) in [("zczj", capital), ("sszj", paid_in)] {
            if let Err(reason) = capital {
                draft.doubt(field, reason);
            }
        }
        if let (Some(own), Some(other)) = (own_currency, in_column.and_then(currency))
            && own != other
        {
            draft.doubt("zjbz", currencies_differ());
        }
        draft.finish();
    }
}

impl Registration {
    /// The code of a place that is written in words: `毕节市黔西县`.
    fn region<'r>(&'r self, cell: &'r str) -> &'r str {
        let own = self.places.iter();
        let mut own = own.map(|(name, code)| (name.as_str(), code.as_str()));
        let known = own.find(|(name, _)| cell.ends_with(name));
        let known = known.or_else(|| REGIONS.into_iter().find(|(name, _)| cell.ends_with(name)));
        known.map_or(cell, |(_, code)| code)
    }

    fn capital(&self, row: &Row<'_, Column>, column: Column) -> Result<Option<Capital>, Reason> {
        value(row, column).map_or(Ok(None), |cell| Capital::parse(cell, self.unit))
    }
}

/// GB/T 4754: up to four digits, perhaps behind the letter of the section.
fn is_trade_code(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
    text.len() <= 5 && text.len() - digits.len() <= 1 && (digits.is_empty() || is_digits(digits))
}

fn currencies_differ() -> Reason {
    Reason::new(
        "currency_conflict",
        "注册资金中写明的币种与币种列不一致",
        "the currency in the capital is not the one in the column of currencies",
    )
}
