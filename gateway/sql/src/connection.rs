//! A connection: texts in, texts out.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::mysql::{MySql, MySqlConnection, MySqlTypeInfo};
use sqlx::postgres::{PgConnection, PgTypeInfo, PgTypeKind};
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Executor as _, Row as _, SqlSafeStr as _,
    Statement as _, Type, TypeInfo as _,
};
use tokio::time::timeout;

use crate::error::SqlError;
use crate::name::quoted;
use crate::server::{Driver, Server};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text of any length, codes of a set, UUIDs.
    Text,
    /// A whole number.
    Integer,
    /// A decimal number, exact.
    Decimal,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A time of the day.
    Time,
    /// A day and a time.
    DateTime,
    /// A day and a time that are one moment wherever they are read.
    Moment,
    /// Always null.
    Null,
    /// Anything else.
    Other,
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What the database calls its type, as it can be written in SQL.
    pub kind: String,
    /// What that is.
    pub holds: Holds,
}

enum Line {
    Postgres(PgConnection),
    Mysql(MySqlConnection),
}

/// A connection; see the module.
pub struct Connection {
    line: Line,
    place: String,
    timeout_ms: u64,
}

/// The same for either line; `$line` is the connection in it.
macro_rules! either {
    ($self:expr, $line:ident => $what:expr) => {
        match &mut $self.line {
            Line::Postgres($line) => $what,
            Line::Mysql($line) => $what,
        }
    };
}

impl Connection {
    pub(crate) fn postgres(connection: PgConnection, server: &Server) -> Self {
        Self::new(Line::Postgres(connection), server)
    }

    pub(crate) fn mysql(connection: MySqlConnection, server: &Server) -> Self {
        Self::new(Line::Mysql(connection), server)
    }

    fn new(line: Line, server: &Server) -> Self {
        Self {
            line,
            place: server.place(),
            timeout_ms: server.timeout_ms,
        }
    }

    /// Which language it speaks.
    #[must_use]
    pub const fn driver(&self) -> Driver {
        match self.line {
            Line::Postgres(_) => Driver::Postgres,
            Line::Mysql(_) => Driver::Mysql,
        }
    }

    /// Statements without parameters or results, one after the other.
    ///
    /// # Errors
    /// If the database refuses one, or does not answer in time.
    pub async fn run(&mut self, sql: &str) -> Result<(), SqlError> {
        let (limit_ms, place) = (self.timeout_ms, self.place.clone());
        let sql = AssertSqlSafe(sql.to_owned());
        either!(self, line => {
            let raw = line.execute(sqlx::raw_sql(sql));
            within(limit_ms, &place, async { raw.await.map(drop) }).await
        })
    }

    /// A statement with parameters, each a text or null; how many rows it changed.
    ///
    /// # Errors
    /// As for [`Self::run`].
    pub async fn execute(&mut self, sql: &str, texts: &[Option<&str>]) -> Result<u64, SqlError> {
        let (limit_ms, place) = (self.timeout_ms, self.place.clone());
        let sql = AssertSqlSafe(sql.to_owned());
        either!(self, line => {
            let query = texts.iter().fold(sqlx::query(sql), |query, text| query.bind(*text));
            let done = line.execute(query.persistent(true));
            within(limit_ms, &place, async { done.await.map(|done| done.rows_affected()) }).await
        })
    }

    /// A query with parameters whose columns are texts: each row is given to `row` as it comes,
    /// until that says no.
    ///
    /// # Errors
    /// As for [`Self::run`], or what `row` says.
    pub async fn each<E: From<SqlError>>(
        &mut self,
        sql: &str,
        texts: &[Option<&str>],
        mut row: impl FnMut(&[Option<&str>]) -> Result<bool, E>,
    ) -> Result<(), E> {
        let (limit_ms, place) = (self.timeout_ms, self.place.clone());
        let sql = AssertSqlSafe(sql.to_owned());
        either!(self, line => {
            let query = texts.iter().fold(sqlx::query(sql), |query, text| query.bind(*text));
            let mut rows = query.persistent(false).fetch(line);
            loop {
                let Some(next) = within(limit_ms, &place, rows.try_next()).await? else {
                    return Ok(());
                };
                let values: Result<Vec<Option<&str>>, _> =
                    (0..next.len()).map(|at| next.try_get_unchecked(at)).collect();
                let values = values.map_err(|e| SqlError::of(place.clone(), e))?;
                if !row(&values)? {
                    return Ok(());
                }
            }
        })
    }

    /// The first row of a query, whose columns are texts.
    ///
    /// # Errors
    /// As for [`Self::run`].
    pub async fn first(
        &mut self,
        sql: &str,
        texts: &[Option<&str>],
    ) -> Result<Option<Vec<Option<String>>>, SqlError> {
        let mut first = None;
        self.each(sql, texts, |row| {
            first = Some(row.iter().map(|text| text.map(str::to_owned)).collect());
            Ok::<_, SqlError>(false)
        })
        .await?;
        Ok(first)
    }

    /// The columns that a query has; it is not run.
    ///
    /// # Errors
    /// As for [`Self::run`].
    pub async fn columns(&mut self, sql: &str) -> Result<Vec<Column>, SqlError> {
        let (limit_ms, place) = (self.timeout_ms, self.place.clone());
        let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
        match &mut self.line {
            Line::Postgres(line) => {
                let prepared = within(limit_ms, &place, line.prepare(sql)).await?;
                let columns = prepared.columns().iter();
                Ok(columns
                    .map(|c| of_postgres(c.name(), c.type_info()))
                    .collect())
            }
            Line::Mysql(line) => {
                let prepared = within(limit_ms, &place, line.prepare(sql)).await?;
                let columns = prepared.columns().iter();
                Ok(columns.map(|c| of_mysql(c.name(), c.type_info())).collect())
            }
        }
    }

    /// Takes leave, so that the server need not find out.
    pub async fn close(self) {
        let leave = async {
            match self.line {
                Line::Postgres(line) => line.close().await,
                Line::Mysql(line) => line.close().await,
            }
        };
        // It is of no use any more, whatever becomes of the words.
        drop(timeout(Duration::from_millis(self.timeout_ms), leave).await);
    }
}

async fn within<T>(
    timeout_ms: u64,
    place: &str,
    what: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, SqlError> {
    match timeout(Duration::from_millis(timeout_ms), what).await {
        Ok(done) => done.map_err(|e| SqlError::of(place.to_owned(), e)),
        Err(_) => Err(SqlError::Timeout {
            place: place.to_owned(),
            what: "an answer",
            timeout_ms,
        }),
    }
}

fn of_postgres(name: &str, info: &PgTypeInfo) -> Column {
    let holds = match info.name() {
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UUID" | "\"CHAR\"" => Holds::Text,
        "INT2" | "INT4" | "INT8" => Holds::Integer,
        "NUMERIC" => Holds::Decimal,
        "BOOL" => Holds::Boolean,
        "DATE" => Holds::Date,
        "TIME" => Holds::Time,
        "TIMESTAMP" => Holds::DateTime,
        "TIMESTAMPTZ" => Holds::Moment,
        _ if matches!(info.kind(), PgTypeKind::Enum(_)) => Holds::Text,
        _ => Holds::Other,
    };
    let kind = match info.name() {
        // Its length is not known here, and `CHAR` alone would be one character.
        "CHAR" => "BPCHAR".to_owned(),
        kind if matches!(info.kind(), PgTypeKind::Enum(_)) => quoted(Driver::Postgres, kind),
        kind => kind.to_owned(),
    };
    Column {
        name: name.to_owned(),
        kind,
        holds,
    }
}

fn of_mysql(name: &str, info: &MySqlTypeInfo) -> Column {
    let kind = info.name();
    let holds = match kind {
        _ if <str as Type<MySql>>::compatible(info) => Holds::Text,
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT"
        | "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" | "YEAR" => Holds::Integer,
        "DECIMAL" => Holds::Decimal,
        "DATE" => Holds::Date,
        "TIME" => Holds::Time,
        "DATETIME" => Holds::DateTime,
        "TIMESTAMP" => Holds::Moment,
        "NULL" => Holds::Null,
        "SET" => Holds::Text,
        _ => Holds::Other,
    };
    Column {
        name: name.to_owned(),
        kind: kind.to_owned(),
        holds,
    }
}
