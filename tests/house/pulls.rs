//! A department's service that is asked page by page: the cursor moves on with what is stored.

mod access;
mod answers;
pub(crate) mod nginx;
mod pages;
mod service;
mod tries;
mod wire;

use crate::support::{House, assert_ratings, number, rating, ratings, wait_until};
use credit_platform::{Fault, Script};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// A page, and the cursor that leads on from it.
type Pages = Arc<Mutex<BTreeMap<String, (String, Option<String>)>>>;

/// A service on loopback that gives pages by cursor; without a page it has nothing new.
struct Department {
    url: String,
    pages: Pages,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Department {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "http://{}/list?since={{cursor}}",
            listener.local_addr().unwrap()
        );
        let (pages, asked) = (Pages::default(), Arc::new(Mutex::new(Vec::new())));
        let (known, heads) = (Arc::clone(&pages), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let Some(cursor) = head.first().and_then(|first| cursor_of(first)) else {
                    continue;
                };
                heads.lock().unwrap().push(cursor.clone());
                let answer = match known.lock().unwrap().get(&cursor) {
                    None => "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
                    Some((page, next)) => {
                        let next = next.as_ref().map(|next| format!("x-next: {next}\r\n"));
                        format!(
                            "HTTP/1.1 200 OK\r\nconnection: close\r\n\
                             content-length: {}\r\n{}\r\n{page}",
                            page.len(),
                            next.unwrap_or_default(),
                        )
                    }
                };
                // Whoever was killed meanwhile does not listen any more.
                drop((&stream).write_all(answer.as_bytes()));
            }
        });
        Self { url, pages, asked }
    }

    fn page(&self, cursor: &str, page: String, next: Option<&str>) {
        let page = (page, next.map(str::to_owned));
        self.pages.lock().unwrap().insert(cursor.to_owned(), page);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// `GET /list?since=CURSOR HTTP/1.1`
fn cursor_of(first: &str) -> Option<String> {
    let (_, cursor) = first.split(' ').nth(1)?.split_once("since=")?;
    Some(cursor.to_owned())
}

/// The route `pull`, which asks that department.
fn route(house: &House, department: &Department, adapter: &str, more: &str) {
    house.route("pull", adapter, "");
    let text = std::fs::read_to_string(house.path("configs/routes/pull.toml")).unwrap();
    let (before, rest) = text.split_once("[source]").unwrap();
    let (_, after) = rest.split_once("[schedule]").unwrap();
    let source = format!(
        "[source]\nkind = \"http\"\nurl = \"{}\"\nallow_private = true\n{more}\n[schedule]{after}",
        department.url
    );
    house.put("configs/routes/pull.toml", format!("{before}{source}"));
}

#[test]
fn pages_are_pulled_by_the_services_own_cursor_and_the_next_run_goes_on() {
    let (house, department) = (House::new(), Department::new());
    let header = "cursor_start = \"begin\"\nnext = { header = \"X-Next\" }";
    route(&house, &department, "tax", header);
    department.page("begin", ratings(0..40), Some("p2"));
    department.page("p2", ratings(40..80), Some("p3"));
    let books = house.once("pull");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "files")),
        (80, 2)
    );
    assert_eq!(department.asked(), ["begin", "p2", "p3"]);

    // A new process knows where the last one stopped.
    department.page("p3", ratings(80..100), Some("p4"));
    assert_eq!(number(&house.once("pull"), "delivered"), 100);
    assert_eq!(department.asked()[3..], ["p3", "p4"]);
    assert_ratings(&house.rows("tax-rating"), 0..100);
}

#[test]
fn the_cursor_can_be_what_the_adapter_finds_in_the_page() {
    let header = "CF_WSH,CF_CFMC,CF_BM,CF_CFLB1,CF_SY,CF_YJ,CF_XDR_MC,CF_XDR_SHXYM,CF_FR,CF_JG,\
                  CF_JDRQ,CF_XZJG,CF_ZT,DFBM,SJC,CF_SYFW,CF_SXYZCD,CF_GSJZQ\n";
    let row = |n: u32, changed: &str| {
        format!(
            "黔西环罚〔2018〕{n}号,超标排放,520522-HB-0012,罚款,超标排放水污染物,第八十三条,\
             黔西市永利建材有限公司,91520581MA6DEMQ1XJ,张某某,罚款,2018/05/10,黔西县环境保护局,\
             0,520522,{changed},0,1,2019/05/10\n"
        )
    };
    let (house, department) = (House::new(), Department::new());
    route(&house, &department, "market", "cursor_start = \"2018\"");
    let path = house.path("configs/routes/pull.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let settings = text.replace("[settings]", "[settings]\ncursor = \"SJC\"");
    house.put("configs/routes/pull.toml", settings);
    let page = [header, &row(1, "2018/05/20"), &row(2, "2018/05/15")].concat();
    department.page("2018", page, None);
    let books = house.once("pull");
    assert_eq!(number(&books, "delivered"), 2, "{books}");
    let asked = department.asked();
    assert!(
        asked.len() == 2 && asked[1].starts_with("2018-05-20"),
        "{asked:?}"
    );
}

/// The platform says nothing to the first parcel of `pull`, which is read in small pieces.
fn stuck_at_first(house: &House) {
    let text = std::fs::read_to_string(house.path("configs/routes/pull.toml")).unwrap();
    house.put(
        "configs/routes/pull.toml",
        format!("{text}\n[chunk]\nkib = 16\n"),
    );
    let silent = Fault {
        silent: true,
        ..Fault::default()
    };
    house.platform.fail(Script {
        next: vec![silent],
        down: None,
    });
}

#[test]
fn a_pull_that_was_killed_goes_on_without_asking_again() {
    let (house, department) = (House::new(), Department::new());
    house.gateway("[queue]\nwaiting_records_max = 1_000");
    let header = "cursor_start = \"begin\"\nnext = { header = \"X-Next\" }";
    route(&house, &department, "tax", header);
    stuck_at_first(&house);
    department.page("begin", ratings(0..5_000), Some("p2"));
    // The platform says nothing to the first parcel, so that the page cannot be read to its end.
    let once = house.start(&["once", "pull"]);
    wait_until("some of the page is on its way", || {
        house.platform.stats().requests == 1
    });
    once.kill();
    // The page at its cursor is another now, and p2 has one more row.
    department.page("begin", String::from("gone"), None);
    department.page(
        "p2",
        crate::support::HEADER.to_owned() + &rating(5_000),
        Some("p3"),
    );
    let books = house.once("pull");
    assert_eq!(number(&books, "delivered"), 5_001, "{books}");
    assert_eq!(department.asked(), ["begin", "p2", "p3"]);
    assert_ratings(&house.rows("tax-rating"), 0..5_001);
}

#[test]
fn a_service_that_refuses_is_named_and_asked_again_later() {
    let house = House::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let department = Department {
        url: format!("http://127.0.0.1:{port}/list?since={{cursor}}"),
        pages: Pages::default(),
        asked: Arc::default(),
    };
    route(&house, &department, "tax", "cursor_start = \"begin\"");
    let ran = house.run(&["once", "pull"]).ended(6);
    assert!(
        ran.err.contains(&format!("127.0.0.1:{port}")),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("help:"), "{}", ran.err);
}
