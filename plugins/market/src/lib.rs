//! The market supervision adapter.
//!
//! Feed `penalty`: the administrative penalties that departments publish (双公示 行政处罚), in the
//! layout of 2016 to 2018 (generation 1), in that of the 2018 standard (generation 2), and as the
//! table that is published. What must stay true: a column that says something the directory has no
//! place for is not bent to fit; a state that only a person can judge is doubted.

mod columns;
mod penalty;

pub use columns::Column;
pub use penalty::Penalty;

credit_sdk::export_adapter!(Penalty);

#[cfg(test)]
mod tests;
