use miniz_oxide::deflate::compress_to_vec;

use super::read;
use crate::adapter::Fault;
use crate::tables::grid::Grid;
use crate::tables::zip::crc32;

/// An archive of these parts, packed.
pub(crate) fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let packed = compress_to_vec(text.as_bytes(), 1);
        let mut head = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        head.extend(crc32(0, text.as_bytes()).to_le_bytes());
        head.extend((packed.len() as u32).to_le_bytes());
        head.extend((text.len() as u32).to_le_bytes());
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0; 2]);
        let local = out.len() as u32;
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(packed);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(local.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let at = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(
        [
            (parts.len() as u16).to_le_bytes(),
            (parts.len() as u16).to_le_bytes(),
        ]
        .concat(),
    );
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// A workbook of one sheet, with these further parts.
pub(crate) fn workbook(sheet: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{sheet}</worksheet>");
    let mut parts = vec![
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/>\
             </Relationships>",
        ),
        (
            "xl/workbook.xml",
            "<workbook><sheets><sheet name=\"A&amp;B\" r:id=\"rId1\"/></sheets></workbook>",
        ),
        ("xl/worksheets/sheet1.xml", sheet.as_str()),
    ];
    for part in more {
        parts.retain(|(name, _)| *name != part.0);
        parts.push(*part);
    }
    archive(&parts)
}

fn rows(grid: &Grid) -> Vec<(u64, String)> {
    let row = |row| {
        let cells: Vec<&str> = grid.line(row).iter().collect();
        cells.join("|")
    };
    grid.rows.iter().map(|r| (r.number, row(r))).collect()
}

fn code(bytes: &[u8]) -> String {
    let fault: Fault = read(bytes).unwrap_err();
    fault.code.into_owned()
}

#[test]
fn cells_are_text_as_people_see_them() {
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m\"/>\
                  </numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>\
                  <xf numFmtId=\"0\"/>\
                  <xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"4\"/></cellXfs>\
                  </styleSheet>";
    let strings = "<sst><si><t>甲&amp;乙</t></si><si><r><t>丙</t></r><r>\
                   <t xml:space=\"preserve\">丁 </t></r>\
                   <rPh><t>ping</t></rPh></si><si/></sst>";
    let sheet = "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"s\"><v>1</v></c>\
                 <c r=\"D2\" t=\"inlineStr\"><is><t>&#x4e00;_x000D_</t></is></c>\
                 <c r=\"E2\" t=\"s\"><v>2</v></c></row>\
                 <row r=\"4\"><c s=\"1\"><v>45292</v></c><c s=\"2\"><v>45292.5</v></c>\
                 <c s=\"3\"><v>1234567.8899999999</v></c><c><f>A1</f><v>520522780180013</v></c>\
                 <c t=\"b\"><v>1</v></c><c t=\"str\"><f>\"x\"</f><v>x</v></c><c>\
                 <v>9.1520522e+17</v></c></row>\
                 <row/><row><c t=\"e\"><v>#N/A</v></c></row></sheetData>";
    let bytes = workbook(
        sheet,
        &[("xl/styles.xml", styles), ("xl/sharedStrings.xml", strings)],
    );
    let grid = read(&bytes).unwrap();
    let found = rows(&grid);
    assert_eq!(found[0], (2, "甲&乙|丙丁 ||一\r".to_owned()));
    let second = "2024-01-01|2024-01-01 12:00:00|1234567.89|520522780180013|TRUE|x|9.1520522E+17";
    assert_eq!(found[1], (4, second.to_owned()));
    assert_eq!(found[2], (6, "#N/A".to_owned()));
    assert!(grid.rows[2].error && !grid.rows[1].error);
    assert_eq!(grid.tables[0].name, "A&B");
}

#[test]
fn hidden_sheets_are_left_out_and_rows_are_numbered_on() {
    let row = "<worksheet><sheetData><row r=\"3\"><c t=\"inlineStr\"><is><t>x</t></is></c></row>\
               </sheetData></worksheet>";
    let rels = "<Relationships><Relationship Id=\"a\" Target=\"/xl/worksheets/sheet1.xml\"/>\
                <Relationship Id=\"b\" Target=\"worksheets/sheet2.xml\"/></Relationships>";
    let book = "<x:workbook><x:workbookPr date1904=\"1\"/><x:sheets>\
                <x:sheet name=\"1\" r:id=\"a\"/>\
                <x:sheet name=\"2\" state=\"hidden\" r:id=\"b\"/><x:sheet name=\"3\" r:id=\"b\"/>\
                </x:sheets></x:workbook>";
    let bytes = workbook(
        "<row r=\"5\"><c r=\"B5\"><v>7</v></c></row></sheetData>",
        &[
            ("xl/_rels/workbook.xml.rels", rels),
            ("xl/workbook.xml", book),
            ("xl/worksheets/sheet2.xml", row),
        ],
    );
    let grid = read(&bytes).unwrap();
    assert_eq!(rows(&grid), [(5, "|7".to_owned()), (8, "x".to_owned())]);
}

#[test]
fn a_bomb_is_a_fault_and_no_memory() {
    let huge = format!(
        "<row><c t=\"inlineStr\"><is><t>{}</t></is></c></row></sheetData>",
        "x".repeat(2 << 20)
    );
    assert_eq!(code(&workbook(&huge, &[])), "document_too_large");
    let cell = format!(
        "<row><c t=\"inlineStr\"><is><t>{}</t></is></c></row></sheetData>",
        "x".repeat(200 << 10)
    );
    assert_eq!(code(&workbook(&cell, &[])), "document_too_large");
    let deep = "<a>".repeat(8_000_001);
    assert_eq!(code(&workbook(&deep, &[])), "document_too_large");
    let wide = "<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row></sheetData>";
    assert_eq!(code(&workbook(wide, &[])), "document_too_large");
    let lol = "<!DOCTYPE x [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;\">]><worksheet/>";
    let bytes = workbook("", &[("xl/worksheets/sheet1.xml", lol)]);
    assert_eq!(code(&bytes), "workbook_entities");
    let entity = "<row><c t=\"inlineStr\"><is><t>&lol;</t></is></c></row></sheetData>";
    assert_eq!(code(&workbook(entity, &[])), "workbook_entities");
}

#[test]
fn a_byte_that_changed_is_never_another_value() {
    let sheet =
        "<row><c><v>1234567.89</v></c><c t=\"inlineStr\"><is><t>甲</t></is></c></row></sheetData>";
    let good = workbook(sheet, &[]);
    let right = rows(&read(&good).unwrap());
    for at in 0..good.len() {
        let mut variants = vec![good[..at].to_vec()];
        for change in [1, 0x20, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            variants.push(bytes);
        }
        for bytes in variants {
            if let Ok(grid) = read(&bytes) {
                assert_eq!(rows(&grid), right, "byte {at}");
            }
        }
    }
}

#[test]
fn what_is_no_workbook_says_so() {
    assert_eq!(code(b"PK\x03\x04"), "workbook_damaged");
    assert_eq!(code(&archive(&[("a", "b")])), "workbook_damaged");
    let backwards = "<row r=\"2\"/><row r=\"1\"><c><v>1</v></c></row></sheetData>";
    assert_eq!(code(&workbook(backwards, &[])), "workbook_damaged");
    let string = "<row><c t=\"s\"><v>9</v></c></row></sheetData>";
    assert_eq!(code(&workbook(string, &[])), "workbook_damaged");
    let mut locked = workbook("</sheetData>", &[]);
    for at in 0..locked.len() {
        if locked[at..].starts_with(b"PK\x01\x02") {
            locked[at + 8] |= 1;
        }
    }
    assert_eq!(code(&locked), "workbook_old_or_locked");
}
