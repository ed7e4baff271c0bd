//! What goes wrong with a local folder and the gateway's disk: what the operator sees, and that
//! nothing is lost or doubled.

use crate::support::{House, assert_ratings, number, ratings, wait_until};

/// The route `list`, whose files are ready by that.
fn ready(house: &House, ready: &str) {
    house.route("list", "tax", "");
    let text = std::fs::read_to_string(house.path("configs/routes/list.toml")).unwrap();
    let text = text.replace("{ stable_ms = 0 }", ready);
    house.put("configs/routes/list.toml", text);
}

/// Half of it, in the middle of a row.
fn half(list: &str) -> &[u8] {
    &list.as_bytes()[..list.len() / 2]
}

/// What is there and is not read, and why.
fn held(house: &House) -> String {
    house.books("list")["held"].to_string()
}

#[test]
fn a_file_that_still_grows_is_shown_and_is_read_once_it_rests() {
    let house = House::new();
    ready(&house, "{ stable_ms = 600_000 }");
    let list = ratings(0..100);
    house.put("feeds/list/a.csv", half(&list));
    let mut service = house.serve();
    wait_until("it is held", || {
        held(&house).contains("that make it complete")
    });
    let status = house.run(&["status"]).good().out;
    assert!(status.contains("未读 not read   list: a.csv"), "{status}");
    assert!(house.alarms(&[]).is_empty(), "it will rest by itself");
    assert_eq!(number(&house.books("list"), "drafted"), 0);
    house.put("feeds/list/a.csv", &list);
    ready(&house, "{ stable_ms = 0 }");
    house.run(&["reload"]).good();
    house.delivers("list", 100);
    let books = house.books("list");
    assert_eq!(
        (number(&books, "files"), number(&books, "duplicate")),
        (1, 0)
    );
    assert_ratings(&house.rows("tax-rating"), 0..100);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn half_a_file_is_an_alarm_until_its_ok_file_says_that_it_is_whole() {
    let house = House::new();
    ready(&house, "{ ok = \"{stem}.ok\" }");
    let list = ratings(0..100);
    house.put("feeds/list/a.csv", half(&list));
    let mut service = house.serve();
    let why = house.alarm("file_held");
    assert!(why.contains("a.csv: waits for a.ok"), "{why}");
    assert_eq!(number(&house.books("list"), "drafted"), 0);
    house.put("feeds/list/a.csv", &list);
    house.put("feeds/list/a.ok", "");
    house.delivers("list", 100);
    house.no_alarm();
    assert_eq!(number(&house.books("list"), "duplicate"), 0);
    assert_ratings(&house.rows("tax-rating"), 0..100);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_link_that_leads_out_of_the_folder_is_an_alarm_and_is_not_read() {
    let house = House::new();
    ready(&house, "{ stable_ms = 0 }");
    house.put("elsewhere.csv", ratings(0..5));
    let link = house.path("feeds/list/a.csv");
    std::os::unix::fs::symlink(house.path("elsewhere.csv"), &link).unwrap();
    let mut service = house.serve();
    let why = house.alarm("file_held");
    assert!(
        why.contains("a.csv: is a link that leaves the folder"),
        "{why}"
    );
    assert_eq!(number(&house.books("list"), "drafted"), 0);
    std::fs::remove_file(&link).unwrap();
    std::fs::copy(house.path("elsewhere.csv"), &link).unwrap();
    house.delivers("list", 5);
    house.no_alarm();
    assert_ratings(&house.rows("tax-rating"), 0..5);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_log_without_room_takes_nothing_says_so_and_goes_on_when_there_is() {
    let house = House::new();
    ready(&house, "{ stable_ms = 0 }");
    house.put("feeds/list/a.csv", ratings(0..300));
    let mut service = house.start_for_little_room();
    house.delivers("list", 300);
    service.room(Some(16 << 10));
    house.put("feeds/list/b.csv", ratings(300..600));
    wait_until("the trouble is told", || {
        house.books("list")["trouble"].is_string()
    });
    let trouble = house.books("list")["trouble"].to_string();
    assert!(trouble.contains("File too large"), "{trouble}");
    assert!(
        service.said().contains("the run ended early"),
        "{}",
        service.said()
    );
    assert_eq!(number(&house.books("list"), "drafted"), 300);
    service.room(None);
    house.delivers("list", 600);
    wait_until("the trouble is over", || {
        house.books("list")["trouble"].is_null()
    });
    house.no_alarm();
    assert_eq!(house.platform.stats().overwritten, 0);
    assert_ratings(&house.rows("tax-rating"), 0..600);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_renamed_column_is_an_alarm_over_a_kill_until_a_list_is_taken() {
    let house = House::new();
    ready(&house, "{ stable_ms = 0 }");
    let list = ratings(0..5);
    house.put("feeds/list/a.csv", list.replace("纳税人名称", "企业全名"));
    // Nobody was told when it was read.
    let books = house.once("list");
    let came = (number(&books, "doubtful"), number(&books, "delivered"));
    assert_eq!(came, (1, 0), "{books}");
    for _ in 0..2 {
        let mut service = house.serve();
        let why = house.alarm("feed_refused");
        assert!(why.contains("a.csv：表头缺少列：纳税人名称"), "{why}");
        let alarms = house.run(&["alarms"]).good().out;
        assert!(alarms.contains("文件被拒 feed refused"), "{alarms}");
        let (_, metrics) = service.get("/metrics");
        assert!(
            metrics.contains("credit_gateway_alarms{route=\"list\"} 1"),
            "{metrics}"
        );
        service.kill();
    }
    let mut service = house.serve();
    house.put("feeds/list/b.csv", &list);
    house.delivers("list", 5);
    house.no_alarm();
    let history = house.alarms(&["--all"]);
    assert_eq!(history.len(), 1, "once: {history:?}");
    assert_ratings(&house.rows("tax-rating"), 0..5);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}
