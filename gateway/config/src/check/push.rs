//! Feeds that departments hand in: `[push]` of `gateway.toml`, and `[source]` of their routes.

use super::gateway::{Gateway, KIB, MIB};
use super::source::encoding;
use crate::limits::{
    PUSH_ANSWER_TIMEOUT_MS, PUSH_BODY_MIB_MAX, PUSH_HEAD_KIB_MAX, PUSH_HEAD_TIMEOUT_MS,
    PUSH_IDLE_TIMEOUT_MS, PUSH_RATIO_MAX, PUSH_REQUESTS_MAX, PUSH_TOTAL_TIMEOUT_MS,
};
use crate::plan::{PushPlan, PushTimeouts, PushTls, PushedPlan};
use crate::reader::{Desk, NamedKind, Section, Spot, Text, Trouble};
use crate::text::shorten;
use std::net::SocketAddr;
use std::time::Duration;

const LISTEN: &str = "listen = \"0.0.0.0:8443\"";

/// Reads `[push]`: nothing where nobody listens, `Some(None)` where it cannot be used.
pub(super) fn endpoint(desk: &mut Desk<'_>, file: &mut Section<'_>) -> Option<Option<PushPlan>> {
    let mut section = file.section(desk, "push");
    let given = !section.entries().is_empty();
    let plan = usable(desk, &mut section, given);
    section.finish(desk);
    given.then_some(plan)
}

fn usable(desk: &mut Desk<'_>, section: &mut Section<'_>, given: bool) -> Option<PushPlan> {
    let text = match given {
        true => section.need_text(desk, "listen", LISTEN),
        false => section.text(desk, "listen"),
    };
    let listen = text.as_ref().and_then(|text| address(desk, text));
    let tls = tls(desk, section);
    let mut number = |limit| section.number(desk, limit);
    let body_bytes_max = number(&PUSH_BODY_MIB_MAX) * MIB;
    let ratio_max = number(&PUSH_RATIO_MAX);
    let requests_max = number(&PUSH_REQUESTS_MAX);
    let head_bytes_max = number(&PUSH_HEAD_KIB_MAX) * KIB;
    let mut ms = |limit| Duration::from_millis(number(limit));
    let timeouts = PushTimeouts {
        head: ms(&PUSH_HEAD_TIMEOUT_MS),
        idle: ms(&PUSH_IDLE_TIMEOUT_MS),
        total: ms(&PUSH_TOTAL_TIMEOUT_MS),
        answer: ms(&PUSH_ANSWER_TIMEOUT_MS),
    };
    let encrypted = section.has("cert_file");
    let (listen, text) = (listen?, text?);
    if !listen.ip().is_loopback() && !encrypted {
        let written = shorten(desk.written(&text.spot));
        let message = format!("{written} can be reached from other machines, and is not encrypted");
        let help = "add cert_file and key_file, or listen on 127.0.0.1 behind what encrypts";
        desk.report(&text.spot, Trouble::error("not_encrypted", message, help));
        return None;
    }
    Some(PushPlan {
        listen,
        tls: tls?,
        body_bytes_max,
        ratio_max,
        requests_max,
        head_bytes_max,
        timeouts,
    })
}

fn address(desk: &mut Desk<'_>, text: &Text) -> Option<SocketAddr> {
    let address = text.value.parse().ok();
    if address.is_none() {
        let message = format!("{} is no address", shorten(desk.written(&text.spot)));
        let help = format!("an address to listen on has the form {LISTEN}");
        desk.report(&text.spot, Trouble::error("bad_address", message, help));
    }
    address
}

/// `Some(None)` where it is not encrypted; nothing where that cannot be used.
fn tls(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<Option<PushTls>> {
    let cert_file = section.path(desk, "cert_file", NamedKind::File);
    let key_file = section.path(desk, "key_file", NamedKind::Secret);
    let client_ca_file = section.path(desk, "client_ca_file", NamedKind::File);
    let keys = ["cert_file", "key_file", "client_ca_file"];
    if !keys.iter().any(|key| section.has(key)) {
        return Some(None);
    }
    let needed = [
        ("cert_file", "cert_file = \"gateway.pem\""),
        ("key_file", "key_file = \"gateway-key.pem\""),
    ];
    for (key, example) in needed.iter().filter(|(key, _)| !section.has(key)) {
        section.miss(desk, key, example);
    }
    if section.has("client_ca_file") && client_ca_file.is_none() {
        return None;
    }
    Some(Some(PushTls {
        cert_file: cert_file?,
        key_file: key_file?,
        client_ca_file,
    }))
}

/// Reads a source whose feeds are handed in; nothing where it cannot be used.
pub(super) fn pushed(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<PushedPlan> {
    let encoding = encoding(desk, section);
    let token = section.secret(desk, "token");
    let texts = section.text_or_texts(desk, "client_certificate");
    let certificates: Option<Vec<_>> = texts.iter().map(|text| digest(desk, text)).collect();
    let (asks_token, asks_certificate) = (section.has("token"), section.has("client_certificate"));
    if !asks_token && !asks_certificate {
        let example = "token = { env = \"NAME\" } or client_certificate = \"…\": without either \
                       anybody could hand in feeds";
        section.miss(desk, "token", example);
        return None;
    }
    let certificates = certificates?;
    let whole = token.is_some() == asks_token && certificates.is_empty() != asks_certificate;
    let encoding = encoding?;
    whole.then_some(PushedPlan {
        token,
        certificates,
        encoding,
    })
}

/// The SHA-256 of a certificate, as `openssl` prints it or without colons.
fn digest(desk: &mut Desk<'_>, text: &Text) -> Option<[u8; 32]> {
    let digits = text.value.replace(':', "");
    let byte = |at: usize| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok();
    let mut digest = [0; 32];
    let bytes: Option<Vec<u8>> = (0..digest.len()).map(byte).collect();
    match bytes.filter(|_| digits.len() == 64 && !digits.contains('+')) {
        Some(bytes) => {
            digest.copy_from_slice(&bytes);
            Some(digest)
        }
        None => {
            let written = shorten(desk.written(&text.spot));
            let message = format!("{written} is no SHA-256 of a certificate");
            let help = "it has 64 hexadecimal digits, with colons or without: \
                        openssl x509 -in CERTIFICATE.pem -noout -fingerprint -sha256";
            desk.report(&text.spot, Trouble::error("bad_fingerprint", message, help));
            None
        }
    }
}

/// What the route asks of its department, the endpoint must be able to find out.
pub(super) fn fits(desk: &mut Desk<'_>, spot: &Spot, plan: &PushedPlan, gateway: &Gateway) {
    let trouble = match &gateway.push {
        // What is wrong there was said there.
        Some(None) => return,
        None => Trouble::error(
            "no_endpoint",
            "feeds are handed in for this route, but nobody listens",
            format!("add [push] with {LISTEN}, cert_file and key_file to gateway.toml"),
        ),
        Some(Some(push)) => {
            let tls = push.tls.as_ref();
            if plan.certificates.is_empty() || tls.is_some_and(|tls| tls.client_ca_file.is_some()) {
                return;
            }
            Trouble::error(
                "no_client_ca",
                "the department is known by its certificate, but none is asked for",
                "add client_ca_file, who vouches for it, to [push] in gateway.toml",
            )
        }
    };
    desk.report(spot, trouble);
}
