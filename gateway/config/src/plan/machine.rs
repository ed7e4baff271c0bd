//! Other machines that have a folder.

use crate::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;

/// A machine with a folder, and how it is reached.
#[derive(Clone, Debug)]
pub struct MachinePlan {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User.
    pub user: String,
    /// The protocol, and how the two know each other.
    pub reach: ReachPlan,
    /// Longest wait for a step, and for the next bytes.
    pub timeout: Duration,
}

/// The protocol, and how the two know each other.
#[derive(Clone, Debug)]
pub enum ReachPlan {
    /// By SFTP.
    Sftp {
        /// How the gateway shows who it is.
        login: SftpLogin,
        /// Fingerprints of the host keys that are trusted.
        host_keys: Vec<String>,
    },
    /// By FTP.
    Ftp {
        /// Password.
        password: Secret,
        /// When TLS begins.
        tls: FtpTls,
        /// Certificates to trust, PEM, instead of the system's.
        ca_file: Option<PathBuf>,
    },
}

/// How the gateway shows who it is.
#[derive(Clone, Debug)]
pub enum SftpLogin {
    /// By password.
    Password(Secret),
    /// By private key.
    Key(Secret),
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FtpTls {
    /// Asked for before the login.
    Explicit,
    /// With the connection.
    Implicit,
    /// Never.
    None,
}

impl MachinePlan {
    /// Scheme, host and port.
    #[must_use]
    pub fn place(&self) -> String {
        let scheme = match &self.reach {
            ReachPlan::Sftp { .. } => "sftp",
            ReachPlan::Ftp {
                tls: FtpTls::None, ..
            } => "ftp",
            ReachPlan::Ftp { .. } => "ftps",
        };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// What the gateway shows who it is with.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        match &self.reach {
            ReachPlan::Sftp {
                login: SftpLogin::Password(secret) | SftpLogin::Key(secret),
                ..
            }
            | ReachPlan::Ftp {
                password: secret, ..
            } => secret,
        }
    }
}
