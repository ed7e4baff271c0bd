//! Sources that are asked over HTTP.

use super::*;
use crate::plan::pull::{Given, HttpPlan, Network, NextCursor, Paging};

fn route(url: &str, more: &str) -> String {
    let source = format!("source = {{ kind = \"http\", url = \"{url}\"{more} }}");
    let line = |line: &str| match line.starts_with("source") {
        true => format!("{source}\nschedule.cron = \"0 2 * * *\"\n"),
        false => format!("{line}\n"),
    };
    ROUTE_TEXT.lines().map(line).collect()
}

/// The problems of a source with a cursor and what `more` says.
fn with_cursor(more: &str) -> Vec<&'static str> {
    codes(GATEWAY_TEXT, &route("https://a/?c={cursor}", more))
}

/// The same without a cursor.
fn without(more: &str) -> Vec<&'static str> {
    codes(GATEWAY_TEXT, &route("https://a/", more))
}

fn plan(more: &str) -> HttpPlan {
    let checked = checked(GATEWAY_TEXT, &route("https://a/", more));
    let mut plan = checked.unwrap_or_else(|problems| panic!("{problems}"));
    match plan.routes.remove("tax").unwrap().source {
        SourcePlan::Http(plan) => *plan,
        _ => panic!("no http"),
    }
}

#[test]
fn an_http_source_never_guesses_where_to_begin() {
    assert_eq!(with_cursor(""), ["missing_key"]);
    assert_eq!(with_cursor(", cursor_start = \"0\""), [""; 0]);
    let next = |next: &str| with_cursor(&format!(", cursor_start = \"0\", next = {next}"));
    assert_eq!(next("{ header = \"X-Next\" }"), [""; 0]);
    assert_eq!(next("{ pointer = \"/a~1b/0\" }"), [""; 0]);
    assert_eq!(next("{ pointer = \"next\" }"), ["bad_pointer"]);
    assert_eq!(next("{ header = \"no header\" }"), ["bad_header"]);
    assert_eq!(
        next("{ header = \"a\", pointer = \"/a\" }"),
        ["conflicting_keys"]
    );
    assert_eq!(next("{ }"), ["missing_key"]);
    assert_eq!(next("\"hedaer\""), ["unknown_choice"]);
    assert_eq!(without(", cursor_start = \"0\""), ["conflicting_keys"]);
    assert_eq!(
        without(", next = { pointer = \"/a\" }"),
        ["conflicting_keys"]
    );
}

#[test]
fn an_overlap_is_taken_from_a_time() {
    let begin = |begin: &str| with_cursor(&format!(", overlap_s = 60, cursor_start = \"{begin}\""));
    assert_eq!(begin("2026-01-31 08:00:00"), [""; 0]);
    assert_eq!(begin("page 1"), ["bad_time"]);
    assert_eq!(without(", overlap_s = 60"), ["conflicting_keys"]);
    assert_eq!(without(", overlap_s = 0"), [""; 0]);
}

#[test]
fn each_way_of_paging_has_its_own_keys() {
    let paging = |paging: &str| without(&format!(", paging = {{ {paging} }}"));
    for good in [
        "by = \"number\", param = \"p\", first = 0, size = 10",
        "by = \"number\", param = \"p\", pages = \"/pages\"",
        "by = \"token\", param = \"t\", header = \"X-Next\"",
        "by = \"link\"",
    ] {
        assert_eq!(paging(good), [""; 0], "{good}");
    }
    for (bad, code) in [
        ("param = \"p\"", "missing_key"),
        ("by = \"numbers\", param = \"p\"", "unknown_choice"),
        ("by = \"number\"", "missing_key"),
        ("by = \"token\", param = \"t\"", "missing_key"),
        (
            "by = \"number\", param = \"p\", pages = \"pages\"",
            "bad_pointer",
        ),
        ("by = \"number\", param = \"p\", size = 0", "out_of_range"),
        ("by = \"link\", size = 10", "conflicting_keys"),
        (
            "by = \"token\", param = \"t\", pointer = \"/a\", first = 1",
            "conflicting_keys",
        ),
        ("by = \"link\", parm = \"p\"", "unknown_key"),
    ] {
        assert_eq!(paging(bad), [code], "{bad}");
    }
    assert_eq!(without(", paging = \"link\""), ["wrong_type"]);
    let token = plan(", paging = { by = \"token\", param = \"t\", header = \"X-Next\" }");
    let given = Given::Header("x-next".to_owned());
    let param = "t".to_owned();
    assert_eq!(token.paging, Paging::Token { param, given });
    assert_eq!(
        (token.next, plan("").paging),
        (NextCursor::Adapter, Paging::None)
    );
}

#[test]
fn the_gateway_shows_who_it_is_in_one_way() {
    let env = "{ env = \"COUNTY_TOKEN\" }";
    let token = format!(", token = {env}");
    let basic = format!(", basic = {{ user = \"a\", password = {env} }}");
    let oauth = |more: &str| {
        format!(
            ", oauth = {{ token_url = \"https://a/t\", client_id = \"g\", \
             client_secret = {env}{more} }}"
        )
    };
    for good in [
        &token,
        &basic,
        &oauth(""),
        &oauth(", scope = \"s\", client_auth = \"body\""),
    ] {
        assert_eq!(without(good), [""; 0], "{good}");
    }
    assert_eq!(without(&format!("{token}{basic}")), ["conflicting_keys"]);
    assert_eq!(
        without(&format!("{basic}{}", oauth(""))),
        ["conflicting_keys"]
    );
    assert_eq!(
        without(&oauth(", client_auth = \"head\"")),
        ["unknown_choice"]
    );
    let bare = format!(", oauth = {{ client_secret = \"{SECRET}\" }}");
    let problems = checked(GATEWAY_TEXT, &route("https://a/", &bare)).unwrap_err();
    assert!(!problems.to_string().contains(SECRET), "{problems}");
    assert_eq!(problems.0.len(), 3, "{problems}");
    let half = ", client_certificate = { cert_file = \"a.pem\" }";
    assert_eq!(without(half), ["missing_key"]);
    assert_eq!(without(", client_certificate = \"a.pem\""), ["wrong_type"]);
}

#[test]
fn networks_are_named_by_their_first_address() {
    let allow = plan(", allow = [\"10.0.0.0/8\", \"fd00::/8\", \"10.1.2.3\", \"0.0.0.0/0\"]").allow;
    let network = |address: &str, bits| Network {
        address: address.parse().unwrap(),
        bits,
    };
    let wanted = [
        network("10.0.0.0", 8),
        network("fd00::", 8),
        network("10.1.2.3", 32),
        network("0.0.0.0", 0),
    ];
    assert_eq!(allow, wanted);
    for bad in [
        "10.1.0.0/8",
        "10.0.0.0/33",
        "fd00::/129",
        "10.0.0",
        "host",
        "10.0.0.0/",
        "",
    ] {
        assert_eq!(
            without(&format!(", allow = [\"{bad}\"]")),
            ["bad_network"],
            "{bad}"
        );
    }
}
