//! Damage as feeds really have it, and worse: bytes, encodings, rows, columns, cells, structure,
//! and the insides of workbooks.
//!
//! What must stay true: the same numbers make the same variant of the same sample.

mod archive;
mod rows;
mod structure;

use super::random::Random;
use archive::Archive;
use encoding_rs::GB18030;

/// Most changes made to one variant.
const CHANGES_MAX: usize = 4;
/// Nothing is added to a variant that has more bytes.
const VARIANT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A way to damage a feed.
pub(super) type Change = (&'static str, fn(&mut Vec<u8>, &mut Random));

/// A damaged feed.
pub(super) struct Variant {
    /// Its bytes, as a file holds them.
    pub bytes: Vec<u8>,
    /// What was done to it.
    pub changes: Vec<&'static str>,
}

/// What is done to bytes, whatever they are.
const OF_BYTES: [Change; 10] = [
    ("bytes changed", |bytes, random| {
        bytes_changed(bytes, random)
    }),
    ("a bit changed", |bytes, random| bit_changed(bytes, random)),
    ("a stretch cut", stretch_cut),
    ("a stretch doubled", stretch_doubled),
    ("the end cut off", end_cut),
    ("NUL put in", nul),
    ("a byte order mark put in", mark),
    ("a part in another encoding", part_encoded),
    ("all in another encoding", all_encoded),
    ("bytes that are no text", no_text),
];

/// A variant of `sample`.
pub(super) fn variant(sample: &[u8], random: &mut Random) -> Variant {
    let mut variant = Variant {
        bytes: sample.to_vec(),
        changes: Vec::new(),
    };
    if let Some(mut archive) = Archive::open(sample)
        && random.below(4) > 0
    {
        variant.changes.push("inside the workbook");
        archive.change(random, |part, random| {
            let changes = damage(part, random, &[&OF_BYTES, &structure::CHANGES]);
            variant.changes.extend(changes);
        });
        variant.bytes = archive.bytes();
        return variant;
    }
    let kinds: &[&[Change]] = if structure::has_any(sample) {
        &[
            &OF_BYTES,
            &rows::CHANGES,
            &structure::CHANGES,
            &structure::CHANGES,
        ]
    } else {
        &[&OF_BYTES, &rows::CHANGES, &rows::CHANGES]
    };
    let changes = damage(&mut variant.bytes, random, kinds);
    variant.changes.extend(changes);
    variant
}

/// Makes one to four changes of these kinds.
fn damage(bytes: &mut Vec<u8>, random: &mut Random, kinds: &[&[Change]]) -> Vec<&'static str> {
    let mut made = Vec::new();
    for _ in 0..=random.below(CHANGES_MAX) {
        let kind = random.of_several(kinds).copied().unwrap_or_default();
        if let Some((name, change)) = random.of_several(kind)
            && bytes.len() < VARIANT_BYTES_MAX
        {
            change(bytes, random);
            made.push(*name);
        }
    }
    made
}

fn bytes_changed(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte = random.byte();
        }
    }
}

fn bit_changed(bytes: &mut [u8], random: &mut Random) {
    let at = random.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

fn stretch_cut(bytes: &mut Vec<u8>, random: &mut Random) {
    let (from, to) = random.span(bytes.len());
    let to = to.min(from + 1 + random.below(200));
    bytes.drain(from..to.min(bytes.len()));
}

fn stretch_doubled(bytes: &mut Vec<u8>, random: &mut Random) {
    let (from, to) = random.span(bytes.len());
    let again = bytes.get(from..to).unwrap_or_default().to_vec();
    bytes.splice(to..to, again);
}

fn end_cut(bytes: &mut Vec<u8>, random: &mut Random) {
    bytes.truncate(random.below(bytes.len()));
}

fn nul(bytes: &mut Vec<u8>, random: &mut Random) {
    let many = [1, 2, 512].get(random.below(3)).copied().unwrap_or(1);
    put_in(bytes, random, &vec![0; many]);
}

fn mark(bytes: &mut Vec<u8>, random: &mut Random) {
    const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let mark = random.of_several(&MARKS).copied().unwrap_or_default();
    if random.below(2) == 0 {
        bytes.splice(0..0, mark.iter().copied());
    } else {
        put_in(bytes, random, mark);
    }
}

/// Some of the text as the other of UTF-8 and GB18030 has it.
fn part_encoded(bytes: &mut Vec<u8>, random: &mut Random) {
    let (from, to) = random.span(bytes.len());
    let part = bytes.get(from..to).unwrap_or_default();
    let other = match std::str::from_utf8(bytes) {
        Ok(_) => GB18030
            .encode(&String::from_utf8_lossy(part))
            .0
            .into_owned(),
        Err(_) => GB18030
            .decode_without_bom_handling(part)
            .0
            .into_owned()
            .into_bytes(),
    };
    bytes.splice(from..to, other);
}

fn all_encoded(bytes: &mut Vec<u8>, random: &mut Random) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(bytes).0.into_owned(),
    };
    *bytes = match random.below(4) {
        0 => text.into_bytes(),
        1 => GB18030.encode(&text).0.into_owned(),
        2 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        }
    };
}

fn no_text(bytes: &mut Vec<u8>, random: &mut Random) {
    const NONE: [&[u8]; 5] = [
        b"\xff",
        b"\x80\x80",
        b"\xc7",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
    ];
    let none = random.of_several(&NONE).copied().unwrap_or_default();
    put_in(bytes, random, none);
}

/// Puts something in, anywhere.
fn put_in(bytes: &mut Vec<u8>, random: &mut Random, what: &[u8]) {
    let at = random.below(bytes.len() + 1);
    bytes.splice(at..at, what.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::{Random, variant};
    use std::collections::BTreeSet;

    const LIST: &str = "税号,名称,年度\n1,黔西市甲公司,2025\n2,黔西市乙公司,2025\n";

    #[test]
    fn a_variant_is_the_same_for_the_same_numbers() {
        for case in 0..200 {
            let made = |_| variant(LIST.as_bytes(), &mut Random::of(1, "a", case));
            let [one, again] = [0, 1].map(made);
            assert_eq!((one.bytes, one.changes), (again.bytes, again.changes));
        }
    }

    #[test]
    fn every_kind_of_damage_comes_up_and_most_of_it_changes_something() {
        let (mut kinds, mut same) = (BTreeSet::new(), 0);
        for case in 0..2_000 {
            let variant = variant(LIST.as_bytes(), &mut Random::of(1, "a", case));
            same += usize::from(variant.bytes == LIST.as_bytes());
            kinds.extend(variant.changes);
        }
        assert_eq!(
            kinds.len(),
            super::OF_BYTES.len() + super::rows::CHANGES.len()
        );
        assert!(same < 200, "{same} variants of 2,000 are the sample");
        // Nothing to damage is no reason to fail.
        for case in 0..200 {
            variant(b"", &mut Random::of(1, "a", case));
        }
    }
}
