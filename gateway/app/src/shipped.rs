//! The adapters and the directories that come with the binary.

use credit_adapter::{Catalogue, Installed, ManifestError};
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

/// A catalogue of the shipped adapters.
pub(crate) fn catalogue() -> Result<Catalogue, ManifestError> {
    let mut catalogue = Catalogue::default();
    for (manifest, module) in ADAPTERS {
        catalogue.add(Installed::new(manifest, Cow::Borrowed(module))?);
    }
    Ok(catalogue)
}
