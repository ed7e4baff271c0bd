//! The house seen from outside: the built binary, real files, the sandbox platform on loopback.
//!
//! `GATEWAY` names another binary than the one built beside these tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

mod check;
mod crash;
mod delivery;
mod demo;
mod departments;
mod feeds;
mod hostile;
mod lists;
mod pulls;
mod quirks;
mod reload;
mod service;
mod snapshots;
mod sql;
mod support;
mod targets;
mod tidy;
