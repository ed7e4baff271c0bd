//! Files fetched from, and delivered to, real servers, OpenSSH's and vsftpd, which the tests start
//! themselves: as their own processes, in temporary folders, on free ports. Where a server is not
//! installed a test says so and skips; with `REQUIRE_TOOLS=1` it fails.

mod broken;
mod delivery;
mod servers;
mod wire;

use crate::support::{HEADER, House, assert_ratings, number, rating, ratings, wait_until};
use servers::{Ftpd, Sshd, Stalled, tls};
use std::path::Path;

/// A route that fetches `*.csv` by what `source` says, and by the tax adapter.
fn route(house: &House, source: &str) {
    house.route("fetch", "tax", "");
    let path = house.path("configs/routes/fetch.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once("[source]").unwrap();
    let (_, after) = rest.split_once("[schedule]").unwrap();
    let source = format!("[source]\nglob = \"*.csv\"\n{source}\n[schedule]{after}");
    house.put("configs/routes/fetch.toml", format!("{before}{source}"));
}

const AT_ONCE: &str = "ready = { stable_ms = 0 }\n";

fn put(dir: &Path, name: &str, content: impl AsRef<[u8]>) {
    std::fs::write(dir.join(name), content).unwrap();
}

fn names(dir: &Path) -> Vec<String> {
    let found = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let files = found.filter(|entry| entry.path().is_file());
    let mut names: Vec<String> = files
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Files fetched in two runs: nothing comes twice, and what was taken is archived.
fn fetches(house: &House, dir: &Path) {
    put(dir, "a.csv", ratings(0..40));
    put(dir, "b.csv", ratings(40..80));
    put(dir, "notes.txt", "no feed");
    let books = house.once("fetch");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "files")),
        (80, 2),
        "{books}"
    );
    assert_eq!(names(dir), ["notes.txt"]);
    assert_eq!(names(&dir.join("done")), ["a.csv", "b.csv"]);
    put(dir, "a.csv", ratings(80..100));
    put(dir, "again.csv", ratings(0..40));
    let books = house.once("fetch");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "files")),
        (100, 3),
        "what was read before is not read again under another name"
    );
    assert_eq!(
        names(&dir.join("done")),
        ["a.csv", "a.csv.2", "again.csv", "b.csv"]
    );
    assert_ratings(&house.rows("tax-rating"), 0..100);
}

/// Files that were taken are put aside there.
fn archived(sshd: &Sshd) -> String {
    let dir = sshd.dir();
    format!(
        "{AT_ONCE}after = \"archive\"\narchive_dir = \"{}/done\"",
        dir.display()
    )
}

#[test]
fn files_are_fetched_by_sftp_with_a_key_and_archived_once_they_are_taken() {
    let Some(sshd) = Sshd::start() else { return };
    let house = House::new();
    route(&house, &sshd.source(&archived(&sshd)));
    fetches(&house, &sshd.dir());
}

#[test]
fn files_are_fetched_by_ftp_over_tls_and_archived_once_they_are_taken() {
    for implicit in [false, true] {
        let Some(ftpd) = Ftpd::start(tls(implicit)) else {
            return;
        };
        let house = House::new();
        let archive = format!(
            "{AT_ONCE}after = \"archive\"\narchive_dir = \"/data/done\"{}",
            if implicit { "\ntls = \"implicit\"" } else { "" }
        );
        route(&house, &ftpd.source(&archive));
        fetches(&house, &ftpd.dir());
    }
}

#[test]
fn files_are_fetched_by_plain_ftp_and_deleted_with_their_ok_files() {
    let Some(ftpd) = Ftpd::start("") else { return };
    let house = House::new();
    let source = "tls = \"none\"\nready = { ok = \"{stem}.ok\" }\nafter = \"delete\"";
    route(&house, &ftpd.source(source));
    put(&ftpd.dir(), "a.csv", ratings(0..10));
    let ran = house.run(&["once", "fetch", "--format", "json"]).ended(6);
    assert_eq!(number(&ran.json()[0], "files"), 0, "it waits for a.ok");
    assert_eq!(names(&ftpd.dir()), ["a.csv"]);
    put(&ftpd.dir(), "a.ok", "");
    assert_eq!(number(&house.once("fetch"), "delivered"), 10);
    assert!(names(&ftpd.dir()).is_empty());
}

#[test]
fn a_route_is_tried_by_sftp_and_the_other_machine_stays_as_it_is() {
    let Some(sshd) = Sshd::start() else { return };
    let house = House::new();
    let source = sshd.source(&format!("{AT_ONCE}after = \"delete\""));
    route(&house, &source);
    put(&sshd.dir(), "a.csv", ratings(0..10));
    let new = |entries: Vec<serde_json::Value>| number(entries.last().unwrap(), "new");
    assert_eq!(
        new(house.ask(&["plan", "--try", "fetch", "--rows", "7"])),
        7
    );
    assert!(!house.path("state").exists());
    assert_eq!(number(&house.once("fetch"), "delivered"), 10);
    // What was taken is known, neither copied once more nor deleted.
    put(&sshd.dir(), "a.csv", ratings(0..10));
    put(&sshd.dir(), "b.csv", ratings(10..12));
    let entries = house.ask(&["plan", "--try", "fetch"]);
    assert_eq!(entries[1]["file"], "b.csv", "{entries:?}");
    assert_eq!(new(entries), 2);
    assert_eq!(names(&sshd.dir()), ["a.csv", "b.csv"]);
    let other = "SHA256:uNiVztksCsDhcc0u9e8BrrJXVGfOgGhJqrXWZ4Zm0Hs";
    route(&house, &source.replace(sshd.host_key(), other));
    let ran = house.run(&["plan", "--try", "fetch"]).ended(6);
    assert!(ran.err.contains("not pinned"), "{}", ran.err);
    assert!(ran.err.contains("help:"), "{}", ran.err);
}

#[test]
fn another_host_key_than_the_pinned_one_is_refused_and_shown() {
    let Some(sshd) = Sshd::start() else { return };
    let house = House::new();
    let other = "SHA256:uNiVztksCsDhcc0u9e8BrrJXVGfOgGhJqrXWZ4Zm0Hs";
    let source = sshd.source(AT_ONCE).replace(sshd.host_key(), other);
    route(&house, &source);
    put(&sshd.dir(), "a.csv", ratings(0..10));
    let ran = house.run(&["once", "fetch"]).ended(6);
    for word in [sshd.host_key(), "not pinned", "help:"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
    assert_eq!(number(&house.books("fetch"), "drafted"), 0);
    route(&house, &sshd.source(AT_ONCE));
    assert_eq!(number(&house.once("fetch"), "delivered"), 10);
}

#[test]
fn a_wrong_password_or_certificate_is_named_and_nothing_of_a_secret_is_shown() {
    let Some(ftpd) = Ftpd::start(tls(false)) else {
        return;
    };
    let house = House::new();
    put(&ftpd.dir(), "a.csv", ratings(0..10));
    let source = ftpd.source(AT_ONCE);
    house.put("wrong-password", "hunter22");
    private(&house.path("wrong-password"));
    let password = ftpd.password_file().display().to_string();
    let wrong = house.path("wrong-password").display().to_string();
    route(&house, &source.replace(&password, &wrong));
    let ran = house.run(&["once", "fetch"]).ended(6);
    assert!(ran.err.contains("refuses the user"), "{}", ran.err);
    assert!(!ran.err.contains("hunter22"), "{}", ran.err);

    let ca = source.lines().find(|line| line.starts_with("ca_file"));
    route(&house, &source.replace(ca.unwrap(), ""));
    let ran = house.run(&["once", "fetch"]).ended(6);
    assert!(ran.err.contains("ertificate"), "{}", ran.err);
    assert_eq!(names(&ftpd.dir()), ["a.csv"]);
    route(&house, &source);
    assert_eq!(number(&house.once("fetch"), "delivered"), 10);
    assert_ratings(&house.rows("tax-rating"), 0..10);
}

#[test]
fn a_server_that_is_gone_half_way_is_gone_on_with_where_the_copy_broke_off() {
    let Some(sshd) = Sshd::start() else { return };
    let house = House::new();
    route(&house, &sshd.source(AT_ONCE));
    let rows = ratings(0..20_000);
    put(&sshd.dir(), "a.csv", &rows);
    sshd.wire().cut_after(rows.len() as u64 / 2);
    let ran = house.run(&["once", "fetch"]).ended(6);
    assert!(ran.err.contains("no connection to sftp://"), "{}", ran.err);
    assert_eq!(
        number(&house.books("fetch"), "drafted"),
        0,
        "half a file is none"
    );
    let spool = std::fs::read_dir(house.path("state/spool/fetch.files")).unwrap();
    let parts: Vec<u64> = spool
        .map(Result::unwrap)
        .filter(|f| f.path().extension().is_some_and(|e| e == "part"))
        .map(|f| f.metadata().unwrap().len())
        .collect();
    assert!(parts.len() == 1 && parts[0] > 200_000, "{parts:?}");
    // Were it copied from its beginning, the wire would be too short once more.
    sshd.wire()
        .cut_after(rows.len() as u64 - parts[0] + 200_000);

    assert_eq!(number(&house.once("fetch"), "delivered"), 20_000);
    sshd.wire().mend();
    assert_eq!(number(&house.once("fetch"), "files"), 1);
    assert_eq!(house.platform.stats().unique, 20_000);
}

#[test]
fn a_gateway_that_is_killed_anywhere_archives_what_it_took_and_nothing_else() {
    let Some(sshd) = Sshd::start() else { return };
    let house = House::new();
    route(&house, &sshd.source(&archived(&sshd)));
    for n in 0..6 {
        put(
            &sshd.dir(),
            &format!("{n}.csv"),
            ratings(n * 500..(n + 1) * 500),
        );
    }
    for asked in [1, 2, 4] {
        let once = house.start(&["once", "fetch"]);
        wait_until("some rows are delivered", || {
            house.platform.stats().requests >= asked
        });
        once.kill();
        assert_eq!(
            names(&sshd.dir()).len() + names(&sshd.dir().join("done")).len(),
            6
        );
    }
    house.once("fetch");
    assert_eq!(names(&sshd.dir().join("done")).len(), 6);
    assert!(names(&sshd.dir()).is_empty());
    assert_ratings(&house.rows("tax-rating"), 0..3_000);
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    let house = House::new();
    house.put("password", "secret");
    private(&house.path("password"));
    let stalled = Stalled::start();
    for kind in ["sftp", "ftp"] {
        let key = match kind {
            "sftp" => "host_key = \"SHA256:uNiVztksCsDhcc0u9e8BrrJXVGfOgGhJqrXWZ4Zm0Hs\"",
            _ => "",
        };
        let source = format!(
            "kind = \"{kind}\"\nhost = \"127.0.0.1\"\nport = {}\nuser = \"gateway\"\n\
             password = {{ file = \"../../password\" }}\ndir = \"/out\"\ntimeout_ms = 300\n{key}\n",
            stalled.port()
        );
        route(&house, &source);
        let ran = house.run(&["once", "fetch"]).ended(6);
        assert!(ran.err.contains("waited 300 ms"), "{}", ran.err);
    }
}

#[test]
fn a_file_that_is_refused_as_a_whole_is_never_deleted() {
    let house = House::new();
    let deleted = "ready = { stable_ms = 0 }\nafter = \"delete\"\n";
    let folder = house.path("feeds/fetch").display().to_string();
    route(
        &house,
        &format!("kind = \"files\"\ndir = \"{folder}\"\n{deleted}"),
    );
    house.put("feeds/fetch/a.csv", format!("{HEADER}{}", rating(1)));
    house.put("feeds/fetch/b.csv", "这不是名单\n");
    let books = house.once("fetch");
    assert_eq!(number(&books, "delivered"), 1, "{books}");
    assert_eq!(names(&house.path("feeds/fetch")), ["b.csv"]);
    assert_eq!(number(&house.once("fetch"), "files"), 2);
    assert_eq!(names(&house.path("feeds/fetch")), ["b.csv"]);
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
