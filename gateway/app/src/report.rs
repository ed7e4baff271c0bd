//! What the gateway says of itself: the same answers for people and for programs, whether the
//! service answers or the state folder alone.
//!
//! An answer is a list of serialisable entries. `--format json` prints one a line; the text is
//! made of the same entries. No entry holds a personal id unmasked.

mod ask;
pub(crate) mod doubts;
pub(crate) mod receipts;
pub(crate) mod status;
mod table;
mod time;
pub(crate) mod trace;

pub(crate) use ask::{Question, answer, ask_service};
pub(crate) use table::{table, thousands};
pub(crate) use time::Clock;

use crate::cli::Format;
use serde::Serialize;
use std::io::{self, Write as _};

/// Prints entries as JSON lines, or as what `text` makes of all of them.
pub(crate) fn print<T: Serialize>(
    format: Format,
    entries: &[T],
    text: impl FnOnce(&[T]) -> String,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Text => out.write_all(text(entries).as_bytes())?,
        Format::Json => {
            for entry in entries {
                serde_json::to_writer(&mut out, entry)?;
                out.write_all(b"\n")?;
            }
        }
    }
    out.flush()
}
