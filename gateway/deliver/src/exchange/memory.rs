//! What was placed last of each route: one file a route, in the gateway's own state.
//!
//! ```text
//!  1732400000000 NAME            placed at that time
//!  1732400000000 NAME placing    about to be: its control file is written, and gets its name next
//! ```

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;

use super::folder;

/// Longest memory: a name and a time.
const BYTES_MAX: u64 = 4_096;
const PLACING: &str = "placing";

/// The memory of one target.
#[derive(Clone)]
pub(super) struct Memory {
    pub(super) dir: PathBuf,
}

/// What is remembered of a parcel's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// When, in Unix milliseconds.
    pub(super) at_ms: i64,
    /// It is certain that the receiver could see them.
    pub(super) surely: bool,
}

impl Memory {
    pub(super) fn recall(&self, route: &str, stem: &str) -> io::Result<Option<Placed>> {
        let mut text = String::new();
        match File::open(self.dir.join(route)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?.take(BYTES_MAX).read_to_string(&mut text)?,
        };
        let mut words = text.split_whitespace();
        let at_ms = words.next().and_then(|at| at.parse().ok());
        let named = words.next().is_some_and(|name| name == stem);
        Ok(at_ms.filter(|_| named).map(|at_ms| Placed {
            at_ms,
            surely: words.next() != Some(PLACING),
        }))
    }

    pub(super) fn remember(&self, route: &str, stem: &str, placed: Placed) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let at_ms = placed.at_ms;
        let text = match placed.surely {
            true => format!("{at_ms} {stem}\n"),
            false => format!("{at_ms} {stem} {PLACING}\n"),
        };
        let tmp = self.dir.join(format!("{route}.tmp"));
        folder::write(&tmp, text.as_bytes())?;
        folder::rename(&tmp, &self.dir.join(route))
    }
}
