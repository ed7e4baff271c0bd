//! What is asked for: the address with its cursor, and who asks.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use chrono::DateTime;
use http_body_util::Empty;
use hyper::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use hyper::{Request, Uri};

use super::{Auth, HttpError};

const CURSOR: &str = "{cursor}";
const AGENT: &str = concat!("credit-gateway/", env!("CARGO_PKG_VERSION"));

/// The address of a source, checked.
pub(super) struct Target {
    url: String,
    authorization: Option<HeaderValue>,
    /// The address without its query.
    pub(super) place: String,
    /// It asks for TLS.
    pub(super) secure: bool,
}

impl Target {
    pub(super) fn new(url: &str, auth: &Auth) -> Result<Self, HttpError> {
        let uri = parse(&with_cursor(url, ""))?;
        // A cursor is the source's own word: it may not choose another host.
        if parse(&with_cursor(url, "a"))?.authority() != uri.authority() {
            return Err(refused(url, "the cursor may stand in path or query only"));
        }
        let place = place(&uri);
        let authorization = match auth {
            Auth::None => None,
            Auth::Bearer(token) => Some(format!("Bearer {token}")),
            Auth::Basic { user, password } => Some(format!(
                "Basic {}",
                BASE64_STANDARD.encode(format!("{user}:{password}"))
            )),
        };
        let authorization = match authorization {
            None => None,
            Some(value) => {
                let mut value =
                    HeaderValue::from_str(&value).map_err(|_| HttpError::Credentials {
                        place: place.clone(),
                    })?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let secure = uri.scheme_str() == Some("https");
        Ok(Self {
            url: url.to_owned(),
            authorization,
            place,
            secure,
        })
    }

    /// The request for what follows `cursor`.
    pub(super) fn request(&self, cursor: Option<&str>) -> Result<Request<Empty<Bytes>>, HttpError> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = parse(&with_cursor(&self.url, cursor.unwrap_or_default()))?;
        request
            .headers_mut()
            .insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if let Some(authorization) = &self.authorization {
            request
                .headers_mut()
                .insert(AUTHORIZATION, authorization.clone());
        }
        Ok(request)
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

/// `url` with `cursor` in its place; all but the unreserved characters of RFC 3986 is encoded.
fn with_cursor(url: &str, cursor: &str) -> String {
    let mut encoded = String::with_capacity(cursor.len());
    for byte in cursor.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    url.replace(CURSOR, &encoded)
}

fn parse(url: &str) -> Result<Uri, HttpError> {
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

fn place(uri: &Uri) -> String {
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
