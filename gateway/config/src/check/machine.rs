//! Other machines that have a folder: of a source, and of a target.

use super::address::is_loopback;
use crate::limits::{Limit, port};
use crate::plan::{FtpTls, MachinePlan, ReachPlan, SftpLogin};
use crate::reader::{Desk, NamedKind, Section, Text, Trouble};
use crate::text::shorten;
use std::time::Duration;

/// The protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Sftp,
    Ftp,
}

/// Bytes of SHA-256 in base64, without padding.
const FINGERPRINT_CHARS: usize = 43;

/// Reads which machine it is, and how it is reached.
pub(super) fn read(
    desk: &mut Desk<'_>,
    section: &mut Section<'_>,
    protocol: Protocol,
    timeout: &Limit,
) -> Option<MachinePlan> {
    let host = section.need_text(desk, "host", "host = \"files.department.example\"");
    let host = host.and_then(|text| plain_host(desk, text));
    let user = section.need_text(desk, "user", "user = \"gateway\"");
    let (usual, reach) = match protocol {
        Protocol::Sftp => (22, sftp(desk, section)),
        Protocol::Ftp => ftp(desk, section, host.as_deref()),
    };
    let port = section.number(desk, &port(usual));
    let timeout = Duration::from_millis(section.number(desk, timeout));
    Some(MachinePlan {
        host: host?,
        port: u16::try_from(port).ok()?,
        user: user?.value,
        reach: reach?,
        timeout,
    })
}

fn sftp(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<ReachPlan> {
    let host_keys = host_keys(desk, section);
    let (password, key) = (
        section.secret(desk, "password"),
        section.secret(desk, "key"),
    );
    let login = match (section.has("password"), section.has("key")) {
        (true, true) => {
            let message = "password and key both say who the gateway is";
            let trouble = Trouble::error("conflicting_keys", message, "take one of them out");
            desk.report(&section.spot_of("key"), trouble);
            None
        }
        (false, false) => {
            let example = "key = { file = \"a/path\" } or password = { env = \"NAME\" }";
            section.miss(desk, "key", example);
            None
        }
        (true, false) => password.map(SftpLogin::Password),
        (false, true) => key.map(SftpLogin::Key),
    };
    Some(ReachPlan::Sftp {
        login: login?,
        host_keys: host_keys?,
    })
}

/// The usual port, which depends on when TLS begins, and the rest.
fn ftp(
    desk: &mut Desk<'_>,
    section: &mut Section<'_>,
    host: Option<&str>,
) -> (u64, Option<ReachPlan>) {
    let words = [
        ("explicit", FtpTls::Explicit),
        ("implicit", FtpTls::Implicit),
        ("none", FtpTls::None),
    ];
    let tls = section.choice(desk, "tls", &words);
    if !section.has("password") {
        section.miss(desk, "password", "password = { env = \"NAME\" }");
    }
    let password = section.secret(desk, "password");
    let ca_file = section.path(desk, "ca_file", NamedKind::File);
    if tls == Some(FtpTls::None) {
        let spot = section.spot_of("tls");
        if section.has("ca_file") {
            let message = "ca_file is given, but tls = \"none\"";
            let trouble = Trouble::error("conflicting_keys", message, "take one of them out");
            desk.report(&spot, trouble);
        }
        if !host.is_some_and(is_loopback) {
            let message = "password and files can be read on the way: tls = \"none\"";
            let help = "use tls = \"explicit\", or have the files exchanged by SFTP";
            desk.report(&spot, Trouble::warning("plain_ftp", message, help));
        }
    }
    let usual = match tls {
        Some(FtpTls::Implicit) => 990,
        _ => 21,
    };
    let reach = password.zip(tls).map(|(password, tls)| ReachPlan::Ftp {
        password,
        tls,
        ca_file,
    });
    (usual, reach)
}

fn plain_host(desk: &mut Desk<'_>, text: Text) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let address = text.value.parse::<std::net::IpAddr>().is_ok();
    if address || text.value.chars().all(plain) {
        return Some(text.value);
    }
    let written = shorten(desk.written(&text.spot));
    let message = format!("{written} is no name of a machine");
    let help = "give name or address alone: the port is port, the folder is dir";
    desk.report(&text.spot, Trouble::error("bad_host", message, help));
    None
}

fn host_keys(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<Vec<String>> {
    let texts = section.text_or_texts(desk, "host_key");
    if texts.is_empty() {
        let example = "host_key = \"SHA256:…\", the fingerprint that the server's operator gives; \
                       without it anybody could answer in the server's place";
        section.miss(desk, "host_key", example);
        return None;
    }
    let mut keys = Vec::new();
    for text in texts {
        let digest = text.value.strip_prefix("SHA256:").unwrap_or_default();
        let base64 = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
        if digest.len() == FINGERPRINT_CHARS && digest.bytes().all(base64) {
            keys.push(text.value);
            continue;
        }
        let written = shorten(desk.written(&text.spot));
        let message = format!("{written} is no fingerprint of a host key");
        let help = "ssh-keygen -lf KEY.pub prints it at the server: SHA256: and 43 characters";
        desk.report(&text.spot, Trouble::error("bad_host_key", message, help));
    }
    (!keys.is_empty()).then_some(keys)
}
