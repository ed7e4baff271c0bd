//! Who is asked, and who asks: addresses, certificates, tokens.

use std::sync::Arc;

use super::loopback::{certificate, in_private};
use super::*;

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nrows";

fn trusting(url: String) -> Gateway {
    let mut gateway = Gateway::new(url);
    gateway.source.ca_file = Some(certificate("ca.pem"));
    gateway
}

fn own_certificate() -> Option<ClientCertificate> {
    Some(ClientCertificate {
        cert_file: certificate("client.pem"),
        key_file: certificate("client-key.pem"),
    })
}

#[test]
fn a_private_address_is_not_reached_by_its_number_nor_by_a_name() {
    let source = Source::says(ANSWER);
    let by_name = source.url.replace("127.0.0.1", "localhost");
    for url in [&source.url, &by_name] {
        let mut gateway = Gateway::new(url);
        gateway.source.reach = Reach::default();
        let error = gateway.fetch(None).unwrap_err();
        assert_eq!((error.code(), error.retryable()), ("http-address", false));
        assert!(error.remedy().contains("allow"));
    }
    assert!(source.asked().is_empty());
    let mut gateway = Gateway::new(by_name);
    let loopback = Network {
        address: "127.0.0.0".parse().unwrap(),
        bits: 8,
    };
    gateway.source.reach = Reach {
        private: false,
        networks: vec![loopback],
    };
    found(gateway.fetch(None).unwrap());
}

#[test]
fn files_of_certificates_and_keys_must_be_such() {
    let mut gateway = Gateway::new("https://host/");
    let path = gateway.spool.path().join("some.pem");
    for content in [
        "",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        fs::write(&path, content).unwrap();
        gateway.source.ca_file = Some(path.clone());
        let refused = |gateway: &Gateway| Pull::new(&gateway.source).err().unwrap().code();
        assert_eq!(refused(&gateway), "http-pem-file");
        gateway.source.ca_file = Some(certificate("ca.pem"));
        let mut own = own_certificate().unwrap();
        own.key_file.clone_from(&path);
        gateway.source.client_certificate = Some(own);
        assert_eq!(refused(&gateway), "http-pem-file");
        gateway.source.client_certificate = None;
    }
}

#[test]
fn only_a_source_that_the_authority_vouches_for_is_heard() {
    let gateway = trusting(in_private("server", false, ANSWER));
    assert_eq!(found(gateway.fetch(Some("1")).unwrap()).file.stamp.bytes, 4);

    let other_name = in_private("server", false, ANSWER).replace("127.0.0.1", "localhost");
    let expired = in_private("expired", false, ANSWER);
    let mut stranger = trusting(in_private("server", false, ANSWER));
    stranger.source.ca_file = Some(certificate("client.pem"));
    for (gateway, why) in [
        (trusting(other_name), "not valid for name"),
        (trusting(expired), "expired"),
        (stranger, "UnknownIssuer"),
    ] {
        let error = gateway.fetch(Some("2")).unwrap_err();
        assert_eq!(error.code(), "http-certificate", "{error}");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(why), "{cause}");
    }
}

#[test]
fn a_source_may_ask_for_the_gateways_own_certificate() {
    let mut gateway = trusting(in_private("server", true, ANSWER));
    gateway.source.client_certificate = own_certificate();
    assert_eq!(found(gateway.fetch(None).unwrap()).file.stamp.bytes, 4);

    let error = trusting(in_private("server", true, ANSWER))
        .fetch(None)
        .unwrap_err();
    assert_eq!(error.code(), "http-alert", "{error}");
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
}

#[test]
fn over_tls_the_end_of_an_answer_is_signed() {
    let gateway = trusting(in_private("server", false, "HTTP/1.1 200 OK\r\n\r\nrows"));
    assert_eq!(found(gateway.fetch(None).unwrap()).file.stamp.bytes, 4);
}

fn token(good_s: u32) -> Reply {
    let body = format!(
        "{{\"access_token\":\"t{good_s}\",\"token_type\":\"Bearer\",\"expires_in\":{good_s}}}"
    );
    Reply::Says(ok(&body))
}

/// A gateway that gets its tokens from `giver`.
fn with_tokens(source: &Source, giver: &Source, in_body: bool) -> Gateway {
    let mut gateway = Gateway::new(format!("{}/{{cursor}}", source.url));
    gateway.source.auth = Auth::Oauth(Box::new(Oauth {
        token_url: format!("{}/token", giver.url),
        client_id: "gate way".to_owned(),
        client_secret: "se:cret".to_owned(),
        scope: Some("read".to_owned()),
        in_body,
        kept: Arc::default(),
    }));
    gateway
}

fn refused() -> Reply {
    Reply::Says("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_owned())
}

#[test]
fn a_token_is_got_once_and_again_when_it_has_ended() {
    let rows = || Reply::Says(ok("rows"));
    let source = Source::new(vec![rows(), rows(), refused(), rows(), rows(), rows()]);
    let giver = Source::new(vec![token(3_600), token(0), token(1), token(2)]);
    let gateway = with_tokens(&source, &giver, false);
    for cursor in ["1", "2", "3", "4", "5"] {
        found(gateway.fetch(Some(cursor)).unwrap());
    }
    let shown: Vec<String> = source
        .asked()
        .iter()
        .filter_map(|head| Some(head.split_once("authorization: Bearer ")?.1.to_owned()))
        .map(|rest| rest.split('\n').next().unwrap().to_owned())
        .collect();
    // Kept, refused and renewed; one of no seconds is not kept.
    assert_eq!(shown[..5], ["t3600", "t3600", "t3600", "t0", "t1"]);
    let asked = &giver.asked()[0];
    assert!(asked.starts_with("POST /token HTTP/1.1"), "{asked}");
    assert!(
        asked.contains("\nauthorization: Basic Z2F0ZSUyMHdheTpzZSUzQWNyZXQ=\n"),
        "{asked}"
    );
    assert!(
        asked.ends_with("\n\ngrant_type=client_credentials&scope=read"),
        "{asked}"
    );
    assert!(!format!("{gateway:?}", gateway = gateway.source).contains("cret"));
}

#[test]
fn name_and_secret_can_go_into_the_body() {
    let (source, giver) = (Source::says(&ok("rows")), Source::new(vec![token(60)]));
    found(with_tokens(&source, &giver, true).fetch(None).unwrap());
    let asked = &giver.asked()[0];
    assert!(
        asked.ends_with("&client_id=gate%20way&client_secret=se%3Acret"),
        "{asked}"
    );
    assert!(!asked.contains("authorization"), "{asked}");
}

#[test]
fn a_new_token_that_is_refused_is_not_renewed_for_ever() {
    let (source, giver) = (Source::new(vec![refused()]), Source::new(vec![token(60)]));
    let error = with_tokens(&source, &giver, false).fetch(None).unwrap_err();
    assert_eq!(error.code(), "http-refused");
}

#[test]
fn a_giver_of_tokens_that_gives_none_is_named_with_its_reason() {
    let says = |status: &str, body: &str| ok(body).replacen("200 OK", status, 1);
    for (answer, code, why) in [
        (
            says("401 No", "{\"error\":\"invalid_client\"}"),
            "http-token",
            "(401, invalid_client)",
        ),
        (
            says("400 No", "{\"error\":\"se:cret <b>\"}"),
            "http-token",
            "(400, no reason given)",
        ),
        (
            ok("{}"),
            "http-token",
            "(200, the reply holds no access_token)",
        ),
        (
            ok("{\"access_token\":\"a\",\"token_type\":\"mac\"}"),
            "http-token",
            "(200, its token is no bearer token)",
        ),
        (
            says("503 Busy\r\nRetry-After: 9", ""),
            "http-busy",
            "left alone for 9 s",
        ),
        (
            says("302 Found", ""),
            "http-redirect",
            "/token points elsewhere",
        ),
    ] {
        let (source, giver) = (Source::new(Vec::new()), Source::says(&answer));
        let error = with_tokens(&source, &giver, true).fetch(None).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert!(!error.to_string().contains("cret"), "{error}");
    }
}
