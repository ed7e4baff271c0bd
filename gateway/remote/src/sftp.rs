//! The protocol SFTP. The machine is known by its host key, which is pinned, and by nothing else.

use std::borrow::Cow;
use std::io::{self, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::Preferred;
use russh::client::{self, Handle};
use russh::keys::{
    Algorithm, EcdsaCurve, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate,
};
use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error as SftpError;
pub(crate) use russh_sftp::client::fs::File;
use russh_sftp::protocol::{FileAttributes, StatusCode};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::entry::Fault;
use crate::{ENTRIES_MAX, Entry, Host, RemoteError, SftpLogin};

/// The signature algorithms of host keys that are asked for, the best first; not SHA-1
/// (`ssh-rsa`).
const HOST_KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP256,
    },
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP384,
    },
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP521,
    },
    Algorithm::Rsa {
        hash: Some(HashAlg::Sha512),
    },
    Algorithm::Rsa {
        hash: Some(HashAlg::Sha256),
    },
];

pub(crate) struct Session {
    sftp: SftpSession,
    /// The connection lives as long as this.
    _session: Handle<Pinned>,
}

/// Lets only the pinned keys pass.
struct Pinned {
    host_keys: Vec<String>,
    shown: Arc<Mutex<Option<Shown>>>,
}

/// The host key that was shown.
struct Shown {
    fingerprint: String,
    kind: String,
}

impl client::Handler for Pinned {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else {
            return Ok(false);
        };
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let pinned = self.host_keys.contains(&fingerprint);
        let kind = key.algorithm().as_str().to_owned();
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Shown { fingerprint, kind });
        Ok(pinned)
    }
}

/// Connects, and looks whether it is the machine that is meant before it says anything.
pub(crate) async fn open(
    host: &Host,
    login: &SftpLogin,
    host_keys: &[String],
) -> Result<Session, RemoteError> {
    let login = Revealed::of(host, login)?;
    let broken = |source: russh::Error| host.broken(source);
    let config = client::Config {
        preferred: Preferred {
            key: Cow::Borrowed(HOST_KEYS),
            ..Preferred::DEFAULT
        },
        keepalive_interval: Some(Duration::from_millis(host.timeout_ms)),
        nodelay: true,
        ..client::Config::default()
    };
    let stream = TcpStream::connect((host.name.as_str(), host.port)).await;
    let stream = stream.map_err(|source| host.broken(source))?;
    let shown = Arc::new(Mutex::new(None));
    let pinned = Pinned {
        host_keys: host_keys.to_vec(),
        shown: Arc::clone(&shown),
    };
    let session = client::connect_stream(Arc::new(config), stream, pinned).await;
    let mut session = session.map_err(|error| {
        let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (error, shown) {
            (russh::Error::UnknownKey, Some(Shown { fingerprint, kind })) => RemoteError::HostKey {
                place: host.place(),
                shown: fingerprint,
                kind,
            },
            (error, _) => broken(error),
        }
    })?;
    let answer = match login {
        Revealed::Password(password) => session.authenticate_password(&host.user, password).await,
        Revealed::Key(key) => session.authenticate_publickey(&host.user, *key).await,
    };
    if !answer.map_err(broken)?.success() {
        return Err(host.refused());
    }
    let channel = session.channel_open_session().await.map_err(broken)?;
    let subsystem = channel.request_subsystem(true, "sftp").await;
    subsystem.map_err(broken)?;
    let config = russh_sftp::client::Config {
        request_timeout_secs: host.timeout_ms.div_ceil(1_000),
        ..russh_sftp::client::Config::default()
    };
    let sftp = SftpSession::new_with_config(channel.into_stream(), config).await;
    Ok(Session {
        sftp: sftp.map_err(|source| host.broken(source))?,
        _session: session,
    })
}

/// A login with its secret.
enum Revealed {
    Password(String),
    Key(Box<PrivateKeyWithHashAlg>),
}

impl Revealed {
    fn of(host: &Host, login: &SftpLogin) -> Result<Self, RemoteError> {
        let text = match login {
            SftpLogin::Password(secret) => return host.reveal(secret).map(Self::Password),
            SftpLogin::Key(secret) => host.reveal(secret)?,
        };
        // Whoever kept the key took the line end off, which the form wants.
        let key = russh::keys::decode_secret_key(&format!("{}\n", text.trim()), None);
        let key = key.map_err(|source| RemoteError::Key {
            place: host.place(),
            source: source.into(),
        })?;
        signs_safely(&key).map_err(|why| RemoteError::Key {
            place: host.place(),
            source: why.into(),
        })?;
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
        Ok(Self::Key(Box::new(key)))
    }
}

/// What signs by RSA takes a time that depends on the key, and could be watched from the network
/// (RUSTSEC-2023-0071). A host's RSA key is another matter: looking at its signature takes nothing
/// secret.
fn signs_safely(key: &PrivateKey) -> Result<(), &'static str> {
    match key.algorithm() {
        Algorithm::Rsa { .. } => Err("it is an rsa key"),
        Algorithm::Dsa => Err("it is a dsa key"),
        _ => Ok(()),
    }
}

impl Session {
    pub(crate) async fn ping(&mut self, dir: &str) -> Result<(), Fault> {
        self.sftp.metadata(dir).await?;
        Ok(())
    }

    pub(crate) async fn list(&mut self, dir: &str) -> Result<Vec<Entry>, Fault> {
        let entries = self.sftp.read_dir(dir).await?;
        let entries = entries.map(|found| entry(found.file_name(), &found.metadata()));
        Ok(entries.take(ENTRIES_MAX + 1).collect())
    }

    pub(crate) async fn entry(&mut self, path: &str, name: &str) -> Result<Option<Entry>, Fault> {
        match self.sftp.symlink_metadata(path).await {
            Err(SftpError::Status(s)) if s.status_code == StatusCode::NoSuchFile => Ok(None),
            looked => Ok(Some(entry(name.to_owned(), &looked?))),
        }
    }

    pub(crate) async fn open(&mut self, path: &str, offset: u64) -> Result<File, Fault> {
        let mut file = self.sftp.open(path).await?;
        file.seek(SeekFrom::Start(offset)).await.map_err(fault)?;
        Ok(file)
    }

    pub(crate) async fn create(&mut self, path: &str) -> Result<File, Fault> {
        Ok(self.sftp.create(path).await?)
    }

    /// How much can be written yet, if the server tells.
    pub(crate) async fn free_bytes(&mut self, dir: &str) -> Result<Option<u64>, Fault> {
        let told = self.sftp.fs_info(dir).await?;
        Ok(told.map(|room| room.blocks_avail.saturating_mul(room.fragment_size)))
    }

    pub(crate) async fn names(&mut self, dir: &str) -> Result<Vec<String>, Fault> {
        let entries = self.sftp.read_dir(dir).await?;
        Ok(entries.map(|found| found.file_name()).collect())
    }

    pub(crate) async fn rename(&mut self, path: &str, to: &str) -> Result<(), Fault> {
        Ok(self.sftp.rename(path, to).await?)
    }

    pub(crate) async fn remove(&mut self, path: &str) -> Result<(), Fault> {
        Ok(self.sftp.remove_file(path).await?)
    }
}

/// All of it was written: it is acknowledged, and on the disk where the server can do that.
pub(crate) async fn finish(mut file: File) -> Result<(), Fault> {
    file.flush().await.map_err(fault)?;
    file.shutdown().await.map_err(fault)
}

/// What an open file says. The library hides errors of its own in it; the server's words, when
/// it says no to a write, stand there as they are.
pub(crate) fn fault(error: io::Error) -> Fault {
    let own = error.get_ref().and_then(|e| e.downcast_ref::<SftpError>());
    match own {
        Some(own) => own.clone().into(),
        None if error.kind() == io::ErrorKind::TimedOut => Fault::Late,
        None => Fault::Said(error.into()),
    }
}

impl From<SftpError> for Fault {
    fn from(error: SftpError) -> Self {
        match error {
            SftpError::Status(_) => Self::Said(error.into()),
            SftpError::Timeout => Self::Late,
            other => Self::Broken(other.into()),
        }
    }
}

fn entry(name: String, looks: &FileAttributes) -> Entry {
    Entry {
        name,
        bytes: looks.size.unwrap_or(0),
        modified_ms: i64::from(looks.mtime.unwrap_or(0)) * 1_000,
        ordinary: looks.file_type().is_file(),
    }
}
