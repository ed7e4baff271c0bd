//! The bindings between the contract and [`crate::adapter`]: compiled for WebAssembly only.

use self::bindings::exports::credit::adapter::fold;
pub use self::bindings::*;
use crate::adapter::{self, Adapter, Fault, Piece, Settings};
use crate::page::{Operation, Page};

#[allow(
    missing_docs,
    reason = "generated from the contract, which documents it"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "wit/v1",
        world: "adapter",
        pub_export_macro: true,
        export_macro_name: "export_bindings",
        default_bindings_module: "credit_sdk::component",
    });
}

/// Exports an [`Adapter`] as the component's fold.
#[derive(Debug)]
pub struct Export<A>(std::marker::PhantomData<A>);

impl<A: Adapter> fold::Guest for Export<A> {
    fn translate(
        piece: fold::Piece,
        carry: Vec<u8>,
        settings: Vec<fold::Setting>,
    ) -> Result<fold::Page, fold::Fault> {
        let settings: Settings<'_> = settings
            .iter()
            .map(|s| (s.name.as_str(), s.value.as_str()))
            .collect();
        let piece = Piece {
            feed: &piece.feed,
            file: &piece.file,
            part: piece.part,
            parts: piece.parts,
            bytes: &piece.bytes,
            offset: piece.offset,
            last: piece.last,
            lost: piece.lost,
        };
        adapter::call::<A>(&piece, &carry, &settings)
            .map(page)
            .map_err(fault)
    }
}

fn page(page: Page) -> fold::Page {
    let draft = |draft: crate::page::Draft| fold::Draft {
        source_row: draft.source_row,
        directory: draft.directory,
        operation: match draft.operation {
            Operation::Insert => fold::Operation::Insert,
            Operation::Update => fold::Operation::Update,
            Operation::Withdraw => fold::Operation::Withdraw,
            Operation::Hold => fold::Operation::Hold,
        },
        end: draft.end,
    };
    let doubt = |doubt: crate::page::Doubt| fold::Doubt {
        source_row: doubt.source_row,
        field: doubt.field,
        code: doubt.reason.code.into_owned(),
        zh: doubt.reason.zh.into_owned(),
        en: doubt.reason.en.into_owned(),
        excerpt: doubt.excerpt,
    };
    let skip = |skip: crate::page::Skip| fold::Skip {
        reason: skip.reason.into_owned(),
        first_row: skip.first_row,
        rows: skip.rows,
    };
    let control = |control: crate::page::Control| fold::Control {
        name: control.name,
        declared: control.declared,
        found: control.found,
    };
    fold::Page {
        bodies: page.bodies,
        drafts: page.drafts.into_iter().map(draft).collect(),
        directories: page.directories,
        doubts: page.doubts.into_iter().map(doubt).collect(),
        skipped: page.skipped.into_iter().map(skip).collect(),
        controls: page.controls.into_iter().map(control).collect(),
        consumed: page.consumed,
        carry: page.carry,
        cursor: page.cursor,
    }
}

fn fault(fault: Fault) -> fold::Fault {
    fold::Fault {
        code: fault.code.into_owned(),
        zh: fault.zh.into_owned(),
        en: fault.en.into_owned(),
        source_row: fault.source_row,
    }
}
