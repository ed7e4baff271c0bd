//! The nouns of the flow, identifiers, directories and the judge.
//!
//! This crate knows nobody: no disk, no network, no clock.

pub mod calendar;
mod days;
pub mod directory;
pub mod flow;
pub mod id;
pub mod judge;
pub mod mask;
pub mod moment;
pub mod money;
pub mod rules;
