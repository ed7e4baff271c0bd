//! Cells as market supervision's exports fill them.

use credit_sdk::body::Reading;
use credit_sdk::{Columns, Row, When};

/// A column's text; `N/A` is one more way to say that there is none.
pub(crate) fn value<'r, C: Columns>(row: &Row<'r, C>, column: C) -> Option<&'r str> {
    row.get(column)
        .filter(|cell| !cell.eq_ignore_ascii_case("N/A"))
}

/// A column of days, among them days as a spreadsheet counts them.
pub(crate) fn day<'r, C: Columns>(row: &Row<'r, C>, column: C) -> Reading<'r, When> {
    let raw = value(row, column).unwrap_or_default();
    Reading::new(raw, When::parse_with_serial(raw))
}

/// Two columns of days, which may stand together in one of them.
pub(crate) fn period<'r, C: Columns>(
    row: &Row<'r, C>,
    from: C,
    until: C,
) -> (Reading<'r, When>, Reading<'r, When>) {
    Reading::period(day(row, from), day(row, until))
}

/// A code that went through a spreadsheet: `5245.0`.
pub(crate) fn code(cell: &str) -> &str {
    match cell.split_once('.') {
        Some((whole, zeros)) if is_digits(whole) && zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => cell,
    }
}

pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn q11_a_code_loses_the_point_of_a_spreadsheet_and_nothing_else() {
        for (cell, whole) in [
            ("5245.0", "5245"),
            ("5245.00", "5245"),
            ("5245.", "5245"),
            ("5245.5", "5245.5"),
            ("F5211", "F5211"),
            ("F5211.0", "F5211.0"),
            (".0", ".0"),
            ("", ""),
        ] {
            assert_eq!(code(cell), whole);
        }
    }
}
