//! The head of an answer: what it means, and what it says beside the rows.

use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, DATE, ETAG, LAST_MODIFIED, LINK, RETRY_AFTER,
    TRANSFER_ENCODING,
};
use hyper::{HeaderMap, Response};

use chrono::DateTime;

use super::HttpError;
use super::incomplete::Partial;
use super::request::retry_after_ms;

/// A file that was changed so shortly before it was sent may have changed again since, within
/// the second that its date counts.
const SETTLED_S: i64 = 60;

/// What an answer that is no success means.
pub(super) fn refusal(place: &str, response: &Response<Incoming>, now_ms: i64) -> HttpError {
    let (place, status) = (place.to_owned(), response.status().as_u16());
    match status {
        304 => HttpError::Status { place, status },
        300..=399 => HttpError::Redirect { place, status },
        401 | 403 | 407 => HttpError::Refused { place, status },
        404 | 410 => HttpError::NotFound { place, status },
        408 | 425 | 429 | 500..=599 => {
            let header = text(response.headers(), RETRY_AFTER.as_str());
            let retry_after_ms = header.and_then(|v| retry_after_ms(v, now_ms));
            HttpError::Busy {
                place,
                status,
                retry_after_ms,
            }
        }
        _ => HttpError::Status { place, status },
    }
}

/// How long the body says it is.
pub(super) fn declared(head: &HeaderMap) -> Option<u64> {
    text(head, CONTENT_LENGTH.as_str())?.parse().ok()
}

/// The body says where it ends, so that a part of it is not taken for the whole.
pub(super) fn has_end(head: &HeaderMap) -> bool {
    let chunked = text(head, TRANSFER_ENCODING.as_str());
    declared(head).is_some() || chunked.is_some_and(|t| t.to_ascii_lowercase().contains("chunked"))
}

/// First byte and length of the whole, of `Content-Range: bytes 5-9/10`.
pub(super) fn content_range(head: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let range = text(head, CONTENT_RANGE.as_str())?.strip_prefix("bytes ")?;
    let (range, total) = range.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()))
}

pub(super) fn etag(head: &HeaderMap) -> Option<String> {
    text(head, ETAG.as_str()).map(str::to_owned)
}

pub(super) fn modified(head: &HeaderMap) -> Option<String> {
    text(head, LAST_MODIFIED.as_str()).map(str::to_owned)
}

/// What proves that the rest of an answer belongs to its beginning; none where the source gives
/// no rests, or where what it says is no proof.
pub(super) fn validator(head: &HeaderMap) -> Option<String> {
    if text(head, ACCEPT_RANGES.as_str()) == Some("none") {
        return None;
    }
    if let Some(etag) = etag(head) {
        return (!etag.starts_with("W/")).then_some(etag);
    }
    let seconds = |text: &str| Some(DateTime::parse_from_rfc2822(text).ok()?.timestamp());
    let changed = text(head, LAST_MODIFIED.as_str())?;
    let sent = seconds(text(head, DATE.as_str())?)?;
    (sent.saturating_sub(seconds(changed)?) >= SETTLED_S).then(|| changed.to_owned())
}

/// The answer is what follows `partial`, and nothing else.
pub(super) fn is_rest(head: &HeaderMap, partial: &Partial) -> bool {
    let same = |told: Option<String>| told.map(|told| told == partial.validator);
    // An etag must come back; a date need not, and is what the source itself compared.
    let proven = if partial.validator.starts_with('"') {
        same(etag(head)) == Some(true)
    } else {
        same(modified(head)) != Some(false)
    };
    let fits = content_range(head).is_some_and(|(first, total)| {
        first == partial.bytes
            && (total.is_none() || partial.total.is_none_or(|t| Some(t) == total))
    });
    proven && fits
}

/// All that the headers `Link` say.
pub(super) fn links(head: &HeaderMap) -> impl Iterator<Item = &str> {
    head.get_all(LINK)
        .iter()
        .filter_map(|value| value.to_str().ok())
}

fn text<'h>(head: &'h HeaderMap, name: &str) -> Option<&'h str> {
    head.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            ((*name).parse().unwrap(), value.parse().unwrap())
        };
        headers.iter().map(pair).collect::<HeaderMap>()
    }

    #[test]
    fn only_a_proof_lets_an_answer_be_gone_on_with() {
        let old = ("last-modified", "Wed, 21 Oct 2015 07:00:00 GMT");
        let sent = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
        for (headers, proof) in [
            (&[("etag", "\"a\""), old, sent][..], Some("\"a\"")),
            (&[("etag", "W/\"a\""), old, sent], None),
            (&[old, sent], Some(old.1)),
            (&[old], None),
            (&[old, ("date", "Wed, 21 Oct 2015 07:00:30 GMT")], None),
            (&[("etag", "\"a\""), ("accept-ranges", "none")], None),
            (&[], None),
        ] {
            assert_eq!(validator(&head(headers)).as_deref(), proof, "{headers:?}");
        }
    }

    #[test]
    fn a_range_says_where_it_begins_and_how_long_the_whole_is() {
        let range = |value: &str| content_range(&head(&[("content-range", value)]));
        assert_eq!(range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(range("bytes 5-9/*"), Some((5, None)));
        for odd in ["bytes */10", "lines 5-9/10", "5-9/10", "bytes -9/10"] {
            assert_eq!(range(odd), None, "{odd}");
        }
    }
}
