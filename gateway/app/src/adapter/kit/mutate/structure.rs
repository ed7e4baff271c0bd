//! Damage to the structure of XML, HTML and JSON: tags, brackets, quotes, nesting, entities.

use super::{Change, put_in};
use crate::adapter::kit::random::Random;

/// Bytes that hold a document together.
const MARKS: &[u8] = b"<>/\"'{}[]:,&;=";
/// How deep nested things are nested, at most.
const DEPTH_MAX: usize = 30_000;

/// What is done to structure.
pub(super) const CHANGES: [Change; 9] = [
    ("a mark cut", mark_cut),
    ("a mark doubled", mark_doubled),
    ("another mark", |bytes, random| mark_changed(bytes, random)),
    ("two parts swapped", parts_swapped),
    ("a part doubled", part_doubled),
    ("a part cut", part_cut),
    ("deep nesting", nested),
    ("something strange put in", strange),
    ("a huge value", huge_value),
];

/// Whether a feed looks as if it had any.
pub(super) fn has_any(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.first().is_some_and(|byte| b"<{[".contains(byte))
}

/// Where the marks stand.
fn marks(bytes: &[u8]) -> Vec<usize> {
    let marks = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| MARKS.contains(byte));
    marks.map(|(at, _)| at).collect()
}

fn mark_cut(bytes: &mut Vec<u8>, random: &mut Random) {
    if let Some(at) = random.of_several(&marks(bytes)) {
        bytes.remove(*at);
    }
}

fn mark_doubled(bytes: &mut Vec<u8>, random: &mut Random) {
    if let Some(at) = random.of_several(&marks(bytes)).copied()
        && let Some(mark) = bytes.get(at).copied()
    {
        bytes.insert(at, mark);
    }
}

fn mark_changed(bytes: &mut [u8], random: &mut Random) {
    let other = random.of_several(MARKS).copied().unwrap_or_default();
    if let Some(at) = random.of_several(&marks(bytes))
        && let Some(byte) = bytes.get_mut(*at)
    {
        *byte = other;
    }
}

/// A stretch between two marks.
fn part(bytes: &[u8], random: &mut Random) -> (usize, usize) {
    let marks = marks(bytes);
    let from = random.below(marks.len());
    let to = (from + 1 + random.below(8)).min(marks.len().saturating_sub(1));
    let at = |n: usize| marks.get(n).copied().unwrap_or_default();
    (at(from), at(to).max(at(from)))
}

fn parts_swapped(bytes: &mut Vec<u8>, random: &mut Random) {
    let (one, other) = (part(bytes, random), part(bytes, random));
    let (first, second) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    if first.1 > second.0 {
        return;
    }
    let of = |part: (usize, usize)| bytes.get(part.0..part.1).unwrap_or_default().to_vec();
    let (a, b) = (of(first), of(second));
    bytes.splice(second.0..second.1, a);
    bytes.splice(first.0..first.1, b);
}

fn part_doubled(bytes: &mut Vec<u8>, random: &mut Random) {
    let (from, to) = part(bytes, random);
    let again = bytes.get(from..to).unwrap_or_default().to_vec();
    bytes.splice(to..to, again);
}

fn part_cut(bytes: &mut Vec<u8>, random: &mut Random) {
    let (from, to) = part(bytes, random);
    bytes.drain(from..to);
}

fn nested(bytes: &mut Vec<u8>, random: &mut Random) {
    const OPENINGS: [&str; 5] = ["[", "{\"a\":", "<ROW>", "<td>", "<table><tr><td>"];
    let opening = random.of_several(&OPENINGS).copied().unwrap_or_default();
    let deep = opening.repeat(1 + random.below(DEPTH_MAX));
    put_in(bytes, random, deep.as_bytes());
}

fn strange(bytes: &mut Vec<u8>, random: &mut Random) {
    const STRANGE: [&str; 18] = [
        "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]>",
        "&c;",
        "&#0;",
        "&#xD800;",
        "&#99999999;",
        "&lt",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml version=\"1.0\"?>",
        "\\u0000",
        "\\ud800",
        "\\",
        "null",
        "1e999",
        "-",
        "colspan=\"99999\" rowspan=\"99999\"",
    ];
    let strange = random.of_several(&STRANGE).copied().unwrap_or_default();
    put_in(bytes, random, strange.as_bytes());
}

fn huge_value(bytes: &mut Vec<u8>, random: &mut Random) {
    let huge = "税".repeat(1 + random.below(100_000));
    let at = random.of_several(&marks(bytes)).map_or(0, |at| at + 1);
    bytes.splice(at..at, huge.into_bytes());
}
