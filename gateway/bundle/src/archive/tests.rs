use super::*;
use proptest::prelude::*;

const FILES: Files<'_> = Files {
    manifest: b"name = 1",
    component: b"\0asm",
    author: b"{}",
    office: Some(b"{}"),
};

/// A container of any entries.
fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in entries {
        bytes.extend_from_slice(&header(name, content.len()));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}

fn code(bytes: &[u8]) -> &'static str {
    read(bytes).unwrap_err().code()
}

#[test]
fn a_container_is_read_as_it_was_written() {
    let bytes = write(&FILES);
    assert_eq!(read(&bytes), Ok(FILES));
    let without = Files {
        office: None,
        ..FILES
    };
    assert_eq!(read(&write(&without)), Ok(without));
}

#[test]
fn what_does_not_belong_into_a_container_is_named() {
    let (manifest, component, author) = (
        ("adapter.toml", &b"x"[..]),
        ("adapter.wasm", &b"x"[..]),
        ("author.dsse.json", &b"{}"[..]),
    );
    assert_eq!(code(b""), "bundle_none");
    assert_eq!(code(b"PK\x03\x04 a zip"), "bundle_none");
    assert_eq!(code(&tar(&[("../adapter.toml", b"x")])), "entry_path");
    assert_eq!(code(&tar(&[("a\\b", b"x")])), "entry_path");
    assert_eq!(code(&tar(&[manifest, ("run.sh", b"x")])), "entry_unknown");
    assert_eq!(code(&tar(&[manifest, manifest])), "entry_twice");
    assert_eq!(code(&tar(&[component, manifest])), "bundle_form");
    assert_eq!(code(&tar(&[manifest, author])), "entry_missing");
    let long = "n".repeat(100);
    assert_eq!(code(&tar(&[(&long, b"x")])), "entry_unknown");
    let mut behind = write(&FILES);
    behind.push(b'x');
    assert_eq!(code(&behind), "bundle_form");
    let large = vec![0; BUNDLE_BYTES_MAX + 1];
    assert_eq!(code(&large), "bundle_too_large");
}

#[test]
fn an_entry_that_claims_to_be_large_is_refused_by_its_header() {
    let mut bytes = header("adapter.toml", MANIFEST_BYTES_MAX + 1).to_vec();
    assert_eq!(code(&bytes), "entry_too_large");
    bytes = header("adapter.wasm", usize::MAX >> 32).to_vec();
    assert_eq!(code(&bytes), "entry_too_large");
}

#[test]
fn a_header_that_says_more_than_a_plain_file_is_refused() {
    let wrong = |at: usize, byte: u8| {
        let mut bytes = write(&FILES);
        bytes[at] = byte;
        // With the checksum that belongs to it.
        bytes[148..156].fill(b' ');
        let sum: u32 = bytes[..BLOCK].iter().map(|b| u32::from(*b)).sum();
        bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        code(&bytes)
    };
    // A link, a directory, a mode, an owner, a time, a prefix, a size with a sign.
    for (at, byte) in [
        (156, b'2'),
        (156, b'5'),
        (104, b'7'),
        (110, b'1'),
        (140, b'1'),
    ] {
        assert_eq!(wrong(at, byte), "bundle_form", "byte {at}");
    }
    assert_eq!(wrong(345, b'/'), "bundle_form");
    assert_eq!(wrong(124, b'+'), "bundle_form");
    assert_eq!(wrong(124, 0x80), "bundle_form");
}

#[test]
fn a_container_cut_anywhere_is_refused() {
    let bytes = write(&FILES);
    for end in 0..bytes.len() {
        let code = code(&bytes[..end]);
        let cut = end < MAGIC.end && code == "bundle_none" || code == "bundle_truncated";
        assert!(cut, "cut at {end}: {code}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        drop(read(&bytes));
        let mut begun = write(&FILES);
        begun.splice(BLOCK.., bytes);
        drop(read(&begun));
    }
}
