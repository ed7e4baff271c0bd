//! From the file a department hands over to a component that may be loaded.
//!
//! `cargo build --target wasm32-unknown-unknown` gives a core module that carries the contract's
//! types in a custom section; it is made a component here. A component is taken as it is.

use wasmtime::Engine;
use wasmtime::component::{Component, types::ComponentItem};
use wit_component::DecodedWasm;
use wit_parser::WorldItem;

/// The largest component that is loaded (a Python adapter has 18.5 MB).
pub const COMPONENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The one import that the contract allows.
const LOG: &str = "log";
/// The one export that the contract asks for.
const FOLD: &str = "credit:adapter/fold@1.0.0";

/// Why a file is not loaded as an adapter.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// More bytes than [`COMPONENT_BYTES_MAX`].
    #[error("the component has {bytes} bytes, more than {COMPONENT_BYTES_MAX}")]
    TooLarge {
        /// How many.
        bytes: usize,
    },
    /// The file is neither a core module nor a component.
    #[error("the file is no WebAssembly")]
    NotWasm,
    /// A core module without the contract's types, or one that does not fit them.
    #[error("the module does not fit the contract; build it with the SDK: {0}")]
    Encode(String),
    /// It cannot be compiled.
    #[error("the component cannot be compiled: {0}")]
    Compile(String),
    /// It reaches for more than `log`.
    #[error("the component imports {0:?}; an adapter may import nothing but \"log\"")]
    Import(String),
    /// It does not export the fold of contract 1.
    #[error("the component does not export {FOLD:?}")]
    NoFold,
}

/// The component in `file`, made of a core module where it is one.
pub(crate) fn from_file(file: &[u8]) -> Result<Vec<u8>, ComponentError> {
    if file.len() > COMPONENT_BYTES_MAX {
        return Err(ComponentError::TooLarge { bytes: file.len() });
    }
    match file.get(..8) {
        Some(b"\0asm\x01\0\0\0") => encode(file),
        Some(b"\0asm\x0d\0\x01\0") => Ok(file.to_vec()),
        _ => Err(ComponentError::NotWasm),
    }
}

fn encode(module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|e| ComponentError::Encode(format!("{e:#}")))
}

/// What the adapter in `file` imports, by name, without compiling it. An interface of types alone
/// reaches nothing and is left out.
///
/// # Errors
/// It is no component, nor a module that one can be made of.
pub fn imports(file: &[u8]) -> Result<Vec<String>, ComponentError> {
    let decoded = wit_component::decode(&from_file(file)?)
        .map_err(|e| ComponentError::Encode(format!("{e:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(ComponentError::NotWasm);
    };
    let Some(world) = resolve.worlds.get(world) else {
        return Ok(Vec::new());
    };
    let reaches = |item: &WorldItem| match item {
        WorldItem::Function(_) => true,
        WorldItem::Interface { id, .. } => {
            let interface = resolve.interfaces.get(*id);
            interface.is_none_or(|interface| !interface.functions.is_empty())
        }
        WorldItem::Type { .. } => false,
    };
    let names = world.imports.iter().filter(|(_, item)| reaches(item));
    let mut names: Vec<String> = names.map(|(key, _)| resolve.name_world_key(key)).collect();
    names.sort();
    Ok(names)
}

/// Compiles `component`, or takes the compiled form from the engine's cache, and looks at its
/// border.
pub(crate) fn compile(engine: &Engine, component: &[u8]) -> Result<Component, ComponentError> {
    let compiled =
        Component::new(engine, component).map_err(|e| ComponentError::Compile(format!("{e:#}")))?;
    let kind = compiled.component_type();
    for (name, item) in kind.imports(engine) {
        // An interface of types alone (such as the world's own) reaches nothing.
        let harmless = match item.ty {
            ComponentItem::ComponentFunc(_) => name == LOG,
            ComponentItem::ComponentInstance(instance) => instance
                .exports(engine)
                .all(|(_, e)| matches!(e.ty, ComponentItem::Type(_))),
            ComponentItem::Type(_) => true,
            _ => false,
        };
        if !harmless {
            return Err(ComponentError::Import(name.to_owned()));
        }
    }
    if !kind.exports(engine).any(|(name, _)| name == FOLD) {
        return Err(ComponentError::NoFold);
    }
    Ok(compiled)
}
