//! Adapters as signed files: packed, signed, admitted, trusted, carried.
//!
//! A bundle is one file: an adapter's manifest and component, what its author states of them, and
//! the data office's admission. It knows neither the network nor WebAssembly; whoever opens a
//! bundle says what its manifest declares ([`Summary`]), and [`Bundle::verify`] holds that
//! against the statement. What must stay true:
//! - a bundle has one form: what is read would be written again byte for byte, so that no byte of
//!   it can be changed unseen;
//! - nothing of a file is believed before its size, and nothing of a statement before its digests;
//! - the author signs the statement, the office signs the author's whole envelope: it admits what
//!   a department wrote *and* that this department wrote it;
//! - a date in a signature proves nothing about a stolen key: what a revoked key signed is refused,
//!   whenever that was;
//! - every [`Refusal`] has a code, a reason and a remedy, in Chinese and English.

mod archive;
mod bundle;
mod day;
mod disk;
mod envelope;
mod hex;
mod key;
mod ledger;
mod oci;
mod refusal;
#[cfg(test)]
mod samples;
mod statement;
mod trust;
mod verify;
mod version;

pub use archive::{BUNDLE_BYTES_MAX, COMPONENT_BYTES_MAX, MANIFEST_BYTES_MAX};
pub use bundle::{Bundle, EXTENSION, OpenError, SealError};
pub use chrono::NaiveDate as Day;
pub use day::parse as day;
pub use disk::replace;
pub use key::{Fingerprint, KeyError, KeyFile, PublicKey, Role, SecretKey};
pub use ledger::{LEDGER, Ledger, LedgerError, Remembered};
pub use oci::{OciError, export, import};
pub use refusal::Refusal;
pub use statement::{Admission, Content, Statement, Summary};
pub use trust::{Pattern, Revoked, Trust, TrustError, Trusted};
pub use verify::{Against, Occasion, Policy, Signer, Verdict};
pub use version::Version;
