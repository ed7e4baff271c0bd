//! The sandbox: adapters compiled once, limited, called and checked.
//!
//! The only crate that knows WebAssembly. What must stay true:
//! - an adapter reaches nothing but `log`: a component that imports more is not loaded;
//! - every call has a fresh instance, so no state lives but in `carry`;
//! - what a guest returns is checked as if an enemy had written it ([`check`]);
//! - a trap, a time-out or a lie ends that call and nothing else, and is named as what it was.

mod border;
mod call;
mod check;
mod component;
mod contract;
mod installed;
mod limits;
mod manifest;
pub mod narrow;
mod sandbox;
mod usage;

pub use border::{component_of, imports};
pub use call::{Adapter, CallError, Input};
pub use component::{COMPONENT_BYTES_MAX, ComponentError};
pub use installed::{FolderError, Installed};
pub use limits::{LIMITS, Limit, Limits, STACK_BYTES};
pub use manifest::{CONTRACTS, Feed, Manifest, ManifestError, Setting, SettingKind, is_name};
pub use sandbox::{Sandbox, SandboxError};
pub use usage::Usage;
