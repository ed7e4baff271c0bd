//! A front database that is slow, broken, full, of another shape, or somebody else's.

use super::server::{KINDS, Kind, PASSWORD, Server};
use super::target::{CODE, front, house};
use crate::support::{House, number, ratings, wait_until};
use rustix::process::Signal;

/// An empty front database and a house with three rows for it, which tries quickly.
fn begin(kind: Kind, keys: &str) -> Option<(Server, House)> {
    let server = front(kind, "")?;
    let house = house(&server, &format!("create = true\n{keys}"), CODE, "");
    house.put("feeds/list/a.csv", ratings([0, 1, 2]));
    Some((server, house))
}

/// What `once` says where the rows have to wait.
#[track_caller]
fn waits(house: &House, words: &[&str]) {
    let err = house.run(&["once", "list", "--patience", "1"]).ended(6).err;
    for word in words {
        assert!(err.contains(word), "{word} is not in\n{err}");
    }
    assert!(!err.contains(PASSWORD), "{err}");
    assert_eq!(number(&house.books("list"), "waiting"), 3);
}

/// The rows are in, each once, and so is the number of their batch.
#[track_caller]
fn is_whole(server: &Server) {
    let rows = "SELECT COUNT(*) + 10 * COUNT(DISTINCT nsrmc) FROM xyjb";
    assert_eq!(server.sql(rows), "33");
    let sent = server.sql("SELECT SUM(rows_sent) FROM gateway_batches");
    assert_eq!(sent, "3");
}

/// Another session that nobody gets past.
fn lock(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => "BEGIN; LOCK TABLE xyjb IN SHARE MODE",
        Kind::Mariadb => "LOCK TABLES xyjb READ",
    }
}

#[test]
fn a_database_that_stalls_is_told_with_what_to_do_and_delays_no_other_target() {
    for kind in KINDS {
        let Some((server, house)) = begin(kind, "timeout_ms = 600") else {
            continue;
        };
        // No answer at all,
        server.signal(Signal::STOP);
        waits(
            &house,
            &["waited 600 ms for a connection from", "timeout_ms"],
        );
        server.signal(Signal::CONT);
        // or none to the rows, as somebody has locked the table.
        let file = house.path("configs/gateway.toml");
        let other = format!(
            "\n[targets.other]\nkind = \"http-push\"\nurl = \"{}\"\ndepartment_code = \"52\"\n",
            house.platform.url("/push")
        );
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, text + &other).unwrap();
        let file = house.path("configs/routes/list.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(
            &file,
            text.replace("[\"county\"]", "[\"county\", \"other\"]"),
        )
        .unwrap();
        house.put("feeds/list/b.csv", ratings([7]));
        let locked = server.session(lock(kind));
        let mut service = house.serve();
        wait_until("the other target has what came since", || {
            house.platform.stats().unique == 1
        });
        wait_until("the status says why", || {
            let status = house.run(&["status"]).good().out;
            status.contains("重试中 trying again")
                && status.contains("list → county: 4")
                && status.contains("raise timeout_ms")
        });
        drop(locked);
        wait_until("all is in", || number(&house.books("list"), "waiting") == 0);
        assert_eq!(service.terminate(), 0, "{}", service.said());
        assert_eq!(server.sql("SELECT COUNT(DISTINCT nsrmc) FROM xyjb"), "4");
        assert_eq!(server.sql("SELECT COUNT(*) FROM xyjb"), "4");
    }
}

#[test]
fn a_session_that_is_ended_within_its_transaction_leaves_nothing_half() {
    for kind in KINDS {
        let Some((server, house)) = begin(kind, "") else {
            continue;
        };
        let (waiting, end) = match kind {
            Kind::Postgres => (
                "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE application_name LIKE 'credit-gateway%'",
            ),
            Kind::Mariadb => (
                "SELECT COUNT(*) FROM information_schema.processlist \
                 WHERE user = 'gateway' AND state LIKE '%lock%'",
                "KILL USER gateway",
            ),
        };
        let locked = server.session(lock(kind));
        let mut service = house.serve();
        // Its number is in, and its rows are not.
        wait_until("the rows wait for the lock", || server.sql(waiting) == "1");
        server.sql(end);
        wait_until("it is tried again", || {
            service
                .said()
                .contains("delivery failed, will be tried again")
        });
        drop(locked);
        wait_until("all is in", || number(&house.books("list"), "waiting") == 0);
        assert_eq!(service.terminate(), 0, "{}", service.said());
        let said = service.said();
        assert!(
            said.contains("delivery failed, will be tried again"),
            "{said}"
        );
        assert!(said.contains("网关会自动重试"), "{said}");
        is_whole(&server);
    }
}

#[test]
fn who_is_not_let_in_or_not_trusted_sends_nothing_and_is_told_why() {
    for kind in KINDS {
        let Some((server, house)) = begin(kind, "") else {
            continue;
        };
        let file = house.path("configs/gateway.toml");
        let right = std::fs::read_to_string(&file).unwrap();
        let code = match kind {
            Kind::Postgres => "[28P01]",
            Kind::Mariadb => "[1045]",
        };
        std::fs::write(house.path("db-password"), "wrong-horse").unwrap();
        waits(&house, &[code, "check user, password and database"]);
        std::fs::write(house.path("db-password"), PASSWORD).unwrap();
        let other = crate::pulls::nginx::certificate("ca.pem");
        let stranger = right.replace(&server.ca_file(), other.to_str().unwrap());
        let by_name = right.replace("host = \"127.0.0.1\"", "host = \"localhost\"");
        for (text, said) in [(&stranger, "UnknownIssuer"), (&by_name, "localhost")] {
            std::fs::write(&file, text).unwrap();
            waits(&house, &["no trusted connection to", said, "ca_file"]);
            let stopped = house.books("list")["targets"][0]["stopped"].to_string();
            assert!(stopped.contains("[tls]"), "{stopped}");
        }
        std::fs::write(&file, &right).unwrap();
        assert_eq!(number(&house.once("list"), "delivered"), 3);
        is_whole(&server);
    }
}

#[test]
fn a_database_without_room_gets_its_rows_once_it_has_room() {
    for kind in KINDS {
        let Some((server, house)) = begin(kind, "") else {
            continue;
        };
        match kind {
            Kind::Postgres => {
                server.sql(
                    "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
                     $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' \
                     USING ERRCODE = 'disk_full'; END $$",
                );
                server.sql(
                    "CREATE TRIGGER room BEFORE INSERT ON xyjb FOR EACH ROW \
                     EXECUTE FUNCTION no_room()",
                );
            }
            Kind::Mariadb => {
                server.sql(
                    "CREATE TRIGGER room BEFORE INSERT ON xyjb FOR EACH ROW SIGNAL SQLSTATE \
                     'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table xyjb is full'",
                );
            }
        }
        waits(&house, &["make room on its disk", "will be tried again"]);
        server.sql(match kind {
            Kind::Postgres => "DROP TRIGGER room ON xyjb",
            Kind::Mariadb => "DROP TRIGGER room",
        });
        assert_eq!(number(&house.once("list"), "delivered"), 3);
        is_whole(&server);
    }
}

#[test]
fn a_table_of_another_shape_stops_the_route_by_its_column_or_refuses_the_rows_that_do_not_fit() {
    for kind in KINDS {
        let Some((server, house)) = begin(kind, "") else {
            continue;
        };
        let long = ("第1建材有限公司", "第1建材有限责任公司");
        house.put(
            "feeds/list/a.csv",
            ratings([0, 1, 2]).replace(long.0, long.1),
        );
        // A column has another name now,
        server.sql("ALTER TABLE xyjb RENAME COLUMN swjg TO pjjg");
        waits(&house, &["swjg", "check names of tables and columns"]);
        server.sql("ALTER TABLE xyjb RENAME COLUMN pjjg TO swjg");
        // or there is one more, which nobody fills.
        server.sql("ALTER TABLE xyjb ADD COLUMN bgjg varchar(9) NOT NULL");
        waits(&house, &["bgjg", "give it a default"]);
        server.sql("ALTER TABLE xyjb DROP COLUMN bgjg");
        assert_eq!(server.sql("SELECT COUNT(*) FROM xyjb"), "0");
        // What does not fit any more is refused, row by row, and waits for a person.
        let narrow = |chars: u32| {
            server.sql(&match kind {
                Kind::Postgres => format!("ALTER TABLE xyjb ALTER nsrmc TYPE varchar({chars})"),
                Kind::Mariadb => format!("ALTER TABLE xyjb MODIFY nsrmc varchar({chars})"),
            })
        };
        narrow(11);
        let books = house.once("list");
        let fates = (number(&books, "delivered"), number(&books, "refused"));
        assert_eq!(fates, (2, 1), "{books}");
        let letter = &house.ask(&["dead-letters", "list"])[0];
        let reason = letter["refusals"][0]["reason"].as_str().unwrap();
        assert!(reason.contains("too long"), "{reason}");
        narrow(60);
        let replay = ["dead-letters", "replay", "list", "--all", "--by", "王某"];
        house
            .run(&[&replay[..], &["--reason", "列已加宽"]].concat())
            .good();
        assert_eq!(number(&house.once("list"), "delivered"), 3);
        let rows = server.sql("SELECT COUNT(*) + 10 * COUNT(DISTINCT nsrmc) FROM xyjb");
        assert_eq!(rows, "33");
        assert_eq!(number(&house.books("list"), "dead"), 0);
    }
}
