//! Sources on other machines.

use super::*;

const KEY: &str = "SHA256:uNiVztksCsDhcc0u9e8BrrJXVGfOgGhJqrXWZ4Zm0Hs";

fn route(source: &str) -> String {
    let (before, rest) = ROUTE_TEXT.split_once("source = ").unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    format!(
        "{before}{after}[source]\nhost = \"files.example\"\nuser = \"gateway\"\ndir = \"/out\"\n\
             glob = \"*.csv\"\n{source}\n"
    )
}

fn source(text: &str) -> SourcePlan {
    let plan = checked(GATEWAY_TEXT, &route(text));
    plan.unwrap_or_else(|e| panic!("{e}")).routes["tax"]
        .source
        .clone()
}

#[test]
fn a_source_by_sftp_pins_its_host_key() {
    let key = "key = { file = \"id_ed25519\" }";
    let plan = source(&format!(
        "kind = \"sftp\"\n{key}\nhost_key = \"{KEY}\"\nport = 2222"
    ));
    assert_eq!(plan.place(), "sftp://files.example:2222");
    let SourcePlan::Remote(remote) = plan else {
        panic!("no sftp")
    };
    let ReachPlan::Sftp { host_keys, .. } = &remote.machine.reach else {
        panic!("no sftp")
    };
    assert_eq!(host_keys, &[KEY]);
    assert_eq!(remote.files.dir, std::path::Path::new("/out"));
    assert_eq!(remote.files.after, After::Keep);
    let password = "password = { env = \"COUNTY_TOKEN\" }";
    for (wrong, code) in [
        (key.to_owned(), "missing_key"),
        (
            format!("{key}\nhost_key = \"SHA256:short\""),
            "bad_host_key",
        ),
        (
            format!("{key}\nhost_key = [\"{KEY}\", \"MD5:00\"]"),
            "bad_host_key",
        ),
        (format!("host_key = \"{KEY}\""), "missing_key"),
        (
            format!("{key}\n{password}\nhost_key = \"{KEY}\""),
            "conflicting_keys",
        ),
        (
            format!("password = \"x\"\nhost_key = \"{KEY}\""),
            "secret_literal",
        ),
        (
            format!("{key}\nhost_key = \"{KEY}\"\nport = 0"),
            "out_of_range",
        ),
        (
            format!("{key}\nhost_key = \"{KEY}\"\nafter = \"archive\""),
            "missing_key",
        ),
        (
            format!("{key}\nhost_key = \"{KEY}\"\narchive_dir = \"/a\""),
            "conflicting_keys",
        ),
    ] {
        let text = route(&format!("kind = \"sftp\"\n{wrong}"));
        assert_eq!(codes(GATEWAY_TEXT, &text), [code], "{wrong}");
    }
}

#[test]
fn a_source_by_ftp_is_encrypted_unless_told_otherwise() {
    let password = "kind = \"ftp\"\npassword = { env = \"COUNTY_TOKEN\" }";
    let SourcePlan::Remote(remote) = source(&format!(
        "{password}\nafter = \"archive\"\narchive_dir = \"/done\""
    )) else {
        panic!("no ftp")
    };
    let tls = match &remote.machine.reach {
        ReachPlan::Ftp { tls, .. } => Some(*tls),
        ReachPlan::Sftp { .. } => None,
    };
    assert_eq!((tls, remote.machine.port), (Some(FtpTls::Explicit), 21));
    assert_eq!(remote.files.after, After::Archive("/done".into()));
    let implicit = source(&format!("{password}\ntls = \"implicit\""));
    assert_eq!(implicit.place(), "ftps://files.example:990");
    let plain = route(&format!("{password}\ntls = \"none\""));
    assert_eq!(codes(GATEWAY_TEXT, &plain), ["plain_ftp"]);
    let here = plain.replace("files.example", "127.0.0.1");
    assert_eq!(codes(GATEWAY_TEXT, &here), [""; 0]);
    let wrong = plain.replace("files.example", "ftp://files.example");
    assert_eq!(codes(GATEWAY_TEXT, &wrong), ["bad_host", "plain_ftp"]);
}
