//! Real databases, started by the tests themselves: in a folder of their own, on loopback, as a
//! user without rights, with a certificate of their own authority.

use crate::support::{free_port, tool, wait_until};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// The password of the user `gateway`.
pub(crate) const PASSWORD: &str = "right-horse";
/// Small, as many of them run side by side.
const LOG_SIZE: &str = "--innodb-log-file-size=4M";
/// 'nobody', whom a server is run as where the tests are run by root.
const NOBODY: u32 = 65_534;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Mariadb,
}

impl Kind {
    const fn server(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadbd",
        }
    }
}

/// Both kinds.
pub(crate) const KINDS: [Kind; 2] = [Kind::Postgres, Kind::Mariadb];

/// A database server; it ends with the test.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Server {
    /// A server with an empty database `credit`; nothing where it is not installed.
    pub(crate) fn start(kind: Kind) -> Option<Self> {
        let more = match kind {
            Kind::Postgres => ["initdb", "psql", "openssl"],
            Kind::Mariadb => ["mariadb-install-db", "mariadb", "openssl"],
        };
        for program in more.into_iter().chain([kind.server()]) {
            tool(program)?;
        }
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self {
            kind,
            port,
            folder,
            child: None,
        };
        server.certify();
        server.own();
        server.install();
        server.up();
        if kind == Kind::Mariadb {
            let setup = format!(
                "CREATE DATABASE credit CHARACTER SET utf8mb4; CREATE USER gateway@'%' IDENTIFIED \
                 BY '{PASSWORD}'; GRANT ALL ON credit.* TO gateway@'%'"
            );
            server.sql_at("mysql", &setup);
        } else {
            server.sql_at("postgres", "CREATE DATABASE credit");
        }
        Some(server)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The certificate of the authority that vouches for it.
    pub(crate) fn ca_file(&self) -> String {
        self.path("ca.pem").display().to_string()
    }

    fn certify(&self) {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
        let openssl = |args: &[&str]| {
            let mut command = Command::new("openssl");
            good(command.args(args).current_dir(self.folder.path()));
        };
        let authority = [
            "-nodes", "-subj", "/CN=Test", "-days", "3", "-keyout", "ca.key",
        ];
        openssl(&[&["req", "-x509", "-out", "ca.pem"], &key[..], &authority].concat());
        let host = [
            "-nodes", "-subj", "/CN=db", "-keyout", "key.pem", "-out", "db.csr",
        ];
        openssl(&[&["req"], &key[..], &host].concat());
        std::fs::write(self.path("san"), "subjectAltName=IP:127.0.0.1").unwrap();
        openssl(&[
            "x509",
            "-req",
            "-in",
            "db.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "3",
            "-extfile",
            "san",
            "-out",
            "cert.pem",
        ]);
        std::fs::write(self.path("password"), PASSWORD).unwrap();
    }

    /// All that is in the folder belongs to whom the server runs as.
    fn own(&self) {
        if !geteuid().is_root() {
            return;
        }
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.folder.path(), open).unwrap();
        chown(self.folder.path(), Some(NOBODY), None).unwrap();
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            chown(entry.unwrap().path(), Some(NOBODY), None).unwrap();
        }
    }

    /// A program, as whom the server runs as.
    fn program(&self, name: &str) -> Command {
        let path = tool(name).unwrap();
        let mut command = Command::new(path);
        if geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.current_dir(self.folder.path());
        command.stdin(Stdio::null());
        command
    }

    /// An empty database, made once and copied for each server.
    fn install(&self) {
        static MADE: Mutex<()> = Mutex::new(());
        let version = self.program(self.kind.server()).arg("--version").output();
        let version = String::from_utf8(version.unwrap().stdout).unwrap();
        let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let name: String = version.trim().chars().map(word).collect();
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let copy = |from: &Path, to: &Path| good(Command::new("cp").arg("-a").args([from, to]));
        let one = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if made.is_dir() {
            drop(one);
            return copy(&made, &self.path("data"));
        }
        self.make();
        let beside = made.with_extension("tmp");
        // Left by a run that was broken off.
        std::fs::remove_dir_all(&beside).unwrap_or_default();
        copy(&self.path("data"), &beside);
        std::fs::rename(&beside, &made).unwrap();
    }

    fn make(&self) {
        let data = self.path("data");
        match self.kind {
            Kind::Postgres => good(self.program("initdb").arg("-D").arg(data).args([
                "-U",
                "gateway",
                "-A",
                "scram-sha-256",
                "--pwfile=password",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ])),
            Kind::Mariadb => good(
                self.program("mariadb-install-db")
                    .args(["--no-defaults", LOG_SIZE])
                    .arg(format!("--datadir={}", data.display()))
                    .args(["--auth-root-authentication-method=normal", "--skip-test-db"]),
            ),
        };
    }

    /// Starts it, or starts it again.
    pub(crate) fn up(&mut self) {
        let (data, port) = (self.path("data"), self.port.to_string());
        let file = |name: &str| self.path(name).display().to_string();
        let mut command = match self.kind {
            Kind::Postgres => {
                let mut command = self.program("postgres");
                command.arg("-D").arg(&data).args(["-p", &port]);
                let (cert, key) = (file("cert.pem"), file("key.pem"));
                for setting in [
                    "listen_addresses=127.0.0.1",
                    "unix_socket_directories=",
                    "fsync=off",
                    "shared_buffers=16MB",
                    "ssl=on",
                    &format!("ssl_cert_file={cert}"),
                    &format!("ssl_key_file={key}"),
                ] {
                    command.args(["-c", setting]);
                }
                command
            }
            Kind::Mariadb => {
                let mut command = self.program("mariadbd");
                command.arg("--no-defaults").args([
                    &format!("--datadir={}", data.display()),
                    &format!("--port={port}"),
                    &format!("--socket={}", file("data/socket")),
                    &format!("--ssl-cert={}", file("cert.pem")),
                    &format!("--ssl-key={}", file("key.pem")),
                    "--bind-address=127.0.0.1",
                    "--skip-name-resolve",
                    "--innodb-flush-log-at-trx-commit=2",
                    "--innodb-buffer-pool-size=16M",
                    LOG_SIZE,
                ]);
                command
            }
        };
        let log = std::fs::File::create(self.path("log")).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().unwrap();
        self.child = Some(child);
        let database = match self.kind {
            Kind::Postgres => "postgres",
            Kind::Mariadb => "mysql",
        };
        wait_until("the database answers", || {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                let log = std::fs::read_to_string(self.path("log")).unwrap();
                panic!("the database ended with {status}: {log}");
            }
            self.client(database, "SELECT 1").status.success()
        });
    }

    /// Kills it: nothing of it comes to an end.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let own = Pid::from_child(&child);
            // Stopped, it starts no more processes; PostgreSQL's would not end with it at once.
            kill_process(own, Signal::STOP).unwrap();
            let all = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"));
            let all = all.unwrap_or_default();
            let all = all.split_whitespace().map(|pid| pid.parse().unwrap());
            let all: Vec<Pid> = all.filter_map(Pid::from_raw).collect();
            child.kill().unwrap();
            child.wait().unwrap();
            for pid in &all {
                // Gone already, if not.
                kill_process(*pid, Signal::KILL).unwrap_or_default();
            }
            wait_until("its processes are gone", || all.iter().all(is_gone));
        }
    }

    /// Sends it a signal: stopped, it takes no connection.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(self.child.as_ref().unwrap()), signal).unwrap();
    }

    fn client(&self, database: &str, sql: &str) -> Output {
        let mut command = self.command(database);
        let run = match self.kind {
            Kind::Postgres => "-c",
            Kind::Mariadb => "-e",
        };
        command.args([run, sql]).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// Another session, which has done `sql` and stays until it is dropped.
    pub(crate) fn session(&self, sql: &str) -> Session {
        let mut command = self.command("credit");
        let mut child = (command.stdin(Stdio::piped()).stdout(Stdio::piped()))
            .spawn()
            .unwrap();
        let done = format!("{sql};\nSELECT 'done';\n");
        let stdin = child.stdin.as_mut().unwrap();
        stdin.write_all(done.as_bytes()).unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(said.next().unwrap().unwrap(), "done");
        Session(child)
    }

    fn command(&self, database: &str) -> Command {
        let port = self.port.to_string();
        match self.kind {
            Kind::Postgres => {
                let mut command = Command::new(tool("psql").unwrap());
                let common = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"];
                command.env("PGPASSWORD", PASSWORD).args(common);
                command.args(["-U", "gateway", "-p", &port, "-d", database]);
                command
            }
            Kind::Mariadb => {
                let mut command = Command::new(tool("mariadb").unwrap());
                command.args([
                    "--no-defaults",
                    "--default-character-set=utf8mb4",
                    "-NBn",
                    "-h",
                    "127.0.0.1",
                    "-u",
                    "root",
                    "-P",
                    &port,
                    "-D",
                    database,
                ]);
                command
            }
        }
    }

    fn sql_at(&self, database: &str, sql: &str) -> String {
        let output = self.client(database, sql);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{sql}: {err}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// What the database says to SQL.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.sql_at("credit", sql)
    }

    /// The keys of a configuration that lead to it.
    pub(crate) fn keys(&self, house: &Path) -> String {
        let driver = match self.kind {
            Kind::Postgres => "postgres",
            Kind::Mariadb => "mysql",
        };
        let password = house.join("db-password");
        std::fs::write(&password, PASSWORD).unwrap();
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
        format!(
            "kind = \"sql\"\ndriver = \"{driver}\"\nhost = \"127.0.0.1\"\nport = {}\n\
             database = \"credit\"\nuser = \"gateway\"\npassword = {{ file = \"{}\" }}\n\
             ca_file = \"{}\"\n",
            self.port,
            password.display(),
            self.ca_file()
        )
    }
}

/// See [`Server::session`].
pub(crate) struct Session(Child);

impl Drop for Session {
    fn drop(&mut self) {
        // It waits for more to do.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The process has ended, whether somebody has heard of it or not.
fn is_gone(pid: &Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.map_or(true, |stat| stat.contains(") Z ") || stat.contains(") X "))
}

fn good(command: &mut Command) {
    let output = command.output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{command:?}:\n{out}\n{err}");
}
