//! The `Link` header (RFC 8288): the address of the next page.

use hyper::Uri;

/// The address that a `Link` header calls `next`, as it is written there.
pub(super) fn next_of(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let (_, begun) = rest.split_once('<')?;
        let (address, after) = begun.split_once('>')?;
        let (parameters, others) = split_unquoted(after, ',');
        if is_next(parameters) {
            return Some(address.trim());
        }
        rest = others;
    }
}

fn is_next(parameters: &str) -> bool {
    let mut rest = parameters;
    while !rest.is_empty() {
        let (parameter, others) = split_unquoted(rest, ';');
        rest = others;
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        let mut words = value.trim().trim_matches('"').split_ascii_whitespace();
        if name.trim().eq_ignore_ascii_case("rel") && words.any(|w| w.eq_ignore_ascii_case("next"))
        {
            return true;
        }
    }
    false
}

/// What stands before and behind the first `sign` that is not within quotes.
fn split_unquoted(text: &str, sign: char) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if c == sign && !quoted => {
                let (before, behind) = text.split_at(at);
                return (before, behind.get(sign.len_utf8()..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (text, "")
}

/// The whole address of `link`, which stands in the answer to `base`; none where it leads to
/// another host, or to the same by another protocol: credentials go nowhere else.
pub(super) fn resolve(base: &Uri, link: &str) -> Option<String> {
    let origin = format!("{}://{}", base.scheme_str()?, base.authority()?);
    let whole = if link.contains("://") {
        link.to_owned()
    } else if link.starts_with("//") {
        format!("{}:{link}", base.scheme_str()?)
    } else if link.starts_with('/') {
        format!("{origin}{link}")
    } else if link.starts_with('?') {
        format!("{origin}{}{link}", base.path())
    } else {
        let folder = base
            .path()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        format!("{origin}{folder}/{link}")
    };
    let uri: Uri = whole.parse().ok()?;
    let same = uri.scheme() == base.scheme()
        && uri.host()?.eq_ignore_ascii_case(base.host()?)
        && port(&uri) == port(base)
        && !uri.authority()?.as_str().contains('@');
    same.then_some(whole)
}

fn port(uri: &Uri) -> Option<u16> {
    let usual = match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    };
    uri.port_u16().or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_other_links() {
        for (header, next) in [
            ("</list?page=2>; rel=next", Some("/list?page=2")),
            (
                "<?p=1>; rel=\"prev\", <?p=3>; title=\"a, <b>; rel=next\"; rel=\"next last\"",
                Some("?p=3"),
            ),
            ("<?p=9>;rel=last,<?p=2>;REL=\"Next\"", Some("?p=2")),
            ("<?p=1>; rel=prev", None),
            ("<?p=1>; rel=nextish", None),
            ("", None),
            ("<unfinished", None),
        ] {
            assert_eq!(next_of(header), next, "{header}");
        }
    }

    #[test]
    fn a_link_leads_to_the_same_host_or_nowhere() {
        let base: Uri = "https://bureau.example/api/list?page=1".parse().unwrap();
        for (link, whole) in [
            (
                "https://bureau.example/x?p=2",
                Some("https://bureau.example/x?p=2"),
            ),
            (
                "https://BUREAU.example:443/x",
                Some("https://BUREAU.example:443/x"),
            ),
            ("//bureau.example/x", Some("https://bureau.example/x")),
            ("/x?p=2", Some("https://bureau.example/x?p=2")),
            ("?page=2", Some("https://bureau.example/api/list?page=2")),
            (
                "more?page=2",
                Some("https://bureau.example/api/more?page=2"),
            ),
            ("http://bureau.example/x", None),
            ("https://bureau.example:8443/x", None),
            ("https://elsewhere.example/x", None),
            ("//elsewhere.example/x", None),
            ("https://me:secret@bureau.example/x", None),
            ("/no address", None),
        ] {
            assert_eq!(resolve(&base, link).as_deref(), whole, "{link}");
        }
    }
}
