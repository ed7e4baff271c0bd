//! An adapter that breaks every rule of the contract: the setting `mode` says which.
//!
//! `good` and `trap_row` read lines `id,name,year,office` without a header into drafts of
//! `tax-rating`; `trap_row` panics on a line that holds `TRAP`.
#![cfg(target_arch = "wasm32")]

mod lines;

use std::hint::black_box;

use credit_sdk::component::exports::credit::adapter::fold::{
    Draft, Fault, Guest, Operation, Page, Piece, Setting,
};
use credit_sdk::component::{Export, log};
use lines::{Lines, TrapLines};

/// Bytes of a text or a carry that no host wants.
const HUGE_BYTES: usize = 40 << 20;

/// Elements of a list that grows threefold when the host lifts it.
const HUGE_LIST: usize = 2 << 20;

struct Hostile;

impl Guest for Hostile {
    fn translate(piece: Piece, carry: Vec<u8>, settings: Vec<Setting>) -> Result<Page, Fault> {
        let mode = settings.iter().find(|setting| setting.name == "mode");
        let mode = mode
            .map(|setting| setting.value.clone())
            .unwrap_or_default();
        let consumed = piece.bytes.len() as u64;
        match mode.as_str() {
            "good" => Export::<Lines>::translate(piece, carry, settings),
            "trap_row" => Export::<TrapLines>::translate(piece, carry, settings),
            "trap" => panic!("as told"),
            "loop" => loop {
                black_box(());
            },
            "memory" => {
                let mut held = Vec::new();
                loop {
                    held.push(black_box(vec![1_u8; 1 << 20]));
                }
            }
            "recursion" => Ok(page(recurse(consumed))),
            "log" => loop {
                log(&"again and again ".repeat(64));
            },
            "lie_consumed" => Ok(page(consumed + 1)),
            "consume_nothing" => Ok(page(0)),
            "carry" => Ok(Page {
                carry: vec![7; HUGE_BYTES],
                ..page(consumed)
            }),
            "bodies" => Ok(with_drafts("no JSON", &[7], 0, consumed)),
            "ends" => Ok(with_drafts("{}{}{}", &[4, 2, 6], 0, consumed)),
            "boundary" => Ok(with_drafts("{\"nsrmc\":\"黔\"}", &[11, 15], 0, consumed)),
            "directory" => Ok(with_drafts("{}", &[2], 7, consumed)),
            "invalid_utf8" => {
                // SAFETY: not upheld, and that is the point; the text is only handed to the host,
                // by address and length.
                let bodies = unsafe { String::from_utf8_unchecked(vec![b'{', 0xff, 0xfe, b'}']) };
                Ok(Page {
                    bodies,
                    ..with_drafts("", &[4], 0, consumed)
                })
            }
            "huge_list" => Ok(Page {
                directories: vec![String::new(); HUGE_LIST],
                ..page(consumed)
            }),
            other => Err(Fault {
                code: "mode_unknown".to_owned(),
                zh: format!("没有这种方式：{other}"),
                en: format!("no such mode: {other}"),
                source_row: None,
            }),
        }
    }
}

fn page(consumed: u64) -> Page {
    with_drafts("", &[], 0, consumed)
}

/// A page with one draft a row, whatever its ends.
fn with_drafts(bodies: &str, ends: &[u32], directory: u16, consumed: u64) -> Page {
    let draft = |(row, end): (u64, &u32)| Draft {
        source_row: row,
        directory,
        operation: Operation::Insert,
        end: *end,
    };
    Page {
        bodies: bodies.to_owned(),
        drafts: (1..).zip(ends).map(draft).collect(),
        directories: vec!["tax-rating".to_owned()],
        doubts: Vec::new(),
        skipped: Vec::new(),
        controls: Vec::new(),
        consumed,
        carry: Vec::new(),
        cursor: None,
    }
}

#[expect(unconditional_recursion, reason = "the stack must end somewhere")]
fn recurse(depth: u64) -> u64 {
    let held = black_box([depth; 64]);
    recurse(depth + 1) + held.iter().sum::<u64>()
}

credit_sdk::component::export_bindings!(Hostile with_types_in credit_sdk::component);
