//! What is asked for: the address with its cursor and page, and who asks.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use chrono::DateTime;
use http_body_util::Full;
use hyper::header::{
    ACCEPT_ENCODING, AUTHORIZATION, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE,
    USER_AGENT,
};
use hyper::{HeaderMap, Request, Uri};

use super::incomplete::Partial;
use super::kept::Known;
use super::link;
use super::paging::Paging;
use super::position::{PageAt, Position};
use super::{Auth, HttpError};
use crate::coding::ACCEPTED;

const CURSOR: &str = "{cursor}";
pub(super) const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("credit-gateway/", env!("CARGO_PKG_VERSION")));

/// The address of a source, checked.
pub(super) struct Target {
    url: String,
    base: Uri,
    /// The address without its query.
    pub(super) place: String,
    /// It asks for TLS.
    pub(super) secure: bool,
    /// It has a place for the cursor.
    pub(super) with_cursor: bool,
}

/// What is known before asking, which may make the answer shorter.
#[derive(Clone, Copy, Default)]
pub(super) struct Before<'a> {
    /// What was pulled last.
    pub(super) known: Option<&'a Known>,
    /// The beginning of the answer.
    pub(super) partial: Option<&'a Partial>,
}

impl Target {
    pub(super) fn new(url: &str) -> Result<Self, HttpError> {
        let base = parse(&with_cursor(url, ""))?;
        // A cursor is the source's own word: it may not choose another host.
        if parse(&with_cursor(url, "a"))?.authority() != base.authority() {
            return Err(refused(url, "the cursor may stand in path or query only"));
        }
        Ok(Self {
            url: url.to_owned(),
            place: place(&base),
            secure: base.scheme_str() == Some("https"),
            with_cursor: url.contains(CURSOR),
            base,
        })
    }

    /// The address of the page at `here` of what follows the cursor `asked`.
    pub(super) fn address(
        &self,
        paging: &Paging,
        here: &Position,
        asked: Option<&str>,
    ) -> Result<Uri, HttpError> {
        let first = with_cursor(&self.url, asked.unwrap_or_default());
        let parameter = match (paging, &here.page) {
            (_, Some(PageAt::Link(link))) => {
                let next = link::resolve(&self.base, link);
                return parse(&next.ok_or_else(|| self.elsewhere())?);
            }
            (Paging::Number { param, .. }, Some(PageAt::Number(number))) => {
                Some((param, number.to_string()))
            }
            (Paging::Number { param, first, .. }, None) => Some((param, first.to_string())),
            (Paging::Token { param, .. }, Some(PageAt::Token(token))) => {
                Some((param, encoded(token)))
            }
            _ => None,
        };
        match parameter {
            None => parse(&first),
            Some((param, value)) => {
                let sign = if first.contains('?') { '&' } else { '?' };
                parse(&format!("{first}{sign}{}={value}", encoded(param)))
            }
        }
    }

    /// The whole address of `link`, which stands in the answer to `uri`.
    pub(super) fn follow(&self, uri: &Uri, link: &str) -> Result<String, HttpError> {
        link::resolve(uri, link).ok_or_else(|| self.elsewhere())
    }

    /// The page at `here` is on this host.
    pub(super) fn has(&self, here: &Position) -> bool {
        match &here.page {
            Some(PageAt::Link(link)) => link::resolve(&self.base, link).is_some(),
            _ => true,
        }
    }

    fn elsewhere(&self) -> HttpError {
        HttpError::Next {
            place: self.place.clone(),
            why: "is on another host",
        }
    }
}

/// The request for `uri`.
pub(super) fn request(
    uri: Uri,
    authorization: Option<HeaderValue>,
    before: Before<'_>,
) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = uri;
    let head = request.headers_mut();
    head.insert(USER_AGENT, AGENT);
    head.insert(ACCEPT_ENCODING, ACCEPTED);
    if let Some(authorization) = authorization {
        head.insert(AUTHORIZATION, authorization);
    }
    let mut put = |name, value: &Option<String>| {
        // What came in a header fits into one.
        if let Some(Ok(value)) = value.as_deref().map(HeaderValue::from_str) {
            head.insert(name, value);
        }
    };
    if let Some(known) = before.known {
        put(IF_NONE_MATCH, &known.etag);
        put(IF_MODIFIED_SINCE, &known.modified);
    }
    if let Some(partial) = before.partial {
        put(RANGE, &Some(format!("bytes={}-", partial.bytes)));
        put(IF_RANGE, &Some(partial.validator.clone()));
    }
    request
}

/// The header that shows who asks, for credentials that are at hand.
pub(super) fn authorization(auth: &Auth, place: &str) -> Result<Option<HeaderValue>, HttpError> {
    match auth {
        Auth::None | Auth::Oauth(_) => Ok(None),
        Auth::Bearer(token) => sensitive(&format!("Bearer {token}"), place).map(Some),
        Auth::Basic { user, password } => basic(user, password, place).map(Some),
    }
}

/// `user` and `password` in a header.
pub(super) fn basic(user: &str, password: &str, place: &str) -> Result<HeaderValue, HttpError> {
    let both = BASE64_STANDARD.encode(format!("{user}:{password}"));
    sensitive(&format!("Basic {both}"), place)
}

/// A header that is not shown.
pub(super) fn sensitive(value: &str, place: &str) -> Result<HeaderValue, HttpError> {
    let value = HeaderValue::from_str(value);
    let mut value = value.map_err(|_| HttpError::Credentials {
        place: place.to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// What a header of an answer says, where it is there.
pub(super) fn header_text(
    head: &HeaderMap,
    name: &str,
    place: &str,
) -> Result<Option<String>, HttpError> {
    let Some(value) = head.get(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(HttpError::Cursor {
            place: place.to_owned(),
            header: name.to_owned(),
        }),
    }
}

/// How long a source that says `Retry-After: value` at `now_ms` wants to be left alone.
pub(super) fn retry_after_ms(value: &str, now_ms: i64) -> Option<u64> {
    if let Ok(seconds) = value.trim().parse::<u64>() {
        return seconds.checked_mul(1_000);
    }
    let at = DateTime::parse_from_rfc2822(value.trim()).ok()?;
    Some(u64::try_from(at.timestamp_millis().saturating_sub(now_ms)).unwrap_or(0))
}

fn with_cursor(url: &str, cursor: &str) -> String {
    url.replace(CURSOR, &encoded(cursor))
}

/// All but the unreserved characters of RFC 3986 encoded.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

pub(super) fn parse(url: &str) -> Result<Uri, HttpError> {
    let uri: Uri = url.parse().map_err(|_| refused(url, "it is no address"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(refused(url, "it must begin with http:// or https://"));
    }
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => Err(refused(
            url,
            "name and password belong into the credentials",
        )),
        Some(_) => Ok(uri),
        None => Err(refused(url, "it names no host")),
    }
}

pub(super) fn place(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let host = uri
        .authority()
        .map(|authority| authority.as_str())
        .unwrap_or_default();
    format!("{scheme}://{host}{}", uri.path())
}

/// An address that is not usable may hold a secret anywhere but in its scheme and host.
fn refused(url: &str, why: &'static str) -> HttpError {
    let place = url.split(['?', '#']).next().unwrap_or_default();
    let place = match (place.split_once("://"), place.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
        _ => place.to_owned(),
    };
    HttpError::Url { place, why }
}
