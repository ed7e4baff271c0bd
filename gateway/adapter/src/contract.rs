//! The contract of `sdk/wit/v1` as Rust types, and their translation into the nouns of the flow.

use credit_record::flow;

wasmtime::component::bindgen!({
    path: "../../sdk/wit/v1",
    world: "adapter",
    ownership: Borrowing { duplicate_if_necessary: false },
});

pub(crate) use exports::credit::adapter::fold;

impl From<fold::Operation> for flow::Operation {
    fn from(operation: fold::Operation) -> Self {
        match operation {
            fold::Operation::Insert => Self::Insert,
            fold::Operation::Update => Self::Update,
            fold::Operation::Withdraw => Self::Withdraw,
            fold::Operation::Hold => Self::Hold,
        }
    }
}

impl From<fold::Page> for flow::Page {
    fn from(page: fold::Page) -> Self {
        Self {
            bodies: page.bodies,
            drafts: page
                .drafts
                .into_iter()
                .map(|d| flow::Draft {
                    source_row: d.source_row,
                    directory: d.directory,
                    operation: d.operation.into(),
                    end: d.end,
                })
                .collect(),
            directories: page.directories,
            doubts: page
                .doubts
                .into_iter()
                .map(|d| flow::Doubt {
                    source_row: d.source_row,
                    field: d.field,
                    code: d.code,
                    zh: d.zh,
                    en: d.en,
                    excerpt: d.excerpt,
                })
                .collect(),
            skipped: page
                .skipped
                .into_iter()
                .map(|s| flow::Skip {
                    reason: s.reason,
                    first_row: s.first_row,
                    rows: s.rows,
                })
                .collect(),
            controls: page
                .controls
                .into_iter()
                .map(|c| flow::Control {
                    name: c.name,
                    declared: c.declared,
                    found: c.found,
                })
                .collect(),
            consumed: page.consumed,
            carry: page.carry,
            cursor: page.cursor,
        }
    }
}
