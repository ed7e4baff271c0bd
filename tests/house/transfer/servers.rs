//! The servers: processes of their own with settings in temporary folders.

use rustix::process::{Pid, Signal, kill_process};
use std::fs::{create_dir, read_to_string, write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

use super::wire::Wire;
use crate::support::{free_port, tool, wait_until};

const CERTIFICATES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../source/src/http/tests/loopback_tls"
);

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A folder that other users may enter, and one in it that they may write to.
fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open(folder.path(), 0o755);
    for name in ["data", "data/done", "empty"] {
        create_dir(folder.path().join(name)).unwrap();
    }
    open(&folder.path().join("data"), 0o777);
    open(&folder.path().join("data/done"), 0o777);
    folder
}

/// A server, ended with the test.
struct Server(Child);

impl Server {
    /// Sends a signal to what it has begun for those who ask it, and to those who were begun so.
    fn signal_sessions(&self, signal: Signal) {
        let mut of = vec![self.0.id()];
        while let Some(id) = of.pop() {
            let own = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
            for own in own.unwrap_or_default().split_whitespace() {
                let own = own.parse().unwrap();
                of.push(own);
                // It may have ended by itself.
                let pid = Pid::from_raw(own.try_into().unwrap()).unwrap();
                kill_process(pid, signal).unwrap_or_default();
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal_sessions(Signal::KILL);
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// OpenSSH's server, which lets in the user of this process by key.
pub(super) struct Sshd {
    folder: TempDir,
    wire: Wire,
    host_key: String,
    _server: Server,
}

impl Sshd {
    pub(super) fn start() -> Option<Self> {
        Self::with_host_key("ed25519")
    }

    /// One whose host key is of that kind, and no other.
    pub(super) fn with_host_key(kind: &str) -> Option<Self> {
        let program = tool("sshd")?;
        let folder = open_folder();
        let path = |name: &str| folder.path().join(name);
        for (key, kind) in [("host", kind), ("user", "ed25519"), ("rsa", "rsa")] {
            let generate = ["-q", "-t", kind, "-N", "", "-f"];
            run(Command::new("ssh-keygen").args(generate).arg(path(key)));
        }
        let told = run(Command::new("ssh-keygen")
            .args(["-l", "-f"])
            .arg(path("host.pub")));
        let host_key = told.split(' ').nth(1).unwrap().to_owned();
        let port = free_port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nAuthorizedKeysFile {keys}\n\
             PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n\
             PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n",
            host = path("host").display(),
            keys = path("user.pub").display(),
        );
        write(path("sshd_config"), config).unwrap();
        // Where it was never started as a service, the folder that it locks itself into is missing.
        drop(std::fs::create_dir_all("/run/sshd"));
        let log = std::fs::File::create(path("log")).unwrap();
        let server = Command::new(program)
            .args(["-D", "-e", "-f"])
            .arg(path("sshd_config"))
            .stdin(Stdio::null())
            .stderr(log)
            .spawn();
        let server = Server(server.unwrap());
        wait_until("sshd listens", || listens(port));
        Some(Self {
            wire: Wire::to(port),
            folder,
            host_key,
            _server: server,
        })
    }

    /// Where its files are.
    pub(super) fn dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The fingerprint of its key.
    pub(super) fn host_key(&self) -> &str {
        &self.host_key
    }

    /// The private key of the user that it lets in, and an RSA key, which it does not know.
    pub(super) fn user_keys(&self) -> [String; 2] {
        ["user", "rsa"].map(|key| self.folder.path().join(key).display().to_string())
    }

    /// What a route says of it, and `more`.
    pub(super) fn source(&self, more: &str) -> String {
        format!("kind = \"sftp\"\n{}{more}\n", self.reached())
    }

    /// What a target says of it, and `more`.
    pub(super) fn target(&self, more: &str) -> String {
        format!("transport = \"sftp\"\n{}{more}\n", self.reached())
    }

    fn reached(&self) -> String {
        let user = run(Command::new("id").arg("-un"));
        let [key, _] = self.user_keys();
        format!(
            "host = \"127.0.0.1\"\nport = {}\nuser = \"{}\"\n\
             key = {{ file = \"{key}\" }}\nhost_key = \"{}\"\ndir = \"{}\"\n",
            self.wire.port,
            user.trim(),
            self.host_key,
            self.dir().display(),
        )
    }

    /// The wire to it.
    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }
}

/// vsftpd, which lets in whoever has the password.
pub(super) struct Ftpd {
    folder: TempDir,
    port: u16,
    tls: bool,
    server: Option<Server>,
}

/// What makes vsftpd speak TLS and nothing else.
pub(super) fn tls(implicit: bool) -> &'static str {
    match implicit {
        true => "ssl_enable=YES\nimplicit_ssl=YES\n",
        false => "ssl_enable=YES\n",
    }
}

impl Ftpd {
    pub(super) fn start(tls: &str) -> Option<Self> {
        tool("vsftpd")?;
        let folder = open_folder();
        let path = |name: &str| folder.path().join(name).display().to_string();
        write(path("password"), "a-password\n").unwrap();
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path("password"), private).unwrap();
        let port = free_port();
        let mut config = format!(
            "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\n\
             secure_chroot_dir={empty}\nanonymous_enable=YES\nlocal_enable=NO\nanon_root={root}\n\
             ftp_username=daemon\nsecure_email_list_enable=YES\nemail_password_file={password}\n\
             write_enable=YES\nanon_upload_enable=YES\nanon_other_write_enable=YES\n\
             anon_world_readable_only=NO\nallow_writeable_chroot=YES\nseccomp_sandbox=NO\n\
             xferlog_enable=NO\ndelay_failed_login=0\n",
            empty = path("empty"),
            root = folder.path().display(),
            password = path("password"),
        );
        if !tls.is_empty() {
            config += &format!(
                "{tls}allow_anon_ssl=YES\nforce_anon_logins_ssl=YES\nforce_anon_data_ssl=YES\n\
                 require_ssl_reuse=YES\nssl_ciphers=HIGH\n\
                 rsa_cert_file={CERTIFICATES}/server.pem\n\
                 rsa_private_key_file={CERTIFICATES}/server-key.pem\n"
            );
        }
        write(path("vsftpd.conf"), config).unwrap();
        let mut ftpd = Self {
            folder,
            port,
            tls: !tls.is_empty(),
            server: None,
        };
        ftpd.begin("");
        Some(ftpd)
    }

    /// Begins, or begins again, with one more setting.
    pub(super) fn begin(&mut self, more: &str) {
        self.server = None;
        let config = std::fs::read_to_string(self.folder.path().join("vsftpd.conf")).unwrap();
        let path = self.folder.path().join("vsftpd.now.conf");
        write(&path, config + more).unwrap();
        let server = Command::new(tool("vsftpd").unwrap())
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let mut server = Server(server.unwrap());
        wait_until("vsftpd listens", || {
            let ended = server.0.try_wait().unwrap();
            assert!(ended.is_none(), "vsftpd ended: {ended:?}");
            listens(self.port)
        });
        self.server = Some(server);
    }

    /// Kills it: nothing of it comes to an end.
    pub(super) fn kill(&mut self) {
        self.server = None;
    }

    /// Those who ask it hear nothing more.
    pub(super) fn stall(&self) {
        self.server.as_ref().unwrap().signal_sessions(Signal::STOP);
    }

    /// Where its files are; for those that ask it, `/data`.
    pub(super) fn dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What a route says of it, and `more`.
    pub(super) fn source(&self, more: &str) -> String {
        format!("kind = \"ftp\"\n{}{more}\n", self.reached())
    }

    /// What a target says of it, and `more`.
    pub(super) fn target(&self, more: &str) -> String {
        format!("transport = \"ftp\"\n{}{more}\n", self.reached())
    }

    fn reached(&self) -> String {
        let ca = match self.tls {
            true => format!("ca_file = \"{CERTIFICATES}/ca.pem\"\n"),
            false => String::new(),
        };
        format!(
            "host = \"127.0.0.1\"\nport = {}\nuser = \"anonymous\"\n\
             password = {{ file = \"{}\" }}\ndir = \"/data\"\n{ca}",
            self.port,
            self.password_file().display(),
        )
    }

    /// Where the password is.
    pub(super) fn password_file(&self) -> PathBuf {
        self.folder.path().join("password")
    }
}

/// A server that lets everybody in and says nothing.
pub(super) struct Stalled {
    listener: TcpListener,
}

impl Stalled {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { listener }
    }

    pub(super) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }
}

/// A folder with hardly any room.
pub(super) struct Tiny(PathBuf);

impl Tiny {
    pub(super) fn mount(path: &Path) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=64k", "tmpfs"];
        let mounted = Command::new("mount").args(mount).arg(path).output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: this machine does not let a test mount a tmpfs");
            return None;
        }
        let mounts = read_to_string("/proc/mounts").unwrap();
        assert!(mounts.contains(&path.display().to_string()), "{mounts}");
        Some(Self(path.to_owned()))
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        run(Command::new("umount").arg(&self.0));
    }
}
