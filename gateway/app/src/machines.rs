//! From the plan of another machine to the way there.

use crate::targets::{ms, token};
use credit_config::{FtpTls as Begins, MachinePlan, ReachPlan, SftpLogin as Login};
use credit_remote::{FtpTls, Host, SftpLogin, Way};
use std::time::Duration;

/// The folder `dir` of the machine; one file takes `transfer` at most.
pub(crate) fn host(plan: &MachinePlan, dir: String, transfer: Duration) -> Host {
    let way = match &plan.reach {
        ReachPlan::Sftp { login, host_keys } => Way::Sftp {
            login: match login {
                Login::Password(secret) => SftpLogin::Password(token(secret.clone())),
                Login::Key(secret) => SftpLogin::Key(token(secret.clone())),
            },
            host_keys: host_keys.clone(),
        },
        ReachPlan::Ftp {
            password,
            tls,
            ca_file,
        } => Way::Ftp {
            password: token(password.clone()),
            tls: match tls {
                Begins::Explicit => FtpTls::Explicit,
                Begins::Implicit => FtpTls::Implicit,
                Begins::None => FtpTls::None,
            },
            ca_file: ca_file.clone(),
        },
    };
    Host {
        name: plan.host.clone(),
        port: plan.port,
        user: plan.user.clone(),
        way,
        dir,
        timeout_ms: ms(plan.timeout),
        transfer_ms: ms(transfer),
    }
}
