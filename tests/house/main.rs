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

mod bundles;
mod candidates;
mod check;
mod configs;
mod crash;
mod day;
mod dead_letters;
mod delivery;
mod demo;
mod departments;
mod exchange;
mod failures;
mod feeds;
mod folder;
mod frozen;
mod hostile;
mod kit;
mod languages;
mod lists;
mod pulls;
mod push;
mod quarantine;
mod quirks;
mod reload;
mod replay;
mod service;
mod shadow;
mod shelf;
mod snapshots;
mod sql;
mod support;
mod swaps;
mod targets;
mod tidy;
mod transfer;
mod tryout;
mod watch;
