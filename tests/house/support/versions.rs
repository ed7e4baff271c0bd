//! Versions of one adapter: the hostile one, which behaves where a route or a default tells it to.

use super::House;
use credit_bundle::{Bundle, Summary, Version, day};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// What lets versions be installed that nobody signed.
pub(crate) const UNSIGNED: &str = "[adapters]\ndir = \"../adapters\"\npolicy = \"development\"";

impl House {
    /// A house with a folder of adapters, in which versions that nobody signed may serve.
    pub(crate) fn with_shelf(more: &str) -> Self {
        let house = Self::new();
        std::fs::create_dir_all(house.path("adapters")).unwrap();
        house.gateway(&format!("{UNSIGNED}\n{more}"));
        house
    }

    /// Packs a version; its manifest is edited first.
    pub(crate) fn pack(&self, version: &str, edit: impl FnOnce(String) -> String) -> PathBuf {
        let bundle = bundle(version, edit, component(version));
        let name = format!("bundles/{}", bundle.file_name());
        self.put(&name, bundle.to_bytes());
        self.path(&name)
    }

    /// Packs and installs a version.
    pub(crate) fn install(&self, version: &str, edit: impl FnOnce(String) -> String) {
        let file = self.pack(version, edit);
        let file = file.to_str().unwrap();
        self.run(&["adapter", "install", file]).good();
    }

    /// Packs and installs a version that serves from now on.
    pub(crate) fn install_and_promote(&self, version: &str, edit: impl FnOnce(String) -> String) {
        self.install(version, edit);
        self.run(&["adapter", "promote", &format!("hostile@{version}")])
            .good();
    }

    /// How a version stands, as the list of adapters says.
    pub(crate) fn standing(&self, version: &str) -> String {
        let listed = self.ask(&["adapter", "list"]);
        let found = listed
            .iter()
            .find(|a| a["name"] == "hostile" && a["version"] == version);
        let found = found.unwrap_or_else(|| panic!("{version} is not in {listed:?}"));
        found["standing"].as_str().unwrap().to_owned()
    }

    /// What serves a route, as the status says.
    pub(crate) fn serves(&self, route: &str) -> Value {
        self.books(route)["serves"].clone()
    }

    /// Puts a file into the inbox of a route, whole at once.
    pub(crate) fn deliver(&self, route: &str, name: &str, content: &str) {
        self.put(&format!("feeds/{route}/{name}.part"), content);
        let part = self.path(&format!("feeds/{route}/{name}.part"));
        std::fs::rename(part, self.path(&format!("feeds/{route}/{name}"))).unwrap();
    }
}

/// A manifest as it stands.
pub(crate) fn as_it_is(manifest: String) -> String {
    manifest
}

/// A manifest whose version does `mode` where a route says nothing.
pub(crate) fn doing(mode: &str) -> impl FnOnce(String) -> String {
    let other = format!("default = \"{mode}\"\nrequired = false");
    move |manifest| manifest.replace("required = true", &other)
}

/// The bundle of a version.
pub(crate) fn bundle(
    version: &str,
    edit: impl FnOnce(String) -> String,
    component: Vec<u8>,
) -> Bundle {
    let manifest = include_str!("../../hostile/adapter.toml").replace("0.1.0", version);
    let summary = Summary {
        name: "hostile".to_owned(),
        version: Version::parse(version).unwrap(),
        contract: "1.0".to_owned(),
        feeds: vec!["rows".to_owned()],
        memory_mib: 64,
        call_ms: 1_000,
        output_mib: 16,
        carry_kib: 16,
    };
    let created = day("2026-11-24").unwrap();
    Bundle::pack(edit(manifest), component, summary, created).unwrap()
}

/// The component of a version: no two have the same bytes.
pub(crate) fn component(version: &str) -> Vec<u8> {
    let module = std::fs::read(env!("HOSTILE_ADAPTER")).unwrap();
    let mut component = credit_adapter::component_of(&module).unwrap();
    // A custom section: its kind, its size, its name with its size, its content.
    let content = [&[4], b"made".as_slice(), version.as_bytes()].concat();
    component.extend([0, u8::try_from(content.len()).unwrap()]);
    component.extend(content);
    component
}

/// SHA-256 of the component of a version.
pub(crate) fn digest(version: &str) -> String {
    let digest = Sha256::digest(component(version));
    digest.iter().map(|b| format!("{b:02x}")).collect()
}
