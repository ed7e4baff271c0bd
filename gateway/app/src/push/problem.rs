//! Why a feed that was handed in is not answered with the fate of its rows.
//!
//! What must stay true: nothing here tells whether a route exists, and no id of a person is shown.

use crate::failure::causes;
use credit_record::mask::mask_text;
use credit_source::coding::ACCEPTED;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};
use std::io;

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
    /// It is packed in a way that is not known here.
    Coding,
    /// It cannot be unpacked: how it is packed, and why.
    Damaged(&'static str, String),
    /// It becomes more than so many times as large when it is unpacked.
    Bomb(u64),
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
    /// It is kept, and the route takes nothing in.
    PausedUnread,
    /// The disk has no room.
    NoRoom,
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
    /// What the disk says.
    pub(super) fn disk(error: &io::Error) -> Self {
        use io::ErrorKind as E;
        match error.kind() {
            E::StorageFull | E::QuotaExceeded | E::FileTooLarge => Self::NoRoom,
            _ => Self::Failed(causes(error)),
        }
    }

    /// Whoever hears of it has shown to be a department.
    pub(super) const fn is_told_to_a_department(&self) -> bool {
        !matches!(self, Self::NoPlace | Self::Method | Self::Unknown)
    }

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
            Self::Damaged(coding, why) => {
                let zh = format!("{coding} 压缩数据损坏或不完整，未接收：{why}");
                let en = format!(
                    "what {coding} packed is damaged or not whole: {why}; nothing was taken"
                );
                return (StatusCode::BAD_REQUEST, "damaged", zh, en);
            }
            Self::Bomb(ratio) => {
                let zh = format!("解压后超过传输大小的 {ratio} 倍，未接收；请不压缩报送");
                let en = format!(
                    "unpacked it is more than {ratio} times as long as it was sent; nothing was \
                     taken: send it as it is"
                );
                return (StatusCode::PAYLOAD_TOO_LARGE, "bomb", zh, en);
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
            Self::Coding => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "coding",
                "不支持该 Content-Encoding，未接收：请用 gzip 或 zstd，或不压缩",
                "this Content-Encoding is not known here; nothing was taken: pack with gzip or \
                 zstd, or not at all",
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
                "该路由已由网关管理员暂停接收，本次未接收任何内容；恢复后请重新报送",
                "the route was paused by the gateway's operator and nothing was taken; hand it in \
                 again once it is resumed",
            ),
            Self::PausedUnread => (
                S::SERVICE_UNAVAILABLE,
                "paused",
                "文件已保存，但该路由已暂停，恢复后读取；请用同一 Idempotency-Key 重试以取得结果",
                "the feed is kept, but the route is paused: it is read once that is resumed; try \
                 again with the same Idempotency-Key",
            ),
            Self::NoRoom => (
                S::SERVICE_UNAVAILABLE,
                "no_room",
                "网关磁盘空间不足，未接收，请稍后重试",
                "the gateway's disk has no room; nothing was taken: try again later",
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
            Self::Paused | Self::PausedUnread => Some(600),
            Self::NoRoom | Self::Stuck(_) | Self::Failed(_) => Some(60),
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
            Self::Coding => drop(headers.insert(ACCEPT_ENCODING, ACCEPTED)),
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
            Self::NoRoom => {
                tracing::error!(%route, status, code, why = en, "a feed handed in was not taken");
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
