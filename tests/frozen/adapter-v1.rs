//! What `adapter-v1.wasm` was built of, once: every part of contract 1 that an adapter can use.
//! It is kept to be read, and is not built again.
//!
//! A line is `KEY,NAME`; the first is a header. `?` doubts its row, `-` withdraws it, `=N` is a
//! control total and `>C` where the next pull goes on. The carry is the number of the last row.

wit_bindgen::generate!({ path: "adapter.wit", world: "adapter" });

use exports::credit::adapter::fold::{
    Control, Doubt, Draft, Fault, Guest, Operation, Page, Piece, Setting, Skip,
};

struct Frozen;

impl Guest for Frozen {
    fn translate(piece: Piece, carry: Vec<u8>, settings: Vec<Setting>) -> Result<Page, Fault> {
        let setting = |name: &str| {
            let found = settings.iter().find(|s| s.name == name);
            found.map(|s| s.value.as_str())
        };
        if setting("refuse") == Some("yes") {
            return Err(Fault {
                code: "refused".into(),
                zh: "按设置拒绝".into(),
                en: "refused as set".into(),
                source_row: Some(1),
            });
        }
        let mut row = carry.try_into().map_or(0, u64::from_le_bytes) + u64::from(piece.lost);
        let text = String::from_utf8_lossy(&piece.bytes);
        let mut page = Page {
            bodies: String::new(),
            drafts: Vec::new(),
            directories: vec![setting("directory").unwrap_or("tax-rating").into()],
            doubts: Vec::new(),
            skipped: Vec::new(),
            controls: Vec::new(),
            consumed: 0,
            carry: Vec::new(),
            cursor: None,
        };
        let mut drafted = 0;
        for line in text.split_inclusive('\n') {
            if !line.ends_with('\n') && !piece.last {
                break;
            }
            page.consumed += line.len() as u64;
            row += 1;
            let line = line.trim_end();
            let (key, name) = line.split_once(',').unwrap_or((line, ""));
            match key.chars().next() {
                _ if row == 1 => page.skipped.push(Skip {
                    reason: "header".into(),
                    first_row: 1,
                    rows: 1,
                }),
                Some('?') => page.doubts.push(Doubt {
                    source_row: row,
                    field: "nsrmc".into(),
                    code: "asked".into(),
                    zh: "存疑".into(),
                    en: "doubted".into(),
                    excerpt: line.into(),
                }),
                Some('=') => page.controls.push(Control {
                    name: "rows".into(),
                    declared: key[1..].into(),
                    found: drafted.to_string(),
                }),
                Some('>') => page.cursor = Some(key[1..].into()),
                first => {
                    drafted += 1;
                    let key = key.trim_start_matches('-');
                    page.bodies += &format!("{{\"nsrsbh\":\"{key}\",\"nsrmc\":\"{name}\"}}");
                    page.drafts.push(Draft {
                        source_row: row,
                        directory: 0,
                        operation: match first {
                            Some('-') => Operation::Withdraw,
                            _ => Operation::Insert,
                        },
                        end: page.bodies.len() as u32,
                    });
                }
            }
        }
        let (part, parts) = (piece.part, piece.parts);
        log(&format!("{} {part}/{parts} {} {}", piece.feed, piece.file, piece.offset));
        page.carry = row.to_le_bytes().to_vec();
        Ok(page)
    }
}

export!(Frozen);
