//! The rating list of one tax office.
use credit_sdk::{Fault, Header, PageBuilder, Row, RowAdapter, Settings, directory::tax_rating};

credit_sdk::columns! {
    /// The columns of the list, each by any of its names.
    pub enum Column {
        TaxId: needed "税号", "纳税人识别号";
        Name: needed "名称", "纳税人名称";
        Level: needed "等级";
        Year: needed "年度";
    }
}

/// The adapter.
pub struct Rating;

impl RowAdapter for Rating {
    type Column = Column;
    type Memory = ();

    fn begin(_: &Header<Column>, _: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn row(&self, row: &Row<'_, Column>, _: &mut (), page: &mut PageBuilder) {
        let mut draft = tax_rating::Draft::new(page, row); // typed by directories/tax-rating.toml
        draft
            .nsrsbh(row.get(Column::TaxId)) // ids as they stand: the judge checks and repairs them
            .nsrmc(row.get(Column::Name))
            .xyjb(row.get(Column::Level))
            .pjnd(row.get(Column::Year))
            .swjg(Some("国家税务总局大方县税务局"));
        draft.finish();
    }
}

credit_sdk::export_adapter!(Rating);

#[cfg(test)]
mod tests {
    use super::Rating;
    use credit_sdk::testkit::Feed;

    /// The files beside the examples, which those in JavaScript and Python pass as well.
    #[test]
    fn every_list_becomes_what_its_golden_file_says() {
        for name in ["rating.csv", "rating-crlf.csv", "rating-other-header.csv"] {
            let path = format!("{}/../golden/{name}", env!("CARGO_MANIFEST_DIR"));
            Feed::read(path)
                .unwrap()
                .golden::<Rating>("rating")
                .unwrap();
        }
    }
}
