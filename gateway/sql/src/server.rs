//! The server, and the connection to it.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::time::timeout;

use crate::connection::Connection;
use crate::error::SqlError;

/// What the gateway calls itself.
const NAME: &str = concat!("credit-gateway/", env!("CARGO_PKG_VERSION"));

/// Part of the time that is left for the way there and back.
const WAY_PARTS: u64 = 10;

/// Which language is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

/// What is asked of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Encrypted; the certificate is by a trusted authority and names the host.
    Verify,
    /// Encrypted; the certificate is by a trusted authority, whatever host it names.
    VerifyAuthority,
    /// In the clear.
    Off,
}

/// A database.
#[derive(Clone, Debug)]
pub struct Server {
    /// Which language it speaks.
    pub driver: Driver,
    /// Name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Which of its databases.
    pub database: String,
    /// Who the gateway is.
    pub user: String,
    /// How the connection is protected.
    pub tls: Tls,
    /// PEM file of authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The zone that times without one are meant in, by its name.
    pub zone: String,
    /// The same as hours from UTC, `+08:00`, for servers that know no names.
    pub offset: String,
    /// For the connection to be set up, and for a statement.
    pub timeout_ms: u64,
}

impl Server {
    /// Where it is, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        let driver = match self.driver {
            Driver::Postgres => "postgres",
            Driver::Mysql => "mysql",
        };
        format!("{driver}://{}:{}/{}", self.host, self.port, self.database)
    }

    /// A connection, logged in.
    ///
    /// # Errors
    /// If the server cannot be reached, is not the one it should be, or lets nobody in.
    pub async fn connect(&self, password: &str) -> Result<Connection, SqlError> {
        let limit = Duration::from_millis(self.timeout_ms);
        match timeout(limit, self.open(password)).await {
            Ok(Ok(mut connection)) => {
                self.agree(&mut connection).await?;
                Ok(connection)
            }
            Ok(Err(error)) => Err(SqlError::on_connecting(self.place(), error)),
            Err(_) => Err(SqlError::Timeout {
                place: self.place(),
                what: "a connection",
                timeout_ms: self.timeout_ms,
            }),
        }
    }

    /// What holds for all of the session: the server gives up before the gateway does, times are
    /// those of the zone, and nothing is cut to fit.
    async fn agree(&self, connection: &mut Connection) -> Result<(), SqlError> {
        let server_ms = self.timeout_ms - self.timeout_ms / WAY_PARTS;
        let sql = match self.driver {
            Driver::Postgres => format!(
                "SET statement_timeout = {server_ms}; SET TIME ZONE '{}'",
                self.zone.replace('\'', "''")
            ),
            Driver::Mysql => {
                let version = connection.first("SELECT VERSION()", &[]).await?;
                let version = version.into_iter().flatten().flatten().next();
                let limit = match version.unwrap_or_default().contains("MariaDB") {
                    true => {
                        let (seconds, ms) = (server_ms / 1_000, server_ms % 1_000);
                        format!("max_statement_time = {seconds}.{ms:03}")
                    }
                    false => format!("max_execution_time = {server_ms}"),
                };
                format!(
                    "SET SESSION {limit}, SESSION sql_mode = CONCAT(@@sql_mode, \
                     ',STRICT_ALL_TABLES')"
                )
            }
        };
        connection.run(&sql).await
    }

    async fn open(&self, password: &str) -> Result<Connection, sqlx::Error> {
        match self.driver {
            Driver::Postgres => {
                let options = PgConnectOptions::new_without_pgpass()
                    .host(&self.host)
                    .port(self.port)
                    .database(&self.database)
                    .username(&self.user)
                    .password(password)
                    .application_name(NAME)
                    .ssl_mode(match self.tls {
                        Tls::Verify => PgSslMode::VerifyFull,
                        Tls::VerifyAuthority => PgSslMode::VerifyCa,
                        Tls::Off => PgSslMode::Disable,
                    })
                    .disable_statement_logging();
                let options = match &self.ca_file {
                    Some(path) => options.ssl_root_cert(path),
                    None => options,
                };
                let connection = options.connect().await?;
                Ok(Connection::postgres(connection, self))
            }
            Driver::Mysql => {
                let options = MySqlConnectOptions::new()
                    .host(&self.host)
                    .port(self.port)
                    .database(&self.database)
                    .username(&self.user)
                    .password(password)
                    .timezone(self.offset.clone())
                    // A query means what it means in the operator's own client.
                    .pipes_as_concat(false)
                    .no_engine_substitution(false)
                    .ssl_mode(match self.tls {
                        Tls::Verify => MySqlSslMode::VerifyIdentity,
                        Tls::VerifyAuthority => MySqlSslMode::VerifyCa,
                        Tls::Off => MySqlSslMode::Disabled,
                    })
                    .disable_statement_logging();
                let options = match &self.ca_file {
                    Some(path) => options.ssl_ca(path),
                    None => options,
                };
                let connection = options.connect().await?;
                Ok(Connection::mysql(connection, self))
            }
        }
    }
}
