//! Answers of another shape than was agreed: what the operator sees, and that no cursor passes
//! over them.

use super::service::{HERE, Service, ok, path, route};
use crate::support::{House, assert_ratings, number, ratings};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const LOGIN: &str = "\u{feff}\n<!DOCTYPE html>\n<html><body>请登录 please log in</body></html>";

#[test]
fn a_page_to_log_in_that_comes_as_a_success_is_no_empty_feed() {
    let house = House::new();
    let service = Service::new(|n, _| match n {
        1 => ok("content-type: text/html\r\n", LOGIN),
        2 => ok("content-type: text/csv\r\n", LOGIN),
        // Many a service calls whatever it sends HTML.
        _ => ok("content-type: text/html\r\n", ratings(0..10)),
    });
    route(&house, "pull", &service.url, HERE);
    for _ in 0..2 {
        let said = house.run(&["once", "pull"]).ended(6).err;
        assert!(said.contains("answers with a web page"), "{said}");
        assert!(said.contains("page to log in"), "{said}");
        assert_eq!(number(&house.books("pull"), "files"), 0);
    }
    let books = house.once("pull");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "doubtful")),
        (10, 0)
    );
    assert_ratings(&house.rows("tax-rating"), 0..10);
}

#[test]
fn an_answer_whose_columns_changed_is_an_alarm_and_no_cursor_passes_over_it() {
    let house = House::new();
    let renamed = Arc::new(AtomicBool::new(true));
    let as_agreed = Arc::clone(&renamed);
    let service = Service::new(move |_, request| match path(request) {
        "/?since=begin" => ok("x-next: p2\r\n", ratings(0..10)),
        "/?since=p2" if renamed.load(Ordering::SeqCst) => {
            let page = ratings(10..20).replace("纳税人名称", "企业全名");
            ok("x-next: p3\r\n", page)
        }
        "/?since=p2" => ok("x-next: p3\r\n", ratings(10..20)),
        _ => super::service::status("204 No Content", "", ""),
    });
    let source = format!("{HERE}cursor_start = \"begin\"\nnext = {{ header = \"X-Next\" }}");
    route(
        &house,
        "pull",
        &format!("{}/?since={{cursor}}", service.url),
        &source,
    );
    let mut running = house.serve();
    let why = house.alarm("feed_refused");
    assert!(why.contains("表头缺少列：纳税人名称"), "{why}");
    // Asked again it is known to be the same, and is one entry for a person and no more.
    let asked = service.asked().len();
    crate::support::wait_until("it is asked for again", || {
        service.asked().len() > asked + 2
    });
    let books = house.books("pull");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "doubtful")),
        (10, 1),
        "{books}"
    );
    assert_eq!(service.paths().last().unwrap(), "/?since=p2");

    as_agreed.store(false, Ordering::SeqCst);
    house.delivers("pull", 20);
    house.no_alarm();
    assert_ratings(&house.rows("tax-rating"), 0..20);
    assert_eq!(running.terminate(), 0, "{}", running.said());
}
