//! Containers that nobody's tool would write.

/// A component that is valid and imports the interface `wasi:cli/run@0.2.0`.
pub(super) const FOREIGN: &[u8] = b"\0asm\x0d\0\x01\0\
    \x07\x10\x01\x42\x02\x01\x40\x00\x01\x00\x04\x00\x03run\x01\x00\
    \x0a\x17\x01\x00\x12wasi:cli/run@0.2.0\x05\x00";

const BLOCK: usize = 512;

/// A tar header of a plain file.
pub(super) fn header(name: &str, bytes: usize) -> [u8; BLOCK] {
    let mut head = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| head[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{bytes:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        0");
    put(257, b"ustar\x0000");
    let sum: u32 = head.iter().map(|b| u32::from(*b)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    head
}

/// A tar of these files.
pub(super) fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in files {
        bytes.extend_from_slice(&header(name, content.len()));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}

/// The files in a tar.
pub(super) fn files(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut at = 0;
    while tar[at] != 0 {
        let text = |from: usize, to: usize| std::str::from_utf8(&tar[at + from..at + to]).unwrap();
        let name = text(0, 100).trim_end_matches('\0').to_owned();
        let size = usize::from_str_radix(text(124, 135), 8).unwrap();
        files.push((name, tar[at + BLOCK..at + BLOCK + size].to_vec()));
        at += BLOCK + size.next_multiple_of(BLOCK);
    }
    files
}

/// The text behind `key` in an envelope.
fn value<'a>(envelope: &'a str, key: &str) -> &'a str {
    let (_, behind) = envelope.split_once(&format!("\"{key}\":\"")).unwrap();
    behind.split('"').next().unwrap()
}

/// An envelope's payload, in base64.
pub(super) fn payload(envelope: &str) -> &str {
    value(envelope, "payload")
}

/// An envelope's signature, in base64.
pub(super) fn signature(envelope: &str) -> &str {
    value(envelope, "sig")
}
