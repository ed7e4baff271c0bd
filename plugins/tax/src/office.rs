//! The office of a list: a column of it, or the one that its document or the route names.

use credit_sdk::tables::Around;
use credit_sdk::{Columns, Fault, Header, Row, Settings};

use crate::notice::{office_of, office_unknown};

/// Which office a row is of.
#[derive(Debug)]
pub(crate) struct Office<C> {
    column: C,
    /// Where a row does not say it.
    of_list: Option<String>,
}

impl<C: Columns> Office<C> {
    /// The office of a list with a `column` of offices, perhaps.
    pub(crate) fn of(
        column: C,
        around: &Around<'_>,
        header: &Header<C>,
        settings: &Settings<'_>,
    ) -> Result<Self, Fault> {
        let of_list = office_of(around, settings);
        if of_list.is_none() && !header.has(column) {
            return Err(office_unknown());
        }
        Ok(Self { column, of_list })
    }

    pub(crate) fn at<'r>(&'r self, row: &Row<'r, C>) -> Option<&'r str> {
        row.get(self.column).or(self.of_list.as_deref())
    }
}
