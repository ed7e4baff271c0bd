//! How the gateway shows who it is to a source.

use crate::check::address::plain_url;
use crate::plan::pull::{Basic, ClientCertificate, HttpAuth, OauthPlan};
use crate::reader::{Desk, NamedKind, Section, Trouble};

/// The one way that is given, if any; nothing where it cannot be used.
pub(super) fn read(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<HttpAuth> {
    let token = section.secret(desk, "token");
    let basic = basic(desk, section);
    let oauth = oauth(desk, section);
    let given = ["token", "basic", "oauth"].into_iter();
    let given: Vec<&str> = given.filter(|key| section.has(key)).collect();
    if let [first, second, ..] = given.as_slice() {
        let message = format!("{first} and {second} both say who the gateway is");
        let trouble = Trouble::error("conflicting_keys", message, "take one of them out");
        desk.report(&section.spot_of(second), trouble);
    }
    match given.first() {
        None => Some(HttpAuth::None),
        Some(&"token") => token.map(HttpAuth::Token),
        Some(&"basic") => basic.map(HttpAuth::Basic),
        Some(_) => oauth.map(HttpAuth::Oauth),
    }
}

fn basic(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<Basic> {
    if section.has("basic") && !section.has_table("basic") {
        // "name:password": refused as the secret that it is.
        section.secret(desk, "basic");
        return None;
    }
    let mut table = section.section(desk, "basic");
    let user = match table.is_present() {
        true => table.need_text(desk, "user", "user = \"gateway\""),
        false => table.text(desk, "user"),
    };
    if table.is_present() && !table.has("password") {
        table.miss(desk, "password", "password = { env = \"NAME\" }");
    }
    let password = table.secret(desk, "password");
    table.finish(desk);
    Some(Basic {
        user: user?.value,
        password: password?,
    })
}

fn oauth(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<OauthPlan> {
    let mut table = section.section(desk, "oauth");
    let mut need = |key, example: &str| match table.is_present() {
        true => table.need_text(desk, key, example),
        false => table.text(desk, key),
    };
    let url = need(
        "token_url",
        "token_url = \"https://department.example/oauth/token\"",
    );
    let id = need("client_id", "client_id = \"gateway\"");
    if table.is_present() && !table.has("client_secret") {
        table.miss(desk, "client_secret", "client_secret = { env = \"NAME\" }");
    }
    let secret = table.secret(desk, "client_secret");
    let scope = table.text(desk, "scope");
    let in_body = table.choice(desk, "client_auth", &[("header", false), ("body", true)]);
    table.finish(desk);
    let url = url.and_then(|url| plain_url(desk, url));
    Some(OauthPlan {
        token_url: url?,
        client_id: id?.value,
        client_secret: secret?,
        scope: scope.map(|scope| scope.value),
        in_body: in_body?,
    })
}

/// The gateway's own certificate, if any; nothing where it cannot be used.
pub(super) fn client_certificate(
    desk: &mut Desk<'_>,
    section: &mut Section<'_>,
) -> Option<Option<ClientCertificate>> {
    let mut table = section.section(desk, "client_certificate");
    if table.is_present() {
        for (key, example) in [
            ("cert_file", "cert_file = \"gateway.pem\""),
            ("key_file", "key_file = \"gateway-key.pem\""),
        ] {
            if !table.has(key) {
                table.miss(desk, key, example);
            }
        }
    }
    let cert_file = table.path(desk, "cert_file", NamedKind::File);
    let key_file = table.path(desk, "key_file", NamedKind::Secret);
    let given = table.is_present();
    table.finish(desk);
    if !given && !section.has("client_certificate") {
        return Some(None);
    }
    Some(Some(ClientCertificate {
        cert_file: cert_file?,
        key_file: key_file?,
    }))
}
