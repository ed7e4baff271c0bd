//! Feeds that departments hand in.

use super::*;

const PRINT: &str = "B3:E2:F4:6C:D7:AA:53:B1:7E:83:3F:9A:69:A3:C6:23:\
                     F7:A4:9D:04:78:EB:9B:B0:54:65:A5:75:B6:D7:FB:17";

fn gateway(push: &str) -> String {
    format!("[push]\n{push}\n{GATEWAY_TEXT}")
}

fn route(source: &str) -> String {
    let files = "{ kind = \"files\", dir = \"../in\", glob = \"*.csv\" }";
    ROUTE_TEXT.replace(files, &format!("{{ kind = \"push\", {source} }}"))
}

const TOKEN: &str = "token = { env = \"COUNTY_TOKEN\" }";
const TLS: &str = "listen = \"0.0.0.0:8443\"\ncert_file = \"a.pem\"\nkey_file = \"b.pem\"";

#[test]
fn a_department_is_known_by_its_token_its_certificate_or_both() {
    let with_ca = format!("{TLS}\nclient_ca_file = \"ca.pem\"");
    let plain = PRINT.replace(':', "").to_lowercase();
    for (source, token, certificates) in [
        (TOKEN.to_owned(), true, 0),
        (format!("client_certificate = \"{PRINT}\""), false, 1),
        (
            format!("{TOKEN}, client_certificate = [\"{PRINT}\", \"{plain}\"]"),
            true,
            2,
        ),
    ] {
        let plan = checked(&gateway(&with_ca), &route(&source)).unwrap();
        assert!(plan.warnings.is_empty(), "{}", plan.warnings);
        let SourcePlan::Push(pushed) = &plan.routes["tax"].source else {
            panic!("not pushed");
        };
        assert_eq!(pushed.token.is_some(), token);
        assert_eq!(pushed.certificates.len(), certificates);
        assert!(
            pushed
                .certificates
                .iter()
                .all(|c| c[0] == 0xb3 && c[31] == 0x17)
        );
        assert!(matches!(plan.routes["tax"].schedule, SchedulePlan::Called));
        assert_eq!(plan.push.unwrap().body_bytes_max, 256 << 20);
    }
}

#[test]
fn an_endpoint_that_others_reach_is_encrypted_and_one_on_loopback_need_not_be() {
    let codes = |push: &str| codes(&gateway(push), &route(TOKEN));
    assert_eq!(codes("listen = \"127.0.0.1:0\""), [""; 0]);
    assert_eq!(codes(TLS), [""; 0]);
    assert_eq!(codes("listen = \"0.0.0.0:8443\""), ["not_encrypted"]);
    assert_eq!(codes("listen = \"8443\""), ["bad_address"]);
    assert_eq!(codes("requests_max = 2"), ["missing_key"]);
    let half = "listen = \"127.0.0.1:0\"\ncert_file = \"a.pem\"";
    assert_eq!(codes(half), ["missing_key"]);
}

#[test]
fn a_route_for_pushes_fits_the_endpoint_and_lets_nobody_in_without_a_word() {
    let one = |gateway: &str, source: &str| codes(gateway, &route(source));
    assert_eq!(one(GATEWAY_TEXT, TOKEN), ["no_endpoint"]);
    assert_eq!(one(&gateway(TLS), "encoding = \"utf-8\""), ["missing_key"]);
    let certificate = format!("client_certificate = \"{PRINT}\"");
    assert_eq!(one(&gateway(TLS), &certificate), ["no_client_ca"]);
    let broken = "client_certificate = \"B3:E2\"";
    assert_eq!(one(&gateway(TLS), broken), ["bad_fingerprint"]);
    let literal = format!("token = \"{SECRET}\"");
    assert_eq!(one(&gateway(TLS), &literal), ["secret_literal"]);
    let paused = format!("paused = true\n{}", route(TOKEN));
    assert_eq!(codes(GATEWAY_TEXT, &paused), [""; 0]);
    let timed = format!("{}\nschedule.every_ms = 1_000", route(TOKEN));
    assert_eq!(codes(&gateway(TLS), &timed), ["conflicting_keys"]);
    let silent = format!("{}\nschedule.silent_after_h = 48", route(TOKEN));
    assert_eq!(codes(&gateway(TLS), &silent), [""; 0]);
}
