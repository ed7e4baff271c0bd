//! From the plan of a source on another machine to the source.

use super::{after, order, readiness};
use crate::targets::ms;
use credit_config::{
    FtpPlan, FtpTls as Begins, ProcessEnv, RemotePlan, Secret, SftpLogin as Login, SftpPlan,
};
use credit_source::files::after::Withheld;
use credit_source::remote::{
    Ftp, FtpTls, KNOWN, Remote, RemoteError, RemoteSource, Sftp, SftpLogin,
};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Handle;

/// What was withheld, and where copies are kept.
type Remembered = (Arc<Withheld>, PathBuf);

/// Where copies of other machines' files are kept, and what is known of those files.
pub(super) fn copies(route: &str, state: &Path) -> PathBuf {
    state.join("spool").join(format!("{route}.files"))
}

/// What the source of `route` knows of files on another machine, for a source in the folder `to`
/// that is to leave `state` as it is: what was read need not be copied to be known again.
pub(crate) fn lend(route: &str, state: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (copies(route, state), copies(route, to));
    let Ok(known) = std::fs::read(from.join(KNOWN)) else {
        return Ok(());
    };
    std::fs::create_dir_all(&to)?;
    std::fs::write(to.join(KNOWN), known)
}

pub(super) fn sftp(
    plan: &SftpPlan,
    remembered: Remembered,
    runtime: Handle,
) -> Result<Remote, RemoteError> {
    let (login, remote) = (plan.login.clone(), &plan.remote);
    let place = format!("sftp://{}:{}", remote.host, remote.port);
    let login = move || match &login {
        Login::Password(secret) => reveal(secret, &place).map(SftpLogin::Password),
        Login::Key(secret) => reveal(secret, &place).map(SftpLogin::Key),
    };
    let host = Sftp {
        host: remote.host.clone(),
        port: remote.port,
        user: remote.user.clone(),
        login: Box::new(login),
        host_keys: plan.host_keys.clone(),
        dir: remote.files.dir.to_string_lossy().into_owned(),
        timeout_ms: ms(remote.timeout),
        copy_ms: ms(remote.copy),
        runtime,
    };
    Remote::sftp(source(remote, remembered), host)
}

pub(super) fn ftp(
    plan: &FtpPlan,
    remembered: Remembered,
    runtime: Handle,
) -> Result<Remote, RemoteError> {
    let (secret, remote) = (plan.password.clone(), &plan.remote);
    let place = format!("ftp://{}:{}", remote.host, remote.port);
    let host = Ftp {
        host: remote.host.clone(),
        port: remote.port,
        user: remote.user.clone(),
        password: Box::new(move || reveal(&secret, &place)),
        tls: match plan.tls {
            Begins::Explicit => FtpTls::Explicit,
            Begins::Implicit => FtpTls::Implicit,
            Begins::None => FtpTls::None,
        },
        ca_file: plan.ca_file.clone(),
        dir: remote.files.dir.to_string_lossy().into_owned(),
        timeout_ms: ms(remote.timeout),
        copy_ms: ms(remote.copy),
        runtime,
    };
    Remote::ftp(source(remote, remembered), host)
}

fn source(plan: &RemotePlan, (withheld, spool_dir): Remembered) -> RemoteSource {
    RemoteSource {
        glob: plan.files.glob.clone(),
        ready: readiness(&plan.files),
        order: order(&plan.files),
        after: after(&plan.files),
        withheld,
        file_bytes_max: plan.file_bytes_max,
        spool_dir,
    }
}

fn reveal(secret: &Secret, place: &str) -> Result<String, RemoteError> {
    let revealed = secret.reveal(&ProcessEnv);
    let revealed = revealed.map_err(|error| RemoteError::Secret {
        place: place.to_owned(),
        source: error.into(),
    })?;
    Ok(revealed.expose().to_owned())
}
