use super::*;

/// The keys of RFC 8410, section 10.
const RFC_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
const RFC_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_key_is_made_once_and_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tax");
    let made = KeyFile::make(&path, Role::Author, "黔西市税务局").unwrap();
    assert_eq!((mode(&path), mode(&public_path(&path))), (0o600, 0o644));
    let (secret, said) = SecretKey::read(&path).unwrap();
    assert_eq!(said, made);
    assert_eq!(KeyFile::read(&path).unwrap(), made);
    assert_eq!(KeyFile::read(&public_path(&path)).unwrap(), made);
    let signature = secret.sign(b"a message");
    assert!(made.key.has_signed(b"a message", &signature));
    assert!(!made.key.has_signed(b"another", &signature));

    let before = std::fs::read(&path).unwrap();
    let again = KeyFile::make(&path, Role::Office, "x");
    assert!(matches!(again, Err(KeyError::Exists(_))));
    std::fs::remove_file(public_path(&path)).unwrap();
    let again = KeyFile::make(&path, Role::Office, "x");
    assert!(matches!(again, Err(KeyError::Exists(_))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_private_key_that_others_can_read_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    KeyFile::make(&path, Role::Author, "税务局").unwrap();
    for open in [0o640, 0o604, 0o660] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(open)).unwrap();
        let error = SecretKey::read(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("mode {open:03o}")), "{error}");
        assert!(matches!(KeyFile::read(&path), Err(KeyError::Open { .. })));
    }
}

#[test]
fn keys_of_other_tools_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rfc");
    write_new(&path, 0o600, RFC_PRIVATE).unwrap();
    let (secret, said) = SecretKey::read(&path).unwrap();
    assert_eq!(secret.public().to_pem(), RFC_PUBLIC);
    assert_eq!((said.role, said.name), (None, None));
    assert_eq!(PublicKey::from_pem(RFC_PUBLIC), Some(secret.public()));
}

#[test]
fn what_is_no_key_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let absent = SecretKey::read(&path);
    assert!(matches!(absent, Err(KeyError::File { .. })));
    for text in [
        "",
        "nonsense",
        RFC_PUBLIC,
        &RFC_PRIVATE.replace("MC4C", "MC4D"),
    ] {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let read = SecretKey::read(&path);
        assert!(matches!(read, Err(KeyError::NoKey { .. })), "{text}");
    }
    assert_eq!(
        PublicKey::from_pem(&RFC_PUBLIC.replace("MCow", "MCox")),
        None
    );
    for name in ["", " a", "a\nrole: office", &"长".repeat(201)] {
        let made = KeyFile::make(&folder.path().join("new"), Role::Author, name);
        assert!(matches!(made, Err(KeyError::Name(_))), "{name:?}");
    }
}
