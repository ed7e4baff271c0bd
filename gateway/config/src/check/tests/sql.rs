//! Databases to read from and to deliver to.

use super::*;
use crate::plan::{SqlDriver, SqlMode, SqlTls};

const DATABASE: &str = "kind = \"sql\"\ndriver = \"mysql\"\nhost = \"127.0.0.1\"\n\
                        database = \"d\"\nuser = \"u\"\npassword = { env = \"FRONT_PASSWORD\" }\n";
const QUERY: &str = "query = \"SELECT * FROM t\"\nposition_column = \"gxsj\"\n\
                     tie_column = \"id\"\nstart = \"2018-01-01\"\n";

fn route(source: &str) -> String {
    let others = ROUTE_TEXT
        .lines()
        .filter(|line| !line.starts_with("source"));
    let others: Vec<&str> = others.collect();
    let others = others.join("\n");
    format!("{others}\n[source]\n{source}\n[schedule]\nevery_ms = 600_000\n")
}

#[test]
fn a_query_says_where_it_begins_and_locks_nothing() {
    let source = format!("{DATABASE}{QUERY}");
    let plan = checked(GATEWAY_TEXT, &route(&source)).unwrap_or_else(|p| panic!("{p}"));
    let SourcePlan::Sql(sql) = &plan.routes["tax"].source else {
        panic!("no query")
    };
    assert_eq!(sql.database.driver, SqlDriver::Mysql);
    assert_eq!(
        (sql.database.port, sql.database.tls),
        (3_306, SqlTls::Verify)
    );
    assert_eq!(plan.routes["tax"].source.place(), "mysql://127.0.0.1:3306");
    for (right, wrong, code) in [
        ("start = \"2018-01-01\"", "", "missing_key"),
        ("tie_column = \"id\"", "", "missing_key"),
        ("SELECT * FROM t", "DELETE FROM t", "bad_query"),
        ("SELECT * FROM t", "SELECT 1; SELECT 2", "bad_query"),
        (
            "SELECT * FROM t",
            "SELECT * FROM t  FOR\\nUPDATE",
            "bad_query",
        ),
        (
            "driver = \"mysql\"",
            "driver = \"oracle\"",
            "unknown_choice",
        ),
        (
            "{ env = \"FRONT_PASSWORD\" }",
            "\"secret\"",
            "secret_literal",
        ),
        (
            "\"127.0.0.1\"",
            "\"db.example\"\ntls = \"off\"",
            "plain_sql",
        ),
        ("user", "port = 0\nuser", "out_of_range"),
    ] {
        let text = route(&source.replace(right, wrong));
        assert_eq!(codes(GATEWAY_TEXT, &text), [code], "{wrong}");
    }
}

#[test]
fn a_table_that_rows_are_replaced_in_has_a_key() {
    let front = |more: &str| format!("{GATEWAY_TEXT}\n[targets.front]\n{DATABASE}{more}\n");
    let upsert = "mode = \"upsert\"\ntables.penalty = { code = \"XZCF\", key = [\"CF_WSH\"] }";
    let plan = checked(&front(upsert), ROUTE_TEXT).unwrap_or_else(|p| panic!("{p}"));
    let target = &plan.targets["front"];
    let WayPlan::Sql(tables) = &target.way else {
        panic!("no tables")
    };
    assert_eq!(tables.mode, SqlMode::Upsert);
    assert_eq!(tables.batches_table, "gateway_batches");
    assert_eq!(target.table("penalty").key, ["CF_WSH"]);
    assert_eq!(target.secrets().count(), 1);
    for (more, code) in [
        (
            "mode = \"upsert\"\ntables.penalty = { code = \"X\" }",
            "missing_key",
        ),
        (
            "tables.penalty = { code = \"X\", key = [\"A\"] }",
            "conflicting_keys",
        ),
        ("url = \"https://h/\"", "unknown_key"),
    ] {
        let mut codes = codes(&front(more), ROUTE_TEXT);
        codes.retain(|code| *code != "unused_target");
        assert_eq!(codes, [code], "{more}");
    }
}
