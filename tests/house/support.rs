//! What the tests have in common: a house in a folder of its own, with the sandbox platform
//! beside it, and the processes that run in it.

mod process;
mod tool;
pub(crate) mod versions;

pub(crate) use process::{Process, Ran};
pub(crate) use tool::{free_port, tool};

use credit_platform::{Options, Platform, Running, Script, Table};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Nothing that is waited for takes as long.
const DEADLINE: Duration = Duration::from_secs(60);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(2);

/// The first line of the lists that [`rating`] makes rows of.
pub(crate) const HEADER: &str = "纳税人识别号,纳税人名称,评价年度,税务机关\n";

/// A house: configuration, feeds and state in a folder of its own, and a platform.
pub(crate) struct House {
    folder: TempDir,
    /// What it delivers to.
    pub(crate) platform: Running,
    runtime: Runtime,
}

impl House {
    /// A house without routes, and a platform that knows rows by their keys.
    pub(crate) fn new() -> Self {
        Self::with(keyed())
    }

    /// A house beside a platform of that kind.
    pub(crate) fn with(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let platform = start(&runtime, options);
        let house = Self {
            folder: tempfile::tempdir().unwrap(),
            platform,
            runtime,
        };
        house.gateway("");
        house
    }

    /// Another platform beside the first.
    pub(crate) fn another_platform(&self) -> Running {
        self.another(keyed())
    }

    /// Another one of that kind.
    pub(crate) fn another(&self, options: Options) -> Running {
        start(&self.runtime, options)
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Writes `gateway.toml`: one target, whose retries are quick, and what `more` says.
    pub(crate) fn gateway(&self, more: &str) {
        self.gateway_with(more, "");
    }

    /// The same, with more about the target.
    pub(crate) fn gateway_with(&self, more: &str, target: &str) {
        let url = self.platform.url("");
        let repair = match target.contains("repair_url") {
            true => String::new(),
            false => format!("repair_url = \"{url}/repairData\""),
        };
        let text = format!(
            r#"
[gateway]
state = "../state"

[admin]
listen = "127.0.0.1:0"

[log]
format = "json"

{more}

[targets.county]
kind = "http-push"
url = "{url}/push"
{repair}
withdraw_url = "{url}/withdrawData"
hold_url = "{url}/holdData"
department_code = "520581"
send_envelope = ["SJC", "DFBM", "CF_SYFW", "CF_SXYZCD"]
retry = {{ first_ms = 20, most_ms = 200 }}
breaker = {{ failures = 1000, open_ms = 50 }}
{target}
"#
        );
        self.put("configs/gateway.toml", text);
    }

    /// Writes a route that reads `feeds/NAME/*.csv` by `adapter` ("tax" or "market"), all that
    /// is there at once.
    pub(crate) fn route(&self, name: &str, adapter: &str, more: &str) {
        let (feed, settings) = match adapter {
            "tax" => ("rating", "level = \"A\""),
            "market" => ("penalty", ""),
            mode => ("rows", mode),
        };
        let adapter = if feed == "rows" { "hostile" } else { adapter };
        std::fs::create_dir_all(self.path(&format!("feeds/{name}"))).unwrap();
        let text = format!(
            r#"
adapter = "{adapter}"
feed = "{feed}"
targets = ["county"]
[department]
name = "黔西市某局"
[source]
kind = "files"
dir = "../../feeds/{name}"
glob = "*.csv"
ready = {{ stable_ms = 0 }}
[schedule]
every_ms = 100
[settings]
{settings}
{more}
"#
        );
        self.put(&format!("configs/routes/{name}.toml"), text);
    }

    /// The binary, about to be run in this house.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        if args
            .first()
            .is_some_and(|word| ["run", "once"].contains(word))
        {
            self.share_compiled();
        }
        let mut command = gateway();
        command.arg("--config").arg(self.path("configs")).args(args);
        command
    }

    /// What is compiled in one house is compiled for all: it is known by its content alone.
    fn share_compiled(&self) {
        let (all, state) = (compiled(), self.path("state"));
        // Where a test has put something else in its place, that stays.
        if std::fs::create_dir(&state).is_ok() {
            std::os::unix::fs::symlink(all, state.join("compiled")).unwrap();
        }
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args))
    }

    /// Starts a command.
    pub(crate) fn start(&self, args: &[&str]) -> Process {
        Process::start(self.command(args))
    }

    /// Runs one route to its end, which must be a good one; its books.
    pub(crate) fn once(&self, route: &str) -> Value {
        let ran = self.run(&["once", route, "--format", "json"]).good();
        ran.json().remove(0)
    }

    /// What the gateway says to a question: one object a line.
    pub(crate) fn ask(&self, question: &[&str]) -> Vec<Value> {
        let args = [question, &["--format", "json"]].concat();
        self.run(&args).good().json()
    }

    /// The books of one route, which must balance.
    pub(crate) fn books(&self, route: &str) -> Value {
        let status = self.ask(&["status"]).remove(0);
        assert_eq!(status["balanced"], true, "{status}");
        let routes = status["routes"].as_array().unwrap();
        let found = routes.iter().find(|r| r["route"] == route);
        found
            .unwrap_or_else(|| panic!("{route} is not in {status}"))
            .clone()
    }

    /// The alarms that last; with `--all`, those that are over as well.
    pub(crate) fn alarms(&self, more: &[&str]) -> Vec<Value> {
        self.ask(&[&["alarms"], more].concat())
    }

    /// Waits for an alarm; its reason.
    pub(crate) fn alarm(&self, code: &str) -> String {
        let mut reason = None;
        wait_until(&format!("the alarm {code} is there"), || {
            let alarms = self.alarms(&[]);
            let found = alarms.iter().find(|alarm| alarm["code"] == code);
            reason = found.and_then(|alarm| Some(alarm["reason"].as_str()?.to_owned()));
            reason.is_some()
        });
        reason.unwrap()
    }

    /// Waits until no alarm lasts.
    pub(crate) fn no_alarm(&self) {
        wait_until("no alarm lasts", || self.alarms(&[]).is_empty());
    }

    /// Waits until so many rows of a route are delivered.
    pub(crate) fn delivers(&self, route: &str, rows: u64) {
        wait_until("the rows are delivered", || {
            number(&self.books(route), "delivered") == rows
        });
    }

    /// Starts the service so that a write without room fails, and does not end the process: see
    /// [`Process::room`].
    pub(crate) fn start_for_little_room(&self) -> Process {
        let plain = self.command(&["run"]);
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
        command.arg(plain.get_program()).args(plain.get_args());
        command.env_remove("RUST_LOG").env_remove("PLATFORM");
        let mut service = Process::start(command);
        service.admin();
        service
    }

    /// Starts the service, which then answers questions.
    pub(crate) fn serve(&self) -> Process {
        let mut service = self.start(&["run"]);
        service.admin();
        service
    }

    /// The platform answers nothing from now on, or does again.
    pub(crate) fn down(&self, down: bool) {
        self.platform.fail(Script {
            next: Vec::new(),
            down: Some(down),
        });
    }

    /// The rows of a table at the platform.
    pub(crate) fn rows(&self, table: &str) -> Vec<Value> {
        rows(&self.platform, table)
    }
}

fn start(runtime: &Runtime, options: Options) -> Running {
    let started = Platform::start(([127, 0, 0, 1], 0).into(), options);
    runtime.block_on(started).unwrap()
}

/// The rows of a table at a platform.
pub(crate) fn rows(platform: &Running, table: &str) -> Vec<Value> {
    let rows = platform.rows(table);
    let read = |row: &credit_platform::Row| serde_json::from_slice(&row.body).unwrap();
    rows.iter().map(read).collect()
}

/// The binary.
pub(crate) fn gateway() -> Command {
    let built = env!("CARGO_BIN_EXE_gateway");
    let mut command = Command::new(std::env::var("GATEWAY").unwrap_or_else(|_| built.to_owned()));
    command.env_remove("RUST_LOG").env_remove("PLATFORM");
    command
}

/// All files under a folder but locks and sockets, with their content. What all houses compile is
/// none of them.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        } else if path.is_file() && !path.ends_with("lock") {
            let content = std::fs::read(&path).unwrap();
            found.insert(path, content);
        }
    }
    found
}

/// Where all houses compile.
fn compiled() -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    std::fs::create_dir_all(&all).unwrap();
    all
}

/// A platform that knows the rows of the shipped directories by their keys.
pub(crate) fn keyed() -> Options {
    let names = |columns: &[&str]| columns.iter().map(ToString::to_string).collect();
    let rating = names(&["nsrsbh", "pjnd", "swjg"]);
    let penalty = names(&["CF_WSH"]);
    let table = |key| Table {
        keys: vec![key],
        ..Table::default()
    };
    let tables = [
        ("tax-rating", table(rating)),
        ("penalty", table(penalty.clone())),
        ("penalty-person", table(penalty)),
    ];
    let tables = tables.map(|(code, table)| (code.to_owned(), table));
    Options {
        tables: HashMap::from(tables),
        ..Options::default()
    }
}

/// One row of a list, like none with another number.
pub(crate) fn rating(n: u32) -> String {
    format!(
        "91520581MA6DEMQ1XJ,黔西市第{n}建材有限公司,2025,国家税务总局黔西市税务局第{n}税务分局\n"
    )
}

/// A list of these rows.
pub(crate) fn ratings(numbers: impl IntoIterator<Item = u32>) -> String {
    let rows: String = numbers.into_iter().map(rating).collect();
    format!("{HEADER}{rows}")
}

/// The platform has exactly these rows, each with its own content.
pub(crate) fn assert_ratings(rows: &[Value], numbers: impl IntoIterator<Item = u32>) {
    let name = |row: &Value| (row["nsrmc"].to_string(), row["swjg"].to_string());
    let found: BTreeSet<_> = rows.iter().map(name).collect();
    let wanted = |n| {
        let (name, office) = (
            format!("\"黔西市第{n}建材有限公司\""),
            format!("\"国家税务总局黔西市税务局第{n}税务分局\""),
        );
        (name, office)
    };
    let wanted: BTreeSet<_> = numbers.into_iter().map(wanted).collect();
    assert_eq!(found.len(), rows.len(), "no row stands there twice");
    let missing: Vec<_> = wanted.difference(&found).take(3).collect();
    let strange: Vec<_> = found.difference(&wanted).take(3).collect();
    assert!(missing.is_empty(), "missing: {missing:?} ...");
    assert!(strange.is_empty(), "not of the feed: {strange:?} ...");
}

/// Waits for a condition.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(
            began.elapsed() < DEADLINE,
            "not within {DEADLINE:?}: {what}"
        );
        std::thread::sleep(LOOK);
    }
}

/// A number of a JSON object.
pub(crate) fn number(object: &Value, key: &str) -> u64 {
    let found = object[key].as_u64();
    found.unwrap_or_else(|| panic!("there is no number {key} in {object}"))
}

/// A file of the data beside the checkout; where it is absent, a line says what is skipped.
pub(crate) fn shared(name: &str) -> Option<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let read = std::fs::read(data.join(name));
    if read.is_err() {
        eprintln!("SKIPPED: {name} is not in ../shared/data");
    }
    read.ok()
}

/// There is no valid 18-digit personal id in `text`: by check character and date of birth.
pub(crate) fn assert_masked(text: &str) {
    for (at, window) in text.as_bytes().windows(18).enumerate() {
        let (digits, check) = window.split_at(17);
        if !digits.iter().all(u8::is_ascii_digit) {
            continue;
        }
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = digits
            .iter()
            .zip(weights)
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        let right = b"10X98765432"[sum as usize % 11];
        let part = |from: usize, to: usize| -> u32 {
            std::str::from_utf8(&digits[from..to])
                .unwrap()
                .parse()
                .unwrap()
        };
        let born = (1900..=2026).contains(&part(6, 10))
            && (1..=12).contains(&part(10, 12))
            && (1..=31).contains(&part(12, 14));
        let mut place = String::new();
        write!(place, "byte {at}, region {}", part(0, 6)).unwrap();
        let is_id = born && check[0].to_ascii_uppercase() == right;
        assert!(!is_id, "a personal id is shown at {place}");
    }
}
