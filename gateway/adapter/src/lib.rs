//! The sandbox: adapters compiled once, limited, called and checked.
//!
//! The only crate that knows WebAssembly. What must stay true:
//! - an adapter reaches nothing but `log`: a component that imports more is not loaded;
//! - every call has a fresh instance, so no state lives but in `carry`;
//! - what a guest returns is checked as if an enemy had written it ([`check`]);
//! - a trap, a time-out or a lie ends that call and nothing else, and is named as what it was.

mod call;
mod catalogue;
mod check;
mod component;
mod contract;
mod limits;
mod manifest;
pub mod narrow;
mod sandbox;

pub use call::{Adapter, CallError, Input};
pub use catalogue::{Catalogue, CatalogueError, Installed};
pub use component::{COMPONENT_BYTES_MAX, ComponentError, imports};
pub use limits::{LIMITS, Limit, Limits, STACK_BYTES};
pub use manifest::{Feed, Manifest, ManifestError, Setting, SettingKind};
pub use sandbox::{Sandbox, SandboxError};
