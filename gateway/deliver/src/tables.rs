//! Rows into the tables of a platform's front database.
//!
//! What must stay true: a parcel and its number in the table of batches are one transaction, so
//! it comes in once over retries and restarts; a row that the database refuses is refused alone,
//! with the database's code; nothing is cut or rounded by us.

mod batches;
mod rows;
mod statement;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use credit_record::flow::{Operation, Parcel, Receipt, RowVerdict, Verdict};
use credit_sql::{Class, Column, Connection, Driver, SqlError, quoted, quoted_path};

pub use batches::batches_ddl;

use crate::judgement::refuse_all;
use crate::outcome::{Failure, Outcome, Scope, Stop, causes, damaged};
use crate::request::{Form, idempotency_key};
use crate::target::{Mode, SqlTarget, World};
use batches::Batch;
use rows::Rows;
use statement::{PARAMETERS_MAX, Sink};

/// What to do about a statement that took too long: it is a small one.
const LATE: &str = "可能有会话锁住了表:询问数据库管理员,或调大 timeout_ms / a session may hold a lock on the \
                    table: ask the database's operator, or raise timeout_ms";

/// What to do about a table that wants a column that is not sent.
const WANTS_MORE: &str = "该列必填,而本目录不发送该列:请数据库管理员允许空值或设默认值 / that column must have a value, \
                          and none is sent: have it allow null, or give it a default";

/// Delivers into one database.
pub(crate) struct Tables {
    target: SqlTarget,
    /// Directories whose rows say themselves what is to become of them.
    told: HashSet<String>,
    form: Arc<Form>,
    world: World,
    /// Connections that nobody uses just now.
    idle: Mutex<Vec<Connection>>,
    /// The table of batches is there.
    made: AtomicBool,
}

/// A parcel about to be put in.
struct Load<'l> {
    sink: Sink<'l>,
    rows: &'l Rows,
    /// The columns that rows of this directory may have.
    columns: &'l [String],
    deletes: bool,
}

impl Tables {
    pub(crate) fn new(
        target: SqlTarget,
        told: HashSet<String>,
        form: Arc<Form>,
        world: World,
    ) -> Self {
        Self {
            made: AtomicBool::new(!target.create),
            target,
            told,
            form,
            world,
            idle: Mutex::default(),
        }
    }

    /// The end of a parcel of an operation that there is no place for: nothing is sent.
    pub(crate) fn refused(&self, parcel: &Parcel) -> Option<Receipt> {
        let unplaced = self.target.mode == Mode::Upsert
            && parcel.operation == Operation::Hold
            && !self.told.contains(&parcel.directory);
        let reason = "目标表没有记录异议的列:为该目录选用带状态列的 naming / the table has no column for \
                      objections: choose a naming with a status column for this directory";
        unplaced.then(|| Receipt {
            attempts: 0,
            ..refuse_all(parcel, "operation_not_supported", reason, self.now_ms())
        })
    }

    /// Puts `parcel` in, once.
    pub(crate) async fn deliver(&self, parcel: &Parcel) -> Outcome {
        if let Some(receipt) = self.refused(parcel) {
            return Outcome::Settled(receipt);
        }
        let driver = self.target.server.driver;
        let Some(mut rows) = Rows::read(&self.form, parcel, driver) else {
            return damaged(parcel);
        };
        let (code, _) = self.form.table(&parcel.directory);
        let key = idempotency_key(parcel, code, &rows.body);
        if self.target.mode == Mode::Append {
            if !self.told.contains(&parcel.directory) {
                rows.add(&self.target.operation_column, letter(parcel.operation));
            }
            rows.add(&self.target.batch_column, &key);
        }
        let positions = match self.key(&parcel.directory, &rows) {
            Ok(positions) => positions,
            Err(stop) => return Outcome::Stop(*stop),
        };
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            Err(outcome) => return *outcome,
        };
        let put = self.put(&mut connection, parcel, &rows, (positions.as_deref(), &key));
        match put.await {
            Ok(Some(receipt)) => {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.push(connection);
                Outcome::Settled(receipt)
            }
            Ok(None) => Outcome::Stop(unclear(&key, &self.target.batches_table)),
            // The connection goes, and what it had not committed.
            Err(error) => self.failed(&error),
        }
    }

    fn now_ms(&self) -> i64 {
        (self.world.now_ms)()
    }

    /// Where the key stands among the columns, if rows are replaced by it.
    fn key(&self, directory: &str, rows: &Rows) -> Result<Option<Vec<usize>>, Box<Stop>> {
        if self.target.mode == Mode::Append {
            return Ok(None);
        }
        let key = self.target.keys.get(directory).filter(|k| !k.is_empty());
        let found = key.and_then(|key| rows.positions(key));
        found.map(Some).ok_or_else(|| {
            Box::new(Stop {
                code: "sql_key".into(),
                zh: format!("目录 {directory} 没有主键列,或所发数据中没有主键列"),
                en: format!("the directory {directory} has no key, or its key is not sent"),
                remedy: format!(
                    "在 tables.{directory} 中设置 key,并确保这些列被发送 / set key in \
                     tables.{directory}, and have those columns sent"
                ),
                scope: Scope::Route,
            })
        })
    }

    /// A connection: one that nobody uses and that still answers, or a new one.
    async fn connection(&self) -> Result<Connection, Box<Outcome>> {
        loop {
            let idle = self
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop();
            let Some(mut connection) = idle else { break };
            if connection.run("SELECT 1").await.is_ok() {
                return Ok(connection);
            }
        }
        let server = &self.target.server;
        let password = (self.target.password)().map_err(|cause| {
            let text = format!("no password for {}: {cause}", server.place());
            Box::new(Outcome::retry("no_password", text))
        })?;
        let connected = server.connect(&password).await;
        let mut connection = connected.map_err(|e| Box::new(self.failed(&e)))?;
        if !self.made.load(Ordering::Acquire) {
            let ddl = batches_ddl(server.driver, &self.target.batches_table);
            let made = connection.run(&ddl).await;
            made.map_err(|e| Box::new(self.failed(&e)))?;
            self.made.store(true, Ordering::Release);
        }
        Ok(connection)
    }

    /// One transaction: the batch's number, then its rows. Its receipt, or that of when it came
    /// in before; nothing where that cannot be read.
    async fn put(
        &self,
        connection: &mut Connection,
        parcel: &Parcel,
        rows: &Rows,
        (positions, key): (Option<&[usize]>, &str),
    ) -> Result<Option<Receipt>, SqlError> {
        let driver = self.target.server.driver;
        let (code, _) = self.form.table(&parcel.directory);
        let table = quoted_path(driver, code);
        let batches = quoted_path(driver, &self.target.batches_table);
        let batch = Batch {
            table: &batches,
            key,
        };
        let columns = columns(connection, &table, &rows.columns).await?;
        connection.run("START TRANSACTION").await?;
        if driver == Driver::Postgres {
            // What is checked at the end only could not be told of a row.
            connection.run("SET CONSTRAINTS ALL IMMEDIATE").await?;
        }
        let (department, now_ms) = (self.form.department(&parcel.route), self.now_ms());
        if !batch.enter(connection, parcel, department, now_ms).await? {
            let receipt = batch.receipt(connection).await?;
            connection.run("ROLLBACK").await?;
            return Ok(receipt);
        }
        let deletes = positions.is_some()
            && parcel.operation == Operation::Withdraw
            && !self.told.contains(&parcel.directory);
        let load = Load {
            sink: Sink {
                driver,
                table: &table,
                columns: &columns,
                key: positions,
            },
            rows,
            columns: self
                .target
                .columns
                .get(&parcel.directory)
                .map_or(&[], Vec::as_slice),
            deletes,
        };
        let refused = load.put(connection).await?;
        if !refused.is_empty() {
            batch.refuse(connection, &refused).await?;
        }
        connection.run("COMMIT").await?;
        Ok(Some(batch.given(now_ms, refused)))
    }

    fn failed(&self, error: &SqlError) -> Outcome {
        let text = causes(error);
        let code = match error {
            SqlError::Connect { .. } => "connect".to_owned(),
            SqlError::Tls { .. } => "tls".to_owned(),
            SqlError::Timeout { .. } => "timeout".to_owned(),
            SqlError::Lost { .. } => "connection_lost".to_owned(),
            SqlError::Value { .. } => "sql_value".to_owned(),
            SqlError::Said { code, .. } => format!("sql_{code}"),
        };
        if error.passes() {
            let remedy = match error.class() {
                Some(Class::Late) => LATE,
                _ => error.remedy(),
            };
            let why = Failure { code, text, remedy };
            return Outcome::Retry { after: None, why };
        }
        let login = matches!(error.class(), Some(Class::Login) | None);
        let mut remedy = match error.missing() {
            Some(_) => WANTS_MORE.to_owned(),
            None => error.remedy().to_owned(),
        };
        if error.class() == Some(Class::Setup) && text.contains(&self.target.batches_table) {
            remedy.push_str(
                ";批次表的建表语句见 gateway batches / the table of batches is printed by gateway batches",
            );
        }
        Outcome::Stop(Stop {
            code,
            zh: format!("目标数据库不接受:{text}"),
            en: text,
            remedy,
            scope: if login { Scope::Target } else { Scope::Route },
        })
    }
}

impl Load<'_> {
    /// All rows at once, or where the database refuses one, each alone; those refused.
    async fn put(&self, connection: &mut Connection) -> Result<Vec<RowVerdict>, SqlError> {
        connection.run("SAVEPOINT gateway_rows").await?;
        match self.put_together(connection).await {
            Ok(()) => return Ok(Vec::new()),
            Err(error) if self.is_of_a_row(&error) => {}
            Err(error) => return Err(error),
        }
        connection.run("ROLLBACK TO SAVEPOINT gateway_rows").await?;
        let mut refused = Vec::new();
        let alone = match self.deletes {
            true => self.sink.delete(),
            false => self.sink.insert(1),
        };
        for (n, row) in (0_u32..).zip(&self.rows.rows) {
            connection.run("SAVEPOINT gateway_row").await?;
            match connection.execute(&alone, &self.values(row)).await {
                Ok(_) => connection.run("RELEASE SAVEPOINT gateway_row").await?,
                Err(error) if !self.is_of_a_row(&error) => return Err(error),
                Err(SqlError::Said { code, words, .. }) => {
                    connection.run("ROLLBACK TO SAVEPOINT gateway_row").await?;
                    refused.push(RowVerdict {
                        row: n,
                        verdict: Verdict::Refused,
                        code: format!("sql_{code}"),
                        reason: format!("目标数据库拒绝 / the database refuses: {words}"),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    }

    /// The row is at fault, and not the table, which may want a column that no row ever has.
    fn is_of_a_row(&self, error: &SqlError) -> bool {
        match error.missing() {
            Some(column) => self.columns.iter().any(|own| own == column),
            None => error.class() == Some(Class::Row),
        }
    }

    async fn put_together(&self, connection: &mut Connection) -> Result<(), SqlError> {
        if self.deletes {
            let delete = self.sink.delete();
            for row in &self.rows.rows {
                connection.execute(&delete, &self.values(row)).await?;
            }
            return Ok(());
        }
        let rows = (PARAMETERS_MAX / self.rows.columns.len().max(1)).max(1);
        for rows in self.rows.rows.chunks(rows) {
            let values: Vec<Option<&str>> = rows.iter().flat_map(|row| self.values(row)).collect();
            let insert = self.sink.insert(rows.len());
            connection.execute(&insert, &values).await?;
        }
        Ok(())
    }

    /// A row's parameters.
    fn values<'r>(&self, row: &'r [Option<String>]) -> Vec<Option<&'r str>> {
        let value = |at: &usize| row.get(*at).and_then(Option::as_deref);
        match (self.deletes, self.sink.key) {
            (true, Some(key)) => key.iter().map(value).collect(),
            _ => row.iter().map(Option::as_deref).collect(),
        }
    }
}

/// The columns of the table that rows go to.
async fn columns(
    connection: &mut Connection,
    table: &str,
    names: &[String],
) -> Result<Vec<Column>, SqlError> {
    let driver = connection.driver();
    let names: Vec<String> = names.iter().map(|name| quoted(driver, name)).collect();
    let sql = format!("SELECT {} FROM {table} LIMIT 0", names.join(", "));
    connection.columns(&sql).await
}

/// The batch came in before, and what was written down of it says nothing.
fn unclear(key: &str, table: &str) -> Stop {
    Stop {
        code: "receipt_unclear".into(),
        zh: format!("批次 {key} 已入库,但 {table} 中的记录无法读取"),
        en: format!("the batch {key} came in before, and its line in {table} cannot be read"),
        remedy:
            "检查该表中此批次的 refused 列 / check the column refused of that batch in the table"
                .into(),
        scope: Scope::Route,
    }
}

/// The usual letter for an operation.
#[must_use]
pub const fn letter(operation: Operation) -> &'static str {
    match operation {
        Operation::Insert => "I",
        Operation::Update => "U",
        Operation::Withdraw => "D",
        Operation::Hold => "H",
    }
}
