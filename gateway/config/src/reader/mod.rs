//! Typed reading of TOML tables that finds every problem at once.
//!
//! A [`Section`] remembers every key it was asked for: what else stands in its table is unknown.
//! A value of the wrong kind is reported where it stands and read as absent. What may be a secret
//! is masked before any line is shown.

mod desk;
mod section;

pub(crate) use desk::{Desk, NamedFile, NamedKind, Spot, Trouble};
pub(crate) use section::{Section, Text, integer};
