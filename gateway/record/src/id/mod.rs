//! Identifiers as types: a value of one of these types has passed every check that its standard
//! knows.
//!
//! What must stay true:
//! - a value holds its canonical text inline (upper case, half width, no blanks), is `Copy` and
//!   never touches the heap;
//! - what was put right on the way is told as [`Repairs`], what is odd but right as [`Warnings`];
//! - nothing here prints a personal id: `Debug` masks it, an [`IdError`] never holds one;
//! - clean text of the right length is checked as it stands; only other text is normalised.

mod document;
mod error;
mod inline;
mod normal;
mod notes;
mod org_code;
mod person;
mod reg_no;
mod region;
mod tax_id;
mod uscc;

pub use document::{Document, DocumentKind};
pub use error::{IdError, IdKind};
pub use notes::{Repairs, Warnings};
pub use org_code::OrgCode;
pub use person::PersonId;
pub use reg_no::{RegNo, RegNoForm};
pub use region::{Region, RegionLevel};
pub use tax_id::{TaxForm, TaxId};
pub use uscc::Uscc;

pub(crate) use normal::{half_width, is_blank};
pub(crate) use person::{is_personal_id, looks_like_birth};

/// A right identifier, and what is to be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The identifier in its canonical form.
    pub value: T,
    /// What had to be put right in the text.
    pub repairs: Repairs,
    /// What is odd about it, although it is right.
    pub warnings: Warnings,
}

#[cfg(test)]
mod tests;
