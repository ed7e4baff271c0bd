//! The push of a parcel over HTTP: one request, and what its reply means.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use credit_record::flow::{Operation, Parcel, Receipt};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri};

use crate::connection::{Addresses, Connections, TargetError, connections, host};
use crate::echo::shown;
use crate::judgement::{self, refuse_all};
use crate::outcome::{Outcome, Scope, Stop, causes, damaged};
use crate::reply::{Reply, ReplyNames, words};
use crate::request::{Form, idempotency_key};
use crate::status;
use crate::target::{HttpTarget, TokenSource, World};
use crate::trust;

/// Longest reply that is read.
const REPLY_BYTES_MAX: usize = 64 << 20;
const IDEMPOTENCY_KEY: &str = "idempotency-key";
const AGENT: &str = concat!("credit-gateway/", env!("CARGO_PKG_VERSION"));

/// Delivers to one platform by HTTP push.
pub(crate) struct Push {
    addresses: Addresses,
    connections: Connections,
    token: Option<TokenSource>,
    timeout: Duration,
    form: Arc<Form>,
    reply: ReplyNames,
    world: World,
}

impl Push {
    pub(crate) fn new(
        name: &str,
        target: HttpTarget,
        form: Arc<Form>,
        world: World,
    ) -> Result<Self, TargetError> {
        let addresses = Addresses::read(name, &target)?;
        Ok(Self {
            connections: connections(name, &target, &addresses)?,
            addresses,
            timeout: Duration::from_millis(target.timeout_ms),
            form,
            token: target.token,
            reply: target.reply,
            world,
        })
    }

    /// The end of a parcel that the platform has no address for: nothing is sent.
    pub(crate) fn refused(&self, parcel: &Parcel) -> Option<Receipt> {
        let addressed = self.addresses.of(parcel).is_some();
        (!addressed).then(|| unsupported(parcel, self.now_ms()))
    }

    /// Sends `parcel` once.
    pub(crate) async fn deliver(&self, parcel: &Parcel) -> Outcome {
        let Some(uri) = self.addresses.of(parcel) else {
            return Outcome::Settled(unsupported(parcel, self.now_ms()));
        };
        let host = host(uri);
        let request = match self.request(parcel, uri) {
            Ok(request) => request,
            Err(instead) => return *instead,
        };
        match tokio::time::timeout(self.timeout, self.exchange(request, host, parcel)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let waited_ms = self.timeout.as_millis();
                Outcome::retry(
                    "timeout",
                    format!("{host} gave no reply within {waited_ms} ms"),
                )
            }
        }
    }

    fn now_ms(&self) -> i64 {
        (self.world.now_ms)()
    }

    fn request(&self, parcel: &Parcel, uri: &Uri) -> Result<Request<Full<Bytes>>, Box<Outcome>> {
        let body = self
            .form
            .fill(parcel)
            .ok_or_else(|| Box::new(damaged(parcel)))?;
        let key = idempotency_key(parcel, uri.path(), &body);
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(USER_AGENT, AGENT)
            .header(IDEMPOTENCY_KEY, key);
        if let Some(token) = &self.token {
            let token = token().map_err(|cause| {
                let text = format!("no token for {}: {cause}", host(uri));
                Box::new(Outcome::retry("no_token", text))
            })?;
            request = request.header(AUTHORIZATION, bearer(&token, uri)?);
        }
        request.body(Full::from(body)).map_err(|cause| {
            Box::new(Outcome::retry(
                "no_request",
                format!("no request to {}: {cause}", host(uri)),
            ))
        })
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        host: &str,
        parcel: &Parcel,
    ) -> Outcome {
        let response = match self.connections.request(request).await {
            Ok(response) => response,
            Err(cause) => {
                if let Some(stop) = trust::stop(host, &cause) {
                    return Outcome::Stop(stop);
                }
                let code = if cause.is_connect() {
                    "connect"
                } else {
                    "connection_lost"
                };
                return Outcome::retry(code, format!("{host}: {}", causes(&cause)));
            }
        };
        self.read(response, host, parcel).await
    }

    async fn read(&self, response: Response<Incoming>, host: &str, parcel: &Parcel) -> Outcome {
        let (head, body) = response.into_parts();
        let body = Limited::new(body, REPLY_BYTES_MAX).collect().await;
        let bytes = match body {
            Ok(body) => body.to_bytes(),
            Err(cause) if head.status.is_success() => {
                let text = format!("the reply of {host} broke off: {}", causes(&*cause));
                return Outcome::retry("reply_lost", text);
            }
            // The status says enough.
            Err(_) => Bytes::new(),
        };
        let reply = Reply::read(&self.reply, &bytes);
        if head.status.is_success() {
            return match reply {
                Some(r) => judgement::outcome(r, &self.reply, parcel, host, self.now_ms()),
                None => unreadable(host, head.status.as_u16(), &bytes),
            };
        }
        let stop = reply.as_ref();
        if let Some(stop) = stop.and_then(|r| judgement::stop_by_code(r, host)) {
            return Outcome::Stop(stop);
        }
        let said = reply.map_or_else(|| words(&bytes), |r| shown(&r.message));
        let said = (self.now_ms(), said.as_str());
        status::outcome(head.status, &head.headers, host, parcel, said)
    }
}

fn bearer(token: &str, uri: &Uri) -> Result<HeaderValue, Box<Outcome>> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.trim())).map_err(|_| {
        Box::new(Outcome::Stop(Stop {
            code: "token_unusable".into(),
            zh: format!("{} 的令牌含有不能放入请求头的字符", host(uri)),
            en: format!(
                "the token for {} holds characters that no header can carry",
                host(uri)
            ),
            remedy: "检查目标的令牌 / check the target's token".into(),
            scope: Scope::Target,
        }))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The end of a parcel of an operation that the target does not take: never sent.
fn unsupported(parcel: &Parcel, now_ms: i64) -> Receipt {
    let (zh, setting) = match parcel.operation {
        Operation::Hold => ("异议", "hold_url"),
        _ => ("撤销", "withdraw_url"),
    };
    let word = parcel.operation.word();
    let reason = format!(
        "目标未配置{zh}接口,请设置 {setting} / the target has no address for {word}: set {setting}"
    );
    let refused = refuse_all(parcel, "operation_not_supported", &reason, now_ms);
    Receipt {
        attempts: 0,
        ..refused
    }
}

fn unreadable(host: &str, status: u16, reply: &[u8]) -> Outcome {
    let says = match words(reply) {
        empty if empty.is_empty() => "it is empty".to_owned(),
        words => format!("\"{words}\""),
    };
    let text =
        format!("{host} answered with status {status} and a reply that cannot be read: {says}");
    Outcome::retry("reply_unreadable", text)
}

#[cfg(test)]
mod cost;
#[cfg(test)]
mod tests;
