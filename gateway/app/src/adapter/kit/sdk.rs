//! `gateway adapter sdk`: the SDK that this gateway was built with, out of the binary.
//!
//! What must stay true: it stands by itself; what its manifest took from the workspace is written
//! out, so a department needs this binary, cargo, and the crates that the SDK names.

use crate::exit::Exit;
use crate::failure::Failure;
use std::path::Path;
use toml::{Table, Value};

/// The sources by their paths, and what the manifest takes from the workspace.
mod built_with {
    include!(concat!(env!("OUT_DIR"), "/sdk_files.rs"));
}

/// The versions of all crates that this gateway was built and tested with.
pub(super) const LOCK: &str = built_with::LOCK;

/// The package's name.
const PACKAGE: &str = "credit-sdk";

/// Writes the SDK out.
pub(super) fn write(out: &Path) -> Result<Exit, Failure> {
    if out.exists() && !is_sdk(out) {
        let message = format!("{} is there and holds no SDK", out.display());
        return Err(Failure::new(Exit::Failed, message).remedy("name a folder that is not there"));
    }
    if out.exists() {
        std::fs::remove_dir_all(out).map_err(|e| failed(out, &e))?;
    }
    copy(out)?;
    println!("{}", out.display());
    Ok(Exit::Done)
}

/// Writes the SDK into `out`, which must not be there.
pub(super) fn copy(out: &Path) -> Result<(), Failure> {
    put(&out.join("Cargo.toml"), &manifest()?)?;
    for (path, text) in built_with::FILES {
        put(&out.join(path), text)?;
    }
    Ok(())
}

/// Whether a folder holds an SDK.
pub(super) fn is_sdk(folder: &Path) -> bool {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).ok();
    let manifest = manifest.and_then(|text| text.parse::<Table>().ok());
    let name = manifest
        .as_ref()
        .and_then(|m| m.get("package")?.get("name")?.as_str());
    name == Some(PACKAGE)
}

/// Writes a file and the folders above it.
pub(super) fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = folder.and_then(|()| std::fs::write(path, text));
    written.map_err(|e| failed(path, &e))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{}: {error}", path.display()))
}

/// The SDK's manifest, with all that it takes from its workspace written out.
fn manifest() -> Result<String, Failure> {
    let table = |text: &str| {
        text.parse::<Table>()
            .map_err(|e| Failure::of(Exit::Failed, &e))
    };
    let (mut manifest, root) = (table(built_with::MANIFEST)?, table(built_with::WORKSPACE)?);
    let workspace = root
        .get("workspace")
        .and_then(Value::as_table)
        .cloned()
        .unwrap_or_default();
    let of = |key: &str| {
        workspace
            .get(key)
            .and_then(Value::as_table)
            .cloned()
            .unwrap_or_default()
    };
    if let Some(package) = manifest.get_mut("package").and_then(Value::as_table_mut) {
        inherit(package, &of("package"));
    }
    let known = of("dependencies");
    let lists = ["dependencies", "build-dependencies", "dev-dependencies"];
    for list in lists {
        dependencies(manifest.get_mut(list), &known);
    }
    let targets = manifest.get_mut("target").and_then(Value::as_table_mut);
    for (_, target) in targets.into_iter().flatten() {
        for list in lists {
            dependencies(target.get_mut(list), &known);
        }
    }
    manifest.insert("lints".to_owned(), Value::Table(of("lints")));
    Ok(manifest.to_string())
}

/// Gives every key of `table` that is the workspace's its value there.
fn inherit(table: &mut Table, workspace: &Table) {
    for (key, value) in table.iter_mut() {
        if value.get("workspace").is_some()
            && let Some(known) = workspace.get(key)
        {
            value.clone_from(known);
        }
    }
}

/// Writes dependencies out: the workspace's version and features, and those asked for here.
fn dependencies(list: Option<&mut Value>, known: &Table) {
    for (name, asked) in list.and_then(Value::as_table_mut).into_iter().flatten() {
        let Some(asked_for) = asked.as_table().filter(|a| a.contains_key("workspace")) else {
            continue;
        };
        let mut whole = match known.get(name) {
            Some(Value::Table(table)) => table.clone(),
            Some(version) => Table::from_iter([("version".to_owned(), version.clone())]),
            None => Table::new(),
        };
        for (key, value) in asked_for.iter().filter(|(key, _)| *key != "workspace") {
            match (whole.get_mut(key), value) {
                (Some(Value::Array(own)), Value::Array(more)) => own.extend(more.iter().cloned()),
                _ => drop(whole.insert(key.clone(), value.clone())),
            }
        }
        *asked = Value::Table(whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_stands_by_itself() {
        let text = manifest().unwrap();
        assert!(!text.contains("workspace"), "{text}");
        let manifest: Table = text.parse().unwrap();
        assert_eq!(manifest["package"]["edition"].as_str(), Some("2024"));
        let json = manifest["dependencies"]["serde_json"].as_table().unwrap();
        assert!(json["version"].is_str() && json["optional"].as_bool() == Some(true));
        assert!(manifest["lints"]["rust"].is_table());
        assert!(
            built_with::FILES
                .iter()
                .any(|(path, _)| *path == "wit/v1/adapter.wit")
        );
        assert!(
            built_with::FILES
                .iter()
                .all(|(path, _)| *path != "Cargo.toml")
        );
    }
}
