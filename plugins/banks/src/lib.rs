//! The banks adapter: guaranteed loans (担保贷款) and corporate loan notes (对公信贷业务借据).
//!
//! What must stay true: a natural person's loan leaves here only under a configured legal basis,
//! and its id is in no message; a file whose control totals do not agree is told so, to the 分.

mod basis;
mod books;
mod columns;
mod fixed;
mod guarantee;
mod layout;
mod loan_note;
mod pipe;
mod row;

pub use columns::Column;
pub use fixed::Fixed;
pub use guarantee::Guarantee;
pub use loan_note::LoanNote;
pub use pipe::Pipe;

credit_sdk::feeds! {
    /// The adapter.
    pub struct Banks {
        "guarantee" => Guarantee<Pipe>,
        "guarantee-fixed" => Guarantee<Fixed>,
        "loan-note" => LoanNote,
    }
}

credit_sdk::export_adapter!(Banks);

#[cfg(test)]
mod tests;
