//! What the gateway says of itself: the same answers for people and for programs, whether the
//! service answers or the state folder alone.
//!
//! An answer is a list of serialisable entries. `--format json` prints one a line; the text is
//! made of the same entries. No entry holds a personal id unmasked.

pub(crate) mod alarms;
mod ask;
pub(crate) mod changes;
pub(crate) mod dead_letters;
pub(crate) mod doubts;
pub(crate) mod preview;
pub(crate) mod receipts;
pub(crate) mod removals;
pub(crate) mod rows;
pub(crate) mod status;
mod table;
mod time;
pub(crate) mod trace;

pub(crate) use ask::{Entries, Question, answer, ask_service, half_read, lines, post, socket};
pub(crate) use receipts::hex;
pub(crate) use table::{table, thousands};
pub(crate) use time::{Clock, short};

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Write as _};

/// Prints entries as JSON lines, or as what `text` makes of all of them.
pub(crate) fn print<T: Serialize>(
    format: Format,
    entries: &[T],
    text: impl FnOnce(&[T]) -> String,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match format {
        Format::Text => out.write_all(text(entries).as_bytes()),
        Format::Json => entries.iter().try_for_each(|entry| {
            serde_json::to_writer(&mut out, entry)?;
            out.write_all(b"\n")
        }),
    };
    match written.and_then(|()| out.flush()) {
        // Whoever reads has seen enough, as `head` has.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Shows what was answered. Nothing found is an exit code of its own for a trace.
pub(crate) fn show(format: Format, entries: Entries) -> Result<Exit, Failure> {
    let done = |shown: io::Result<()>| shown.map_err(|e| Failure::of(Exit::Failed, &e));
    match entries {
        Entries::Status(values) => {
            let statuses: Vec<status::Status> = read(values)?;
            let balanced = statuses.iter().all(|s| s.balanced);
            done(print(format, &statuses, |s| {
                s.iter().map(status::text).collect()
            }))?;
            Ok(if balanced { Exit::Done } else { Exit::Books })
        }
        Entries::Doubts(values) => {
            done(print(format, &read::<doubts::Doubt>(values)?, doubts::text))?;
            Ok(Exit::Done)
        }
        Entries::Receipts(values) => {
            done(print(
                format,
                &read::<receipts::Receipt>(values)?,
                receipts::text,
            ))?;
            Ok(Exit::Done)
        }
        Entries::Alarms(values) => {
            let found = read::<alarms::Alarm>(values)?;
            done(print(format, &found, alarms::text))?;
            Ok(Exit::Done)
        }
        Entries::DeadLetters(values) => {
            let letters = read::<dead_letters::Letter>(values)?;
            done(print(format, &letters, dead_letters::text))?;
            Ok(Exit::Done)
        }
        Entries::Removals(values) => {
            let entries = read::<removals::Entry>(values)?;
            done(print(format, &entries, removals::text))?;
            Ok(Exit::Done)
        }
        Entries::Traced(values) if values.is_empty() => {
            let message = "没有找到 nothing of that id or value was found";
            let remedy = "give a record's id, or the whole value of one of its fields, such as a \
                          document number";
            Err(Failure::new(Exit::NotFound, message).remedy(remedy))
        }
        Entries::Traced(values) => {
            done(print(format, &read::<trace::Traced>(values)?, trace::text))?;
            Ok(Exit::Done)
        }
    }
}

/// Entries of one kind.
pub(crate) fn read<T: DeserializeOwned>(values: Vec<serde_json::Value>) -> Result<Vec<T>, Failure> {
    let entries: Result<Vec<T>, _> = values.into_iter().map(serde_json::from_value).collect();
    entries.map_err(|e| Failure::of(Exit::Failed, &e))
}
