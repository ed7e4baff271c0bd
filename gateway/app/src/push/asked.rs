//! What a request asks for, by its head.

use super::problem::Problem;
use super::spool::Key;
use credit_source::coding::Coding;
use hyper::HeaderMap;
use hyper::header::CONTENT_LENGTH;
use hyper::http::request::Parts;
use hyper::{Method, Uri};
use sha2::{Digest as _, Sha256};

const KEY: &str = "Idempotency-Key";
const FILE_NAME: &str = "X-File-Name";
const KEY_BYTES_MAX: usize = 255;
const FILE_NAME_CHARS_MAX: usize = 120;

/// What a request asks for, besides taking its body.
#[derive(Debug)]
pub(super) struct Asked {
    /// Its idempotency key, if it has one.
    pub(super) key: Option<Key>,
    /// What the department calls the feed.
    pub(super) file_name: Option<String>,
    /// How the body is packed.
    pub(super) coding: Coding,
    /// How long the body is said to be.
    pub(super) bytes: Option<u64>,
    /// The rows that were taken are to be listed, too.
    pub(super) rows: bool,
}

impl Asked {
    pub(super) fn of(head: &Parts) -> Result<Self, Problem> {
        let headers = &head.headers;
        let coding = Coding::of(headers).map_err(|_| Problem::Coding)?;
        let key = match headers.get(KEY) {
            None => None,
            Some(_) => Some(text(headers, KEY).and_then(key).ok_or(Problem::Header(
                KEY,
                "1-255 个可见 ASCII 字符 / 1 to 255 visible ASCII characters",
            ))?),
        };
        let file_name = match headers.get(FILE_NAME) {
            None => None,
            Some(_) => Some(text(headers, FILE_NAME).and_then(file_name).ok_or(
                Problem::Header(
                    FILE_NAME,
                    "文件名，百分号编码的 UTF-8，不含路径 / a percent-encoded UTF-8 name, no path",
                ),
            )?),
        };
        let bytes = text(headers, CONTENT_LENGTH.as_str()).and_then(|n| n.parse().ok());
        let query = head.uri.query().unwrap_or_default();
        Ok(Self {
            key,
            file_name,
            coding,
            bytes,
            rows: query.split('&').any(|part| part == "rows=all"),
        })
    }
}

/// The route that a feed is handed in for.
pub(super) fn route<'u>(method: &Method, uri: &'u Uri) -> Result<&'u str, Problem> {
    let route = uri.path().strip_prefix("/push/");
    let route = route.filter(|route| !route.is_empty() && !route.contains('/'));
    match route {
        None => Err(Problem::NoPlace),
        Some(_) if method != Method::POST => Err(Problem::Method),
        Some(route) => Ok(route),
    }
}

/// What stands for a key where a feed comes without one: its content.
pub(super) fn key_of_content(sha256: &[u8; 32]) -> Key {
    let digest = Sha256::new_with_prefix(b"content:").chain_update(sha256);
    Key::new(digest.finalize().into())
}

fn key(text: &str) -> Option<Key> {
    let fits = (1..=KEY_BYTES_MAX).contains(&text.len());
    let visible = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let digest = Sha256::new_with_prefix(b"key:").chain_update(text);
    (fits && visible).then(|| Key::new(digest.finalize().into()))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn file_name(text: &str) -> Option<String> {
    let name = String::from_utf8(decoded(text.as_bytes())?).ok()?;
    let stray = |c: char| c.is_control() || "/\\".contains(c);
    let fits = (1..=FILE_NAME_CHARS_MAX).contains(&name.chars().count());
    (fits && !name.starts_with('.') && !name.contains(stray)).then_some(name)
}

/// Percent-encoded bytes as they are meant.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, behind) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| hex)?);
        rest = behind;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_file_is_decoded_and_has_no_path() {
        assert_eq!(file_name("a%20b.csv").as_deref(), Some("a b.csv"));
        let chinese = file_name("%E7%A8%8E.xlsx");
        assert_eq!(chinese.as_deref(), Some("税.xlsx"));
        let long = "a".repeat(FILE_NAME_CHARS_MAX + 1);
        for wrong in [
            "", "../a", "a%2Fb", "a%5cb", ".a", "%", "%1", "%+1", "%ff", "a%00", &long,
        ] {
            assert_eq!(file_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn feeds_are_posted_to_a_route() {
        let post = |uri: &'static str| route(&Method::POST, &Uri::from_static(uri)).is_ok();
        assert!(post("/push/tax?rows=all"));
        assert!(!post("/push/") && !post("/push/a/b") && !post("/tax"));
        let get = route(&Method::GET, &Uri::from_static("/push/tax")).map(str::to_owned);
        assert!(matches!(get, Err(Problem::Method)));
    }
}
