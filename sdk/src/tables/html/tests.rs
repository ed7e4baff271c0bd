use super::super::grid::Grid;
use super::read;

/// The rows of each table, cells joined by `|`.
fn rows(grid: &Grid) -> Vec<Vec<String>> {
    let row = |row| {
        let cells: Vec<&str> = grid.line(row).iter().collect();
        cells.join("|")
    };
    grid.tables
        .iter()
        .map(|table| grid.rows_of(table).iter().map(row).collect())
        .collect()
}

#[test]
fn a_cell_that_spans_rows_stands_in_each_of_them() {
    let grid = read(
        "<table><tr><th>名称<th>税种<th>余额</tr>\
         <tr><td rowspan=2>甲</td><td>增值税</td><td>1</td></tr><tr><td>印花税<td>2</tr>\
         <tr><td colspan='2'>合计</td><td>3</td></tr></table>",
    )
    .unwrap();
    assert_eq!(
        rows(&grid),
        [["名称|税种|余额", "甲|增值税|1", "甲|印花税|2", "合计||3"]]
    );
}

#[test]
fn text_around_tables_is_kept_and_scripts_are_not() {
    let grid = read(
        "<html><head><title>欠税公告</title><style>td{color:red}</style></head><body>\
         <h1>2026年第3季度</h1><script>if (a < b) document.write('<table>')</script>\
         <!-- <table> --><p>单位：&nbsp;元</p>\
         <TABLE><TR><TD>甲&amp;乙<BR>丙</TD></TR></TABLE>\
         国家税务总局黔西市\n   税务局",
    )
    .unwrap();
    assert_eq!(rows(&grid), [["甲&乙 丙"]]);
    let around = [
        "欠税公告",
        "2026年第3季度",
        "单位： 元",
        "国家税务总局黔西市税务局",
    ];
    assert_eq!(grid.blocks, around);
}

#[test]
fn a_table_within_a_table_is_one_of_its_own() {
    let grid =
        read("<table><tr><td>左<table><tr><td>内</td></tr></table></td><td>右</td></tr></table>")
            .unwrap();
    assert_eq!(rows(&grid), [["左|右"], ["内"]]);
    let numbers: Vec<u64> = grid.rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn signs_that_are_no_tags_are_text() {
    let grid = read("<table><tr><td>3 < 5 & 7 &lt; 9 &#20013;&#x56fd; &bogus; \"</td></tr>");
    assert_eq!(rows(&grid.unwrap()), [["3 < 5 & 7 < 9 中国 &bogus; \""]]);
}

proptest::proptest! {
    #[test]
    fn whatever_a_page_holds_it_is_read(
        html in "(<table>|</table>|<tr>|<td rowspan=3>|<td colspan=300>|</td>|<script>|<!--|&#x;|\
                 [<>&\"'a西 \n]){0,60}"
    ) {
        let _grid = read(&html);
    }
}
