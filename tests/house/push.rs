//! Departments that hand in feeds themselves: answered when every row is stored, never twice.

mod broken;
mod department;
mod packed;
mod renewed;
mod standing;

use crate::support::{House, Process, assert_masked, assert_ratings, number, ratings, wait_until};
use department::{Department, Said, certificate, route, route_by, secret};
use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::thread::JoinHandle;

const LISTEN: &str = "[push]\nlisten = \"127.0.0.1:0\"\n";

/// A house where feeds are handed in for the route `tax`, which runs.
fn open(more: &str, route_more: &str) -> (House, Process, Department) {
    let house = House::new();
    house.gateway(&format!("{LISTEN}{more}"));
    route(&house, "tax", "tax", route_more);
    let mut service = house.start(&["run"]);
    let department = Department::of(&mut service, "tax", "open tax");
    (house, service, department)
}

/// A feed of 5,000 rows under the key `k` that is being read: the platform is down, and no more
/// than so many rows may wait. Who hands it in waits for the answer.
fn half_taken() -> (
    House,
    Process,
    (Department, String),
    JoinHandle<Option<Said>>,
) {
    let more = "[queue]\nwaiting_records_max = 1_000\n";
    let (house, service, department) = open(more, "[chunk]\nkib = 16\n");
    house.down(true);
    let feed = ratings(0..5_000);
    let (first, content) = (department.clone(), feed.clone());
    let pushing = std::thread::spawn(move || first.try_push("k", &content));
    wait_until("some of it is taken", || {
        number(&house.books("tax"), "waiting") >= 1_000
    });
    (house, service, (department, feed), pushing)
}

fn is_delivered(house: &House, rows: u64) {
    wait_until("the rows are delivered", || {
        number(&house.books("tax"), "delivered") == rows
    });
}

#[test]
fn a_feed_is_answered_with_the_fate_of_each_row_and_ids_are_masked() {
    let (house, mut service, department) = open("", "");
    let person = "520522199003071239";
    let bad = format!("{person}9,{person}贸易有限公司,2025,某税务局\n");
    let feed = ratings(0..3) + &bad + &crate::support::rating(3);
    let head = department
        .head(&format!("x-file-name: {person}.csv\r\n"), feed.len())
        .replace("/push/tax", "/push/tax?rows=all");
    let said = department.says(&(head + &feed)).with(200);
    assert_eq!(said.counts(), [5, 4, 1, 0]);
    assert_eq!(said.body["replayed"], false);
    let doubt = &said.body["doubts"][0];
    assert_eq!(doubt["source_row"], 5, "{doubt}");
    assert_eq!(doubt["reasons"][0]["code"], "id_length", "{doubt}");
    for language in ["message_zh", "message_en"] {
        assert!(doubt["reasons"][0][language].as_str().unwrap().len() > 5);
    }
    let rows = &said.body["rows"];
    assert_eq!(rows["accepted"], serde_json::json!([[2, 4], [6, 6]]));
    assert_eq!(rows["skipped"][0]["reason"], "header");
    assert_masked(&said.body.to_string());
    assert_masked(&service.said());
    is_delivered(&house, 4);
    assert_ratings(&house.rows("tax-rating"), 0..4);
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert!(!service.said().contains("still uses"), "{}", service.said());
}

#[test]
fn a_key_has_one_feed_and_one_answer_also_after_a_restart() {
    let (house, mut service, department) = open("", "");
    let feed = ratings(0..7);
    assert_eq!(
        department.push("k 1", &feed).with(200).counts(),
        [7, 7, 0, 0]
    );
    let again = department.push("k 1", &feed).with(200);
    assert_eq!(again.counts(), [7, 7, 0, 0]);
    assert_eq!(again.body["replayed"], true);
    let other = department.push("k 1", &ratings(0..8)).with(409);
    assert_eq!(other.body["code"], "key_conflict");
    // The same content under another key, and without any.
    let known = department.push("k 2", &feed).with(200);
    assert_eq!(
        (known.counts(), &known.body["replayed"]),
        ([7, 7, 0, 0], &true.into())
    );
    let head = department.head("", feed.len());
    let known = department.says(&(head + &feed)).with(200);
    assert_eq!(known.body["replayed"], true);
    assert_eq!(service.terminate(), 0, "{}", service.said());

    let mut service = house.start(&["run"]);
    let department = Department::of(&mut service, "tax", "open tax");
    let again = department.push("k 1", &feed).with(200);
    assert_eq!(
        (again.counts(), &again.body["replayed"]),
        ([7, 7, 0, 0], &true.into())
    );
    department.push("k 1", &ratings(0..8)).with(409);
    department.push("k 2", &ratings(0..8)).with(409);
    // One row is new.
    assert_eq!(
        department.push("k 3", &ratings(0..8)).with(200).counts(),
        [8, 1, 0, 7]
    );
    is_delivered(&house, 8);
    assert_eq!(number(&house.books("tax"), "files"), 2);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_stranger_learns_nothing_and_departments_keep_to_their_own_routes() {
    let house = House::new();
    house.gateway(LISTEN);
    route(&house, "tax", "tax", "");
    route(&house, "other", "tax", "");
    house.route("files", "tax", "");
    let mut service = house.start(&["run"]);
    let own = Department::of(&mut service, "tax", "open tax");
    let feed = ratings(0..3);
    let mut refusals = Vec::new();
    for (route, token) in [
        ("other", "open tax"),
        ("tax", "open other"),
        ("tax", ""),
        ("files", "open tax"),
        ("nowhere", "open tax"),
    ] {
        let stranger = Department {
            route: route.to_owned(),
            token: token.to_owned(),
            ..own.clone()
        };
        refusals.push(stranger.push("k", &feed).with(401).body);
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    own.push("k", &feed).with(200);
    let get = own.head("", 0).replace("POST", "GET");
    assert!(own.says(&get).with(405).head.contains("allow: post"));
    let elsewhere = own.head("", 0).replace("/push/", "/pull/");
    own.says(&elsewhere).with(404);
    assert!(!service.said().contains("open tax"), "{}", service.said());
    assert_eq!(number(&house.books("tax"), "drafted"), 3);
    assert_eq!(service.terminate(), 0);
}

#[test]
fn a_token_is_changed_while_the_gateway_runs() {
    let (house, mut service, old) = open("", "");
    old.push("k1", &ratings(0..1)).with(200);
    secret(&house, "token-new", "open sesame");
    let by = "token = { file = \"../../token-new\" }";
    route_by(&house, "tax", "tax", by, "");
    assert_eq!(house.ask(&["reload"])[0]["name"], "tax");
    old.push("k2", &ratings(1..2)).with(401);
    let new = Department {
        token: "open sesame".to_owned(),
        ..old.clone()
    };
    assert_eq!(
        new.push("k2", &ratings(1..2)).with(200).counts(),
        [1, 1, 0, 0]
    );
    // The file is read at each request.
    secret(&house, "token-new", "open at once");
    new.push("k3", &ratings(2..3)).with(401);
    let newest = Department {
        token: "open at once".to_owned(),
        ..old.clone()
    };
    newest.push("k3", &ratings(2..3)).with(200);
    // Without it nobody gets in, and nobody learns why.
    std::fs::remove_file(house.path("token-new")).unwrap();
    newest.push("k4", &ratings(3..4)).with(401);
    secret(&house, "token-new", "open at once");
    newest.push("k4", &ratings(3..4)).with(200);
    house.gateway("[push]\nlisten = \"127.0.0.1:1\"");
    let refused = house.run(&["reload"]).ended(3);
    assert!(
        refused.err.contains("with a restart only: push"),
        "{}",
        refused.err
    );
    assert_eq!(service.terminate(), 0);
}

#[test]
fn what_is_too_large_or_breaks_off_or_says_nothing_is_taken_by_nobody() {
    let (house, mut service, department) = open("body_mib_max = 1\nhead_timeout_ms = 500\n", "");
    let long = department.head("", (1 << 20) + 1);
    assert_eq!(department.says(&long).with(413).body["code"], "too_large");
    let length = format!("content-length: {}\r\n", 7);
    let chunked = department
        .head("transfer-encoding: chunked\r\n", 7)
        .replace(&length, "");
    let chunk = format!("{chunked}100001\r\n{}", "a".repeat((1 << 20) + 1));
    department.says(&chunk).with(413);
    department.says(department.head("", 0)).with(400);
    let path = department.head("x-file-name: ..%2Fa.csv\r\n", 7);
    department.says(&path).with(400);

    let feed = ratings(0..50);
    let head = department.head("idempotency-key: k\r\n", feed.len());
    let mut stream = TcpStream::connect(department.address).unwrap();
    stream
        .write_all((head + &feed[..feed.len() / 2]).as_bytes())
        .unwrap();
    let incoming = || {
        house
            .path("state/push/.incoming")
            .read_dir()
            .unwrap()
            .count()
    };
    wait_until("half of it has come", || incoming() == 1);
    stream.shutdown(Shutdown::Both).unwrap();
    wait_until("nothing of it is left", || incoming() == 0);
    // The key is free.
    assert_eq!(
        department.push("k", &feed).with(200).counts(),
        [50, 50, 0, 0]
    );
    assert_eq!(number(&house.books("tax"), "files"), 1);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_push_that_is_killed_and_repeated_is_taken_once() {
    let (house, service, (_, feed), pushing) = half_taken();
    service.kill();
    assert!(
        pushing.join().unwrap().is_none(),
        "nothing was acknowledged"
    );
    house.down(false);
    let mut service = house.start(&["run"]);
    let department = Department::of(&mut service, "tax", "open tax");
    let said = department.push("k", &feed).with(200);
    assert_eq!(said.counts(), [5_000, 5_000, 0, 0]);
    is_delivered(&house, 5_000);
    assert_ratings(&house.rows("tax-rating"), 0..5_000);
    assert_eq!(house.platform.stats().overwritten, 0);
    let spool = house.path("state/push/tax").read_dir().unwrap();
    assert_eq!(spool.count(), 1, "the ticket alone");
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn what_does_not_fit_into_the_queue_is_asked_for_again() {
    let more = "answer_timeout_ms = 50\n[queue]\nwaiting_records_max = 1_000\n";
    let (house, mut service, department) = open(more, "[chunk]\nkib = 16\n");
    house.down(true);
    let feed = ratings(0..5_000);
    let said = department.push("k1", &feed).with(503);
    assert_eq!(said.body["code"], "pending", "{}", said.body);
    assert!(said.head.contains("retry-after: "), "{}", said.head);
    wait_until("the queue is full", || {
        number(&house.books("tax"), "waiting") >= 1_000
    });
    let said = department.push("k2", &ratings(5_000..5_001)).with(503);
    assert_eq!(said.body["code"], "full", "{}", said.body);
    assert!(said.head.contains("retry-after: 30"), "{}", said.head);
    house.down(false);
    let mut last = None;
    wait_until("it is read to its end", || {
        let said = department.push("k1", &feed);
        let answered = said.status == 200;
        last = Some(said);
        answered
    });
    let said = last.unwrap();
    assert_eq!(said.counts(), [5_000, 5_000, 0, 0]);
    assert_eq!(said.body["replayed"], true);
    is_delivered(&house, 5_000);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_gateway_that_stops_says_so_and_goes_on_with_the_feed_at_its_start() {
    let (house, mut service, _, pushing) = half_taken();
    assert_eq!(service.terminate(), 0, "{}", service.said());
    let said = pushing.join().unwrap().expect("it is answered").with(503);
    assert_eq!(said.body["code"], "stopping", "{}", said.body);
    assert!(!service.said().contains("still uses"), "{}", service.said());
    house.down(false);
    // Nobody asks again.
    let mut service = house.start(&["run"]);
    service.admin();
    is_delivered(&house, 5_000);
    assert_ratings(&house.rows("tax-rating"), 0..5_000);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_feed_whose_totals_do_not_agree_or_that_nobody_can_read_is_refused_with_the_reason() {
    let house = House::new();
    house.gateway(LISTEN);
    route(&house, "cases", "market", "amount_unit = \"万元\"");
    let path = "configs/routes/cases.toml";
    let text = std::fs::read_to_string(house.path(path)).unwrap();
    house.put(path, text.replace("\"penalty\"", "\"penalty-xml\""));
    let mut service = house.start(&["run"]);
    let department = Department::of(&mut service, "cases", "open cases");
    let cases = include_str!("../../plugins/market/golden/cases.xml");
    let said = department
        .push("k1", &cases.replace("COUNT=\"6\"", "COUNT=\"9\""))
        .with(422);
    assert_eq!(said.body["code"], "held", "{}", said.body);
    let reason = &said.body["doubts"][0]["reasons"][0];
    assert_eq!(reason["code"], "control_mismatch");
    assert!(
        reason["message_en"].as_str().unwrap().contains('9'),
        "{reason}"
    );
    let said = department.push("k2", "this is no list").with(422);
    assert_eq!(said.body["code"], "unreadable", "{}", said.body);
    assert_eq!(said.counts()[1], 0);
    assert_eq!(number(&house.books("cases"), "waiting"), 0);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn over_tls_a_department_is_known_by_its_certificate() {
    let house = House::new();
    for (from, to) in [
        ("server.pem", "configs/server.pem"),
        ("server-key.pem", "configs/server-key.pem"),
        ("ca.pem", "configs/ca.pem"),
    ] {
        secret(&house, to, std::fs::read(certificate(from)).unwrap());
    }
    house.gateway(&format!(
        "{LISTEN}cert_file = \"server.pem\"\nkey_file = \"server-key.pem\"\n\
         client_ca_file = \"ca.pem\"\n"
    ));
    // What openssl prints of client.pem, and of another certificate.
    let own = "6C:FD:DF:96:ED:A7:52:9F:E3:BB:C7:27:1D:0E:C1:EC:\
               7D:59:8A:A4:15:32:82:25:97:2C:C4:F0:9B:15:C8:A2";
    let other = own.replace("6C:FD", "6C:FE");
    for (route, certificate) in [("tax", own), ("other", &other)] {
        let by = format!("client_certificate = \"{certificate}\"");
        route_by(&house, route, "tax", &by, "");
    }
    route(&house, "token", "tax", "");
    let mut service = house.start(&["run"]);
    let tax = Department::of(&mut service, "tax", "");
    let to = |route: &str, token: &str| Department {
        route: route.to_owned(),
        token: token.to_owned(),
        ..tax.clone()
    };
    let feed = ratings(0..3);
    let said = tax.push_over_tls(Some("client"), &feed).unwrap().with(200);
    assert_eq!(said.counts(), [3, 3, 0, 0]);
    tax.push_over_tls(None, &feed).unwrap().with(401);
    to("other", "")
        .push_over_tls(Some("client"), &feed)
        .unwrap()
        .with(401);
    to("token", "open token")
        .push_over_tls(None, &feed)
        .unwrap()
        .with(200);
    to("token", "open tax")
        .push_over_tls(Some("client"), &feed)
        .unwrap()
        .with(401);
    // Nobody is heard without TLS, nor with a certificate that nobody vouches for.
    assert!(tax.try_push("k", &feed).is_none());
    assert!(tax.push_over_tls(Some("expired"), &feed).is_none());
    tax.push_over_tls(Some("client"), &feed).unwrap().with(200);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}
