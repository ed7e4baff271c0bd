//! A page on its way into the spool.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use super::cursor::{Cursor, Place};
use super::{QueryError, SqlSource, csv};
use crate::files::FoundFile;
use crate::spool::{self, Beside, Spool, failed};

/// So much is gathered before it is written.
const WRITE_BYTES: usize = 64 * 1024;

/// A page on its way.
pub(super) struct Page<'s> {
    source: &'s SqlSource,
    name: String,
    /// Where it is written until it is whole.
    at: PathBuf,
    file: File,
    written: u64,
    buffer: Vec<u8>,
    pub(super) rows: u64,
    /// More rows follow.
    pub(super) more: bool,
    last: Option<Place>,
    /// The last row is not before the mark.
    past: bool,
}

impl<'s> Page<'s> {
    /// A place for the page called `name`.
    pub(super) fn begin(
        source: &'s SqlSource,
        spool: &Spool,
        name: &str,
    ) -> Result<Self, QueryError> {
        let at = spool.path(name, Beside::Tmp);
        let file = spool::create(&at).map_err(|error| failed(&at, error))?;
        Ok(Self {
            source,
            name: name.to_owned(),
            at,
            file,
            written: 0,
            buffer: Vec::new(),
            rows: 0,
            more: false,
            last: None,
            past: true,
        })
    }

    /// The names of the columns, before all rows.
    pub(super) fn head<'t>(&mut self, names: impl Iterator<Item = Option<&'t str>>) {
        csv::push(names, "", &mut self.buffer);
    }

    /// Takes a row; says whether the page has room for another.
    pub(super) fn row(&mut self, row: &[Option<&str>]) -> Result<bool, QueryError> {
        let [values @ .., position, tie, past] = row else {
            return Ok(false);
        };
        let before = self.buffer.len();
        csv::push(values.iter().copied(), &self.source.null, &mut self.buffer);
        let full = self.written + self.buffer.len() as u64 > self.source.body_bytes_max;
        if self.rows == self.source.rows_max || full {
            self.buffer.truncate(before);
            self.more = true;
            if self.rows == 0 {
                return Err(QueryError::TooLarge {
                    place: self.source.server.place(),
                    bytes_max: self.source.body_bytes_max,
                });
            }
            return Ok(false);
        }
        self.rows += 1;
        self.past = *past == Some("1");
        // No row has null there: none is greater than anything.
        self.last = Some(Place {
            position: position.unwrap_or_default().to_owned(),
            tie: tie.unwrap_or_default().to_owned(),
        });
        if self.buffer.len() >= WRITE_BYTES {
            self.flush()?;
        }
        Ok(true)
    }

    fn flush(&mut self) -> Result<(), QueryError> {
        let written = self.file.write_all(&self.buffer);
        written.map_err(|error| failed(&self.at, error))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// The cursor after this page; nothing where it has no row.
    pub(super) fn next(&self, cursor: Option<&Cursor>) -> Option<Cursor> {
        let at = self.last.clone()?;
        let mark = match cursor {
            Some(cursor) if !self.past => cursor.mark().clone(),
            _ => at.clone(),
        };
        Some(match self.more {
            true => Cursor::More { at, mark },
            false => Cursor::Rest(mark),
        })
    }

    /// The page is whole, and `next` the cursor after it: makes both durable.
    pub(super) fn complete(mut self, next: &str) -> Result<FoundFile, QueryError> {
        self.flush()?;
        let wrong = |error| failed(&self.at, error);
        self.file.sync_all().map_err(wrong)?;
        let dir = &self.source.spool_dir;
        let file = spool::complete(dir, &self.name, &self.at, &next).map_err(wrong)?;
        Ok(file)
    }
}

impl Drop for Page<'_> {
    /// What broke off is of no use. A completed one has left this name.
    fn drop(&mut self) {
        drop(spool::remove(&self.at));
    }
}
