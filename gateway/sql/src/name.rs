//! Names of tables and columns, quoted: whatever they hold, they stay names.

use crate::server::Driver;

/// A name as it stands in SQL.
#[must_use]
pub fn quoted(driver: Driver, name: &str) -> String {
    let mark = match driver {
        Driver::Postgres => '"',
        Driver::Mysql => '`',
    };
    let mut out = String::with_capacity(name.len() + 2);
    out.push(mark);
    for c in name.chars() {
        if c == mark {
            out.push(mark);
        }
        out.push(c);
    }
    out.push(mark);
    out
}

/// The name of a table, with its schema in front where it has a dot.
#[must_use]
pub fn quoted_path(driver: Driver, path: &str) -> String {
    let parts = path.split('.').map(|part| quoted(driver, part));
    parts.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_quoted_name_ends_where_it_ends_and_is_the_name_again(name in ".*") {
            for (driver, mark) in [(Driver::Postgres, '"'), (Driver::Mysql, '`')] {
                let quoted = quoted(driver, &name);
                let inner = quoted.strip_prefix(mark).and_then(|q| q.strip_suffix(mark)).unwrap();
                let (one, two) = (mark.to_string(), mark.to_string().repeat(2));
                prop_assert!(!inner.replace(&two, "").contains(mark));
                prop_assert_eq!(inner.replace(&two, &one), name.clone());
            }
        }
    }

    #[test]
    fn a_schema_stands_before_its_table() {
        assert_eq!(
            quoted_path(Driver::Postgres, "front.XZCF"),
            "\"front\".\"XZCF\""
        );
        assert_eq!(quoted_path(Driver::Mysql, "a`; DROP"), "`a``; DROP`");
    }
}
