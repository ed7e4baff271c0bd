//! A judged record: made in this module's parent alone.

use crate::flow::{Judged, Operation};

/// A draft that passed: what it is, and where its body ends in [`crate::flow::Judged::bodies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub(super) id: [u8; 16],
    pub(super) digest: u64,
    pub(super) version: i64,
    pub(super) source_row: u64,
    pub(super) end: u32,
    pub(super) directory: u16,
    pub(super) repairs: u16,
    pub(super) warnings: u16,
    pub(super) operation: Operation,
    pub(super) person: bool,
}

impl Record {
    /// The hash of its directory's code and the normalised values of its key.
    #[must_use]
    pub const fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The hash of its content, stamps left out, whatever order and spelling it came in. An insert
    /// and an update of the same content have the same digest; a withdrawal and a hold have others.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest
    }

    /// The later of two states has the greater version; [`i64::MIN`] where the record has none.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// What is to become of it.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// Row of the source, from 1.
    #[must_use]
    pub const fn source_row(&self) -> u64 {
        self.source_row
    }

    /// An index into [`crate::flow::Judged::directories`].
    #[must_use]
    pub const fn directory(&self) -> u16 {
        self.directory
    }

    /// Its end in [`crate::flow::Judged::bodies`].
    #[must_use]
    pub const fn end(&self) -> u32 {
        self.end
    }

    /// It concerns a natural person.
    #[must_use]
    pub const fn person(&self) -> bool {
        self.person
    }

    /// What was put right: bits of [`crate::id::Repairs`].
    #[must_use]
    pub const fn repairs(&self) -> u16 {
        self.repairs
    }

    /// What is odd but right: bits of [`crate::id::Warnings`].
    #[must_use]
    pub const fn warnings(&self) -> u16 {
        self.warnings
    }
}

impl Judged {
    /// Leaves out the records that are not to be kept, with their bodies; how many those are.
    pub fn keep_only(&mut self, mut keep: impl FnMut(&Record) -> bool) -> usize {
        let kept: Vec<bool> = self.records.iter().map(&mut keep).collect();
        let left_out = kept.iter().filter(|kept| !**kept).count();
        if left_out == 0 {
            return 0;
        }
        let mut bodies = String::with_capacity(self.bodies.len());
        let mut records = Vec::with_capacity(self.records.len() - left_out);
        let mut start = 0;
        for (record, kept) in self.records.iter().zip(kept) {
            let end = record.end as usize;
            if kept {
                bodies.push_str(self.bodies.get(start..end).unwrap_or_default());
                let end = u32::try_from(bodies.len()).unwrap_or(u32::MAX);
                records.push(Record { end, ..*record });
            }
            start = end;
        }
        (self.bodies, self.records) = (bodies, records);
        left_out
    }

    /// The records, each with its body.
    pub fn each(&self) -> impl Iterator<Item = (&Record, &str)> {
        let mut start = 0;
        self.records.iter().map(move |record| {
            let body = self.bodies.get(start..record.end as usize);
            start = record.end as usize;
            (record, body.unwrap_or_default())
        })
    }
}
