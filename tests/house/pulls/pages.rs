//! Pages of a pull, through the whole: nothing is lost or doubled, whenever it is killed.

use super::service::{HERE, Service, ok, path, route, source, status};
use super::stuck_at_first;
use crate::support::{HEADER, House, assert_ratings, number, ratings, wait_until};

/// Which page `request` asks for.
fn page(request: &str) -> u32 {
    let (_, page) = path(request).split_once("page=").unwrap();
    page.parse().unwrap()
}

/// A service with three pages of ten rows; what is behind them has a header and no row.
fn three_pages() -> Service {
    Service::new(|_, request| match page(request) {
        page @ 1..=3 => ok("", ratings((page - 1) * 10..page * 10)),
        _ => ok("", HEADER),
    })
}

const NUMBERS: &str = "paging = { by = \"number\", param = \"page\" }";

#[test]
fn pages_are_pulled_by_number_until_an_empty_one_and_the_next_run_begins_again() {
    let (house, service) = (House::new(), three_pages());
    route(
        &house,
        "pull",
        &format!("{}/all", service.url),
        &format!("{HERE}{NUMBERS}"),
    );
    let books = house.once("pull");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "files")),
        (30, 4)
    );
    let pages = ["/all?page=1", "/all?page=2", "/all?page=3", "/all?page=4"];
    assert_eq!(service.paths(), pages);

    let books = house.once("pull");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "duplicate")),
        (30, 30)
    );
    assert_eq!(service.paths()[4..], pages);
    assert_ratings(&house.rows("tax-rating"), 0..30);
}

#[test]
fn a_run_that_is_cut_short_goes_on_with_the_page_that_is_next() {
    let (house, service) = (House::new(), three_pages());
    let more = format!("{HERE}{NUMBERS}\npages_max = 2");
    route(&house, "pull", &service.url, &more);
    assert_eq!(number(&house.once("pull"), "delivered"), 20);
    assert_eq!(number(&house.once("pull"), "delivered"), 30);
    let pages: Vec<u32> = service.asked().iter().map(|asked| page(asked)).collect();
    assert_eq!(pages, [1, 2, 3, 4]);
    assert_ratings(&house.rows("tax-rating"), 0..30);
}

#[test]
fn a_pull_that_is_killed_on_a_page_goes_on_with_it() {
    let house = House::new();
    house.gateway("[queue]\nwaiting_records_max = 1_000");
    let service = Service::new(|_, request| match page(request) {
        1 => ok("", ratings(0..10)),
        2 => ok("", ratings(10..5_000)),
        3 => ok("", ratings(5_000..5_010)),
        _ => status("204 No Content", "", ""),
    });
    route(&house, "pull", &service.url, &format!("{HERE}{NUMBERS}"));
    stuck_at_first(&house);
    // The platform says nothing to the first parcel, and no more than so many rows may wait: the
    // second page cannot be read to its end.
    let once = house.start(&["once", "pull"]);
    let spool = house.path("state/spool");
    wait_until("the second page is here whole", || {
        let files = std::fs::read_dir(&spool).into_iter().flatten().flatten();
        let mut whole = files.filter(|file| file.path().extension().is_none());
        whole.any(|file| file.metadata().is_ok_and(|m| m.len() > 100_000))
    });
    once.kill();
    let books = house.once("pull");
    assert_eq!(number(&books, "delivered"), 5_010, "{books}");
    let pages: Vec<u32> = service.asked().iter().map(|asked| page(asked)).collect();
    // The last page says nothing: that the pull ended there is remembered all the same.
    assert_eq!(pages, [1, 2, 3, 4]);
    assert_ratings(&house.rows("tax-rating"), 0..5_010);
    house.once("pull");
    assert_eq!(page(&service.asked()[4]), 1);
}

#[test]
fn a_continuation_that_is_gone_after_a_night_lets_the_pull_begin_again() {
    let house = House::new();
    let service = Service::new(|n, request| match (n, path(request)) {
        (1, "/") => ok("x-next: a\r\n", ratings(0..10)),
        (2, "/?token=a") => status("410 Gone", "", ""),
        (_, "/") => ok("x-next: b\r\n", ratings(0..10)),
        (_, "/?token=b") => ok("", ratings(10..20)),
        other => panic!("{other:?}"),
    });
    let paging = "paging = { by = \"token\", param = \"token\", header = \"X-Next\" }";
    let url = format!("{}/", service.url);
    route(
        &house,
        "pull",
        &url,
        &format!("{HERE}{paging}\npages_max = 1"),
    );
    assert_eq!(number(&house.once("pull"), "delivered"), 10);
    source(&house, "pull", &url, &format!("{HERE}{paging}"));
    let books = house.once("pull");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "duplicate")),
        (20, 10)
    );
    assert_ratings(&house.rows("tax-rating"), 0..20);
}

#[test]
fn links_lead_from_page_to_page() {
    let house = House::new();
    let service = Service::new(|_, request| match path(request) {
        "/list" => ok("link: </list?at=2>; rel=\"next\"\r\n", ratings(0..10)),
        _ => ok("link: </list>; rel=\"first\"\r\n", ratings(10..20)),
    });
    let more = format!("{HERE}paging = {{ by = \"link\" }}");
    route(&house, "pull", &format!("{}/list", service.url), &more);
    assert_eq!(number(&house.once("pull"), "delivered"), 20);
    assert_eq!(service.paths(), ["/list", "/list?at=2"]);
}

#[test]
fn a_row_that_is_committed_late_comes_with_the_overlap() {
    let head = "CF_WSH,CF_CFMC,CF_BM,CF_CFLB1,CF_SY,CF_YJ,CF_XDR_MC,CF_XDR_SHXYM,CF_FR,CF_JG,\
                CF_JDRQ,CF_XZJG,CF_ZT,DFBM,SJC,CF_SYFW,CF_SXYZCD,CF_GSJZQ\n";
    let row = |n: u32, changed: &str| {
        format!(
            "黔西环罚〔2018〕{n}号,超标排放,520522-HB-0012,罚款,超标排放水污染物,第八十三条,\
             黔西市永利建材有限公司,91520581MA6DEMQ1XJ,张某某,罚款,2018/05/10,黔西县环境保护局,\
             0,520522,{changed},0,1,2019/05/10\n"
        )
    };
    let (first, late) = (row(1, "2018-05-20 08:00:00"), row(2, "2018-05-20 07:59:00"));
    let service = Service::new(move |n, _| match n {
        1 | 2 => ok("", format!("{head}{first}")),
        _ => ok("", format!("{head}{first}{late}")),
    });
    let house = House::new();
    house.route("pull", "market", "");
    let more = format!("{HERE}cursor_start = \"2018-01-01 00:00:00\"\noverlap_s = 600");
    source(
        &house,
        "pull",
        &format!("{}/?since={{cursor}}", service.url),
        &more,
    );
    let path = house.path("configs/routes/pull.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let settings = text.replace("[settings]", "[settings]\ncursor = \"SJC\"");
    house.put("configs/routes/pull.toml", settings);
    assert_eq!(number(&house.once("pull"), "delivered"), 1);
    let books = house.once("pull");
    assert_eq!(number(&books, "delivered"), 2, "{books}");
    let asked = service.paths();
    assert_eq!(asked[0], "/?since=2017-12-31%2023%3A50%3A00");
    let overlapped = "/?since=2018-05-20T07%3A50%3A00";
    assert!(
        asked[2..].iter().any(|asked| asked == overlapped),
        "{asked:?}"
    );
}
