//! The protocol FTP: over TLS unless told otherwise, passive, binary.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use suppaftp::list::ListParser;
use suppaftp::tokio::{
    AsyncRustlsConnector, AsyncRustlsFtpStream, AsyncRustlsStream, TransferStream,
};
use suppaftp::tokio_rustls::TlsConnector;
use suppaftp::types::FileType;
use suppaftp::{FtpError, Mode, Status};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::connection::within;
use crate::entry::Fault;
use crate::trust::trusting;
use crate::{ENTRIES_MAX, Entry, FtpTls, Host, RemoteError, SecretSource};

/// Replies that mean that there is no room: for now, and for this user.
const NO_ROOM: [u32; 2] = [452, 552];

/// A file being carried.
pub(crate) type Stream = TransferStream<AsyncRustlsStream>;

pub(crate) struct Session {
    ftp: AsyncRustlsFtpStream,
    /// It lists with exact times (`MLSD`).
    exact: bool,
}

/// Connects and logs in.
pub(crate) async fn open(
    host: &Host,
    password: &SecretSource,
    tls: FtpTls,
    ca_file: Option<&Path>,
) -> Result<Session, RemoteError> {
    let password = host.reveal(password)?;
    let address = (host.name.as_str(), host.port);
    let broken = |error: FtpError| host.broken(error);
    let ftp = match tls {
        FtpTls::Implicit => {
            let connector = connector(host, ca_file)?;
            AsyncRustlsFtpStream::connect_secure_implicit(address, connector, &host.name)
                .await
                .map_err(broken)?
        }
        FtpTls::None => AsyncRustlsFtpStream::connect(address)
            .await
            .map_err(broken)?,
        FtpTls::Explicit => {
            let ftp = AsyncRustlsFtpStream::connect(address).await;
            ftp.map_err(broken)?
                .into_secure(connector(host, ca_file)?, &host.name)
                .await
                .map_err(broken)?
        }
    };
    let wait = Duration::from_millis(host.timeout_ms);
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
    match ftp.login(host.user.as_str(), password.as_str()).await {
        Ok(()) => {}
        Err(FtpError::UnexpectedResponse(_)) => return Err(host.refused()),
        Err(error) => return Err(broken(error)),
    }
    // Explicit TLS has asked for it with the connection.
    if tls == FtpTls::Implicit {
        for command in ["PBSZ 0", "PROT P"] {
            let said = ftp.custom_command(command, &[Status::CommandOk]).await;
            said.map_err(broken)?;
        }
    }
    let binary = ftp.transfer_type(FileType::Binary).await;
    binary.map_err(broken)?;
    let exact = ftp.feat().await.is_ok_and(|feat| feat.contains_key("MLST"));
    Ok(Session { ftp, exact })
}

fn connector(host: &Host, ca_file: Option<&Path>) -> Result<AsyncRustlsConnector, RemoteError> {
    let config = trusting(ca_file, true).map_err(|error| RemoteError::Tls {
        place: host.place(),
        source: error.into(),
    })?;
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())).into())
}

impl Session {
    pub(crate) async fn ping(&mut self) -> Result<(), Fault> {
        Ok(self.ftp.noop().await?)
    }

    /// All that stands in the folder; of more than is allowed, one too many.
    pub(crate) async fn list(&mut self, dir: &str, wait: Duration) -> Result<Vec<Entry>, Fault> {
        if self.exact {
            return within(wait, self.exact_entries(dir)).await;
        }
        let names = within(wait, self.names(dir)).await?;
        let mut entries = Vec::new();
        for name in names.iter().take(ENTRIES_MAX + 1) {
            let path = format!("{}/{name}", dir.trim_end_matches('/'));
            entries.extend(within(wait, self.entry(&path, name)).await?);
        }
        Ok(entries)
    }

    /// What the server calls one of its files, if that is one.
    async fn exact_entries(&mut self, dir: &str) -> Result<Vec<Entry>, Fault> {
        let lines = self.ftp.mlsd(Some(dir)).await?;
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

    pub(crate) async fn names(&mut self, dir: &str) -> Result<Vec<String>, Fault> {
        self.ftp.cwd(dir).await?;
        let names = match self.ftp.nlst(None).await {
            // Some say that of an empty folder.
            Err(FtpError::UnexpectedResponse(said))
                if matches!(said.status, Status::FileUnavailable) =>
            {
                Vec::new()
            }
            names => names?,
        };
        let plain = |name: &String| name.rsplit('/').next().map(str::to_owned);
        Ok(names.iter().filter_map(plain).collect())
    }

    pub(crate) async fn entry(&mut self, path: &str, name: &str) -> Result<Option<Entry>, Fault> {
        // A folder has no size, and a file that is not there has none either. That a server has
        // no time for it now, says neither.
        let size = match self.ftp.size(path).await {
            Err(FtpError::UnexpectedResponse(said)) if said.status.code() >= 500 => {
                return Ok(None);
            }
            size => size?,
        };
        let time = match self.ftp.mdtm(path).await {
            Err(FtpError::UnexpectedResponse(_)) => None,
            time => Some(time?),
        };
        Ok(Some(Entry {
            name: name.to_owned(),
            bytes: size as u64,
            modified_ms: time.map_or(0, |time| time.and_utc().timestamp_millis()),
            ordinary: true,
        }))
    }

    pub(crate) async fn open(&mut self, path: &str, offset: u64) -> Result<Stream, Fault> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.ftp.resume_transfer(offset).await?;
        Ok(self.ftp.retr_as_stream(path).await?)
    }

    pub(crate) async fn create(&mut self, path: &str) -> Result<Stream, Fault> {
        Ok(self.ftp.put_with_stream(path).await?)
    }

    pub(crate) async fn abort(&mut self, stream: Stream) -> Result<(), Fault> {
        Ok(self.ftp.abort(stream).await?)
    }

    pub(crate) async fn rename(&mut self, path: &str, to: &str) -> Result<(), Fault> {
        Ok(self.ftp.rename(path, to).await?)
    }

    pub(crate) async fn remove(&mut self, path: &str) -> Result<(), Fault> {
        Ok(self.ftp.rm(path).await?)
    }
}

/// All of it was carried, and the server says so, too.
pub(crate) async fn finish(stream: Stream) -> Result<(), Fault> {
    stream.finish().await?;
    Ok(())
}

impl From<FtpError> for Fault {
    fn from(error: FtpError) -> Self {
        match &error {
            FtpError::UnexpectedResponse(said) if NO_ROOM.contains(&said.status.code()) => {
                Self::Full(error.into())
            }
            FtpError::UnexpectedResponse(_) => Self::Said(error.into()),
            _ => Self::Broken(error.into()),
        }
    }
}
