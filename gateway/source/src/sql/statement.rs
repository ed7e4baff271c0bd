//! The statements around the operator's query.
//!
//! What must stay true: rows come in the order of position and tie, each after the one before,
//! and every value of a cursor is a parameter.

use credit_sql::{Column, Driver, Holds, quoted};

use super::cursor::{Cursor, Place};

/// What the operator's query is called within a statement.
const FEED: &str = "feed";

/// A statement and its parameters.
#[derive(Debug, Default)]
pub(super) struct Statement {
    /// Its text.
    pub(super) sql: String,
    /// Its parameters.
    pub(super) texts: Vec<String>,
}

/// What statements are made of.
pub(super) struct Ordered<'q> {
    /// Which language.
    pub(super) driver: Driver,
    /// The operator's query.
    pub(super) query: &'q str,
    /// All of its columns.
    pub(super) columns: &'q [Column],
    /// The column that says how far.
    pub(super) position: &'q Column,
    /// The column that tells rows at one position apart.
    pub(super) tie: &'q Column,
}

/// Where a page begins.
pub(super) enum From<'c> {
    /// At this position.
    Start(&'c str),
    /// After the farthest row, less the overlap.
    Overlap(&'c Place),
    /// After this row.
    After(&'c Place),
}

impl Ordered<'_> {
    /// The operator's query as a table.
    pub(super) fn table(query: &str) -> String {
        // A line of its own: the query may end with a comment.
        format!("(\n{}\n) AS {FEED}", query.trim().trim_end_matches(';'))
    }

    /// A page: all columns as texts, then position, tie, and `1` where the row is not before the
    /// mark.
    pub(super) fn page(
        &self,
        from: &From<'_>,
        overlap: u64,
        mark: Option<&Place>,
        rows: u64,
    ) -> Statement {
        let mut made = Statement::default();
        let texts = self.columns.iter().map(|column| self.text(column, false));
        let texts = texts.collect::<Vec<_>>().join(", ");
        let (position, tie) = (self.name(self.position), self.name(self.tie));
        made.sql = format!(
            "SELECT {texts}, {}, {}, ",
            self.text(self.position, true),
            self.text(self.tie, true)
        );
        match mark {
            None => made.sql.push_str("'1'"),
            Some(mark) => {
                let after = self.after(mark, ">=", &mut made);
                made.sql
                    .push_str(&format!("CASE WHEN {after} THEN '1' ELSE '0' END"));
            }
        }
        let condition = match from {
            From::Start(start) => {
                format!(
                    "{position} >= {}",
                    self.value(self.position, start, &mut made)
                )
            }
            From::Overlap(mark) if overlap > 0 => {
                format!("{position} >= {}", self.less(mark, overlap, &mut made))
            }
            From::Overlap(place) | From::After(place) => self.after(place, ">", &mut made),
        };
        made.sql.push_str(&format!(
            " FROM {} WHERE {condition} AND {tie} IS NOT NULL ORDER BY {position}, {tie} \
             LIMIT {rows}",
            Self::table(self.query)
        ));
        made
    }

    /// Whether there are rows that no page has.
    pub(super) fn without_place(&self) -> String {
        format!(
            "SELECT '1' FROM {} WHERE {} IS NULL OR {} IS NULL LIMIT 1",
            Self::table(self.query),
            self.name(self.position),
            self.name(self.tie)
        )
    }

    /// The condition that a row stands behind `place`; with `>=` also at it.
    fn after(&self, place: &Place, at: &str, made: &mut Statement) -> String {
        let (position, tie) = (self.name(self.position), self.name(self.tie));
        let mut value = |column, text: &str| self.value(column, text, made);
        let (from, beyond) = (
            value(self.position, &place.position),
            value(self.position, &place.position),
        );
        let behind = value(self.tie, &place.tie);
        // The first part alone lets an index be used.
        format!("({position} >= {from} AND ({position} > {beyond} OR {tie} {at} {behind}))")
    }

    fn name(&self, column: &Column) -> String {
        format!("{FEED}.{}", quoted(self.driver, &column.name))
    }

    /// A column as a text; a moment as the time that it is in the session's zone, unless it has
    /// to be told `exactly`.
    fn text(&self, column: &Column, exactly: bool) -> String {
        let name = self.name(column);
        match (self.driver, column.holds) {
            (Driver::Postgres, Holds::Moment) if !exactly => {
                format!("CAST(CAST({name} AS timestamp) AS text)")
            }
            (Driver::Postgres, _) => format!("CAST({name} AS text)"),
            (Driver::Mysql, _) => format!("CAST({name} AS CHAR)"),
        }
    }

    /// A parameter of the column's type.
    fn value(&self, column: &Column, text: &str, made: &mut Statement) -> String {
        made.texts.push(text.to_owned());
        match (self.driver, column.holds) {
            (Driver::Postgres, _) => format!("CAST(${} AS {})", made.texts.len(), column.kind),
            (Driver::Mysql, Holds::Integer) => "CAST(? AS DECIMAL(65, 0))".to_owned(),
            (Driver::Mysql, Holds::Decimal) => "CAST(? AS DECIMAL(65, 30))".to_owned(),
            (Driver::Mysql, Holds::Date) => "CAST(? AS DATE)".to_owned(),
            (Driver::Mysql, Holds::DateTime | Holds::Moment) => "CAST(? AS DATETIME(6))".to_owned(),
            (Driver::Mysql, _) => "?".to_owned(),
        }
    }

    /// The mark's position, less `overlap` seconds or ones.
    fn less(&self, mark: &Place, overlap: u64, made: &mut Statement) -> String {
        let value = self.value(self.position, &mark.position, made);
        let is_time = matches!(
            self.position.holds,
            Holds::Date | Holds::DateTime | Holds::Moment
        );
        match (is_time, self.driver) {
            (false, _) => format!("{value} - {overlap}"),
            (true, Driver::Postgres) => format!("{value} - make_interval(secs => {overlap})"),
            (true, Driver::Mysql) => {
                format!("CAST({value} AS DATETIME(6)) - INTERVAL {overlap} SECOND")
            }
        }
    }
}

/// Where the next page begins, and the mark until now.
pub(super) fn begin<'c>(
    cursor: Option<&'c Cursor>,
    start: &'c str,
) -> (From<'c>, Option<&'c Place>) {
    let from = match cursor {
        None => From::Start(start),
        Some(Cursor::Rest(mark)) => From::Overlap(mark),
        Some(Cursor::More { at, .. }) => From::After(at),
    };
    (from, cursor.map(Cursor::mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(name: &str, kind: &str, holds: Holds) -> Column {
        let (name, kind) = (name.to_owned(), kind.to_owned());
        Column { name, kind, holds }
    }

    fn page(driver: Driver, cursor: Option<&Cursor>, overlap: u64) -> Statement {
        let columns = [
            column("gxsj", "TIMESTAMPTZ", Holds::Moment),
            column("id", "INT8", Holds::Integer),
        ];
        let [position, tie] = &columns;
        let ordered = Ordered {
            driver,
            query: "SELECT * FROM xzcf; ",
            columns: &columns,
            position,
            tie,
        };
        let (from, mark) = begin(cursor, "2018-01-01");
        ordered.page(&from, overlap, mark, 11)
    }

    #[test]
    fn a_page_goes_on_behind_the_last_row() {
        let place = |position: &str| Place {
            position: position.to_owned(),
            tie: "7".to_owned(),
        };
        let first = page(Driver::Postgres, None, 60);
        assert_eq!(
            first.sql,
            "SELECT CAST(CAST(feed.\"gxsj\" AS timestamp) AS text), CAST(feed.\"id\" AS text), \
             CAST(feed.\"gxsj\" AS text), CAST(feed.\"id\" AS text), '1' FROM (\nSELECT * FROM \
             xzcf\n) AS feed WHERE feed.\"gxsj\" >= CAST($1 AS TIMESTAMPTZ) AND feed.\"id\" IS \
             NOT NULL ORDER BY feed.\"gxsj\", feed.\"id\" LIMIT 11"
        );
        assert_eq!(first.texts, ["2018-01-01"]);
        let cursor = Cursor::Rest(place("2026-01-01"));
        let again = page(Driver::Mysql, Some(&cursor), 60);
        let overlap = "WHERE feed.`gxsj` >= CAST(CAST(? AS DATETIME(6)) AS DATETIME(6)) - \
                       INTERVAL 60 SECOND AND feed.`id` IS NOT NULL ORDER BY";
        assert!(again.sql.contains(overlap), "{}", again.sql);
        let cursor = Cursor::More {
            at: place("2025-12-31"),
            mark: place("2026-01-01"),
        };
        let next = page(Driver::Postgres, Some(&cursor), 60);
        let after = "WHERE (feed.\"gxsj\" >= CAST($4 AS TIMESTAMPTZ) AND (feed.\"gxsj\" > CAST($5 \
                     AS TIMESTAMPTZ) OR feed.\"id\" > CAST($6 AS INT8)))";
        assert!(next.sql.contains(after), "{}", next.sql);
        assert_eq!(next.texts[3..], ["2025-12-31", "2025-12-31", "7"]);
    }

    proptest! {
        #[test]
        fn no_value_of_a_cursor_stands_in_the_statement(
            position in "[A-Z';]{12,}",
            tie in "[A-Z\"]{12,}",
        ) {
            let place = Place { position: position.clone(), tie: tie.clone() };
            for driver in [Driver::Postgres, Driver::Mysql] {
                for cursor in [
                    Cursor::Rest(place.clone()),
                    Cursor::More { at: place.clone(), mark: place.clone() },
                ] {
                    for overlap in [0, 5] {
                        let made = page(driver, Some(&cursor), overlap);
                        prop_assert!(!made.sql.contains(&position) && !made.sql.contains(&tie));
                        let mark = if driver == Driver::Mysql { "?" } else { "$" };
                        let marks = made.sql.matches(mark);
                        prop_assert_eq!(marks.count(), made.texts.len());
                    }
                }
            }
        }
    }
}
