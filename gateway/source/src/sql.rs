//! SQL with a cursor: a page of a query is spooled as CSV, which is then read as any feed.
//!
//! What must stay true: a page has its name only when it is whole and on disk, and the cursor
//! moves only with the take that ends it; pages follow each other by position and tie, so that no
//! row is between two; the source is read in a transaction that can write nothing, and waits for
//! nobody longer than its limit; a value is written exactly or the column is refused.

mod csv;
mod cursor;
mod error;
mod page;
mod statement;

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use credit_sql::{Column, Connection, Holds, Server};
use tokio::runtime::Handle;
use tokio::time::timeout;

pub use cursor::goes_on;
pub use error::QueryError;

use crate::files::{FoundFile, Seen};
use crate::spool::Spool;
use cursor::Cursor;
use page::Page;
use statement::{Ordered, begin};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// A feed to be read; [`Query::done`] once it is finished.
    pub page: Option<Spooled>,
    /// There are rows whose position or tie is null: they are in no page.
    pub without_place: bool,
}

/// A page that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spooled {
    /// Where it lies.
    pub file: FoundFile,
    /// Where the query goes on behind it.
    pub next: String,
}

/// A query that can be asked.
pub struct Query {
    source: SqlSource,
    spool: Spool,
}

impl Query {
    /// A query; asks nobody.
    #[must_use]
    pub fn new(source: SqlSource) -> Self {
        let spool = Spool::new(&source.spool_dir, &source.route);
        Self { source, spool }
    }

    /// Asks for what follows `cursor`, unless that is spooled already, and waits for it on
    /// `runtime`, or `until` there is no more time: then there is nothing. Not to be called from a
    /// task of it, nor while a feed is half read.
    ///
    /// # Errors
    /// If the database does not answer, not as it should, or not within its limits.
    pub fn fetch(
        &self,
        (runtime, until): (&Handle, impl Future<Output = ()>),
        seen: &dyn Seen,
        cursor: Option<&str>,
        password: &str,
    ) -> Result<Asked, QueryError> {
        let name = self.spool.name(cursor);
        self.spool.keep_only(&name)?;
        if let Some(page) = self.half_read(&name)? {
            // Finished just before a crash, where the cursor stays the same: not twice.
            if !self.spool.finished(&page.file, seen)? {
                return Ok(Asked {
                    page: Some(page),
                    ..Asked::default()
                });
            }
            self.spool.remove(&name)?;
        }
        let asked = runtime.block_on(async {
            let timeout_ms = self.source.server.timeout_ms;
            let limit = Duration::from_millis(timeout_ms);
            tokio::select! {
                asked = timeout(limit, self.ask(cursor, password)) => {
                    let place = self.place();
                    asked.unwrap_or(Err(QueryError::Timeout { place, timeout_ms }))
                }
                () = until => Ok(Asked::default()),
            }
        })?;
        match &asked.page {
            // An overlap that holds nothing new.
            Some(page)
                if cursor == Some(page.next.as_str())
                    && self.spool.finished(&page.file, seen)? =>
            {
                self.spool.remove(&name)?;
                Ok(Asked {
                    page: None,
                    ..asked
                })
            }
            _ => Ok(asked),
        }
    }

    /// The half-read feed called `name`, if its page is still spooled.
    ///
    /// # Errors
    /// If the spool folder cannot be read.
    pub fn half_read(&self, name: &str) -> Result<Option<Spooled>, QueryError> {
        let Some(file) = self.spool.found(name) else {
            return Ok(None);
        };
        let next = self.spool.came_with(name)?;
        Ok(Some(Spooled { file, next }))
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
        let page = match page.next(cursor.as_ref()) {
            Some(next) => {
                let next = next.text();
                let file = page.complete(&next)?;
                Some(Spooled { file, next })
            }
            None => None,
        };
        Ok(Asked {
            page,
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
        let mut page = Page::begin(&self.source, &self.spool, &self.spool.name(stored))?;
        let names = ordered.columns.iter().map(|c| Some(c.name.as_str()));
        page.head(names);
        connection
            .each(&statement.sql, &texts, |row| page.row(row))
            .await?;
        Ok(page)
    }
}
