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

#[cfg(test)]
mod tests {
    use super::*;

    /// A component of these sections.
    fn component(sections: &[&[u8]]) -> Vec<u8> {
        [&b"\0asm\x0d\0\x01\0"[..], &sections.concat()].concat()
    }

    /// The type of a function without parameters and results.
    const FUNC: &[u8] = b"\x07\x05\x01\x40\x00\x01\x00";
    /// The type of an instance that exports the function `run`, and of one that exports a type.
    const RUN: &[u8] = b"\x07\x10\x01\x42\x02\x01\x40\x00\x01\x00\x04\x00\x03run\x01\x00";
    const TYPES: &[u8] = b"\x07\x0e\x01\x42\x02\x01\x79\x04\x00\x03row\x03\x00\x00";

    #[test]
    fn what_an_adapter_must_not_import_is_told_without_compiling() {
        let import = |sections: &[&[u8]]| match imports(&component(sections)) {
            Err(ComponentError::Import(name)) => name,
            other => panic!("{other:?}"),
        };
        let fetch = b"\x0a\x0a\x01\x00\x05fetch\x01\x00";
        assert_eq!(import(&[FUNC, fetch]), "fetch");
        let wasi = b"\x0a\x17\x01\x00\x12wasi:cli/run@0.2.0\x05\x00";
        assert_eq!(import(&[RUN, wasi]), "wasi:cli/run@0.2.0");
        // What reaches nothing is no import; what is missing then is the export.
        let log = b"\x0a\x08\x01\x00\x03log\x01\x00";
        let types = b"\x0a\x16\x01\x00\x11credit:rows/types\x05\x00";
        for harmless in [&[FUNC, log][..], &[TYPES, types]] {
            let found = imports(&component(harmless));
            assert!(matches!(found, Err(ComponentError::NoFold)), "{found:?}");
        }
    }

    #[test]
    fn what_is_no_component_is_named() {
        for file in [&b""[..], b"PK\x03\x04", b"\0asm\x01\0\0\0"] {
            assert!(matches!(imports(file), Err(ComponentError::NotWasm)));
        }
        let broken = imports(&component(&[b"\x07\x05\x01"]));
        assert!(
            matches!(broken, Err(ComponentError::Compile(_))),
            "{broken:?}"
        );
        assert!(matches!(
            component_of(b"nonsense"),
            Err(ComponentError::NotWasm)
        ));
    }
}
