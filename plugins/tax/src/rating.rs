//! The list of tax credit ratings.
//!
//! Two real layouts, and what they have in common:
//!
//! ```text
//! 编号<TAB>纳税人识别号,纳税人名称,信用级别,评价年度,税务机关     five names by commas, six by meaning
//! 1,91230800MA18XN8J5K,某某有限公司,2018,某某税务局            five fields: 信用级别 has no data
//!
//! 纳税人识别号,纳税人名称,评价年度,税务机关                    the level is the list's own
//! ```

use credit_sdk::directory::tax_rating;
use credit_sdk::{Fault, Header, PageBuilder, Row, RowAdapter, Settings};

credit_sdk::columns! {
    /// The columns of the list.
    pub enum Column {
        TaxId: needed "NSRSBH", "tax_no", "纳税识别号", "纳税人识别号";
        Name: needed "NSRMC", "taxer_nm", "企业名称", "纳税人名称";
        Level: optional "XYJB", "tax_credi_level", "纳税信用级别", "纳税信用等级", "信用等级", "信用级别";
        Year: needed "PJND", "eval_year", "年度", "评价年度";
        Office: needed "SWJG", "eval_org", "主管税务机关", "评价机关", "税务机关";
    }
}

/// The names of the level, as [`Column::Level`] has them in Chinese.
const LEVEL_NAMES: [&str; 4] = ["纳税信用级别", "纳税信用等级", "信用等级", "信用级别"];

/// The adapter of the feed `rating`.
#[derive(Debug)]
pub struct Rating {
    /// The level of the whole list, where its rows do not name it.
    level: Option<String>,
}

impl RowAdapter for Rating {
    type Column = Column;
    type Memory = ();

    /// A TAB inside a name parts two names; the list that has one names a level and has no data
    /// for it.
    fn names(header: Vec<&str>) -> Vec<&str> {
        let parted: Vec<&str> = header
            .iter()
            .flat_map(|name| name.trim().split('\t'))
            .collect();
        if parted.len() == header.len() {
            return header;
        }
        parted
            .into_iter()
            .filter(|name| !LEVEL_NAMES.contains(&name.trim()))
            .collect()
    }

    fn begin(header: &Header<Column>, settings: &Settings<'_>) -> Result<Self, Fault> {
        if header.has(Column::Level) {
            return Ok(Self { level: None });
        }
        match settings.get("level") {
            Some(level) => Ok(Self {
                level: Some(level.to_owned()),
            }),
            None => Err(Fault::new(
                "level_unknown",
                "名单中没有信用级别列：请在路由的 settings 中设置 level",
                "the list does not name the level: set `level` in the route's settings",
            )),
        }
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        let mut draft = tax_rating::Draft::new(page, row);
        draft
            .nsrsbh(row.get(Column::TaxId))
            .nsrmc(row.get(Column::Name))
            .xyjb(self.level.as_deref().or_else(|| row.get(Column::Level)))
            .pjnd(row.get(Column::Year))
            .swjg(row.get(Column::Office));
        draft.finish();
    }
}
