//! A department's database that is asked page by page, and a platform's that rows are put into:
//! PostgreSQL and MariaDB.

mod broken;
mod server;
mod target;
mod unwell;

use crate::support::{House, assert_ratings, number};
use rustix::process::Signal;
use server::{KINDS, Kind, PASSWORD, Server};

/// What the lists are made of.
const QUERY: &str = "SELECT id, gxsj, nsrsbh AS 纳税人识别号, nsrmc AS 纳税人名称, pjnd AS 评价年度, \
                     swjg AS 税务机关 FROM ratings";

/// A department's database with these ratings, a second apart from each other.
fn department(kind: Kind, numbers: impl IntoIterator<Item = u32>) -> Option<Server> {
    let server = Server::start(kind)?;
    server.sql(
        "CREATE TABLE ratings (id bigint PRIMARY KEY, gxsj timestamp NULL, nsrsbh char(20), \
         nsrmc varchar(100), pjnd integer, swjg text, je decimal(18, 2))",
    );
    fill(&server, numbers);
    Some(server)
}

fn fill(server: &Server, numbers: impl IntoIterator<Item = u32>) {
    let row = |n: u32| {
        // Several at the same second: the tie tells them apart.
        let (minute, second) = (n / 3 / 60, n / 3 % 60);
        format!(
            "({n}, '2026-01-05 08:{minute:02}:{second:02}', '91520581MA6DEMQ1XJ', \
             '黔西市第{n}建材有限公司', 2025, '国家税务总局黔西市税务局第{n}税务分局', 0.10)"
        )
    };
    let rows: Vec<String> = numbers.into_iter().map(row).collect();
    for rows in rows.chunks(500) {
        server.sql(&format!("INSERT INTO ratings VALUES {}", rows.join(", ")));
    }
}

/// The route `db`, which asks that database.
fn route(house: &House, server: &Server, query: &str, more: &str) {
    house.route("db", "tax", "");
    let text = std::fs::read_to_string(house.path("configs/routes/db.toml")).unwrap();
    let (before, rest) = text.split_once("[source]").unwrap();
    let (_, after) = rest.split_once("[schedule]").unwrap();
    let keys = server.keys(&house.path(""));
    let source = format!(
        "[source]\n{keys}query = \"\"\"\n{query}\n\"\"\"\nposition_column = \"gxsj\"\n\
         tie_column = \"id\"\nstart = \"2026-01-01\"\n{more}\n[schedule]{after}"
    );
    house.put("configs/routes/db.toml", format!("{before}{source}"));
}

/// What `once` says where the database cannot be read.
fn trouble(house: &House) -> String {
    let err = house.run(&["once", "db"]).ended(6).err;
    assert!(err.contains("help:") && !err.contains(PASSWORD), "{err}");
    err
}

#[test]
fn a_query_is_tried_for_no_more_rows_than_are_shown_and_nothing_is_kept() {
    for kind in KINDS {
        let Some(server) = department(kind, 0..250) else {
            continue;
        };
        let house = House::new();
        route(&house, &server, QUERY, "rows_max = 100");
        let entries = house.ask(&["plan", "--try", "db"]);
        assert_eq!(number(entries.last().unwrap(), "new"), 10, "{kind:?}");
        assert!(!house.path("state").exists());
        assert_eq!(number(&house.once("db"), "delivered"), 250);
        house.run(&["plan", "--try", "db"]).ended(7);
        let args = ["plan", "--try", "db", "--from-start", "--rows", "3"];
        let entries = house.ask(&args);
        assert_eq!(number(entries.last().unwrap(), "duplicate"), 3, "{kind:?}");
    }
}

#[test]
fn a_database_is_read_page_by_page_and_the_next_run_goes_on() {
    for kind in KINDS {
        let Some(server) = department(kind, 0..250) else {
            continue;
        };
        let house = House::new();
        route(&house, &server, QUERY, "rows_max = 100\noverlap = 30");
        let books = house.once("db");
        assert_eq!(number(&books, "delivered"), 250, "{kind:?} {books}");
        assert_eq!(number(&books, "files"), 3, "{books}");
        // Within the overlap nothing is new.
        assert_eq!(number(&house.once("db"), "files"), 4);
        let books = house.once("db");
        assert_eq!(
            number(&books, "files"),
            4,
            "the same again is not read: {books}"
        );
        // One was committed late, within the overlap; the others are new; one has no position.
        fill(&server, (250..300).chain([1_000]));
        server.sql("UPDATE ratings SET gxsj = '2026-01-05 08:01:00' WHERE id = 1000");
        server.sql("INSERT INTO ratings (id, gxsj) VALUES (2000, NULL)");
        let ran = house.run(&["once", "db"]);
        assert!(
            ran.out.contains("空的行未读取") || ran.err.contains("空的行未读取"),
            "{ran:?}"
        );
        assert_ratings(&house.rows("tax-rating"), (0..300).chain([1_000]));
        assert_eq!(
            server.sql("SELECT COUNT(*) FROM ratings"),
            "302",
            "nothing was written"
        );
    }
}

#[test]
fn a_database_that_stalls_is_left_after_its_time() {
    for kind in KINDS {
        let Some(server) = department(kind, 0..3) else {
            continue;
        };
        let house = House::new();
        let (asleep, words) = match kind {
            Kind::Postgres => ("pg_sleep(30) IS NULL", "statement timeout"),
            Kind::Mariadb => ("SLEEP(30) = 7", "max_statement_time"),
        };
        let query = format!("{QUERY} WHERE {asleep}");
        route(&house, &server, &query, "timeout_ms = 2_000");
        let err = trouble(&house);
        // Either gives up first: the database's clock begins a little later than ours.
        assert!(err.contains(words) || err.contains("2000 ms"), "{err}");
        server.signal(Signal::STOP);
        route(&house, &server, QUERY, "timeout_ms = 500");
        let err = trouble(&house);
        server.signal(Signal::CONT);
        assert!(err.contains("waited 500 ms"), "{err}");
        route(&house, &server, QUERY, "");
        assert_eq!(number(&house.once("db"), "delivered"), 3);
    }
}

#[test]
fn who_is_not_let_in_or_not_trusted_is_told_why() {
    for kind in KINDS {
        let Some(server) = department(kind, 0..3) else {
            continue;
        };
        let house = House::new();
        route(&house, &server, QUERY, "");
        let path = house.path("configs/routes/db.toml");
        let right = std::fs::read_to_string(path).unwrap();
        house.put("db-password", "wrong-horse");
        let err = trouble(&house);
        let code = if kind == Kind::Postgres {
            "[28P01]"
        } else {
            "[1045]"
        };
        assert!(err.contains(code) && !err.contains("wrong-horse"), "{err}");
        // Without its authority, and with it from another file.
        let other = house.path("other.pem");
        let other_ca = std::fs::read_to_string(server.ca_file()).unwrap();
        house.put("other.pem", other_ca);
        let own = format!("ca_file = \"{}\"", server.ca_file());
        let without = right.replace(&own, "");
        house.put("configs/routes/db.toml", &without);
        let err = trouble(&house);
        assert!(
            err.contains("no trusted connection") && err.contains("ca_file"),
            "{err}"
        );
        house.put("db-password", PASSWORD);
        let text = right.replace(&own, &format!("ca_file = \"{}\"", other.display()));
        house.put("configs/routes/db.toml", text);
        assert_eq!(number(&house.once("db"), "delivered"), 3);
    }
}

#[test]
fn a_changed_table_is_told_by_its_column() {
    for kind in KINDS {
        let Some(server) = department(kind, 0..3) else {
            continue;
        };
        let house = House::new();
        route(&house, &server, "SELECT * FROM ratings", "");
        let (binary, name) = match kind {
            Kind::Postgres => ("bytea", "BYTEA"),
            Kind::Mariadb => ("blob", "BLOB"),
        };
        server.sql(&format!("ALTER TABLE ratings ADD COLUMN foto {binary}"));
        let err = trouble(&house);
        assert!(err.contains("\"foto\"") && err.contains(name), "{err}");
        server.sql("ALTER TABLE ratings DROP COLUMN foto");
        server.sql("ALTER TABLE ratings DROP COLUMN gxsj");
        let err = trouble(&house);
        assert!(
            err.contains("no column \"gxsj\"") && err.contains("swjg"),
            "{err}"
        );
        route(&house, &server, QUERY, "");
        assert!(trouble(&house).contains("gxsj"));
        server.sql("DROP TABLE ratings");
        assert!(trouble(&house).contains("ratings"));
        assert_eq!(house.platform.stats().requests, 0);
    }
}
