//! Damage to rows, columns and cells of text.

use super::{Change, put_in};
use crate::adapter::kit::random::Random;

/// Separators that feeds use.
const SEPARATORS: [u8; 5] = [b',', b'|', b'\t', b';', 1];
/// Bytes of a huge cell, at most.
const CELL_BYTES_MAX: usize = 300_000;

/// What is done to rows.
pub(super) const CHANGES: [Change; 16] = [
    ("a row cut", row_cut),
    ("a row doubled", row_doubled),
    ("two rows swapped", rows_swapped),
    ("rows moved", rows_moved),
    ("a blank row", blank_row),
    ("a line end lost", line_end_lost),
    ("other line ends", line_ends),
    ("two columns swapped", columns_swapped),
    ("two cells swapped", cells_swapped),
    ("a cell cut", cell_cut),
    ("a separator more", separator_more),
    ("a huge cell", huge_cell),
    ("an odd cell", odd_cell),
    ("a quote out of place", quote),
    ("a control character", control),
    ("a row of another feed", foreign_row),
];

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

fn with_lines(bytes: &mut Vec<u8>, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut all = lines(bytes);
    change(&mut all);
    *bytes = all.join(&b'\n');
}

fn row_cut(bytes: &mut Vec<u8>, random: &mut Random) {
    with_lines(bytes, |lines| drop(lines.remove(random.below(lines.len()))));
}

fn row_doubled(bytes: &mut Vec<u8>, random: &mut Random) {
    let times = 1 + random.below(3);
    with_lines(bytes, |lines| {
        let at = random.below(lines.len());
        let row = lines.get(at).cloned().unwrap_or_default();
        lines.splice(at..at, vec![row; times]);
    });
}

fn rows_swapped(bytes: &mut Vec<u8>, random: &mut Random) {
    with_lines(bytes, |lines| {
        let (one, other) = (random.below(lines.len()), random.below(lines.len()));
        lines.swap(one, other);
    });
}

fn rows_moved(bytes: &mut Vec<u8>, random: &mut Random) {
    with_lines(bytes, |lines| {
        let (from, to) = random.span(lines.len());
        let moved: Vec<_> = lines.drain(from..to).collect();
        let at = random.below(lines.len() + 1);
        lines.splice(at..at, moved);
    });
}

fn blank_row(bytes: &mut Vec<u8>, random: &mut Random) {
    const BLANKS: [&str; 4] = ["", " ", ",,,,", "\u{3000}"];
    with_lines(bytes, |lines| {
        let blank = random.of_several(&BLANKS).copied().unwrap_or_default();
        let at = random.below(lines.len() + 1);
        lines.insert(at, blank.as_bytes().to_vec());
    });
}

fn line_end_lost(bytes: &mut Vec<u8>, random: &mut Random) {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let ends: Vec<usize> = ends.map(|(at, _)| at).collect();
    if let Some(at) = random.of_several(&ends) {
        bytes.remove(*at);
    }
}

fn line_ends(bytes: &mut Vec<u8>, random: &mut Random) {
    const ENDS: [&[u8]; 4] = [b"\r\n", b"\r", b"\n\n", "\u{2028}".as_bytes()];
    let end = random.of_several(&ENDS).copied().unwrap_or_default();
    let all = lines(bytes);
    *bytes = all.join(end);
}

/// The separator that the first lines have most of.
fn separator(bytes: &[u8]) -> u8 {
    let head = bytes.get(..bytes.len().min(2_000)).unwrap_or_default();
    let count = |separator: &u8| head.iter().filter(|byte| **byte == *separator).count();
    SEPARATORS.into_iter().max_by_key(count).unwrap_or(b',')
}

/// Changes the cells of one line, or of every line.
fn with_cells(bytes: &mut Vec<u8>, only: Option<usize>, mut change: impl FnMut(&mut Vec<Vec<u8>>)) {
    let separator = separator(bytes);
    with_lines(bytes, |lines| {
        let touched = |at: usize| only.is_none_or(|only| only == at);
        for (_, line) in lines.iter_mut().enumerate().filter(|(at, _)| touched(*at)) {
            let cells = line.split(|byte| *byte == separator);
            let mut cells: Vec<Vec<u8>> = cells.map(<[u8]>::to_vec).collect();
            change(&mut cells);
            *line = cells.join(&separator);
        }
    });
}

fn some_line(bytes: &[u8], random: &mut Random) -> Option<usize> {
    Some(random.below(bytes.iter().filter(|byte| **byte == b'\n').count() + 1))
}

fn columns_swapped(bytes: &mut Vec<u8>, random: &mut Random) {
    let (one, other) = (random.below(30), random.below(30));
    with_cells(bytes, None, |cells| {
        let count = cells.len();
        cells.swap(one % count, other % count);
    });
}

fn cells_swapped(bytes: &mut Vec<u8>, random: &mut Random) {
    with_cells(bytes, some_line(bytes, random), |cells| {
        let (one, other) = (random.below(cells.len()), random.below(cells.len()));
        cells.swap(one, other);
    });
}

fn cell_cut(bytes: &mut Vec<u8>, random: &mut Random) {
    with_cells(bytes, some_line(bytes, random), |cells| {
        cells.remove(random.below(cells.len()));
    });
}

fn separator_more(bytes: &mut Vec<u8>, random: &mut Random) {
    let separator = separator(bytes);
    put_in(bytes, random, &[separator]);
}

fn huge_cell(bytes: &mut Vec<u8>, random: &mut Random) {
    const FILLINGS: [&str; 4] = ["税", "x", "9", " "];
    let filling = random.of_several(&FILLINGS).copied().unwrap_or_default();
    let times = 1 + random.below(CELL_BYTES_MAX / filling.len().max(1));
    let huge = filling.repeat(times).into_bytes();
    with_cells(bytes, some_line(bytes, random), |cells| {
        let at = random.below(cells.len());
        if let Some(cell) = cells.get_mut(at) {
            cell.clone_from(&huge);
        }
    });
}

fn odd_cell(bytes: &mut Vec<u8>, random: &mut Random) {
    const ODD: [&str; 28] = [
        "",
        "\\N",
        "NULL",
        "null",
        "-",
        "/",
        "0",
        "-0",
        "1e400",
        "1e-400",
        "NaN",
        "∞",
        "合计",
        "合 计",
        "９１５２０５８１",
        "2026-13-45",
        "2026年2月30日",
        "99999999999999999999999",
        "0.000000000000000000001",
        "壹佰万元整",
        "万元",
        "=1+1",
        "#REF!",
        "😀𠮷",
        "\u{202e}甲",
        "91520581MA6DEMQ1X",
        "甲\u{fffd}乙",
        "1,234,567.891",
    ];
    let odd = random.of_several(&ODD).copied().unwrap_or_default();
    with_cells(bytes, some_line(bytes, random), |cells| {
        let at = random.below(cells.len());
        if let Some(cell) = cells.get_mut(at) {
            *cell = odd.as_bytes().to_vec();
        }
    });
}

fn quote(bytes: &mut Vec<u8>, random: &mut Random) {
    const QUOTES: [&[u8]; 4] = [b"\"", b"\"\"", b",\"", b"\"x"];
    let quote = random.of_several(&QUOTES).copied().unwrap_or_default();
    put_in(bytes, random, quote);
}

fn control(bytes: &mut Vec<u8>, random: &mut Random) {
    const CONTROLS: [&[u8]; 6] = [b"\x01", b"\x0b", b"\x0c", b"\x1a", b"\r", b"\x7f"];
    let control = random.of_several(&CONTROLS).copied().unwrap_or_default();
    put_in(bytes, random, control);
}

fn foreign_row(bytes: &mut Vec<u8>, random: &mut Random) {
    const ROWS: [&str; 6] = [
        "编号,姓名,备注",
        "H|QXNSYH|CRD01|20261031|0001|GB18030",
        "{\"a\":[1,2,{\"b\":null}]}",
        "<table><tr><td>1</td></tr></table>",
        "合计,,,100",
        "PK\u{3}\u{4}",
    ];
    with_lines(bytes, |lines| {
        let row = random.of_several(&ROWS).copied().unwrap_or_default();
        let at = random.below(lines.len() + 1);
        lines.insert(at, row.as_bytes().to_vec());
    });
}
