//! Cutting the accepted rows of a take into parcels, once and for ever.
//!
//! A parcel is a run of rows of one directory, one operation and one repair flag, within the
//! limits, and never has the same key twice; so rows leave in the order in which they came.

use crate::frames::{Part, TakenRow};
use crate::wire::Malformed;
use credit_record::flow::ParcelLimits;
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// Hashes record ids, which are hashes already.
#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some((head, _)) = bytes.split_first_chunk::<8>() {
            self.0 ^= u64::from_le_bytes(*head);
        }
    }

    fn write_usize(&mut self, _: usize) {
        // The length that goes before an array says nothing.
    }
}

/// For maps by record id.
pub(crate) type ById = BuildHasherDefault<IdHasher>;

/// Cuts; `repairs` has the repair flag of each row, and `repeats` says whether any key occurs
/// twice at all.
pub(crate) fn cut(
    rows: &[TakenRow],
    repairs: &[bool],
    repeats: bool,
    limits: ParcelLimits,
) -> Result<Vec<Part>, Malformed> {
    if limits.records_max == 0 || limits.bytes_max == 0 {
        return Err(Malformed("parcel limits: they must be more than 0"));
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut begin = 0;
    let mut end = 0;
    let mut keys: HashSet<[u8; 16], ById> = HashSet::default();
    for (row, repair) in rows.iter().zip(repairs) {
        let fits = parts.last_mut().filter(|part| {
            part.rows < limits.records_max
                && row.end - begin <= limits.bytes_max
                && part.directory == row.directory
                && part.operation == row.operation
                && part.repair == *repair
                && !(repeats && keys.contains(&row.id))
        });
        if let Some(part) = fits {
            part.rows += 1;
        } else {
            let (directory, operation) = (row.directory, row.operation);
            parts.push(Part {
                rows: 1,
                directory,
                operation,
                repair: *repair,
            });
            begin = end;
            keys.clear();
        }
        if repeats {
            keys.insert(row.id);
        }
        end = row.end;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use credit_record::flow::Operation;

    fn rows(ids_and_ends: &[(u8, u32)]) -> Vec<TakenRow> {
        let row = |&(id, end): &(u8, u32)| TakenRow {
            id: [id; 16],
            digest: 0,
            version: i64::MIN,
            source_row: 0,
            prior: 0,
            end,
            directory: 0,
            repairs: 0,
            warnings: 0,
            operation: Operation::Insert,
            person: false,
        };
        ids_and_ends.iter().map(row).collect()
    }

    fn sizes(rows: &[TakenRow], repairs: &[bool], records: u32, bytes: u32) -> Vec<u32> {
        let limits = ParcelLimits {
            records_max: records,
            bytes_max: bytes,
        };
        cut(rows, repairs, true, limits)
            .unwrap()
            .iter()
            .map(|part| part.rows)
            .collect()
    }

    #[test]
    fn parcels_keep_to_records_and_bytes() {
        let rows = rows(&[(1, 10), (2, 20), (3, 30), (4, 90), (5, 100)]);
        assert_eq!(sizes(&rows, &[false; 5], 2, 1000), [2, 2, 1]);
        assert_eq!(sizes(&rows, &[false; 5], 9, 30), [3, 1, 1]);
    }

    #[test]
    fn a_parcel_never_has_a_key_twice_nor_two_ways_of_sending() {
        let rows = rows(&[(1, 10), (2, 20), (1, 30), (3, 40)]);
        assert_eq!(sizes(&rows, &[false; 4], 9, 1000), [2, 2]);
        assert_eq!(
            sizes(&rows, &[false, true, true, false], 9, 1000),
            [1, 2, 1]
        );
    }

    #[test]
    fn limits_of_nothing_are_refused() {
        assert!(
            cut(
                &[],
                &[],
                false,
                ParcelLimits {
                    records_max: 0,
                    bytes_max: 1
                }
            )
            .is_err()
        );
    }
}
