//! A real server: nginx with TLS, client certificates, ranges and gzip.

use super::service::{HERE, route, source};
use crate::support::{House, assert_ratings, free_port, number, ratings, tool, wait_until};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The certificates for loopback.
pub(crate) fn certificate(name: &str) -> PathBuf {
    let beside =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../source/src/http/tests/loopback_tls");
    beside.join(name).canonicalize().unwrap()
}

/// An nginx in a folder of its own.
pub(crate) struct Nginx {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    /// Whether who comes must show a certificate: "on" or "off".
    clients: &'static str,
    child: Option<Child>,
}

impl Nginx {
    /// One that shows the certificate called `name`; nothing where nginx is not installed.
    fn start(name: &str, more: &str) -> Option<Self> {
        Self::with(name, "on", more)
    }

    /// One that asks nobody for a certificate.
    pub(crate) fn open(name: &str, more: &str) -> Option<Self> {
        Self::with(name, "off", more)
    }

    fn with(name: &str, clients: &'static str, more: &str) -> Option<Self> {
        let mut nginx = Self {
            program: tool("nginx")?,
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
            clients,
            child: None,
        };
        std::fs::create_dir(nginx.path("www")).unwrap();
        nginx.begin(name, more);
        Some(nginx)
    }

    /// Starts it, or starts it again.
    pub(crate) fn begin(&mut self, name: &str, more: &str) {
        let (port, clients, ca) = (self.port, self.clients, certificate("ca.pem"));
        let own = |ending: &str| {
            certificate(&format!("{name}{ending}"))
                .display()
                .to_string()
        };
        let (cert, key, ca) = (own(".pem"), own("-key.pem"), ca.display());
        let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temp = temp
            .map(|kind| format!("{kind}_temp_path {kind};\n"))
            .concat();
        let config = format!(
            "daemon off;\nuser root;\nworker_processes 1;\npid nginx.pid;\nerror_log error.log;\n\
             events {{ worker_connections 64; }}\n\
             http {{\n{temp}\
             log_format short '$status $request_uri $sent_http_content_encoding';\n\
             access_log access.log short;\n\
             server {{\nlisten 127.0.0.1:{port} ssl;\nssl_certificate {cert};\n\
             ssl_certificate_key {key};\nssl_client_certificate {ca};\n\
             ssl_verify_client {clients};\nroot www;\n{more}\n}}\n}}\n"
        );
        std::fs::write(self.path("nginx.conf"), config).unwrap();
        let child = Command::new(&self.program)
            .arg("-p")
            .arg(self.folder.path())
            .args(["-c", "nginx.conf", "-e", "error.log"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        wait_until("nginx listens", || {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "{}", self.read("error.log"));
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
    }

    fn put(&self, name: &str, content: &str) {
        std::fs::write(self.path("www").join(name), content).unwrap();
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("https://127.0.0.1:{}/{name}", self.port)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Ends it at once, its workers first: none may go on sending.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let of = format!("/proc/{0}/task/{0}/children", child.id());
        let workers = std::fs::read_to_string(of).unwrap_or_default();
        child.kill().unwrap();
        child.wait().unwrap();
        for worker in workers.split_whitespace() {
            let pid = rustix::process::Pid::from_raw(worker.parse().unwrap()).unwrap();
            // It may have seen by itself that its master is gone.
            let gone = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            assert!(matches!(gone, Ok(()) | Err(rustix::io::Errno::SRCH)));
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The keys of the source: the authority, and the gateway's own certificate.
fn trusting(house: &House) -> String {
    let key = std::fs::read(certificate("client-key.pem")).unwrap();
    house.put("client-key.pem", key);
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(house.path("client-key.pem"), mode).unwrap();
    format!(
        "{HERE}ca_file = \"{}\"\n\
         client_certificate = {{ cert_file = \"{}\", key_file = \"../../client-key.pem\" }}\n",
        certificate("ca.pem").display(),
        certificate("client.pem").display()
    )
}

#[test]
fn nginx_lets_the_gateway_in_by_its_certificate_and_tells_it_that_nothing_is_new() {
    let Some(nginx) = Nginx::start("server", "gzip on;\ngzip_types text/plain;") else {
        return;
    };
    let house = House::new();
    nginx.put("list.txt", &ratings(0..100));
    route(&house, "pull", &nginx.url("list.txt"), &trusting(&house));
    assert_eq!(number(&house.once("pull"), "delivered"), 100);
    // A try asks for itself, and leaves no trace by which a later answer would be known.
    let tried = house.ask(&["plan", "--try", "pull", "--rows", "5"]);
    assert_eq!(number(tried.last().unwrap(), "duplicate"), 5);
    let books = house.once("pull");
    assert_eq!(
        (number(&books, "files"), number(&books, "duplicate")),
        (1, 0)
    );
    nginx.put("list.txt", &ratings(0..120));
    assert_eq!(number(&house.once("pull"), "delivered"), 120);
    let log = nginx.read("access.log");
    let statuses: Vec<&str> = log
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(statuses, ["200", "200", "304", "200"], "{log}");
    assert!(log.lines().next().unwrap().ends_with(" gzip"), "{log}");
    assert_ratings(&house.rows("tax-rating"), 0..120);
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_and_nothing_is_asked() {
    let Some(nginx) = Nginx::start("server", "") else {
        return;
    };
    let house = House::new();
    nginx.put("list.txt", &ratings(0..10));
    let trusting = trusting(&house);
    let (authority, own) = trusting.split_once("client_certificate").unwrap();
    let own = format!("client_certificate{own}");
    let stranger = format!(
        "{HERE}ca_file = \"{}\"\n{own}",
        certificate("client.pem").display()
    );
    let other_name = nginx.url("list.txt").replace("127.0.0.1", "localhost");
    for (url, more, said) in [
        (nginx.url("list.txt"), authority, "answers with status 400"),
        (nginx.url("list.txt"), &*stranger, "UnknownIssuer"),
        (other_name, &*trusting, "not valid for name \"localhost\""),
    ] {
        route(&house, "pull", &url, more);
        for args in [&["once", "pull"][..], &["plan", "--try", "pull"]] {
            let ran = house.run(args).ended(6);
            assert!(
                ran.err.contains(said) && ran.err.contains("help:"),
                "{}",
                ran.err
            );
        }
    }
    let Some(expired) = Nginx::start("expired", "") else {
        return;
    };
    source(&house, "pull", &expired.url("list.txt"), &trusting);
    let ran = house.run(&["once", "pull"]).ended(6);
    assert!(ran.err.contains("certificate expired"), "{}", ran.err);
    assert!(expired.read("access.log").is_empty());
    assert!(house.rows("tax-rating").is_empty());
    source(&house, "pull", &nginx.url("list.txt"), &trusting);
    assert_eq!(number(&house.once("pull"), "delivered"), 10);
    assert_ratings(&house.rows("tax-rating"), 0..10);
}

#[test]
fn an_nginx_that_is_killed_half_way_is_gone_on_with_once_it_is_back() {
    let slow = "limit_rate_after 64k;\nlimit_rate 1k;";
    let Some(mut nginx) = Nginx::start("server", slow) else {
        return;
    };
    let house = House::new();
    nginx.put("list.txt", &ratings(0..5_000));
    route(&house, "pull", &nginx.url("list.txt"), &trusting(&house));
    let mut once = house.start(&["once", "pull"]);
    let spool = house.path("state/spool");
    wait_until("some of it is here", || {
        let files = std::fs::read_dir(&spool).into_iter().flatten().flatten();
        let mut tmp = files.filter(|f| f.path().extension().is_some_and(|e| e == "tmp"));
        tmp.any(|file| file.metadata().is_ok_and(|m| m.len() > 32 * 1024))
    });
    nginx.kill();
    assert_eq!(once.wait(), 6, "{}", once.said());
    assert!(once.said().contains("127.0.0.1"), "{}", once.said());
    nginx.begin("server", "");
    assert_eq!(number(&house.once("pull"), "delivered"), 5_000);
    let log = nginx.read("access.log");
    assert!(log.lines().last().unwrap().starts_with("206 "), "{log}");
    assert_ratings(&house.rows("tax-rating"), 0..5_000);
}
