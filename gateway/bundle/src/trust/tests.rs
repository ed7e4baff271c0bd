use super::*;
use crate::samples::{author, key, office, on};
use std::fs;

fn revoked() -> Revoked {
    Revoked {
        on: on("2026-11-30"),
        reason: "笔记本电脑被盗".to_owned(),
    }
}

#[test]
fn what_was_added_is_read_again_whole() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("trust");
    let author = Trusted {
        valid_from: Some(on("2026-11-01")),
        valid_until: Some(on("2029-10-31")),
        ..author()
    };
    let path = Trust::add(&dir, &author).unwrap();
    Trust::add(&dir, &office()).unwrap();
    fs::write(dir.join("README.md"), "whom we trust, and why").unwrap();
    let trust = Trust::read(&dir).unwrap();
    assert_eq!(trust.iter().count(), 2);
    assert_eq!(trust.get(&author.key.fingerprint()), Some(&author));
    assert_eq!(trust.get(&key(9).public().fingerprint()), None);
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("author-") && name.len() == "author-.toml".len() + 16,
        "{name}"
    );
}

#[test]
fn a_key_is_revoked_once_for_good_and_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    Trust::add(dir, &author()).unwrap();
    Trust::add(dir, &office()).unwrap();
    let fingerprint = author().key.fingerprint();
    let digits = fingerprint.to_string();
    let unknown = Trust::revoke(dir, "0000000000", revoked());
    assert!(matches!(unknown, Err(TrustError::Unknown(_))));
    let few = Trust::revoke(dir, &digits[..4], revoked());
    assert!(matches!(few, Err(TrustError::Ambiguous(_))));
    let silent = Revoked {
        reason: " ".to_owned(),
        ..revoked()
    };
    assert!(Trust::revoke(dir, &digits, silent).is_err());

    let gone = Trust::revoke(dir, &digits[..12], revoked()).unwrap();
    assert_eq!(gone.name, "黔西市税务局");
    let trust = Trust::read(dir).unwrap();
    assert_eq!(trust.get(&fingerprint).unwrap().revoked, Some(revoked()));
    let twice = Trust::revoke(dir, &digits, revoked());
    assert!(matches!(twice, Err(TrustError::Revoked { .. })));
    let back = Trust::add(dir, &author());
    assert!(matches!(back, Err(TrustError::Known { revoked: true, .. })));
}

#[test]
fn a_store_with_a_file_that_cannot_be_understood_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let path = Trust::add(dir, &author()).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let mut reasons = Vec::new();
    for (from, to) in [
        ("role = \"author\"", "role = \"king\""),
        ("adapters = [", "adapter = ["),
        ("\"qianxi-*\"", ""),
        ("\"qianxi-*\"", "\"*tax\""),
        ("name = \"", "name = \" "),
        ("MCow", "MCox"),
        ("key = ", "valid_until = \"2026-11-31\"\nkey = "),
        (
            "key = ",
            "valid_from = \"2027-01-02\"\nvalid_until = \"2027-01-01\"\nkey = ",
        ),
        ("role = \"author\"", "role = \"office\""),
        ("-----END", "-----end"),
    ] {
        assert!(good.contains(from), "{from} is not in {good}");
        fs::write(&path, good.replace(from, to)).unwrap();
        let error = Trust::read(dir).unwrap_err();
        assert!(matches!(error, TrustError::Form { .. }), "{from}: {error}");
        assert!(error.to_string().contains("author-"), "{error}");
        reasons.push(error.to_string());
    }
    assert!(reasons[0].contains("king"), "{}", reasons[0]);
    fs::write(&path, &good).unwrap();
    fs::copy(&path, dir.join("copy.toml")).unwrap();
    assert!(matches!(Trust::read(dir), Err(TrustError::Twice { .. })));
    fs::write(dir.join("copy.toml"), "#".repeat(70_000)).unwrap();
    assert!(matches!(Trust::read(dir), Err(TrustError::Form { .. })));
    assert!(matches!(
        Trust::read(&dir.join("none")),
        Err(TrustError::File { .. })
    ));
}
