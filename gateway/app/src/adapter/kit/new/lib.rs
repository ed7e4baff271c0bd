//! The rating list of one tax office.

use credit_sdk::directory::tax_rating;
use credit_sdk::{Fault, Header, PageBuilder, Row, RowAdapter, Settings};

credit_sdk::columns! {
    /// The columns of the list, each by any of its names.
    pub enum Column {
        TaxId: needed "税号", "纳税人识别号";
        Name: needed "名称", "纳税人名称";
        Level: needed "等级";
        Year: needed "年度";
    }
}

/// The adapter, with what the route sets.
pub struct Rating {
    office: Option<String>,
}

impl RowAdapter for Rating {
    type Column = Column;
    type Memory = ();

    fn begin(_: &Header<Column>, settings: &Settings<'_>) -> Result<Self, Fault> {
        let office = settings.get("office").map(str::to_owned);
        Ok(Self { office })
    }

    fn row(&self, row: &Row<'_, Column>, _: &mut (), page: &mut PageBuilder) {
        // Typed by sdk/directories/tax-rating.toml. What a row lacks, or what does not fit, the
        // judge finds: ids, years and levels go over as they stand.
        let mut draft = tax_rating::Draft::new(page, row);
        draft
            .nsrsbh(row.get(Column::TaxId))
            .nsrmc(row.get(Column::Name))
            .xyjb(row.get(Column::Level))
            .pjnd(row.get(Column::Year))
            .swjg(self.office.as_deref());
        draft.finish();
    }
}

credit_sdk::export_adapter!(Rating);

#[cfg(test)]
mod tests;
