//! Addresses of the world: URLs, and the address to listen on.

use crate::reader::{Desk, Text, Trouble};
use crate::text::shorten;
use std::net::IpAddr;

/// The place in a URL that the cursor goes to.
pub(super) const CURSOR: &str = "{cursor}";

/// A URL that can be asked; warns where what is sent could be read on the way.
pub(super) fn url(desk: &mut Desk<'_>, text: Text) -> Option<String> {
    let mut wrong = |why: &str| {
        let message = format!("{} is no address: {why}", shorten(desk.written(&text.spot)));
        let help = "it has the form https://host/path or https://host:port/path";
        desk.report(&text.spot, Trouble::error("bad_url", message, help));
        None
    };
    let url = text.value.as_str();
    let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return wrong("it does not begin with https:// or http://"),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        desk.mask(&text.spot);
        let help = "take it out of the address and use token or basic";
        let message = "a name or password must not stand in an address";
        desk.report(&text.spot, Trouble::error("secret_literal", message, help));
        return None;
    }
    if let Some(c) = url
        .chars()
        .find(|c| !c.is_ascii_graphic() || "\"<>\\^`".contains(*c))
    {
        return wrong(&format!("{c:?} must be percent-encoded"));
    }
    if url.contains('#') {
        return wrong("the part from # on is never sent");
    }
    let Some(host) = host(authority) else {
        return wrong("host or port cannot be read");
    };
    if !secure && !is_loopback(host) {
        let message = format!("{} is not encrypted", shorten(desk.written(&text.spot)));
        let help = "use https://; http:// is for the same machine only";
        desk.report(&text.spot, Trouble::warning("plain_http", message, help));
    }
    Some(text.value)
}

/// A URL without any `{placeholder}`.
pub(super) fn plain_url(desk: &mut Desk<'_>, text: Text) -> Option<String> {
    placeholders(desk, &text, false)?;
    url(desk, text)
}

/// A URL in which the cursor may have a place, behind the host.
pub(super) fn cursor_url(desk: &mut Desk<'_>, text: Text) -> Option<String> {
    placeholders(desk, &text, true)?;
    url(desk, text)
}

fn placeholders(desk: &mut Desk<'_>, text: &Text, cursor: bool) -> Option<()> {
    let rest = if cursor {
        text.value.replace(CURSOR, "")
    } else {
        text.value.clone()
    };
    if !rest.contains(['{', '}']) {
        return Some(());
    }
    let message = format!("{} has a brace too many", shorten(desk.written(&text.spot)));
    let help = if cursor {
        "the only placeholder is {cursor}, behind the host"
    } else {
        "there is no placeholder in this address"
    };
    desk.report(&text.spot, Trouble::error("bad_placeholder", message, help));
    None
}

/// The host of an authority whose port, if any, is one.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, port)
        }
        None => {
            let end = authority.find(':').unwrap_or(authority.len());
            let (host, port) = authority.split_at(end);
            let part = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
            (host.bytes().all(part) && !host.is_empty()).then_some(())?;
            (host, port)
        }
    };
    if !port.is_empty() {
        let port: u16 = port.strip_prefix(':')?.parse().ok()?;
        (port > 0).then_some(())?;
    }
    Some(host)
}

pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
