//! The table of batches: what came in, so that it never comes in again.

use credit_record::flow::{Parcel, Receipt, RowVerdict, Verdict};
use credit_sql::{Class, Connection, Driver, SqlError, quoted_path};
use serde_json::Value;

/// The statement that makes the table.
#[must_use]
pub fn batches_ddl(driver: Driver, table: &str) -> String {
    let (text, end) = match driver {
        Driver::Postgres => ("text", ""),
        Driver::Mysql => ("longtext", " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {} (
  batch_key varchar(32) NOT NULL PRIMARY KEY,
  route varchar(200) NOT NULL,
  department varchar(100) NOT NULL,
  directory varchar(100) NOT NULL,
  operation varchar(10) NOT NULL,
  take bigint NOT NULL,
  part integer NOT NULL,
  rows_sent integer NOT NULL,
  at_ms bigint NOT NULL,
  refused {text} NOT NULL
){end};
",
        quoted_path(driver, table)
    )
}

/// A batch in the table.
pub(super) struct Batch<'b> {
    /// The table, quoted.
    pub(super) table: &'b str,
    /// Its number.
    pub(super) key: &'b str,
}

impl Batch<'_> {
    /// Writes it down; false if it came in before.
    pub(super) async fn enter(
        &self,
        connection: &mut Connection,
        parcel: &Parcel,
        department: &str,
        now_ms: i64,
    ) -> Result<bool, SqlError> {
        let (take, part) = (parcel.id.take.to_string(), parcel.id.part.to_string());
        let (rows, now) = (parcel.rows.len().to_string(), now_ms.to_string());
        let texts = [
            self.key,
            &parcel.route,
            department,
            &parcel.directory,
            parcel.operation.word(),
            &take,
            &part,
            &rows,
            &now,
            "[]",
        ];
        let (values, end) = match connection.driver() {
            Driver::Postgres => (
                "$1, $2, $3, $4, $5, CAST($6 AS bigint), CAST($7 AS integer), CAST($8 AS integer), \
                 CAST($9 AS bigint), $10",
                " ON CONFLICT DO NOTHING",
            ),
            Driver::Mysql => ("?, ?, ?, ?, ?, ?, ?, ?, ?, ?", ""),
        };
        let sql = format!(
            "INSERT INTO {} (batch_key, route, department, directory, operation, take, part, \
             rows_sent, at_ms, refused) VALUES ({values}){end}",
            self.table
        );
        match connection.execute(&sql, &texts.map(Some)).await {
            Ok(rows) => Ok(rows > 0),
            Err(SqlError::Said {
                class: Class::Row,
                code,
                ..
            }) if code == "1062" => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes down which rows were refused.
    pub(super) async fn refuse(
        &self,
        connection: &mut Connection,
        refused: &[RowVerdict],
    ) -> Result<(), SqlError> {
        let (first, second) = marks(connection.driver());
        let sql = format!(
            "UPDATE {} SET refused = {first} WHERE batch_key = {second}",
            self.table
        );
        let refused = written(refused);
        let texts = [Some(refused.as_str()), Some(self.key)];
        connection.execute(&sql, &texts).await.map(drop)
    }

    /// Its receipt from when it came in.
    pub(super) async fn receipt(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<Receipt>, SqlError> {
        let (first, _) = marks(connection.driver());
        let text = match connection.driver() {
            Driver::Postgres => "text",
            Driver::Mysql => "char",
        };
        let sql = format!(
            "SELECT CAST(at_ms AS {text}), refused FROM {} WHERE batch_key = {first}",
            self.table
        );
        let found = connection.first(&sql, &[Some(self.key)]).await?;
        let Some([Some(at), Some(refused)]) = found.as_deref() else {
            return Ok(None);
        };
        let (at_ms, rows) = (at.parse().ok(), read(refused));
        Ok(at_ms.zip(rows).map(|(at_ms, rows)| self.given(at_ms, rows)))
    }

    /// The receipt of a batch that came in.
    pub(super) fn given(&self, at_ms: i64, rows: Vec<RowVerdict>) -> Receipt {
        Receipt {
            task: self.key.to_owned(),
            at_ms,
            attempts: 1,
            doubted: 0,
            rows,
        }
    }
}

const fn marks(driver: Driver) -> (&'static str, &'static str) {
    match driver {
        Driver::Postgres => ("$1", "$2"),
        Driver::Mysql => ("?", "?"),
    }
}

/// `[[row, code, reason], …]`
fn written(refused: &[RowVerdict]) -> String {
    let row = |r: &RowVerdict| {
        let (code, reason) = (r.code.as_str(), r.reason.as_str());
        Value::Array(vec![
            Value::from(r.row),
            Value::from(code),
            Value::from(reason),
        ])
    };
    Value::Array(refused.iter().map(row).collect()).to_string()
}

fn read(text: &str) -> Option<Vec<RowVerdict>> {
    let rows: Vec<(u32, String, String)> = serde_json::from_str(text).ok()?;
    let verdict = |(row, code, reason)| RowVerdict {
        row,
        verdict: Verdict::Refused,
        code,
        reason,
    };
    Some(rows.into_iter().map(verdict).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn refusals_are_the_same_after_they_were_written_down(
            rows in prop::collection::vec((any::<u32>(), any::<String>(), any::<String>()), 0..5),
        ) {
            let rows = rows.into_iter().map(|(row, code, reason)| RowVerdict {
                row,
                verdict: Verdict::Refused,
                code,
                reason,
            });
            let rows: Vec<RowVerdict> = rows.collect();
            prop_assert_eq!(read(&written(&rows)), Some(rows));
        }
    }
}
