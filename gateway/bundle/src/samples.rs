//! What the tests of this crate have in common: keys, a trust store, a sealed bundle.

use crate::{Bundle, Day, Pattern, Role, SecretKey, Summary, Trust, Trusted, Version, day};

pub(crate) const MANIFEST: &str = "name = \"qianxi-tax\"\nversion = \"1.2.0\"\n";
pub(crate) const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0 and so on";

/// The key made of that number.
pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::of_seed(&[number; 32]).unwrap()
}

pub(crate) fn on(text: &str) -> Day {
    day(text).unwrap()
}

/// What the manifest says.
pub(crate) fn summary() -> Summary {
    Summary {
        name: "qianxi-tax".to_owned(),
        version: Version::parse("1.2.0").unwrap(),
        contract: "1.0".to_owned(),
        feeds: vec!["rating".to_owned(), "arrears".to_owned()],
        memory_mib: 64,
        call_ms: 2_000,
        output_mib: 32,
        carry_kib: 64,
    }
}

/// A bundle that nobody has signed.
pub(crate) fn packed() -> Bundle {
    let created = on("2026-11-20");
    Bundle::pack(MANIFEST.to_owned(), COMPONENT.to_vec(), summary(), created).unwrap()
}

/// The bundle signed by key 1 and admitted by key 2.
pub(crate) fn sealed() -> Bundle {
    sealed_by(&key(1), &key(2))
}

pub(crate) fn sealed_by(author: &SecretKey, office: &SecretKey) -> Bundle {
    let mut bundle = packed();
    bundle.sign(author, false).unwrap();
    let admitted = on("2026-11-24");
    bundle.admit(office, admitted, "首次准入", false).unwrap();
    bundle
}

/// Key 1 as the tax office's.
pub(crate) fn author() -> Trusted {
    Trusted {
        role: Role::Author,
        name: "黔西市税务局".to_owned(),
        key: key(1).public(),
        adapters: vec![Pattern::parse("qianxi-*").unwrap()],
        valid_from: None,
        valid_until: None,
        revoked: None,
    }
}

/// Key 2 as the data office's.
pub(crate) fn office() -> Trusted {
    Trusted {
        role: Role::Office,
        name: "黔西市大数据局".to_owned(),
        key: key(2).public(),
        adapters: Vec::new(),
        ..author()
    }
}

/// A trust store of these keys.
pub(crate) fn trust(keys: &[Trusted]) -> Trust {
    let folder = tempfile::tempdir().unwrap();
    for key in keys {
        Trust::add(folder.path(), key).unwrap();
    }
    Trust::read(folder.path()).unwrap()
}
