//! A folder by FTP: over TLS unless told otherwise, passive, binary.

use std::collections::HashSet;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use suppaftp::list::ListParser;
use suppaftp::tokio::{AsyncRustlsConnector, AsyncRustlsFtpStream};
use suppaftp::tokio_rustls::TlsConnector;
use suppaftp::types::FileType;
use suppaftp::{FtpError, FtpResult, Mode, Status};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::runtime::Handle as Runtime;
use tokio::time::timeout;

use super::{ENTRIES_MAX, Entry, Folder, Host, RemoteError, Sink};
use crate::http::client::trust;

/// Bytes handed on at once.
const BLOCK_BYTES: usize = 64 << 10;

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FtpTls {
    /// Asked for before the login (`AUTH TLS`).
    Explicit,
    /// With the connection.
    Implicit,
    /// Never: everything can be read on the way.
    None,
}

/// A folder by FTP.
pub struct Ftp {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User.
    pub user: String,
    /// Asked for at each connection: a secret may change.
    pub password: Box<dyn Fn() -> Result<String, RemoteError> + Send>,
    /// When TLS begins.
    pub tls: FtpTls,
    /// PEM file of the authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
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
    ftp: AsyncRustlsFtpStream,
    /// It lists with exact times (`MLSD`).
    exact: bool,
}

impl Ftp {
    fn place(&self) -> String {
        let scheme = match self.tls {
            FtpTls::None => "ftp",
            _ => "ftps",
        };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    fn broken(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RemoteError {
        RemoteError::Connect {
            place: self.place(),
            source: source.into(),
        }
    }

    fn connector(&self) -> Result<AsyncRustlsConnector, RemoteError> {
        let config = trust(self.ca_file.as_deref()).map_err(|error| RemoteError::Tls {
            place: self.place(),
            source: error.into(),
        })?;
        Ok(TlsConnector::from(std::sync::Arc::new(config)).into())
    }

    async fn open(&self, password: String) -> Result<(AsyncRustlsFtpStream, bool), RemoteError> {
        let address = (self.host.as_str(), self.port);
        let ftp = match self.tls {
            FtpTls::Implicit => {
                let connector = self.connector()?;
                AsyncRustlsFtpStream::connect_secure_implicit(address, connector, &self.host)
                    .await
                    .map_err(|error| self.broken(error))?
            }
            tls => {
                let ftp = AsyncRustlsFtpStream::connect(address).await;
                let ftp = ftp.map_err(|error| self.broken(error))?;
                match tls {
                    FtpTls::None => ftp,
                    _ => ftp
                        .into_secure(self.connector()?, &self.host)
                        .await
                        .map_err(|error| self.broken(error))?,
                }
            }
        };
        let wait = Duration::from_millis(self.timeout_ms);
        let mut ftp = ftp.passive_stream_builder(move |to: SocketAddr| {
            Box::pin(async move {
                let stream = timeout(wait, TcpStream::connect(to)).await;
                let stream = stream.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
                stream.map_err(FtpError::ConnectionError)
            })
        });
        let peer = ftp.get_ref().await.peer_addr();
        match peer {
            Ok(SocketAddr::V6(_)) => ftp.set_mode(Mode::ExtendedPassive),
            // The address that a server behind a router names is often none of this side; and no
            // server sends the gateway to a third machine.
            _ => ftp.set_passive_nat_workaround(true),
        }
        match ftp.login(self.user.as_str(), password.as_str()).await {
            Ok(()) => {}
            Err(FtpError::UnexpectedResponse(_)) => {
                return Err(RemoteError::Refused {
                    place: self.place(),
                    user: self.user.clone(),
                });
            }
            Err(error) => return Err(self.broken(error)),
        }
        // Explicit TLS has asked for it with the connection.
        if self.tls == FtpTls::Implicit {
            for command in ["PBSZ 0", "PROT P"] {
                let said = ftp.custom_command(command, &[Status::CommandOk]).await;
                said.map_err(|error| self.broken(error))?;
            }
        }
        let binary = ftp.transfer_type(FileType::Binary).await;
        binary.map_err(|error| self.broken(error))?;
        let exact = ftp.feat().await.is_ok_and(|feat| feat.contains_key("MLST"));
        Ok((ftp, exact))
    }
}

impl Host for Ftp {
    fn connect(&self) -> Result<Box<dyn Folder>, RemoteError> {
        let password = (self.password)()?;
        let opened = self.runtime.block_on(async {
            let wait = Duration::from_millis(self.timeout_ms);
            timeout(wait, self.open(password)).await
        });
        let (ftp, exact) = opened.unwrap_or_else(|_| {
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
            ftp,
            exact,
        }))
    }
}

impl Connection {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.dir.trim_end_matches('/'))
    }

    /// Runs one step.
    fn step<'c, T, F: Future<Output = FtpResult<T>> + 'c>(
        &'c mut self,
        what: &'static str,
        path: &str,
        work: impl FnOnce(&'c mut AsyncRustlsFtpStream) -> F,
    ) -> Result<T, RemoteError> {
        let (place, timeout_ms) = (self.place.clone(), self.timeout_ms);
        let wait = Duration::from_millis(timeout_ms);
        let work = work(&mut self.ftp);
        let done = self.runtime.block_on(async { timeout(wait, work).await });
        match done {
            Ok(done) => done.map_err(|error| failed(place, what, path, error)),
            Err(_) => Err(RemoteError::Timeout {
                place,
                what: "an answer",
                timeout_ms,
            }),
        }
    }

    /// What the server calls one of its files, if that is one.
    fn exact_entries(&mut self) -> Result<Vec<Entry>, RemoteError> {
        let dir = self.dir.clone();
        let lines = self.step("listed", &dir, async |ftp| ftp.mlsd(Some(&dir)).await)?;
        let parsed = lines.iter().filter_map(|line| {
            let file = ListParser::parse_mlsd(line).ok()?;
            let modified = file.modified().duration_since(UNIX_EPOCH).ok()?;
            Some(Entry {
                name: file.name().to_owned(),
                bytes: file.size() as u64,
                modified_ms: i64::try_from(modified.as_millis()).ok()?,
                ordinary: file.is_file(),
            })
        });
        Ok(parsed.collect())
    }

    fn plain_names(&mut self, dir: &str) -> Result<Vec<String>, RemoteError> {
        self.step("listed", dir, async |ftp| ftp.cwd(dir).await)?;
        let names = self.step("listed", dir, async |ftp| match ftp.nlst(None).await {
            // Some say that of an empty folder.
            Err(FtpError::UnexpectedResponse(said))
                if matches!(said.status, Status::FileUnavailable) =>
            {
                Ok(Vec::new())
            }
            names => names,
        })?;
        let plain = |name: &String| name.rsplit('/').next().map(str::to_owned);
        Ok(names.iter().filter_map(plain).collect())
    }
}

impl Folder for Connection {
    fn list(&mut self) -> Result<Vec<Entry>, RemoteError> {
        let too_many = |found: usize, connection: &Self| {
            (found > ENTRIES_MAX).then(|| RemoteError::TooMany {
                place: connection.place.clone(),
                path: connection.dir.clone(),
                entries_max: ENTRIES_MAX,
            })
        };
        if self.exact {
            let entries = self.exact_entries()?;
            return too_many(entries.len(), self).map_or(Ok(entries), Err);
        }
        let dir = self.dir.clone();
        let names = self.plain_names(&dir)?;
        if let Some(error) = too_many(names.len(), self) {
            return Err(error);
        }
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            entries.extend(self.entry(&name)?);
        }
        Ok(entries)
    }

    fn entry(&mut self, name: &str) -> Result<Option<Entry>, RemoteError> {
        let path = self.path(name);
        let (size, time) = self.step("looked at", &path, async |ftp| {
            // A folder has no size, and a file that is gone has none either.
            let size = match ftp.size(&path).await {
                Err(FtpError::UnexpectedResponse(_)) => return Ok((None, None)),
                size => Some(size?),
            };
            match ftp.mdtm(&path).await {
                Err(FtpError::UnexpectedResponse(_)) => Ok((size, None)),
                time => Ok((size, Some(time?))),
            }
        })?;
        Ok(size.map(|size| Entry {
            name: name.to_owned(),
            bytes: size as u64,
            modified_ms: time.map_or(0, |time| time.and_utc().timestamp_millis()),
            ordinary: true,
        }))
    }

    fn read(&mut self, name: &str, offset: u64, sink: Sink<'_>) -> Result<(), RemoteError> {
        let path = self.path(name);
        let (place, timeout_ms, copy_ms) = (self.place.clone(), self.timeout_ms, self.copy_ms);
        let wait = Duration::from_millis(timeout_ms);
        let late = |what, timeout_ms| RemoteError::Timeout {
            place: place.clone(),
            what,
            timeout_ms,
        };
        let failed = |error| failed(place.clone(), "read", &path, error);
        let ftp = &mut self.ftp;
        let copy = async {
            let begun = timeout(wait, async {
                ftp.resume_transfer(usize::try_from(offset).unwrap_or(usize::MAX))
                    .await?;
                ftp.retr_as_stream(&path).await
            });
            let begun = begun.await.map_err(|_| late("an answer", timeout_ms))?;
            let mut stream = begun.map_err(failed)?;
            let mut block = vec![0; BLOCK_BYTES];
            loop {
                let read = timeout(wait, stream.read(&mut block)).await;
                let read = read.map_err(|_| late("the next bytes", timeout_ms))?;
                let read = read.map_err(|error| failed(FtpError::ConnectionError(error)))?;
                if read == 0 {
                    break;
                }
                if !sink(block.get(..read).unwrap_or_default())? {
                    let aborted = timeout(wait, ftp.abort(stream)).await;
                    let aborted = aborted.map_err(|_| late("an answer", timeout_ms))?;
                    return aborted.map_err(failed);
                }
            }
            let finished = timeout(wait, stream.finish()).await;
            let finished = finished.map_err(|_| late("an answer", timeout_ms))?;
            finished.map(|_| ()).map_err(failed)
        };
        let all = Duration::from_millis(copy_ms);
        let copied = self.runtime.block_on(async { timeout(all, copy).await });
        copied.unwrap_or_else(|_| Err(late("all of a file", copy_ms)))
    }

    fn names(&mut self, dir: &str) -> Result<HashSet<String>, RemoteError> {
        Ok(self.plain_names(dir)?.into_iter().collect())
    }

    fn rename(&mut self, name: &str, to: &str) -> Result<(), RemoteError> {
        let path = self.path(name);
        self.step("moved", &path, async |ftp| {
            ftp.rename(path.as_str(), to).await
        })
    }

    fn remove(&mut self, name: &str) -> Result<(), RemoteError> {
        let path = self.path(name);
        self.step("deleted", &path, async |ftp| ftp.rm(&path).await)
    }
}

fn failed(place: String, what: &'static str, path: &str, error: FtpError) -> RemoteError {
    match error {
        FtpError::UnexpectedResponse(_) => RemoteError::Denied {
            place,
            path: path.to_owned(),
            what,
            source: error.into(),
        },
        source => RemoteError::Connect {
            place,
            source: source.into(),
        },
    }
}
