//! Pages, and where it goes on behind them.

use super::*;

fn says(answers: &[&str]) -> (Source, Gateway) {
    let answers = answers
        .iter()
        .map(|answer| Reply::Says((*answer).to_owned()));
    let source = Source::new(answers.collect());
    let mut gateway = Gateway::new(format!("{}/list?since={{cursor}}", source.url));
    gateway.source.cursor_given = None;
    (source, gateway)
}

/// Asks until the pull has ended, with what the adapter finds in each answer; where it stands.
fn to_the_end(gateway: &Gateway, begin: &str, found_in: &[(Option<&str>, Rows)]) -> Option<String> {
    let pull = Pull::new(&gateway.source).unwrap();
    let mut cursor = Some(begin.to_owned());
    for (found_there, rows) in found_in {
        let answer = found(gateway.fetch(cursor.as_deref()).unwrap());
        let after = answer.after(found_there.map(str::to_owned), *rows);
        pull.done(&answer.file.name).unwrap();
        if !pull.goes_on(cursor.as_deref(), after.as_deref()) {
            return after;
        }
        cursor = after;
    }
    match gateway.fetch(cursor.as_deref()).unwrap() {
        Pulled::Ended { cursor } => cursor,
        other => panic!("it goes on: {other:?}"),
    }
}

fn lines(source: &Source) -> Vec<String> {
    let first = |head: &String| head.split(' ').nth(1).unwrap().to_owned();
    source.asked().iter().map(first).collect()
}

const FULL: Rows = Rows {
    whole: true,
    records: 2,
    rows: 2,
};

#[test]
fn pages_follow_each_other_by_number_until_one_is_short() {
    let (source, mut gateway) = says(&[&ok("a"), &ok("b"), &ok("c")]);
    gateway.source.paging = Paging::Number {
        param: "page".to_owned(),
        first: 0,
        size: Some(2),
        pages: None,
    };
    let short = Rows { rows: 1, ..FULL };
    let pages = [(Some("5"), FULL), (Some("7"), FULL), (Some("6"), short)];
    assert_eq!(to_the_end(&gateway, "4", &pages).as_deref(), Some("7"));
    let asked = [
        "/list?since=4&page=0",
        "/list?since=4&page=1",
        "/list?since=4&page=2",
    ];
    assert_eq!(lines(&source), asked);
}

#[test]
fn the_source_may_say_how_many_pages_there_are() {
    let page = ok("{\"data\":{\"pages\":2,\"rows\":[]}}");
    let (source, mut gateway) = says(&[&page, &page, &ok("{\"data\":{}}")]);
    gateway.source.paging = Paging::Number {
        param: "p".to_owned(),
        first: 1,
        size: None,
        pages: Some("/data/pages".to_owned()),
    };
    let end = to_the_end(&gateway, "4", &[(None, FULL), (None, FULL)]);
    assert_eq!((end.as_deref(), source.asked().len()), (Some("4"), 2));
    let error = gateway.fetch(Some("5")).unwrap_err();
    assert_eq!(error.code(), "http-pointer");
    assert!(gateway.spooled().is_empty(), "{:?}", gateway.spooled());
}

#[test]
fn a_continuation_leads_from_page_to_page_and_the_cursor_waits_for_the_last() {
    let (source, mut gateway) = says(&[
        &ok("{\"next\":\"a&b\",\"rows\":[1]}"),
        &ok("{\"next\":7,\"rows\":[2]}"),
        &ok("{\"next\":null}"),
    ]);
    gateway.source.paging = Paging::Token {
        param: "token".to_owned(),
        given: Given::Pointer("/next".to_owned()),
    };
    let pages = [
        (Some("2026-03"), FULL),
        (Some("2026-02"), FULL),
        (None, FULL),
    ];
    let end = to_the_end(&gateway, "2026-01", &pages);
    assert_eq!(end.as_deref(), Some("2026-03"));
    let asked = [
        "/list?since=2026-01",
        "/list?since=2026-01&token=a%26b",
        "/list?since=2026-01&token=7",
    ];
    assert_eq!(lines(&source), asked);
}

#[test]
fn links_are_followed_on_the_same_host_and_no_further() {
    let (source, mut gateway) = says(&[
        &with("Link: </more?x=1>; rel=\"next\"", "a"),
        &with("Link: <?x=2>; rel=next", "b"),
        "HTTP/1.1 204 No Content\r\n\r\n",
        &with("Link: <https://elsewhere.example/>; rel=next", "c"),
    ]);
    gateway.source.paging = Paging::Link;
    let end = to_the_end(&gateway, "4", &[(Some("5"), FULL), (None, FULL)]);
    assert_eq!(end.as_deref(), Some("5"), "no content ends it");
    assert_eq!(lines(&source), ["/list?since=4", "/more?x=1", "/more?x=2"]);
    let error = gateway.fetch(Some("5")).unwrap_err();
    assert_eq!(error.code(), "http-next");
    assert!(gateway.spooled().is_empty());
}

#[test]
fn a_page_that_leads_to_itself_is_refused() {
    let page = ok("{\"next\":\"a\"}");
    let (_, mut gateway) = says(&[&page, &page]);
    gateway.source.paging = Paging::Token {
        param: "token".to_owned(),
        given: Given::Pointer("/next".to_owned()),
    };
    let first = next(&found(gateway.fetch(Some("1")).unwrap()));
    let error = gateway.fetch(first.as_deref()).unwrap_err();
    assert_eq!(error.code(), "http-next");
}

#[test]
fn a_source_that_gives_the_same_page_for_ever_is_refused() {
    let (_, mut gateway) = says(&[&ok("rows"), &ok("rows")]);
    gateway.source.paging = Paging::Number {
        param: "page".to_owned(),
        first: 1,
        size: None,
        pages: None,
    };
    let pull = Pull::new(&gateway.source).unwrap();
    let fetch = |cursor: Option<&str>| {
        let runtime = gateway.runtime.handle();
        pull.fetch(runtime, &Finished(false), cursor, (NOW_MS, pending()))
    };
    let first = found(fetch(Some("1")).unwrap()).after(None, FULL);
    let error = fetch(first.as_deref()).unwrap_err();
    assert_eq!(error.code(), "http-next");
    assert!(!gateway.spooled().iter().any(|name| !name.contains('.')));
}

#[test]
fn a_continuation_that_is_gone_lets_the_pull_begin_again_where_it_began() {
    let (source, mut gateway) = says(&[
        &with("X-Token: a", "rows"),
        "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
        &ok("rows again"),
    ]);
    gateway.source.paging = Paging::Token {
        param: "token".to_owned(),
        given: Given::Header("x-token".to_owned()),
    };
    let first = found(gateway.fetch(Some("1")).unwrap());
    let first = first.after(Some("9".to_owned()), FULL);
    let error = gateway.fetch(first.as_deref()).unwrap_err();
    assert_eq!(
        (error.code(), error.retryable()),
        ("http-continuation", true)
    );
    let pull = Pull::new(&gateway.source).unwrap();
    let again = pull.begin_again(first.as_deref());
    found(gateway.fetch(again.as_deref()).unwrap());
    // What was not read yet may be older than what was.
    assert_eq!(lines(&source)[2], "/list?since=1");
    assert_eq!(pull.begin_again(Some("1")), None);
}

#[test]
fn an_overlap_asks_for_what_came_late_and_the_cursor_stays() {
    let (source, mut gateway) = says(&[&ok("late"), &ok("none")]);
    gateway.source.overlap_s = 3_600;
    let begin = "2026-01-01 08:00:00";
    let pages = [
        (Some("2026-01-01 07:30:00"), FULL),
        (Some("2026-01-01 07:30:00"), FULL),
    ];
    assert_eq!(to_the_end(&gateway, begin, &pages).as_deref(), Some(begin));
    let asked = [
        "/list?since=2026-01-01%2007%3A00%3A00",
        "/list?since=2026-01-01%2007%3A30%3A00",
    ];
    assert_eq!(lines(&source), asked);
}
