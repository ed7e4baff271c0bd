//! The insides of a workbook: its parts are unpacked, damaged, and stored again, so that damage
//! reaches what lies behind the unpacking.
//!
//! ```text
//! parts ... | central directory: one entry a part | end
//! ```

use crate::adapter::kit::random::Random;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// Largest part that is unpacked.
const PART_BYTES_MAX: usize = 8 * 1024 * 1024;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";

/// An archive of unpacked parts: their names and contents.
pub(super) struct Archive(Vec<(Vec<u8>, Vec<u8>)>);

impl Archive {
    /// Unpacks an archive that is whole; `None` for anything else.
    pub(super) fn open(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).rposition(|four| four == END)?;
        let count = number::<2>(bytes, end + 10)?;
        let mut at = number::<4>(bytes, end + 16)?;
        let mut parts = Vec::new();
        for _ in 0..count {
            let entry = bytes.get(at..)?;
            let name = number::<2>(entry, 28)?;
            let behind = number::<2>(entry, 30)? + number::<2>(entry, 32)?;
            let local = bytes.get(number::<4>(entry, 42)?..)?;
            let head = 30 + number::<2>(local, 26)? + number::<2>(local, 28)?;
            let packed = local.get(head..)?.get(..number::<4>(entry, 20)?)?;
            let content = match number::<2>(entry, 10)? {
                0 => packed.to_vec(),
                _ => decompress_to_vec_with_limit(packed, PART_BYTES_MAX).ok()?,
            };
            parts.push((entry.get(46..46 + name)?.to_vec(), content));
            at += 46 + name + behind;
        }
        Some(Self(parts))
    }

    /// Changes one part, a sheet or its texts more often than another.
    pub(super) fn change(
        &mut self,
        random: &mut Random,
        change: impl FnOnce(&mut Vec<u8>, &mut Random),
    ) {
        let sheets = |name: &[u8]| {
            let name = String::from_utf8_lossy(name);
            name.contains("sheet") || name.contains("Strings")
        };
        let all = 0..self.0.len();
        let asked = random.below(4) > 0;
        let wanted = all.filter(|n| !asked || self.0.get(*n).is_some_and(|(name, _)| sheets(name)));
        let wanted: Vec<usize> = wanted.collect();
        let chosen = random.of_several(&wanted).copied();
        if let Some((_, content)) = chosen.and_then(|n| self.0.get_mut(n)) {
            change(content, random);
        }
    }

    /// The archive, its parts stored as they are.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let (mut file, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in &self.0 {
            // Version, flags, method, time, date, check, sizes, length of the name, of the rest.
            let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            head.extend(crc32(content).to_le_bytes());
            head.extend(le4(content.len()));
            head.extend(le4(content.len()));
            head.extend(le2(name.len()));
            head.extend([0; 2]);
            directory.extend(ENTRY);
            directory.extend([20, 0]);
            directory.extend(&head);
            directory.extend([0; 10]);
            directory.extend(le4(file.len()));
            directory.extend(name);
            file.extend(LOCAL);
            file.extend(&head);
            file.extend(name);
            file.extend(content);
        }
        let (at, count) = (file.len(), self.0.len());
        file.extend(&directory);
        file.extend(END);
        file.extend([0; 4]);
        file.extend(le2(count));
        file.extend(le2(count));
        file.extend(le4(directory.len()));
        file.extend(le4(at));
        file.extend([0; 2]);
        file
    }
}

/// A number of `N` bytes, the low one first.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk::<N>()?;
    let number = bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
    Some(number)
}

fn le2(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

fn le4(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

/// CRC-32 as ZIP has it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let mut crc = crc ^ u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
        crc
    };
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::{Archive, crc32};

    #[test]
    fn a_workbook_is_opened_and_what_is_stored_again_opens_the_same() {
        let workbook = include_bytes!("../../../../../../plugins/tax/golden/arrears.xlsx");
        let archive = Archive::open(workbook).unwrap();
        assert!(
            archive
                .0
                .iter()
                .any(|(name, _)| name.ends_with(b"sheet1.xml"))
        );
        let again = Archive::open(&archive.bytes()).unwrap();
        assert_eq!(archive.0, again.0);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert!(Archive::open(b"PK\x03\x04 and nothing else").is_none());
    }
}
