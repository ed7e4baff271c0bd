//! What an HTTP status alone says.
//!
//! 2xx is no decision: the body has to be read. A parcel is never given up because of a status,
//! but for a single row that is too large for the platform.

use std::time::{Duration, SystemTime};

use credit_record::flow::Parcel;
use hyper::StatusCode;
use hyper::header::{HeaderMap, RETRY_AFTER};

use crate::judgement::refuse_all;
use crate::outcome::{Failure, Outcome, Scope, Stop};

/// Longest wait that a target can ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// The outcome that a status other than 2xx means; `said` is what came with it.
pub(crate) fn outcome(
    status: StatusCode,
    headers: &HeaderMap,
    host: &str,
    parcel: &Parcel,
    (now_ms, said): (i64, &str),
) -> Outcome {
    let code = format!("http_{}", status.as_u16());
    let said = match said {
        "" => String::new(),
        said => format!(" ({said})"),
    };
    match status.as_u16() {
        413 if parcel.rows.len() == 1 => {
            let reason =
                "平台拒收:单条记录过大 / the platform refuses it: this one row is too large";
            Outcome::Settled(refuse_all(parcel, &code, reason, now_ms))
        }
        // Request timeout, conflict with a request of the same key, too early, too many requests.
        408 | 409 | 425 | 429 | 500..=599 => Outcome::Retry {
            after: retry_after(headers, now_ms),
            why: Failure::new(code, format!("{host} answered with status {status}{said}")),
        },
        number => {
            let (what, remedy, scope) = advice(number);
            Outcome::Stop(Stop {
                code,
                zh: format!("{host} 返回状态 {number}:{}{said}", what.0),
                en: format!("{host} answered with status {number}: {}{said}", what.1),
                remedy: remedy.to_owned(),
                scope,
            })
        }
    }
}

type Advice = ((&'static str, &'static str), &'static str, Scope);

const fn advice(status: u16) -> Advice {
    match status {
        401 => (
            ("未通过身份认证", "not authenticated"),
            "检查目标的令牌 / check the target's token",
            Scope::Target,
        ),
        403 => (
            ("没有权限", "not allowed"),
            "请平台为本机构开通接口权限 / have the platform allow this department to push",
            Scope::Target,
        ),
        404 | 405 => (
            ("地址不是推送接口", "this address is no push interface"),
            "检查目标的 url / check the target's url",
            Scope::Target,
        ),
        300..=399 => (
            (
                "地址已变更,不跟随重定向",
                "the address has moved, and redirects are not followed",
            ),
            "把目标的 url 改为新地址 / set the target's url to the new address",
            Scope::Target,
        ),
        413 => (
            ("一批数据过大", "the parcel is too large"),
            "请平台放宽请求大小;并调小 records_max 或 bytes_max,此后的批次随之变小 / have the platform \
             allow larger requests; lower records_max or bytes_max for the parcels to come",
            Scope::Route,
        ),
        400 | 422 => (
            (
                "请求内容不被接受",
                "the content of the request is not accepted",
            ),
            "核对目录版本与字段,必要时联系平台 / compare the directory's version and columns with the \
             platform's",
            Scope::Route,
        ),
        _ => (
            ("意外的状态", "an unexpected status"),
            "联系平台 / ask the platform",
            Scope::Target,
        ),
    }
}

/// `Retry-After` in seconds or as a date; whoever asks for no wait asks for nothing.
fn retry_after(headers: &HeaderMap, now_ms: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let now = Duration::from_millis(u64::try_from(now_ms).ok()?);
            let until = httpdate::parse_http_date(text).ok()?;
            let until = until.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            until.saturating_sub(now)
        }
    };
    (!wait.is_zero()).then_some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, now_ms: i64) -> Option<Duration> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        retry_after(&headers, now_ms)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        // 784111777 is the date below.
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(asked(" 7 ", 0), Some(Duration::from_secs(7)));
        assert_eq!(
            asked(date, 784_111_775_500),
            Some(Duration::from_millis(1_500))
        );
        assert_eq!(asked(date, 784_111_999_000), None);
        assert_eq!(asked("0", 0), None);
        assert_eq!(asked("soon", 0), None);
    }

    #[test]
    fn nobody_makes_us_wait_longer_than_an_hour() {
        assert_eq!(asked("99999999999", 0), Some(RETRY_AFTER_MAX));
        assert_eq!(
            asked("Sat, 06 Nov 2094 08:49:37 GMT", 0),
            Some(RETRY_AFTER_MAX)
        );
    }
}
