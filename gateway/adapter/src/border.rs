//! A component's border, read without compiling it: what a department hands over is looked at here
//! first, and whatever compiles looks again.

use crate::component::{self, ComponentError, FOLD, LOG};
use wasmparser::component_types::ComponentEntityType;
use wasmparser::{Parser, Payload, Validator, types::Types};

/// The component in `file`, made of a core module where it is one.
///
/// # Errors
/// It is larger than it may be, is no WebAssembly, or does not fit the contract's types.
pub fn component_of(file: &[u8]) -> Result<Vec<u8>, ComponentError> {
    component::from_file(file)
}

/// What a component imports that reaches anything: `log` or nothing.
///
/// # Errors
/// It is no valid component, reaches for more, or does not export the fold of contract 1.
pub fn imports(component: &[u8]) -> Result<Vec<String>, ComponentError> {
    if component.len() > component::COMPONENT_BYTES_MAX {
        let bytes = component.len();
        return Err(ComponentError::TooLarge { bytes });
    }
    if !Parser::is_component(component) {
        return Err(ComponentError::NotWasm);
    }
    let invalid = |e: wasmparser::BinaryReaderError| ComponentError::Compile(e.to_string());
    let types = Validator::new().validate_all(component).map_err(invalid)?;
    let mut found = Vec::new();
    for name in names(component).map_err(invalid)? {
        let item = types.component_item_for_import(&name);
        match item.map(|item| &item.ty) {
            Some(ComponentEntityType::Func(_)) if name == LOG => found.push(name),
            Some(ComponentEntityType::Type { .. }) => {}
            Some(ComponentEntityType::Instance(instance)) => {
                // An interface of types alone (such as the world's own) reaches nothing.
                let mut exports = types[*instance].exports.values();
                if !exports.all(|e| matches!(e.ty, ComponentEntityType::Type { .. })) {
                    return Err(ComponentError::Import(name));
                }
            }
            _ => return Err(ComponentError::Import(name)),
        }
    }
    match exports_fold(&types) {
        true => Ok(found),
        false => Err(ComponentError::NoFold),
    }
}

fn exports_fold(types: &Types) -> bool {
    types.component_item_for_export(FOLD).is_some()
}

/// Names of the imports of the component itself, not of what is nested in it.
fn names(component: &[u8]) -> Result<Vec<String>, wasmparser::BinaryReaderError> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    names.push(import?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}
