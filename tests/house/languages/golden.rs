//! What an adapter in the sandbox makes of a whole file, written as the golden files are
//! (`sdk/src/testkit/outcome.rs`).

use credit_adapter::{Adapter, CallError, Input};
use credit_record::flow::{Page, Skip};
use credit_source::decode::{Decoder, Encoding};
use std::fmt;

/// The text that the gateway makes of a file.
pub(super) fn decoded(file: &[u8]) -> Vec<u8> {
    Decoder::new(Encoding::Detect).decode(file, true, Vec::new())
}

/// One call of the adapter.
pub(super) fn call(
    adapter: &Adapter,
    bytes: &[u8],
    offset: usize,
    last: bool,
    lost: u32,
    carry: &[u8],
) -> Result<Page, CallError> {
    let input = Input {
        file: "rating.csv",
        bytes,
        offset: offset as u64,
        last,
        lost,
        carry,
        settings: &[],
    };
    adapter.translate(adapter.manifest().feed("rating").unwrap(), &input)
}

/// What became of a file.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    lines: Vec<(u64, String)>,
    skipped: Vec<Skip>,
    fault: Option<String>,
}

impl Outcome {
    /// Feeds `list` to the adapter in pieces, the rest of each handed over again with the next.
    pub(super) fn of(adapter: &Adapter, list: &[u8], piece_bytes: usize) -> Self {
        let text = std::str::from_utf8(list).unwrap();
        let mut outcome = Self::default();
        let (mut at, mut length, mut carry) = (0, piece_bytes, Vec::new());
        loop {
            let end = text.ceil_char_boundary(at + length);
            let last = end == list.len();
            let page = match call(adapter, &list[at..end], at, last, 0, &carry) {
                Ok(page) => page,
                Err(CallError::Feed {
                    code,
                    zh,
                    en,
                    source_row,
                }) => {
                    let row = source_row.map_or_else(|| "-".to_owned(), |row| row.to_string());
                    outcome.fault = Some(format!("fault {row} {code}: {zh} | {en}"));
                    return outcome;
                }
                Err(error) => panic!("{error}"),
            };
            outcome.add(&page);
            if last {
                return outcome;
            }
            let consumed = usize::try_from(page.consumed).unwrap();
            length = if consumed == 0 {
                length + piece_bytes
            } else {
                piece_bytes
            };
            at += consumed;
            carry = page.carry;
        }
    }

    fn add(&mut self, page: &Page) {
        let mut start = 0;
        for draft in &page.drafts {
            let (row, end) = (draft.source_row, draft.end as usize);
            let directory = &page.directories[usize::from(draft.directory)];
            let (operation, body) = (draft.operation, &page.bodies[start..end]);
            self.lines
                .push((row, format!("draft {row} {directory} {operation:?} {body}")));
            start = end;
        }
        for doubt in &page.doubts {
            let (row, code, excerpt) = (doubt.source_row, &doubt.code, &doubt.excerpt);
            let (field, zh, en) = (&doubt.field, &doubt.zh, &doubt.en);
            let line = format!("doubt {row} {field:?} {code}: {zh} | {en} | {excerpt:?}");
            self.lines.push((row, line));
        }
        for run in &page.skipped {
            match self.skipped.last_mut() {
                Some(before)
                    if before.reason == run.reason
                        && before.first_row + before.rows == run.first_row =>
                {
                    before.rows += run.rows;
                }
                _ => self.skipped.push(run.clone()),
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = &self.fault {
            return writeln!(f, "{fault}");
        }
        let mut lines = self.lines.clone();
        for run in &self.skipped {
            let (from, to) = (run.first_row, run.first_row + run.rows);
            lines.push((from, format!("skip {from}..{to} {}", run.reason)));
        }
        lines.sort_by_key(|(row, _)| *row);
        lines.iter().try_for_each(|(_, line)| writeln!(f, "{line}"))
    }
}
