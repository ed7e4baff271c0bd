//! Tables for the terminal: Chinese characters take two columns, and still everything stands in
//! line.

use comfy_table::presets::{UTF8_FULL_CONDENSED, UTF8_HORIZONTAL_ONLY};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

/// Width where the terminal does not say.
const WIDTH_USUAL: u16 = 120;

/// A table; numbers stand to the right, and rows of several lines have a rule between them.
pub(crate) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let long = rows.iter().flatten().any(|text| text.contains('\n'));
    let mut table = Table::new();
    table.load_style(if long {
        UTF8_HORIZONTAL_ONLY
    } else {
        UTF8_FULL_CONDENSED
    });
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width());
    table.set_header(head.iter().map(|h| Cell::new(*h)));
    for row in rows {
        table.add_row(row.into_iter().map(|text| {
            let number = text.bytes().all(|b| b.is_ascii_digit() || b == b',');
            let side = if number {
                CellAlignment::Right
            } else {
                CellAlignment::Left
            };
            Cell::new(text).set_alignment(side)
        }));
    }
    format!("{table}\n")
}

fn width() -> u16 {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns
        .filter(|c| (40..=400).contains(c))
        .unwrap_or(WIDTH_USUAL)
}

/// A number with separators: `200,000`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators() {
        let texts = [0, 999, 1_000, 1_234_567].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }
}
