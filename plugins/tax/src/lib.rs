//! The tax office adapter.
//!
//! Feed `rating`: the yearly list of tax credit ratings (纳税信用级别名单), as tax offices publish
//! it. What must stay true: ids are passed on as they stand, and only the judge says what they are.

mod rating;

pub use rating::Rating;

credit_sdk::export_adapter!(Rating);

#[cfg(test)]
mod tests;
