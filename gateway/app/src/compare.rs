//! Two adapters over the same feed: what the one makes of it that the other does not.
//!
//! What must stay true: nothing is sent or stored; both are judged by the same rules on the same
//! day; a feed is read by both side by side, so that what agrees is forgotten at once and memory
//! holds what differs. Records are the same by key; what finds no partner by key is held against
//! what stands in the same row, so that a change in a key's column is one change and not two.

mod fields;
mod side;

pub(crate) use fields::{FieldChange, changes};

use crate::failure::Failure;
use crate::inbound::Translator;
use crate::report::hex;
use crate::sources::decoding;
use crate::stop::Stop;
use credit_config::Encoding as Written;
use credit_record::mask::mask_text;
use credit_source::raw::Kept;
use serde::{Deserialize, Serialize};
use side::{Doubted, Made, Side};
use std::collections::BTreeMap;

/// What may wait for its partner in one feed; beyond it the two have nothing in common.
const PENDING_BYTES_MAX: usize = 256 << 20;

/// What is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Both make the record, with other content.
    Changed,
    /// Only the candidate makes the record.
    Added,
    /// Only what serves makes the record.
    Gone,
    /// Only the candidate doubts it.
    Doubted,
    /// Only what serves doubts it.
    NoLongerDoubted,
}

/// One difference, ids and persons masked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Difference {
    pub kind: Kind,
    pub route: String,
    pub file: String,
    /// Row of the source, from 1; 0 where only a place is known.
    pub source_row: u64,
    pub directory: String,
    /// The record's id, as `gateway trace` takes it; empty for a doubt.
    pub record: String,
    /// What differs, for a record that is changed.
    pub fields: Vec<FieldChange>,
    /// The column, for a doubt.
    pub field: String,
    /// The doubt's code.
    pub code: String,
    pub message_zh: String,
    pub message_en: String,
}

/// What came of comparing one feed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Compared {
    pub route: String,
    pub file: String,
    /// Name and version.
    pub serving: String,
    pub candidate: String,
    /// Records that what serves makes, and the candidate.
    pub records: [u64; 2],
    /// Records that both make alike.
    pub same: u64,
    pub changed: u64,
    pub added: u64,
    pub gone: u64,
    pub doubted: u64,
    pub no_longer_doubted: u64,
    /// Rows that are no records, of what serves and of the candidate.
    pub skipped: [u64; 2],
    /// Changes by directory and column.
    pub fields: BTreeMap<String, u64>,
    /// Doubts that only one of them has, by code.
    pub codes: BTreeMap<String, u64>,
    /// What kept one of them from reading on.
    pub trouble: Option<String>,
}

impl Compared {
    /// They do not make the same of it.
    pub(crate) fn differs(&self) -> bool {
        let counts = [self.changed, self.added, self.gone, self.doubted];
        let [before, after] = self.skipped;
        counts.iter().any(|n| *n > 0)
            || self.no_longer_doubted > 0
            || before != after
            || self.trouble.is_some()
    }
}

/// Compares what `serving` and `candidate` make of a kept feed, and tells `tell` each difference.
/// Nothing where told to stop.
pub(crate) fn compare(
    kept: &Kept,
    written: Written,
    (serving, candidate): (&Translator, &Translator),
    stop: &Stop,
    tell: &mut dyn FnMut(Difference),
) -> Result<Option<Compared>, Failure> {
    let named = |by: &Translator| {
        let id = by.ready.adapter.id();
        format!("{} {}", id.name, id.version)
    };
    let open = |by: &Translator| Side::open(kept, decoding(written, by.ready.spec.text), by);
    let mut sides = [open(serving)?, open(candidate)?];
    let mut both = Both {
        tell,
        directories: serving.judge.directories(),
        compared: Compared {
            route: kept.route.clone(),
            file: mask_text(&kept.label.name).into_owned(),
            serving: named(serving),
            candidate: named(candidate),
            ..Compared::default()
        },
    };
    loop {
        if stop.is_set() {
            return Ok(None);
        }
        let [first, second] = &mut sides;
        // Whoever is behind goes on.
        let ahead = first.ended() || (!second.ended() && first.offset() > second.offset());
        let (at, own, other) = match ahead {
            true => (1, second, first),
            false => (0, first, second),
        };
        if own.ended() {
            break;
        }
        let by = if at == 0 { serving } else { candidate };
        both.step(at, own, other, by);
        if both.compared.trouble.is_some() {
            break;
        }
        if own.pending_bytes() + other.pending_bytes() > PENDING_BYTES_MAX {
            let most = PENDING_BYTES_MAX >> 20;
            let why = format!("两者几乎没有相同之处 more than {most} MiB have no partner");
            both.compared.trouble = Some(why);
            break;
        }
    }
    let [first, second] = sides;
    if both.compared.trouble.is_none() {
        both.left_over(first, second);
    }
    Ok(Some(both.compared))
}

/// Where both come together.
struct Both<'a> {
    compared: Compared,
    directories: &'a credit_record::directory::Directories,
    tell: &'a mut dyn FnMut(Difference),
}

impl Both<'_> {
    /// One step of `own`, whose records and doubts look for their partners at `other`.
    fn step(&mut self, at: usize, own: &mut Side, other: &mut Side, by: &Translator) {
        let made = match own.next(by) {
            Ok(made) => made,
            Err(stuck) => {
                let id = by.ready.adapter.id();
                self.compared.trouble = Some(format!("{} {}: {stuck}", id.name, id.version));
                return;
            }
        };
        if let Some(skipped) = self.compared.skipped.get_mut(at) {
            *skipped += made.skipped;
        }
        for record in made.records {
            if let Some(records) = self.compared.records.get_mut(at) {
                *records += 1;
            }
            match other.partner(&record.id) {
                Some(partner) if at == 0 => self.pair(record, partner),
                Some(partner) => self.pair(partner, record),
                None => own.hold(record),
            }
        }
        for doubt in made.doubts {
            if !other.same_doubt(&doubt) {
                own.hold_doubt(doubt);
            }
        }
    }

    fn pair(&mut self, before: Made, after: Made) {
        let alike = before.digest == after.digest
            && before.operation == after.operation
            && before.directory == after.directory
            && before.id == after.id;
        if alike {
            self.compared.same += 1;
            return;
        }
        let bodies = (Some(before.body.as_str()), after.body.as_str());
        let mut fields = changes(bodies, &after.directory, self.directories);
        let other = |field: &str, before: &str, after: &str| FieldChange {
            field: field.to_owned(),
            before: Some(before.to_owned()),
            after: Some(after.to_owned()),
            hidden: false,
        };
        if before.operation != after.operation {
            let (before, after) = (before.operation.word(), after.operation.word());
            fields.push(other("operation", before, after));
        }
        if before.directory != after.directory {
            fields.push(other("directory", &before.directory, &after.directory));
        }
        self.compared.changed += 1;
        for field in &fields {
            let name = format!("{}.{}", after.directory, field.field);
            *self.compared.fields.entry(name).or_default() += 1;
        }
        self.record(Kind::Changed, after, fields);
    }

    /// What found no partner by key: by row, or not at all.
    fn left_over(&mut self, first: Side, second: Side) {
        let (gone, no_longer) = first.left();
        let (added, doubted) = second.left();
        let mut by_row: BTreeMap<(u64, String), Vec<Made>> = BTreeMap::new();
        for record in gone.into_iter().rev() {
            let row = (record.source_row, record.directory.clone());
            by_row.entry(row).or_default().push(record);
        }
        for record in added {
            let row = (record.source_row, record.directory.clone());
            match by_row.get_mut(&row).and_then(Vec::pop) {
                Some(before) => self.pair(before, record),
                None => {
                    self.compared.added += 1;
                    self.record(Kind::Added, record, Vec::new());
                }
            }
        }
        for record in by_row.into_values().flat_map(|rows| rows.into_iter().rev()) {
            self.compared.gone += 1;
            self.record(Kind::Gone, record, Vec::new());
        }
        for doubt in no_longer {
            self.compared.no_longer_doubted += 1;
            self.doubt(Kind::NoLongerDoubted, doubt);
        }
        for doubt in doubted {
            self.compared.doubted += 1;
            self.doubt(Kind::Doubted, doubt);
        }
    }

    fn record(&mut self, kind: Kind, record: Made, fields: Vec<FieldChange>) {
        (self.tell)(Difference {
            kind,
            route: self.compared.route.clone(),
            file: self.compared.file.clone(),
            source_row: record.source_row,
            directory: record.directory,
            record: hex(&record.id),
            fields,
            field: String::new(),
            code: String::new(),
            message_zh: String::new(),
            message_en: String::new(),
        });
    }

    fn doubt(&mut self, kind: Kind, doubt: Doubted) {
        let code = doubt.reason.code;
        *self.compared.codes.entry(code.clone()).or_default() += 1;
        (self.tell)(Difference {
            kind,
            route: self.compared.route.clone(),
            file: self.compared.file.clone(),
            source_row: doubt.source_row,
            directory: doubt.directory,
            record: String::new(),
            fields: Vec::new(),
            field: doubt.reason.field,
            code,
            message_zh: mask_text(&doubt.reason.zh).into_owned(),
            message_en: mask_text(&doubt.reason.en).into_owned(),
        });
    }
}
