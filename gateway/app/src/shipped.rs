//! The adapters and the directories that come with the binary.

use credit_adapter::{Installed, ManifestError};
use std::borrow::Cow;

/// Manifest and core module of each shipped adapter.
const ADAPTERS: [(&str, &[u8]); 4] = [
    (
        include_str!("../../../plugins/tax/adapter.toml"),
        include_bytes!(concat!(env!("OUT_DIR"), "/credit_adapter_tax.wasm")),
    ),
    (
        include_str!("../../../plugins/market/adapter.toml"),
        include_bytes!(concat!(env!("OUT_DIR"), "/credit_adapter_market.wasm")),
    ),
    (
        include_str!("../../../plugins/courts/adapter.toml"),
        include_bytes!(concat!(env!("OUT_DIR"), "/credit_adapter_courts.wasm")),
    ),
    (
        include_str!("../../../plugins/banks/adapter.toml"),
        include_bytes!(concat!(env!("OUT_DIR"), "/credit_adapter_banks.wasm")),
    ),
];

/// The shipped adapters.
pub(crate) fn adapters() -> Result<Vec<Installed>, ManifestError> {
    let adapters = ADAPTERS.into_iter();
    adapters
        .map(|(manifest, module)| Installed::new(manifest, Cow::Borrowed(module)))
        .collect()
}
