//! SQL with a cursor: a page of a query is spooled as CSV, which is then read as any feed.
//!
//! What must stay true: a page has its name only when it is whole and on disk, and the cursor
//! moves only with the take that ends it; pages follow each other by position and tie, so that no
//! row is between two; the source is read in a transaction that can write nothing, and waits for
//! nobody longer than its limit; a value is written exactly or the column is refused.

mod csv;
mod cursor;
mod error;
mod statement;

use std::path::PathBuf;
use std::time::Duration;

use credit_sql::{Column, Connection, Holds, Server};
use tokio::runtime::Handle;
use tokio::time::timeout;

pub use cursor::goes_on;
pub use error::QueryError;

use crate::files::{FoundFile, Seen};
use crate::spool::{Incomplete, Spool};
use cursor::{Cursor, Place};
use statement::{Ordered, begin};

/// So much is gathered before it is written.
const WRITE_BYTES: usize = 64 * 1024;
/// A transaction that can write nothing, in the words of either language.
const READ_ONLY: &str = "START TRANSACTION READ ONLY";

/// What is asked, and how.
#[derive(Clone, Debug)]
pub struct SqlSource {
    /// The route; names the spooled files.
    pub route: String,
    /// The database; its time limit is that of a page.
    pub server: Server,
    /// A query without order and limit.
    pub query: String,
    /// Its column that says how far: it grows with each change.
    pub position_column: String,
    /// Its column that tells rows at one position apart.
    pub tie_column: String,
    /// The position of the first page.
    pub start: String,
    /// How far before the farthest row a run begins: seconds, or ones.
    pub overlap: u64,
    /// Most rows of a page.
    pub rows_max: u64,
    /// Most bytes of a page.
    pub body_bytes_max: u64,
    /// What null is written as.
    pub null: String,
    /// An existing folder for the pages, the gateway's own.
    pub spool_dir: PathBuf,
}

/// What a look at the database found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// A feed to be read, and the cursor after it; [`Query::done`] once it is finished.
    pub page: Option<(FoundFile, Option<String>)>,
    /// There are rows whose position or tie is null: they are in no page.
    pub without_place: bool,
}

/// A query that can be asked.
pub struct Query {
    source: SqlSource,
    spool: Spool,
}

/// A page on its way.
struct Page<'s> {
    source: &'s SqlSource,
    file: Incomplete,
    buffer: Vec<u8>,
    rows: u64,
    /// More rows follow.
    more: bool,
    last: Option<Place>,
    /// The last row is not before the mark.
    past: bool,
}

impl Query {
    /// A query; asks nobody.
    #[must_use]
    pub fn new(source: SqlSource) -> Self {
        let spool = Spool::new(&source.spool_dir, &source.route);
        Self { source, spool }
    }

    /// Asks for what follows `cursor`, unless that is spooled already, and waits for it on
    /// `runtime`. Not to be called from a task of it, nor while a feed is half read.
    ///
    /// # Errors
    /// If the database does not answer, not as it should, or not within its limits.
    pub fn fetch(
        &self,
        runtime: &Handle,
        seen: &dyn Seen,
        cursor: Option<&str>,
        password: &str,
    ) -> Result<Asked, QueryError> {
        self.spool.keep_only(cursor)?;
        if let Some((file, next)) = self.spool.found(cursor)? {
            // Finished just before a crash, where the cursor stays the same: not twice.
            if !self.spool.finished(&file, seen)? {
                return Ok(Asked {
                    page: Some((file, next)),
                    without_place: false,
                });
            }
            self.spool.remove(&file.name)?;
        }
        let asked = runtime.block_on(async {
            let timeout_ms = self.source.server.timeout_ms;
            let limit = Duration::from_millis(timeout_ms);
            let asked = timeout(limit, self.ask(cursor, password)).await;
            asked.unwrap_or_else(|_| {
                let place = self.place();
                Err(QueryError::Timeout { place, timeout_ms })
            })
        })?;
        match &asked.page {
            // An overlap that holds nothing new.
            Some((file, next))
                if next.as_deref() == cursor && self.spool.finished(file, seen)? =>
            {
                self.spool.remove(&file.name)?;
                Ok(Asked {
                    page: None,
                    ..asked
                })
            }
            _ => Ok(asked),
        }
    }

    /// The half-read feed called `name`, if its page is still spooled.
    #[must_use]
    pub fn half_read(&self, name: &str) -> Option<FoundFile> {
        self.spool.half_read(name)
    }

    /// The cursor after the page called `name`.
    ///
    /// # Errors
    /// If the spool folder cannot be read.
    pub fn next_cursor(&self, name: &str) -> Result<Option<String>, QueryError> {
        Ok(self.spool.next_cursor(name)?)
    }

    /// Forgets the page called `name`, whose feed is finished.
    ///
    /// # Errors
    /// If the spool folder cannot be written.
    pub fn done(&self, name: &str) -> Result<(), QueryError> {
        Ok(self.spool.remove(name)?)
    }

    fn place(&self) -> String {
        self.source.server.place()
    }

    async fn ask(&self, text: Option<&str>, password: &str) -> Result<Asked, QueryError> {
        let mut cursor = text.map(|text| self.cursor(text)).transpose()?;
        let mut connection = self.source.server.connect(password).await?;
        connection.run(READ_ONLY).await?;
        let table = format!("SELECT * FROM {}", Ordered::table(&self.source.query));
        let columns = connection.columns(&table).await?;
        let ordered = self.ordered(&columns)?;
        let mut page = self
            .page(&mut connection, &ordered, cursor.as_ref(), text)
            .await?;
        if let (0, Some(Cursor::More { mark, .. })) = (page.rows, &cursor) {
            // What was to follow is gone; the run begins anew.
            cursor = Some(Cursor::Rest(mark.clone()));
            page = self
                .page(&mut connection, &ordered, cursor.as_ref(), text)
                .await?;
        }
        let without_place = match page.more {
            true => false,
            false => connection
                .first(&ordered.without_place(), &[])
                .await?
                .is_some(),
        };
        // A page that ended early leaves the rest of the answer unread.
        if !page.more {
            connection.close().await;
        }
        let Some(next) = page.next(cursor.as_ref()) else {
            return Ok(Asked {
                page: None,
                without_place,
            });
        };
        let next = next.text();
        page.flush()?;
        let file = page.file.complete(Some(&next))?;
        Ok(Asked {
            page: Some((file, Some(next))),
            without_place,
        })
    }

    fn cursor(&self, text: &str) -> Result<Cursor, QueryError> {
        Cursor::parse(text).ok_or_else(|| QueryError::Cursor {
            cursor: text.to_owned(),
        })
    }

    fn ordered<'c>(&'c self, columns: &'c [Column]) -> Result<Ordered<'c>, QueryError> {
        let refused = |c: &&Column| c.holds == Holds::Other;
        if let Some(column) = columns.iter().find(refused) {
            return Err(QueryError::Kind {
                place: self.place(),
                column: column.name.clone(),
                kind: column.kind.clone(),
            });
        }
        let position = self.find(columns, &self.source.position_column)?;
        let tie = self.find(columns, &self.source.tie_column)?;
        if position.holds == Holds::Text && self.source.overlap > 0 {
            return Err(self.no_order(position, "no overlap can be counted from it"));
        }
        Ok(Ordered {
            driver: self.source.server.driver,
            query: &self.source.query,
            columns,
            position,
            tie,
        })
    }

    fn find<'c>(&self, columns: &'c [Column], name: &str) -> Result<&'c Column, QueryError> {
        let Some(column) = columns.iter().find(|column| column.name == name) else {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            return Err(QueryError::NoColumn {
                place: self.place(),
                column: name.to_owned(),
                columns: names.join(", "),
            });
        };
        match column.holds {
            Holds::Boolean | Holds::Time | Holds::Null => {
                Err(self.no_order(column, "it puts rows in no order"))
            }
            _ => Ok(column),
        }
    }

    fn no_order(&self, column: &Column, why: &'static str) -> QueryError {
        QueryError::Order {
            place: self.place(),
            column: column.name.clone(),
            kind: column.kind.clone(),
            why,
        }
    }

    /// The page behind `cursor`, spooled under the name of the cursor that is stored.
    async fn page(
        &self,
        connection: &mut Connection,
        ordered: &Ordered<'_>,
        cursor: Option<&Cursor>,
        stored: Option<&str>,
    ) -> Result<Page<'_>, QueryError> {
        let (from, mark) = begin(cursor, &self.source.start);
        // One more than the page holds says whether more follows.
        let rows = self.source.rows_max.saturating_add(1);
        let statement = ordered.page(&from, self.source.overlap, mark, rows);
        let texts: Vec<Option<&str>> = statement.texts.iter().map(|t| Some(t.as_str())).collect();
        let mut page = Page {
            source: &self.source,
            file: self.spool.begin(stored)?,
            buffer: Vec::new(),
            rows: 0,
            more: false,
            last: None,
            past: true,
        };
        let names = ordered.columns.iter().map(|c| Some(c.name.as_str()));
        csv::push(names, "", &mut page.buffer);
        connection
            .each(&statement.sql, &texts, |row| page.row(row))
            .await?;
        Ok(page)
    }
}

impl Page<'_> {
    /// Takes a row; says whether the page has room for another.
    fn row(&mut self, row: &[Option<&str>]) -> Result<bool, QueryError> {
        let [values @ .., position, tie, past] = row else {
            return Ok(false);
        };
        let before = self.buffer.len();
        csv::push(values.iter().copied(), &self.source.null, &mut self.buffer);
        let full = self.file.bytes + self.buffer.len() as u64 > self.source.body_bytes_max;
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
        self.file.write(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// The cursor after this page; nothing where it has no row.
    fn next(&self, cursor: Option<&Cursor>) -> Option<Cursor> {
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
}
