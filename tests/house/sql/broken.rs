//! What goes wrong between a department's database and the gateway: what the operator sees, and
//! that nothing is lost or doubled.

use super::server::{KINDS, Kind, Server};
use super::{QUERY, department, fill, route};
use crate::support::{House, assert_ratings, number, wait_until};

/// The query, each row of whose second page takes its time.
fn slow(kind: Kind) -> String {
    match kind {
        Kind::Postgres => format!(
            "{QUERY}, LATERAL (SELECT pg_sleep(CASE WHEN id < 120 THEN 0 ELSE 0.01 END)) AS slow"
        ),
        Kind::Mariadb => format!("{QUERY} WHERE IF(id < 120, 0, SLEEP(0.01)) = 0"),
    }
}

/// Reads 300 rows while `breaks` happens to the second of three pages, and again after `mends`.
fn broken_off(kind: Kind, breaks: impl FnOnce(&mut Server), mends: impl FnOnce(&mut Server)) {
    let Some(mut server) = department(kind, 0..300) else {
        return;
    };
    let house = House::new();
    route(&house, &server, &slow(kind), "rows_max = 100");
    let mut once = house.start(&["once", "db"]);
    wait_until("the first page is delivered", || {
        house.platform.stats().unique == 100
    });
    breaks(&mut server);
    assert_eq!(once.wait(), 6, "{}", once.said());
    let said = once.said();
    assert!(
        said.contains("127.0.0.1") && said.contains("help:"),
        "{said}"
    );
    assert_eq!(
        number(&house.books("db"), "drafted"),
        100,
        "half a page is none"
    );
    mends(&mut server);
    route(&house, &server, QUERY, "rows_max = 100");
    let books = house.once("db");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "duplicate")),
        (300, 0),
        "{books}"
    );
    assert_ratings(&house.rows("tax-rating"), 0..300);
}

#[test]
fn a_database_that_is_killed_while_it_is_read_loses_and_doubles_nothing() {
    for kind in KINDS {
        broken_off(kind, Server::kill, Server::up);
    }
}

#[test]
fn a_page_that_is_cut_off_is_none_and_is_asked_for_again() {
    for kind in KINDS {
        let cut_off = |server: &mut Server| match kind {
            Kind::Postgres => {
                let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \
                           state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%slow%'";
                wait_until("it is cut off", || server.sql(end).contains('t'));
            }
            Kind::Mariadb => {
                let of = "SELECT id FROM information_schema.processlist WHERE user = 'gateway' \
                          AND command IN ('Query', 'Execute')";
                let mut found = String::new();
                wait_until("it is asked", || {
                    found = server.sql(of);
                    !found.is_empty()
                });
                server.sql(&format!("KILL {}", found.lines().next().unwrap()));
            }
        };
        broken_off(kind, cut_off, |_| {});
    }
}

#[test]
fn a_disk_without_room_for_a_page_is_an_alarm_and_it_is_asked_for_again() {
    let Some(server) = department(Kind::Postgres, 0..3) else {
        return;
    };
    let house = House::new();
    route(&house, &server, QUERY, "");
    let mut service = house.start_for_little_room();
    house.delivers("db", 3);
    service.room(Some(64 << 10));
    fill(&server, 3..2_000);
    let why = house.alarm("source_failed");
    assert!(
        why.contains("spool/db-") && why.contains("cannot be kept"),
        "{why}"
    );
    assert_eq!(number(&house.books("db"), "drafted"), 3);
    service.room(None);
    house.delivers("db", 2_000);
    house.no_alarm();
    assert_ratings(&house.rows("tax-rating"), 0..2_000);
    assert_eq!(house.platform.stats().overwritten, 0);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_renamed_column_is_an_alarm_and_its_rows_are_read_once_it_is_back() {
    for kind in KINDS {
        let Some(server) = department(kind, 0..250) else {
            continue;
        };
        let house = House::new();
        let view = |query: &str| {
            server.sql("DROP VIEW IF EXISTS list");
            server.sql(&format!("CREATE VIEW list AS {query}"));
        };
        view(&QUERY.replace("纳税人名称", "企业全名"));
        route(&house, &server, "SELECT * FROM list", "rows_max = 100");
        let mut service = house.serve();
        let why = house.alarm("feed_refused");
        assert!(why.contains("表头缺少列：纳税人名称"), "{why}");
        let books = house.books("db");
        let came = (number(&books, "files"), number(&books, "doubtful"));
        assert_eq!(came, (1, 1), "no page is passed over: {books}");
        view(QUERY);
        house.delivers("db", 250);
        house.no_alarm();
        let books = house.books("db");
        let came = (number(&books, "doubtful"), number(&books, "duplicate"));
        assert_eq!(came, (1, 0), "{books}");
        assert_ratings(&house.rows("tax-rating"), 0..250);
        assert_eq!(service.terminate(), 0, "{}", service.said());
    }
}
