//! A county in which adapters are signed and admitted.

use crate::support::House;
use credit_bundle::{Bundle, SecretKey, Summary, Version};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

pub(super) const MANIFEST: &str = include_str!("../../hostile/adapter.toml");
const DAY: &str = "2026-11-20";

/// A house whose operator trusts one department and the data office.
pub(super) struct County {
    pub(super) house: House,
}

impl County {
    pub(super) fn new() -> Self {
        let county = Self {
            house: House::new(),
        };
        county.house.gateway("[adapters]\ntrust = \"../trust\"");
        county.key("tax", "author", "黔西市税务局");
        county.key("office", "office", "黔西市大数据局");
        county.trust("tax", &["--adapters", "hostile,qianxi-*"]);
        county.trust("office", &[]);
        county
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.house.path(name).to_str().unwrap().to_owned()
    }

    pub(super) fn key(&self, file: &str, role: &str, name: &str) {
        let file = self.path(file);
        let args = ["key", "new", "--role", role, "--name", name, "--out", &file];
        self.house.run(&args).good();
    }

    pub(super) fn trust(&self, key: &str, more: &[&str]) {
        let key = self.path(&format!("{key}.pub"));
        self.house
            .run(&[&["trust", "add", &key], more].concat())
            .good();
    }

    pub(super) fn secret(&self, key: &str) -> SecretKey {
        SecretKey::read(&self.house.path(key)).unwrap().0
    }

    /// The folder that a department hands in.
    pub(super) fn folder(&self) -> String {
        let module = fs::read(env!("HOSTILE_ADAPTER")).unwrap();
        self.house.put("hostile/adapter.wasm", module);
        self.house.put("hostile/adapter.toml", MANIFEST);
        self.path("hostile")
    }

    /// A bundle packed by the binary; nobody has signed it.
    pub(super) fn packed(&self, file: &str) -> (PathBuf, Bundle) {
        let (folder, out) = (self.folder(), self.path(file));
        let args = ["adapter", "pack", &folder, "--out", &out, "--created", DAY];
        self.house.run(&args).good();
        let path = self.house.path(file);
        let bundle = Bundle::open(&path).unwrap();
        (path, bundle)
    }

    pub(super) fn sign(&self, bundle: &mut Bundle, author: &str, office: &str) {
        bundle.sign(&self.secret(author), true).unwrap();
        let day = credit_bundle::day("2026-11-24").unwrap();
        bundle.admit(&self.secret(office), day, "", true).unwrap();
    }

    /// What the gateway says of a file with these bytes: the codes, the first of which decides.
    pub(super) fn verify(&self, bytes: &[u8]) -> Vec<String> {
        self.house.put("handed-in.adapter", bytes);
        let file = self.path("handed-in.adapter");
        let ran = self
            .house
            .run(&["adapter", "verify", &file, "--format", "json"]);
        let report = ran.json().remove(0);
        let code = if report["accepted"] == true { 0 } else { 9 };
        assert_eq!(ran.code, code, "{report}");
        let problems = report["problems"].as_array().unwrap();
        for problem in problems {
            for word in ["message_zh", "message_en", "help_zh", "help_en"] {
                assert!(
                    !problem[word].as_str().unwrap().is_empty(),
                    "{word}: {problem}"
                );
            }
        }
        let code = |problem: &Value| problem["code"].as_str().unwrap().to_owned();
        problems.iter().map(code).collect()
    }
}

/// A bundle like another, of other parts; the statement goes by the manifest's own words.
pub(super) fn repacked(like: &Bundle, manifest: &str, component: &[u8]) -> Bundle {
    let value = |key: &str| {
        let line = manifest.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap().trim_matches([' ', '=', '"']).to_owned()
    };
    let summary = Summary {
        name: value("name"),
        version: Version::parse(&value("version")).unwrap(),
        contract: value("contract"),
        ..like.statement().summary.clone()
    };
    let day = credit_bundle::day(DAY).unwrap();
    Bundle::pack(manifest.to_owned(), component.to_vec(), summary, day).unwrap()
}
