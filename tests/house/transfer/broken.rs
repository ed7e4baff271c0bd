//! What goes wrong between a server of files and the gateway while the service runs: what the
//! operator sees, and that nothing is lost or doubled.

use super::servers::{Ftpd, Sshd, tls};
use super::{AT_ONCE, names, put, route};
use crate::support::{House, Process, assert_ratings, number, ratings, wait_until};
use std::path::PathBuf;

/// A server, whichever it is: its folder, and what a route says of it.
struct Served {
    dir: PathBuf,
    source: String,
    _server: Box<dyn std::any::Any>,
}

fn both(more: &str) -> Vec<Served> {
    let mut served = Vec::new();
    if let Some(sshd) = Sshd::start() {
        let (dir, source) = (sshd.dir(), sshd.source(more));
        let _server = Box::new(sshd);
        served.push(Served {
            dir,
            source,
            _server,
        });
    }
    if let Some(ftpd) = Ftpd::start(tls(false)) {
        let (dir, source) = (ftpd.dir(), ftpd.source(more));
        let _server = Box::new(ftpd);
        served.push(Served {
            dir,
            source,
            _server,
        });
    }
    served
}

/// A service that has fetched its first file.
fn running(house: &House, served: &Served) -> Process {
    route(house, &served.source);
    put(&served.dir, "a.csv", ratings(0..3));
    let service = house.start_for_little_room();
    house.delivers("fetch", 3);
    service
}

/// So much of the file that is being fetched is here.
fn here(house: &House) -> u64 {
    let spool = std::fs::read_dir(house.path("state/spool/fetch.files"));
    let files = spool.into_iter().flatten().flatten();
    let copies = files.filter(|f| {
        f.path()
            .extension()
            .is_some_and(|e| e == "tmp" || e == "part")
    });
    copies.map(|f| f.metadata().map_or(0, |m| m.len())).sum()
}

#[test]
fn a_disk_without_room_is_an_alarm_and_the_file_is_fetched_when_there_is() {
    for served in both(AT_ONCE) {
        let house = House::new();
        let mut service = running(&house, &served);
        service.room(Some(64 << 10));
        put(&served.dir, "b.csv", ratings(3..2_000));
        let why = house.alarm("source_failed");
        assert!(
            why.contains("spool/fetch.files") && why.contains("cannot be kept"),
            "{why}"
        );
        assert_eq!(number(&house.books("fetch"), "drafted"), 3);
        service.room(None);
        house.delivers("fetch", 2_000);
        house.no_alarm();
        assert_ratings(&house.rows("tax-rating"), 0..2_000);
        assert_eq!(house.platform.stats().overwritten, 0);
        assert_eq!(service.terminate(), 0, "{}", service.said());
    }
}

#[test]
fn a_list_whose_columns_changed_stays_where_it_is_and_is_an_alarm_until_one_is_taken() {
    for served in both(&format!("{AT_ONCE}after = \"delete\"")) {
        let house = House::new();
        let mut service = running(&house, &served);
        let list = ratings(3..6);
        put(&served.dir, "b.csv", list.replace("纳税人名称", "企业全名"));
        let why = house.alarm("feed_refused");
        assert!(
            why.contains("b.csv") && why.contains("表头缺少列：纳税人名称"),
            "{why}"
        );
        let books = house.books("fetch");
        let came = (number(&books, "delivered"), number(&books, "doubtful"));
        assert_eq!(came, (3, 1), "{books}");
        // The same list again, as it was agreed; written in another way than the one before.
        let (list, _, lossy) = encoding_rs::GB18030.encode(&list);
        assert!(!lossy);
        put(&served.dir, "c.csv", list);
        house.delivers("fetch", 6);
        house.no_alarm();
        wait_until("what was taken is deleted", || {
            names(&served.dir) == ["b.csv"]
        });
        assert_ratings(&house.rows("tax-rating"), 0..6);
        assert_eq!(service.terminate(), 0, "{}", service.said());
    }
}

#[test]
fn an_sftp_server_that_stalls_half_way_is_left_and_gone_on_with() {
    let Some(sshd) = Sshd::start() else { return };
    let house = House::new();
    route(
        &house,
        &sshd.source(&format!("{AT_ONCE}timeout_ms = 500\n")),
    );
    let rows = ratings(0..5_000);
    put(&sshd.dir(), "a.csv", &rows);
    sshd.wire().dead_after(rows.len() as u64 / 2);
    let ran = house.run(&["once", "fetch"]).ended(6);
    assert!(
        ran.err.contains("waited 500 ms") && ran.err.contains("help:"),
        "{}",
        ran.err
    );
    assert_eq!(number(&house.books("fetch"), "drafted"), 0);
    sshd.wire().mend();
    assert_eq!(number(&house.once("fetch"), "delivered"), 5_000);
    assert_ratings(&house.rows("tax-rating"), 0..5_000);
}

#[test]
fn an_ftp_server_that_stalls_or_is_killed_half_way_is_gone_on_with_once_it_is_back() {
    let Some(mut ftpd) = Ftpd::start("") else {
        return;
    };
    let house = House::new();
    let source = format!("{AT_ONCE}tls = \"none\"\ntimeout_ms = 1_000\n");
    route(&house, &ftpd.source(&source));
    let rows = ratings(0..5_000);
    put(&ftpd.dir(), "a.csv", &rows);
    ftpd.begin("anon_max_rate=100000\n");

    let mut once = house.start(&["once", "fetch"]);
    wait_until("some of it is here", || here(&house) > 0);
    ftpd.stall();
    assert_eq!(once.wait(), 6, "{}", once.said());
    assert!(once.said().contains("waited 1000 ms"), "{}", once.said());

    let before = here(&house);
    assert!(before > 0);
    let mut once = house.start(&["once", "fetch"]);
    wait_until("more of it is here", || here(&house) > before);
    ftpd.kill();
    assert_eq!(once.wait(), 6, "{}", once.said());
    assert!(
        once.said().contains("no connection to ftp://"),
        "{}",
        once.said()
    );
    assert!(here(&house) < rows.len() as u64);
    assert_eq!(
        number(&house.books("fetch"), "drafted"),
        0,
        "half a file is none"
    );

    ftpd.begin("");
    assert_eq!(number(&house.once("fetch"), "delivered"), 5_000);
    assert_ratings(&house.rows("tax-rating"), 0..5_000);
}
