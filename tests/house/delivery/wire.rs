//! A bad line to the platform: dead, silent, cut half way, or ending at somebody else.

use super::house;
use crate::pulls::nginx::{Nginx, certificate};
use crate::support::{
    House, Process, assert_ratings, free_port, number, ratings, rows, wait_until,
};
use credit_platform::{Fault, Script};
use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What comes back of an answer of the platform, which has heard the request and done its work.
#[derive(Clone, Copy)]
enum Back {
    Whole,
    /// Half of it, then the end.
    Half,
    /// The same of one that does not say how long it is.
    HalfChunked,
    /// Half of it, and nothing more.
    HalfSilent,
    Nothing,
    /// The number of doubtful rows is called otherwise.
    Renamed,
    /// Somebody else's page; the platform hears nothing.
    Login,
}

/// A line to the platform of a house.
struct Line {
    url: String,
    backs: Arc<Mutex<(VecDeque<Back>, Back)>>,
}

impl Line {
    /// Answers come back as `first` says one after the other, and then as `always`.
    fn new(house: &House, first: &[Back], always: Back) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let first: VecDeque<Back> = first.iter().copied().collect();
        let backs = Arc::new(Mutex::new((first, always)));
        let (own, platform) = (Arc::clone(&backs), house.platform.url(""));
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for mut stream in listener.incoming().map_while(Result::ok) {
                let Some(request) = request(&stream) else {
                    continue;
                };
                let back = {
                    let mut backs = own.lock().unwrap();
                    let always = backs.1;
                    backs.0.pop_front().unwrap_or(always)
                };
                let answer = match back {
                    Back::Login => page(),
                    _ => answer(&platform, &request),
                };
                // Who was killed meanwhile does not listen any more.
                drop(stream.write_all(&back.of(&answer)));
                if matches!(back, Back::Nothing | Back::HalfSilent) {
                    silent.push(stream);
                }
            }
        });
        Self { url, backs }
    }

    /// From now on answers come back so.
    fn is(&self, always: Back) {
        *self.backs.lock().unwrap() = (VecDeque::new(), always);
    }
}

impl Back {
    fn of(self, answer: &str) -> Vec<u8> {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let middle = body.len() / 2;
        let half = &body.as_bytes()[..middle];
        let begun = |head: &str| [head.as_bytes(), b"\r\n\r\n", half].concat();
        match self {
            Self::Whole | Self::Login => answer.as_bytes().to_vec(),
            Self::Half | Self::HalfSilent => begun(head),
            Self::HalfChunked => {
                let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                let size = format!("{:x}\r\n", body.len());
                [head.as_bytes(), size.as_bytes(), half].concat()
            }
            Self::Nothing => Vec::new(),
            Self::Renamed => answer.replace("failSize", "doubtful").into_bytes(),
        }
    }
}

fn page() -> String {
    let page = "<!DOCTYPE html><html><head><title>统一身份认证</title></head></html>";
    format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{page}",
        page.len()
    )
}

fn request(stream: &TcpStream) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let length = head
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "))?;
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    let head = head.join("\r\n") + "\r\nconnection: close\r\n\r\n";
    Some([head.as_bytes(), &body].concat())
}

fn answer(platform: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(platform.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Writes `gateway.toml` so that the target is reached at `url`.
fn through(house: &House, url: &str, more: &str, target: &str) {
    house.gateway_with(more, target);
    let file = house.path("configs/gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace(&format!("{}/", house.platform.url("")), &format!("{url}/"));
    std::fs::write(file, text).unwrap();
}

/// The platform has these rows, each once, however often it was told, and the books say so.
#[track_caller]
fn is_whole(house: &House, all: u32) {
    assert_ratings(&house.rows("tax-rating"), 0..all);
    let stats = house.platform.stats();
    assert_eq!((stats.records, stats.overwritten), (u64::from(all), 0));
    assert_eq!(number(&house.books("list"), "delivered"), u64::from(all));
}

#[track_caller]
fn has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
}

fn status(house: &House, words: &[&str]) {
    let mut status = String::new();
    wait_until("the status says why", || {
        status = house.run(&["status"]).good().out;
        words.iter().all(|word| status.contains(word))
    });
}

pub(super) fn ends_well(house: &House, mut service: Process) {
    house.no_alarm();
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn half_a_reply_is_never_believed_and_counts_no_row_twice() {
    let house = house(&ratings(0..50));
    let backs = [
        Back::Half,
        Back::HalfChunked,
        Back::HalfSilent,
        Back::Nothing,
        Back::Login,
    ];
    let line = Line::new(&house, &backs, Back::Whole);
    through(&house, &line.url, "", "timeout_ms = 300");
    let ran = house.run(&["once", "list"]).good();
    let place = line.url.strip_prefix("http://").unwrap();
    has(
        &ran.err,
        &[
            &format!("the reply of {place} broke off"),
            "[reply_lost]: 网关会自动重试",
            &format!("{place} gave no reply within 300 ms [timeout]"),
            "raise the target's timeout_ms",
            "status 200 and a reply that cannot be read: \"统一身份认证\"",
            "check the target's url and token",
        ],
    );
    assert_eq!(ran.err.matches("[reply_lost]").count(), 2, "{}", ran.err);
    assert_eq!(house.ask(&["receipts"])[0]["attempts"], 6);
    assert_eq!(house.platform.stats().repeated_requests, 4);
    is_whole(&house, 50);
}

#[test]
fn a_silent_platform_is_told_with_what_to_do_and_delays_no_other_target() {
    let house = house(&ratings(0..5));
    let province = house.another_platform();
    let line = Line::new(&house, &[], Back::Nothing);
    let other = format!(
        "timeout_ms = 100\n[targets.province]\nkind = \"http-push\"\nurl = \"{}\"\n\
         department_code = \"52\"\n",
        province.url("/push")
    );
    through(&house, &line.url, "[alarms]\ntarget_late_s = 1", &other);
    let file = house.path("configs/routes/list.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        file,
        text.replace("[\"county\"]", "[\"county\", \"province\"]"),
    )
    .unwrap();
    let service = house.serve();
    wait_until("the other target has all", || province.stats().unique == 5);
    let why = "gave no reply within 100 ms [timeout]";
    status(
        &house,
        &["list → county: 5", "重试中 trying again", why, "timeout_ms"],
    );
    let late = house.alarm("target_late");
    has(&late, &["5 条待送", why, "timeout_ms"]);
    line.is(Back::Whole);
    wait_until("all is delivered", || {
        number(&house.books("list"), "waiting") == 0
    });
    assert!(house.books("list")["targets"][0]["failing"].is_null());
    ends_well(&house, service);
    assert_ratings(&rows(&province, "tax-rating"), 0..5);
    assert_ratings(&house.rows("tax-rating"), 0..5);
    assert_eq!(house.platform.stats().records, 5);
    assert!(house.platform.stats().repeated_requests > 0);
}

#[test]
fn a_reply_that_lacks_a_count_stops_the_target_until_somebody_has_looked() {
    let house = house(&ratings(0..5));
    let line = Line::new(&house, &[], Back::Renamed);
    through(&house, &line.url, "", "");
    let service = house.serve();
    let stopped = house.alarm("target_stopped");
    has(
        &stopped,
        &[
            "[receipt_unclear]",
            "the receipt lacks one of its four counts",
            "核对目标设置中的回执字段名",
            "at once by gateway reload",
        ],
    );
    assert_eq!(number(&house.books("list"), "waiting"), 5);
    line.is(Back::Whole);
    house.run(&["reload"]).good();
    house.delivers("list", 5);
    ends_well(&house, service);
    assert_eq!(house.platform.stats().repeated_requests, 1);
    is_whole(&house, 5);
}

/// What nginx does with what comes: it goes on to the platform.
fn passes_on(house: &House) -> String {
    let platform = house.platform.url("");
    format!("location / {{ proxy_pass {platform}; }}")
}

fn trusting(authority: &str) -> String {
    format!("ca_file = \"{}\"", certificate(authority).display())
}

#[test]
fn a_certificate_that_is_not_trusted_stops_the_target_and_says_whose_turn_it_is() {
    let house = house(&ratings(0..5));
    let Some(nginx) = Nginx::open("server", &passes_on(&house)) else {
        return;
    };
    let by_name = nginx.url("").replace("127.0.0.1", "localhost");
    let (url, own) = (nginx.url(""), trusting("ca.pem"));
    for (url, trusting, said, todo) in [
        (
            &url,
            &trusting("client.pem"),
            "UnknownIssuer",
            "才改 ca_file",
        ),
        (
            &by_name,
            &own,
            "not valid for name \"localhost\"",
            "在 url 中使用",
        ),
    ] {
        through(&house, url.trim_end_matches('/'), "", trusting);
        let ran = house.run(&["once", "list"]).ended(6);
        has(&ran.err, &[said, todo]);
        let stopped = house.books("list")["targets"][0]["stopped"].to_string();
        has(&stopped, &["[tls]", todo]);
    }
    let Some(mut expired) = Nginx::open("expired", &passes_on(&house)) else {
        return;
    };
    through(&house, expired.url("").trim_end_matches('/'), "", &own);
    let service = house.serve();
    wait_until("the alarm tells of the certificate", || {
        house.alarm("target_stopped").contains("证书已过期")
    });
    let said = house.alarm("target_stopped");
    has(&said, &["请平台更换证书", "gateway reload"]);
    assert_eq!(house.platform.stats().requests, 0, "nobody was told a row");
    expired.kill();
    expired.begin("server", &passes_on(&house));
    house.run(&["reload"]).good();
    wait_until("all is delivered", || house.platform.stats().unique == 5);
    ends_well(&house, service);
    is_whole(&house, 5);
}

#[test]
fn a_platform_that_is_killed_during_a_request_gets_it_again_when_it_is_back() {
    let house = house(&ratings(0..20));
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let away = format!("location / {{ proxy_pass {nobody}; }}");
    let Some(mut nginx) = Nginx::open("server", &away) else {
        return;
    };
    let url = nginx.url("");
    through(&house, url.trim_end_matches('/'), "", &trusting("ca.pem"));
    house.platform.fail(Script {
        next: vec![Fault {
            silent: true,
            ..Fault::default()
        }],
        down: None,
    });
    let service = house.serve();
    // The proxy is there, and what is behind it is not;
    let place = url.strip_prefix("https://").unwrap().trim_end_matches('/');
    let bad = format!("{place} answered with status 502 Bad Gateway (502 Bad Gateway)");
    status(&house, &[&bad, "the proxy before it is not there"]);
    nginx.kill();
    // then nothing is there;
    status(
        &house,
        &[&format!("{place}: "), "[connect]", "检查地址、网络和防火墙"],
    );
    nginx.begin("server", &passes_on(&house));
    wait_until("it has the request", || {
        house.platform.stats().requests == 1
    });
    // then it is killed while it is thinking.
    nginx.kill();
    nginx.begin("server", &passes_on(&house));
    wait_until("all is delivered", || house.platform.stats().unique == 20);
    assert!(
        service.said().contains("[connection_lost]"),
        "{}",
        service.said()
    );
    ends_well(&house, service);
    is_whole(&house, 20);
}
