//! Sources on another machine, by SFTP and FTP.

use super::in_folder;
use crate::check::gateway::MIB;
use crate::limits::{COPY_MS, FILE_MIB_MAX, Limit, STEP_TIMEOUT_MS, port};
use crate::plan::{FtpPlan, FtpTls, RemotePlan, SftpLogin, SftpPlan};
use crate::reader::{Desk, NamedKind, Section, Text, Trouble};
use crate::secret::Secret;
use crate::text::shorten;
use std::path::PathBuf;
use std::time::Duration;

/// Bytes of SHA-256 in base64, without padding.
const FINGERPRINT_CHARS: usize = 43;

pub(super) fn sftp(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<SftpPlan> {
    let remote = remote(desk, section, &port(22));
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
    Some(SftpPlan {
        remote: remote?,
        login: login?,
        host_keys: host_keys?,
    })
}

pub(super) fn ftp(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<FtpPlan> {
    let words = [
        ("explicit", FtpTls::Explicit),
        ("implicit", FtpTls::Implicit),
        ("none", FtpTls::None),
    ];
    let tls = section.choice(desk, "tls", &words);
    let usual = match tls {
        Some(FtpTls::Implicit) => 990,
        _ => 21,
    };
    let remote = remote(desk, section, &port(usual));
    let password = needed_password(desk, section);
    let ca_file = section.path(desk, "ca_file", NamedKind::File);
    let tls = tls?;
    if tls == FtpTls::None {
        let spot = section.spot_of("tls");
        if section.has("ca_file") {
            let message = "ca_file is given, but tls = \"none\"";
            let trouble = Trouble::error("conflicting_keys", message, "take one of them out");
            desk.report(&spot, trouble);
        }
        let loopback = remote.as_ref().is_some_and(|r| is_loopback(&r.host));
        if !loopback {
            let message = "password and files can be read on the way: tls = \"none\"";
            let help = "use tls = \"explicit\", or have the department give them by SFTP";
            desk.report(&spot, Trouble::warning("plain_ftp", message, help));
        }
    }
    Some(FtpPlan {
        remote: remote?,
        password: password?,
        tls,
        ca_file,
    })
}

fn needed_password(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<Secret> {
    if !section.has("password") {
        section.miss(desk, "password", "password = { env = \"NAME\" }");
    }
    section.secret(desk, "password")
}

fn remote(desk: &mut Desk<'_>, section: &mut Section<'_>, port: &Limit) -> Option<RemotePlan> {
    let host = section.need_text(desk, "host", "host = \"files.department.example\"");
    let host = host.and_then(|text| plain_host(desk, text));
    let user = section.need_text(desk, "user", "user = \"gateway\"");
    let port = section.number(desk, port);
    let dir = section.need_text(desk, "dir", "dir = \"/out\", as the server names it");
    let archive = section.text(desk, "archive_dir");
    let there = |text: Text| PathBuf::from(text.value);
    let files = in_folder(desk, section, dir.map(there), archive.map(there));
    let timeout = Duration::from_millis(section.number(desk, &STEP_TIMEOUT_MS));
    let copy = Duration::from_millis(section.number(desk, &COPY_MS));
    let file_bytes_max = section.number(desk, &FILE_MIB_MAX) * MIB;
    Some(RemotePlan {
        host: host?,
        port: u16::try_from(port).ok()?,
        user: user?.value,
        files: files?,
        timeout,
        copy,
        file_bytes_max,
    })
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

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|ip| ip.is_loopback())
}
