//! Drafts become records or doubtful rows: pure, with no clock of its own.
//!
//! - A [`Record`] is made here alone.
//! - Every draft of a page ends in exactly one of [`Judged::records`] and [`Judged::doubtful`].
//! - A row of the source is whole or doubtful: where anything is wrong with one of its drafts, or
//!   the adapter had a doubt, none of them is sent, and all reasons stand together.
//! - A body that is right is carried over byte for byte; one that had to be put right is written
//!   anew, in the directory's order.

mod forms;
mod identity;
mod record;
mod rows;
mod scan;
mod sheet;
mod value;
mod whole;
mod why;

use chrono::NaiveDate;
use memchr::memmem;
pub use record::Record;

use self::{
    rows::Rows,
    sheet::Sheet,
    value::{Terms, Today},
    why::Why,
};
use crate::{
    directory::{Counted, Directories, Directory, Layout},
    flow::{Draft, Judged, Page},
    rules::PublicityRules,
};

/// More than a body can grow by beyond its double when it is written anew.
const REWRITE_MARGIN_BYTES: usize = 65_536;

/// Judges drafts by directories and rules.
#[derive(Clone, Debug)]
pub struct Judge {
    directories: Directories,
    rules: PublicityRules,
    /// Finds characters that a decoder could not read.
    damage: memmem::Finder<'static>,
}

/// A directory as a page names it.
struct Named<'d> {
    directory: &'d Directory,
    layout: &'d Layout,
    /// An index into [`Judged::directories`].
    index: u16,
}

impl Judge {
    /// A judge by these directories and rules.
    #[must_use]
    pub fn new(directories: Directories, rules: PublicityRules) -> Self {
        let damage = memmem::Finder::new("\u{fffd}");
        Self {
            directories,
            rules,
            damage,
        }
    }

    /// The directories it judges by.
    #[must_use]
    pub const fn directories(&self) -> &Directories {
        &self.directories
    }

    /// Judges a page, on a day, for targets that count lengths in `counted`: a directory that
    /// counts more strictly is obeyed, and so is a column that says itself what it counts.
    #[must_use]
    pub fn judge(&self, page: &Page, today: NaiveDate, counted: Counted) -> Judged {
        let terms = Terms {
            today: Today::of(today),
            counted,
            damaged: self.damage.find(page.bodies.as_bytes()).is_some(),
        };
        let mut out = Judged {
            bodies: String::with_capacity(page.bodies.len()),
            records: Vec::with_capacity(page.drafts.len()),
            ..Judged::default()
        };
        let named = self.names(&page.directories, &mut out.directories);
        let mut rows = Rows::of(&page.doubts);
        let mut sheet = Sheet::default();
        let mut room = Vec::new();
        let mut start = 0;
        for draft in &page.drafts {
            let body = page.bodies.get(start..draft.end as usize);
            start = draft.end as usize;
            let name = page.directories.get(usize::from(draft.directory));
            let name = name.map_or("", String::as_str);
            let known = named
                .get(usize::from(draft.directory))
                .and_then(Option::as_ref);
            let Some((known, body)) = known.zip(body) else {
                let why = match body {
                    None => Why::BodyMalformed { at: 0 },
                    Some(_) => Why::DirectoryUnknown { name },
                };
                let said = (name, body.unwrap_or_default(), false);
                rows.doubt(draft, said, None, [why.reason(None)]);
                continue;
            };
            sheet.read(known.directory, body);
            self.weigh(&mut sheet, known, draft, terms);
            if out.bodies.len() + 2 * body.len() + REWRITE_MARGIN_BYTES > u32::MAX as usize {
                sheet.reasons.push(Why::BodyTooLong.reason(None));
            }
            if sheet.reasons.is_empty() && !rows.has(draft.source_row) {
                let record = passed(
                    &sheet,
                    (known, draft, body),
                    terms.today,
                    &mut room,
                    &mut out,
                );
                out.records.push(record);
            } else {
                let doubted = |column: &str| rows.doubts(draft.source_row, column);
                let id = sheet
                    .is_identified(known.directory, doubted)
                    .then(|| sheet.id(known.directory, terms.today, &mut room));
                let said = (known.directory.code(), body, sheet.person);
                rows.doubt(draft, said, id, sheet.reasons.drain(..));
            }
        }
        rows.settle(&mut out);
        out
    }

    /// Everything that can be wrong with the draft on the sheet.
    fn weigh(&self, sheet: &mut Sheet<'_>, known: &Named<'_>, draft: &Draft, terms: Terms) {
        if sheet.malformed {
            return;
        }
        sheet.values(known.directory, terms);
        sheet.whole(
            (known.directory, known.layout),
            draft.operation,
            &self.rules,
        );
    }

    /// Looks up what a page names; codes of known directories go to `codes`, each once.
    fn names<'d>(&'d self, names: &[String], codes: &mut Vec<String>) -> Vec<Option<Named<'d>>> {
        let one = |name: &String| {
            let (directory, layout) = self.directories.resolve(name)?;
            let place = codes.iter().position(|code| code == directory.code());
            let place = place.unwrap_or_else(|| {
                codes.push(directory.code().to_owned());
                codes.len() - 1
            });
            Some(Named {
                directory,
                layout,
                index: u16::try_from(place).ok()?,
            })
        };
        names.iter().map(one).collect()
    }
}

/// The record of a draft that passed; its body goes to the bodies.
fn passed(
    sheet: &Sheet<'_>,
    (known, draft, body): (&Named<'_>, &Draft, &str),
    today: Today,
    room: &mut Vec<u8>,
    out: &mut Judged,
) -> Record {
    if sheet.rewrite {
        identity::write_body(sheet, known.directory, &mut out.bodies);
    } else {
        out.bodies.push_str(body);
    }
    Record {
        id: sheet.id(known.directory, today, room),
        digest: sheet.digest(known.directory, draft.operation),
        version: sheet.version(known.directory),
        source_row: draft.source_row,
        end: u32::try_from(out.bodies.len()).unwrap_or(u32::MAX),
        directory: known.index,
        repairs: sheet.repairs.bits(),
        warnings: sheet.warnings.bits(),
        operation: draft.operation,
        person: sheet.person,
    }
}

#[cfg(test)]
mod tests;
