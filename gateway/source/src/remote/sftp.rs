//! A folder by SFTP. The machine is known by its host key, which is pinned, and by nothing else.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::SeekFrom;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::Preferred;
use russh::client::{self, Handle};
use russh::keys::{
    Algorithm, EcdsaCurve, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate,
};
use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, StatusCode};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle as Runtime;
use tokio::time::timeout;

use super::{ENTRIES_MAX, Entry, Folder, Host, RemoteError, Sink};

/// Bytes handed on at once.
const BLOCK_BYTES: usize = 256 << 10;
/// The signature algorithms of host keys that are asked for.
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
];

/// How the gateway shows who it is.
pub enum SftpLogin {
    /// By password.
    Password(String),
    /// By private key, OpenSSH or PEM.
    Key(String),
}

/// A folder by SFTP.
pub struct Sftp {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User.
    pub user: String,
    /// Asked for at each connection: a secret may change.
    pub login: Box<dyn Fn() -> Result<SftpLogin, RemoteError> + Send>,
    /// Fingerprints of host keys, `SHA256:…`; one of them must be shown.
    pub host_keys: Vec<String>,
    /// The folder, as the server names it.
    pub dir: String,
    /// Longest wait for a step, and for the next bytes.
    pub timeout_ms: u64,
    /// Longest time that copying one file takes at a stretch.
    pub copy_ms: u64,
    /// Where its tasks run.
    pub runtime: Runtime,
}

struct Connection {
    place: String,
    dir: String,
    timeout_ms: u64,
    copy_ms: u64,
    runtime: Runtime,
    sftp: SftpSession,
    /// The connection lives as long as this.
    _session: Handle<Pinned>,
}

/// Lets only the pinned keys pass.
struct Pinned {
    host_keys: Vec<String>,
    shown: Arc<Mutex<Option<String>>>,
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
        let shown = key.fingerprint(HashAlg::Sha256).to_string();
        let pinned = self.host_keys.contains(&shown);
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        Ok(pinned)
    }
}

impl Sftp {
    fn place(&self) -> String {
        format!("sftp://{}:{}", self.host, self.port)
    }

    async fn open(&self, login: SftpLogin) -> Result<(Handle<Pinned>, SftpSession), RemoteError> {
        let broken = |source: russh::Error| RemoteError::Connect {
            place: self.place(),
            source: source.into(),
        };
        let config = client::Config {
            preferred: Preferred {
                key: Cow::Borrowed(HOST_KEYS),
                ..Preferred::DEFAULT
            },
            keepalive_interval: Some(Duration::from_millis(self.timeout_ms)),
            nodelay: true,
            ..client::Config::default()
        };
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(|source| broken(source.into()))?;
        let shown = Arc::new(Mutex::new(None));
        let pinned = Pinned {
            host_keys: self.host_keys.clone(),
            shown: Arc::clone(&shown),
        };
        let session = client::connect_stream(Arc::new(config), stream, pinned).await;
        let mut session = session.map_err(|error| {
            let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
            match (error, shown) {
                (russh::Error::UnknownKey, Some(shown)) => RemoteError::HostKey {
                    place: self.place(),
                    shown,
                },
                (error, _) => broken(error),
            }
        })?;
        let answer = match login {
            SftpLogin::Password(password) => {
                session.authenticate_password(&self.user, password).await
            }
            SftpLogin::Key(text) => {
                let key = PrivateKeyWithHashAlg::new(Arc::new(self.key(&text)?), None);
                session.authenticate_publickey(&self.user, key).await
            }
        };
        if !answer.map_err(broken)?.success() {
            return Err(RemoteError::Refused {
                place: self.place(),
                user: self.user.clone(),
            });
        }
        let channel = session.channel_open_session().await.map_err(broken)?;
        let subsystem = channel.request_subsystem(true, "sftp").await;
        subsystem.map_err(broken)?;
        let config = russh_sftp::client::Config {
            request_timeout_secs: self.timeout_ms.div_ceil(1_000),
            ..russh_sftp::client::Config::default()
        };
        let sftp = SftpSession::new_with_config(channel.into_stream(), config).await;
        let sftp = sftp.map_err(|source| RemoteError::Connect {
            place: self.place(),
            source: source.into(),
        })?;
        Ok((session, sftp))
    }

    fn key(&self, text: &str) -> Result<PrivateKey, RemoteError> {
        // Whoever kept the key took the line end off, which the form wants.
        let key = russh::keys::decode_secret_key(&format!("{}\n", text.trim()), None);
        key.map_err(|source| RemoteError::Key {
            place: self.place(),
            source: source.into(),
        })
    }
}

impl Host for Sftp {
    fn connect(&self) -> Result<Box<dyn Folder>, RemoteError> {
        let login = (self.login)()?;
        let opened = self.runtime.block_on(async {
            let wait = Duration::from_millis(self.timeout_ms);
            timeout(wait, self.open(login)).await
        });
        let (session, sftp) = opened.unwrap_or_else(|_| {
            Err(RemoteError::Timeout {
                place: self.place(),
                what: "a connection",
                timeout_ms: self.timeout_ms,
            })
        })?;
        Ok(Box::new(Connection {
            place: self.place(),
            dir: self.dir.clone(),
            timeout_ms: self.timeout_ms,
            copy_ms: self.copy_ms,
            runtime: self.runtime.clone(),
            sftp,
            _session: session,
        }))
    }
}

impl Connection {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.dir.trim_end_matches('/'))
    }

    /// Runs one step.
    fn step<T>(
        &self,
        what: &'static str,
        path: &str,
        work: impl Future<Output = Result<T, SftpError>>,
    ) -> Result<T, RemoteError> {
        let wait = Duration::from_millis(self.timeout_ms);
        let done = self.runtime.block_on(async { timeout(wait, work).await });
        done.unwrap_or(Err(SftpError::Timeout))
            .map_err(|error| self.failed(what, path, error))
    }

    fn failed(&self, what: &'static str, path: &str, error: SftpError) -> RemoteError {
        let place = self.place.clone();
        match error {
            SftpError::Status(status) => RemoteError::Denied {
                place,
                path: path.to_owned(),
                what,
                source: SftpError::Status(status).into(),
            },
            SftpError::Timeout => self.late("an answer"),
            source => RemoteError::Connect {
                place,
                source: source.into(),
            },
        }
    }

    fn late(&self, what: &'static str) -> RemoteError {
        RemoteError::Timeout {
            place: self.place.clone(),
            what,
            timeout_ms: self.timeout_ms,
        }
    }
}

impl Folder for Connection {
    fn list(&mut self) -> Result<Vec<Entry>, RemoteError> {
        let entries = self.step("listed", &self.dir, self.sftp.read_dir(&self.dir))?;
        let entries: Vec<Entry> = entries
            .map(|found| entry(found.file_name(), &found.metadata()))
            .take(ENTRIES_MAX + 1)
            .collect();
        if entries.len() > ENTRIES_MAX {
            return Err(RemoteError::TooMany {
                place: self.place.clone(),
                path: self.dir.clone(),
                entries_max: ENTRIES_MAX,
            });
        }
        Ok(entries)
    }

    fn entry(&mut self, name: &str) -> Result<Option<Entry>, RemoteError> {
        let path = self.path(name);
        let looked = self.step("looked at", &path, async {
            match self.sftp.symlink_metadata(&path).await {
                Err(SftpError::Status(s)) if s.status_code == StatusCode::NoSuchFile => Ok(None),
                looked => looked.map(Some),
            }
        })?;
        Ok(looked.map(|looks| entry(name.to_owned(), &looks)))
    }

    fn read(&mut self, name: &str, offset: u64, sink: Sink<'_>) -> Result<(), RemoteError> {
        let path = self.path(name);
        let mut file = self.step("read", &path, self.sftp.open(&path))?;
        let mut block = vec![0; BLOCK_BYTES];
        let wait = Duration::from_millis(self.timeout_ms);
        let broken = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::TimedOut => self.late("the next bytes"),
            _ => RemoteError::Connect {
                place: self.place.clone(),
                source: source.into(),
            },
        };
        let copy = async {
            file.seek(SeekFrom::Start(offset)).await.map_err(broken)?;
            loop {
                let read = timeout(wait, file.read(&mut block)).await;
                let read = read.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
                let bytes = block.get(..read.map_err(broken)?).unwrap_or_default();
                if bytes.is_empty() || !sink(bytes)? {
                    return Ok(());
                }
            }
        };
        let all = Duration::from_millis(self.copy_ms);
        let copied = self.runtime.block_on(async { timeout(all, copy).await });
        copied.unwrap_or_else(|_| {
            Err(RemoteError::Timeout {
                place: self.place.clone(),
                what: "all of a file",
                timeout_ms: self.copy_ms,
            })
        })
    }

    fn names(&mut self, dir: &str) -> Result<HashSet<String>, RemoteError> {
        let entries = self.step("listed", dir, self.sftp.read_dir(dir))?;
        Ok(entries.map(|found| found.file_name()).collect())
    }

    fn rename(&mut self, name: &str, to: &str) -> Result<(), RemoteError> {
        let path = self.path(name);
        self.step("moved", &path, self.sftp.rename(&path, to))
    }

    fn remove(&mut self, name: &str) -> Result<(), RemoteError> {
        let path = self.path(name);
        self.step("deleted", &path, self.sftp.remove_file(&path))
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
