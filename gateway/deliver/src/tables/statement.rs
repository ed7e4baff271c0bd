//! The statements that put rows into a table. Names are quoted, values are parameters.

use credit_sql::{Column, Driver, quoted};

/// Most parameters of a statement; both languages count them in 16 bits.
pub(super) const PARAMETERS_MAX: usize = 30_000;

/// A table, with the columns that rows go to.
pub(super) struct Sink<'t> {
    /// Which language.
    pub(super) driver: Driver,
    /// The table, quoted.
    pub(super) table: &'t str,
    /// The columns, with their types.
    pub(super) columns: &'t [Column],
    /// Where those of the key stand, if a newer row takes the older one's place.
    pub(super) key: Option<&'t [usize]>,
}

impl Sink<'_> {
    /// Inserts `rows` rows.
    pub(super) fn insert(&self, rows: usize) -> String {
        let names: Vec<String> = self.columns.iter().map(|c| self.name(c)).collect();
        let width = self.columns.len();
        let row = |row: usize| {
            let values = self.columns.iter().enumerate();
            let values = values.map(|(at, column)| self.value(column, row * width + at));
            format!("({})", values.collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!(
            "INSERT INTO {} ({}) VALUES {}{}",
            self.table,
            names.join(", "),
            rows.join(", "),
            self.replace()
        )
    }

    /// What becomes of the older row of the same key.
    fn replace(&self) -> String {
        let Some(key) = self.key else {
            return String::new();
        };
        let columns = self.columns.iter().enumerate();
        let (keys, others): (Vec<_>, Vec<_>) = columns.partition(|(at, _)| key.contains(at));
        let names = |of: &[(usize, &Column)]| -> Vec<String> {
            of.iter().map(|(_, column)| self.name(column)).collect()
        };
        let (keys, others) = (names(&keys), names(&others));
        match self.driver {
            Driver::Postgres if others.is_empty() => {
                format!(" ON CONFLICT ({}) DO NOTHING", keys.join(", "))
            }
            Driver::Postgres => {
                let set: Vec<String> = others
                    .iter()
                    .map(|c| format!("{c} = EXCLUDED.{c}"))
                    .collect();
                let (keys, set) = (keys.join(", "), set.join(", "));
                format!(" ON CONFLICT ({keys}) DO UPDATE SET {set}")
            }
            Driver::Mysql => {
                let changed = if others.is_empty() { &keys } else { &others };
                let set: Vec<String> = changed
                    .iter()
                    .map(|c| format!("{c} = VALUES({c})"))
                    .collect();
                format!(" ON DUPLICATE KEY UPDATE {}", set.join(", "))
            }
        }
    }

    /// Deletes the row of a key.
    pub(super) fn delete(&self) -> String {
        let key = self.key.unwrap_or_default().iter();
        let columns = key.filter_map(|at| self.columns.get(*at)).enumerate();
        let same: Vec<String> = columns
            .map(|(at, column)| format!("{} = {}", self.name(column), self.value(column, at)))
            .collect();
        format!("DELETE FROM {} WHERE {}", self.table, same.join(" AND "))
    }

    fn name(&self, column: &Column) -> String {
        quoted(self.driver, &column.name)
    }

    /// The parameter with that number, from 0, as a value of the column.
    fn value(&self, column: &Column, at: usize) -> String {
        match self.driver {
            Driver::Postgres => format!("CAST(${} AS {})", at + 1, column.kind),
            Driver::Mysql => "?".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use credit_sql::Holds;

    fn made(driver: Driver, key: Option<&[usize]>) -> (String, String) {
        let column = |name: &str, kind: &str| Column {
            name: name.to_owned(),
            kind: kind.to_owned(),
            holds: Holds::Text,
        };
        let columns = [column("WSH", "VARCHAR"), column("J\"E", "NUMERIC")];
        let sink = Sink {
            driver,
            table: "t",
            columns: &columns,
            key,
        };
        (sink.insert(2), sink.delete())
    }

    #[test]
    fn rows_are_inserted_as_parameters_of_their_columns_types() {
        assert_eq!(
            made(Driver::Postgres, None).0,
            "INSERT INTO t (\"WSH\", \"J\"\"E\") VALUES (CAST($1 AS VARCHAR), CAST($2 AS \
             NUMERIC)), (CAST($3 AS VARCHAR), CAST($4 AS NUMERIC))"
        );
        assert_eq!(
            made(Driver::Mysql, None).0,
            "INSERT INTO t (`WSH`, `J\"E`) VALUES (?, ?), (?, ?)"
        );
    }

    #[test]
    fn a_newer_row_takes_the_place_of_its_key() {
        let (insert, delete) = made(Driver::Postgres, Some(&[0]));
        let end = " ON CONFLICT (\"WSH\") DO UPDATE SET \"J\"\"E\" = EXCLUDED.\"J\"\"E\"";
        assert!(insert.ends_with(end), "{insert}");
        assert_eq!(delete, "DELETE FROM t WHERE \"WSH\" = CAST($1 AS VARCHAR)");
        let (insert, delete) = made(Driver::Mysql, Some(&[1, 0]));
        let end = " ON DUPLICATE KEY UPDATE `WSH` = VALUES(`WSH`), `J\"E` = VALUES(`J\"E`)";
        assert!(insert.ends_with(end), "{insert}");
        assert_eq!(delete, "DELETE FROM t WHERE `J\"E` = ? AND `WSH` = ?");
    }
}
