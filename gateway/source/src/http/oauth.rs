//! OAuth 2.0 client credentials (RFC 6749, 4.4): a token for the gateway's own name and secret.
//!
//! What must stay true: a token is kept in memory alone, and shown to its source alone; neither
//! token nor secret is in any error.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Uri};
use serde::Deserialize;
use tokio::time::timeout;

use super::HttpError;
use super::answer::refusal;
use super::client::Caller;
use super::request::{AGENT, basic, encoded, parse, place, sensitive};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// More than any token.
const REPLY_BYTES_MAX: usize = 64 * 1024;
/// How long a token is good whose giver does not say so.
const GOOD_S: u64 = 300;
/// A token is renewed so much before its end, or a tenth of its life where that is less.
const BEFORE_END_S: u64 = 60;

/// Who the gateway is for the giver of tokens.
#[derive(Clone)]
pub struct Oauth {
    /// Where tokens are given.
    pub token_url: String,
    /// The gateway's name there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: String,
    /// What is asked for, if that must be said.
    pub scope: Option<String>,
    /// Name and secret go into the body of the request and not into its head.
    pub in_body: bool,
    /// The token of the route, kept from pull to pull.
    pub kept: Arc<Kept>,
}

/// The token that a route has.
#[derive(Default)]
pub struct Kept(Mutex<Option<Token>>);

struct Token {
    header: HeaderValue,
    until: Instant,
    /// Who it was given to.
    client_id: String,
}

#[derive(Deserialize)]
struct Reply {
    access_token: String,
    token_type: String,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl fmt::Debug for Oauth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Oauth(***)")
    }
}

impl Oauth {
    /// The address where tokens are given.
    pub(super) fn address(&self) -> Result<Uri, HttpError> {
        parse(&self.token_url)
    }

    /// The header with a token, and whether it is one that was kept.
    pub(super) async fn header(
        &self,
        caller: &Caller,
        now_ms: i64,
    ) -> Result<(HeaderValue, bool), HttpError> {
        if let Some(header) = self.kept() {
            return Ok((header, true));
        }
        let uri = self.address()?;
        let place = place(&uri);
        let reply = self.ask(caller, uri, &place, now_ms).await?;
        let header = sensitive(&format!("Bearer {}", reply.access_token), &place)?;
        let good_s = reply.expires_in.unwrap_or(GOOD_S);
        let good_s = good_s - BEFORE_END_S.min(good_s / 10);
        let until = Instant::now().checked_add(Duration::from_secs(good_s));
        *self.lock() = until.map(|until| Token {
            header: header.clone(),
            until,
            client_id: self.client_id.clone(),
        });
        Ok((header, false))
    }

    /// The token is not accepted any more.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    fn kept(&self) -> Option<HeaderValue> {
        let kept = self.lock();
        let good =
            |token: &&Token| token.until > Instant::now() && token.client_id == self.client_id;
        kept.as_ref().filter(good).map(|token| token.header.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Token>> {
        self.kept.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(
        &self,
        caller: &Caller,
        uri: Uri,
        place: &str,
        now_ms: i64,
    ) -> Result<Reply, HttpError> {
        let response = caller.ask(place, self.request(uri, place)?).await?;
        let status = response.status();
        if !status.is_success() && !status.is_client_error() {
            return Err(refusal(place, &response, now_ms));
        }
        if matches!(status.as_u16(), 408 | 429) {
            return Err(refusal(place, &response, now_ms));
        }
        let none = |why: &str| HttpError::Token {
            place: place.to_owned(),
            status: status.as_u16(),
            why: format!(", {why}"),
        };
        let body = Limited::new(response.into_body(), REPLY_BYTES_MAX).collect();
        let body = timeout(caller.idle(), body).await;
        let body = body.map_err(|_| caller.late(place, "a token"))?;
        let body = body.map_err(|_| none("the reply broke off or is too long"))?;
        let body = body.to_bytes();
        if !status.is_success() {
            let said = serde_json::from_slice::<Refusal>(&body).ok();
            let word = |b: u8| b.is_ascii_lowercase() || b == b'_';
            let said = said.filter(|said| said.error.len() < 40 && said.error.bytes().all(word));
            return Err(none(
                said.as_ref().map_or("no reason given", |said| &said.error),
            ));
        }
        let reply: Reply =
            serde_json::from_slice(&body).map_err(|_| none("the reply holds no access_token"))?;
        if !reply.token_type.eq_ignore_ascii_case("bearer") {
            return Err(none("its token is no bearer token"));
        }
        Ok(reply)
    }

    fn request(&self, uri: Uri, place: &str) -> Result<Request<Full<Bytes>>, HttpError> {
        let (id, secret) = (encoded(&self.client_id), encoded(&self.client_secret));
        let mut form = "grant_type=client_credentials".to_owned();
        if let Some(scope) = &self.scope {
            form = format!("{form}&scope={}", encoded(scope));
        }
        if self.in_body {
            form = format!("{form}&client_id={id}&client_secret={secret}");
        }
        let mut request = Request::new(Full::from(form));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let head = request.headers_mut();
        head.insert(USER_AGENT, AGENT);
        head.insert(ACCEPT, JSON);
        head.insert(CONTENT_TYPE, FORM);
        if !self.in_body {
            head.insert(AUTHORIZATION, basic(&id, &secret, place)?);
        }
        Ok(request)
    }
}
