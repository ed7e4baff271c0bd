//! Why a feed that was handed in is not answered with the fate of its rows.
//!
//! What must stay true: nothing here tells whether a route exists, and no id of a person is shown.

use credit_record::mask::mask_text;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

pub(super) type Answer = Response<Full<Bytes>>;

/// See the module.
#[derive(Debug)]
pub(super) enum Problem {
    /// Nothing is there.
    NoPlace,
    /// Feeds are posted.
    Method,
    /// Route, token or certificate are not right.
    Unknown,
    /// A header cannot be used.
    Header(&'static str, &'static str),
    /// It is packed.
    Packed,
    /// It is longer than this.
    TooLarge(u64),
    /// It comes too slowly.
    Slow,
    /// It broke off.
    Broken,
    /// Nothing is in it.
    Empty,
    /// The key came with another feed before.
    Conflict,
    /// It was read long ago.
    Forgotten,
    /// The route takes nothing in.
    Paused,
    /// So much waits that nothing more is taken in.
    Full,
    /// Too many hand in feeds at once.
    Busy,
    /// The gateway stops.
    Stopping,
    /// It is kept, and not read to its end yet.
    Pending,
    /// It is kept, and cannot be read now: why.
    Stuck(String),
    /// Something of the machine failed: what.
    Failed(String),
}

/// Status, a stable word, the same in Chinese and in English.
type Said = (StatusCode, &'static str, String, String);

impl Problem {
    fn said(&self) -> Said {
        let (status, code, zh, en) = match self {
            Self::TooLarge(most) => {
                let zh = format!("文件超过 {} MiB，未接收", most >> 20);
                let en = format!(
                    "the feed is longer than {} MiB; nothing was taken",
                    most >> 20
                );
                return (StatusCode::PAYLOAD_TOO_LARGE, "too_large", zh, en);
            }
            Self::Header(name, needs) => {
                let zh = format!("请求头 {name} 无法使用：{needs}");
                let en = format!("the header {name} cannot be used: {needs}");
                return (StatusCode::BAD_REQUEST, "bad_header", zh, en);
            }
            Self::Stuck(why) => {
                let why = mask_text(why).into_owned();
                let zh = format!("文件已保存，但目前无法读取：{why}");
                let en = format!("the feed is kept, but cannot be read now: {why}");
                return (StatusCode::SERVICE_UNAVAILABLE, "stuck", zh, en);
            }
            other => other.plain(),
        };
        (status, code, zh.to_owned(), en.to_owned())
    }

    const fn plain(&self) -> (StatusCode, &'static str, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NoPlace => (
                S::NOT_FOUND,
                "not_found",
                "地址不存在：请 POST 到 /push/路由名",
                "nothing is here: POST to /push/ROUTE",
            ),
            Self::Method => (
                S::METHOD_NOT_ALLOWED,
                "method",
                "请使用 POST",
                "feeds are handed in by POST",
            ),
            Self::Unknown => (
                S::UNAUTHORIZED,
                "unauthorized",
                "路由名、令牌或证书不正确",
                "route, token or certificate are not right",
            ),
            Self::Packed => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "packed",
                "请勿压缩：不接受 Content-Encoding",
                "send the feed as it is: Content-Encoding is not accepted",
            ),
            Self::Slow => (
                S::REQUEST_TIMEOUT,
                "too_slow",
                "传输过慢，未接收",
                "the feed came too slowly; nothing was taken",
            ),
            Self::Broken => (
                S::BAD_REQUEST,
                "broken_off",
                "传输中断，未接收",
                "the feed broke off; nothing was taken",
            ),
            Self::Empty => (
                S::BAD_REQUEST,
                "empty",
                "文件为空，未接收",
                "the feed is empty; nothing was taken",
            ),
            Self::Conflict => (
                S::CONFLICT,
                "key_conflict",
                "同一 Idempotency-Key 已用于内容不同的文件",
                "the Idempotency-Key came with another feed before",
            ),
            Self::Forgotten => (
                S::GONE,
                "forgotten",
                "该文件已接收，其逐行结果已超过保存期限",
                "the feed was taken; the fate of its rows is no longer kept",
            ),
            Self::Paused => (
                S::SERVICE_UNAVAILABLE,
                "paused",
                "该路由已暂停接收",
                "the route takes nothing in now",
            ),
            Self::Full => (
                S::SERVICE_UNAVAILABLE,
                "full",
                "待送数据已满，请稍后重试",
                "too much waits for delivery; try again later",
            ),
            Self::Busy => (
                S::SERVICE_UNAVAILABLE,
                "busy",
                "同时报送过多，请稍后重试",
                "too many feeds are handed in at once; try again later",
            ),
            Self::Stopping => (
                S::SERVICE_UNAVAILABLE,
                "stopping",
                "网关正在停止，请用同一 Idempotency-Key 重试",
                "the gateway stops; try again with the same Idempotency-Key",
            ),
            Self::Pending => (
                S::SERVICE_UNAVAILABLE,
                "pending",
                "文件已保存，正在读取；请用同一 Idempotency-Key 重试以取得结果",
                "the feed is kept and being read; try again with the same Idempotency-Key",
            ),
            _ => (
                S::INTERNAL_SERVER_ERROR,
                "failed",
                "网关内部故障，请用同一 Idempotency-Key 重试",
                "something failed here; try again with the same Idempotency-Key",
            ),
        }
    }

    /// When to try again.
    const fn retry_s(&self) -> Option<u16> {
        match self {
            Self::Paused => Some(600),
            Self::Stuck(_) | Self::Failed(_) => Some(60),
            Self::Full | Self::Stopping => Some(30),
            Self::Busy | Self::Pending => Some(5),
            _ => None,
        }
    }

    /// The same for whoever handed it in.
    pub(super) fn answer(&self) -> Answer {
        let (status, code, zh, en) = self.said();
        let value = json!({ "code": code, "message_zh": zh, "message_en": en });
        let mut answer = answer(status, &value);
        let headers = answer.headers_mut();
        if let Some(seconds) = self.retry_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        match self {
            Self::Unknown => {
                drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
            }
            Self::Method => drop(headers.insert(ALLOW, HeaderValue::from_static("POST"))),
            _ => {}
        }
        answer
    }

    /// The same for the log.
    pub(super) fn log(&self, route: &str) {
        let (status, code, _, en) = self.said();
        let (route, status) = (mask_text(route), status.as_u16());
        match self {
            Self::Failed(why) => {
                let why = mask_text(why);
                tracing::error!(%route, status, code, %why, "a feed handed in was not taken");
            }
            _ => tracing::warn!(%route, status, code, why = en, "a feed handed in was not taken"),
        }
    }
}

/// An answer that says `value`.
pub(super) fn answer(status: StatusCode, value: &Value) -> Answer {
    let mut answer = Response::new(Full::from(format!("{value}\n")));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
