//! A platform's front database: each parcel comes in once, each row with its fate.

use super::server::{KINDS, Kind, Server};
use crate::support::{House, number, ratings, wait_until};
use std::fmt::Write as _;

/// A front database with a table for ratings, which takes no row of the company with number 3.
pub(super) fn front(kind: Kind, more: &str) -> Option<Server> {
    let server = Server::start(kind)?;
    server.sql(&format!(
        "CREATE TABLE xyjb (nsrsbh varchar(20) NOT NULL, nsrmc varchar(60) NOT NULL, \
         tyshxydm varchar(18), zzjgdm varchar(10), \
         xyjb varchar(2), pjnd integer, swjg varchar(60), gw_operation char(1) NULL, \
         gw_batch char(32) NULL, CONSTRAINT not_three CHECK (nsrmc <> '黔西市第3建材有限公司'){more})"
    ));
    Some(server)
}

/// A house whose only target is that database, with the route `list`.
pub(super) fn house(server: &Server, keys: &str, table: &str, parcel: &str) -> House {
    let house = House::new();
    let mut text = "[gateway]\nstate = \"../state\"\n[admin]\nlisten = \"127.0.0.1:0\"\n[log]\n\
                    format = \"json\"\n[targets.county]\n"
        .to_owned();
    text.push_str(&server.keys(&house.path("")));
    write!(
        text,
        "department_code = \"520581\"\nretry = {{ first_ms = 20, most_ms = 200 }}\n\
         breaker = {{ failures = 1000, open_ms = 50 }}\n{keys}\n[targets.county.tables]\n\
         tax-rating = {{ {table} }}\n"
    )
    .unwrap();
    house.put("configs/gateway.toml", text);
    house.route("list", "tax", parcel);
    house
}

pub(super) const CODE: &str = "code = \"xyjb\"";

#[test]
fn rows_come_in_once_and_one_that_breaks_a_rule_is_refused_alone() {
    for kind in KINDS {
        let Some(server) = front(kind, "") else {
            continue;
        };
        let house = house(&server, "", CODE, "");
        let ddl = house.run(&["batches", "county"]).good().out;
        server.sql(&ddl);
        house.put("feeds/list/a.csv", ratings(0..100));
        let books = house.once("list");
        assert_eq!(number(&books, "delivered"), 99, "{kind:?} {books}");
        assert_eq!(number(&books, "refused"), 1, "{books}");
        let receipts = house.ask(&["receipts", "--trouble"]);
        let code = if kind == Kind::Postgres {
            "sql_23514"
        } else {
            "sql_4025"
        };
        assert!(receipts[0].to_string().contains(code), "{receipts:?}");
        let count = |what: &str| server.sql(&format!("SELECT COUNT({what}) FROM xyjb"));
        assert_eq!(count("*"), "99");
        assert_eq!(count("DISTINCT nsrmc"), "99");
        let kinds = "SELECT DISTINCT gw_operation, pjnd + 1, LENGTH(gw_batch) FROM xyjb";
        assert_eq!(server.sql(kinds).replace(['|', '\t'], " "), "I 2026 32");
        // Who has forgotten everything sends it all again, and gets the receipts of then.
        std::fs::remove_dir_all(house.path("state")).unwrap();
        let again = house.once("list");
        assert_eq!(number(&again, "delivered"), 99, "{again}");
        assert_eq!(number(&again, "refused"), 1, "{again}");
        assert_eq!(count("*"), "99");
    }
}

#[test]
fn a_database_that_is_killed_while_rows_come_in_has_each_of_them_once() {
    for kind in KINDS {
        let Some(mut server) = front(kind, "") else {
            continue;
        };
        let house = house(&server, "create = true", CODE, "[parcel]\nrecords_max = 20");
        house.put("feeds/list/a.csv", ratings((0..2_000).filter(|n| *n != 3)));
        let mut run = house.start(&["run"]);
        wait_until("some rows are in", || {
            let there = "SELECT COUNT(*) FROM xyjb";
            server.sql(there).parse::<u32>().unwrap() > 100
        });
        server.kill();
        server.up();
        wait_until("all rows are in", || {
            server.sql("SELECT COUNT(*) FROM xyjb") == "1999"
        });
        assert_eq!(run.terminate(), 0, "{}", run.said());
        assert_eq!(server.sql("SELECT COUNT(DISTINCT nsrmc) FROM xyjb"), "1999");
        let books = house.books("list");
        assert_eq!(number(&books, "delivered"), 1_999, "{books}");
        assert_eq!(
            server.sql("SELECT SUM(rows_sent) FROM gateway_batches"),
            "1999"
        );
    }
}

#[test]
fn a_newer_state_takes_the_place_of_the_older_one() {
    for kind in KINDS {
        let Some(server) = front(kind, ", PRIMARY KEY (nsrsbh, swjg)") else {
            continue;
        };
        let table = format!("{CODE}, key = [\"nsrsbh\", \"swjg\"]");
        let house = house(&server, "mode = \"upsert\"\ncreate = true", &table, "");
        house.put("feeds/list/a.csv", ratings(0..3));
        assert_eq!(number(&house.once("list"), "delivered"), 3);
        house.put(
            "feeds/list/b.csv",
            ratings(0..3).replace("第1建材", "第一建材"),
        );
        assert_eq!(number(&house.once("list"), "delivered"), 4);
        let names = server.sql("SELECT nsrmc FROM xyjb ORDER BY swjg");
        let names: Vec<&str> = names.lines().collect();
        assert_eq!(
            names,
            [
                "黔西市第0建材有限公司",
                "黔西市第一建材有限公司",
                "黔西市第2建材有限公司"
            ]
        );
    }
}

#[test]
fn a_table_that_is_not_there_stops_the_route_until_it_is() {
    for kind in KINDS {
        let Some(server) = front(kind, "") else {
            continue;
        };
        let house = house(&server, "", CODE, "");
        house.put("feeds/list/a.csv", ratings(0..3));
        let ran = house.run(&["once", "list", "--patience", "5"]).ended(6);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(said.contains("gateway_batches"), "{said}");
        assert_eq!(number(&house.books("list"), "waiting"), 3);
        server.sql(&house.run(&["batches", "county"]).good().out);
        server.sql("ALTER TABLE xyjb DROP COLUMN swjg");
        let ran = house.run(&["once", "list", "--patience", "5"]).ended(6);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(said.contains("swjg"), "{said}");
        server.sql("ALTER TABLE xyjb ADD COLUMN swjg varchar(60)");
        assert_eq!(number(&house.once("list"), "delivered"), 3);
    }
}
