//! The main job, shown: synthetic feeds of two departments through the real adapters to a sandbox
//! platform on this machine. Everything between is what the service uses.

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::once::walk;
use crate::report::{self, Clock, doubts, receipts, status, table, thousands, trace};
use crate::site::{self, NoSite, Site};
use crate::stop::Stop;
use credit_config::{Env, ProcessEnv};
use credit_platform::{Check, Options, Platform, Running, Table, Verdict};
use credit_queue::{DoubtFilter, ReceiptFilter};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a demo leaves behind, so that the next one knows whose folder it is.
const MARKER: &str = ".gateway-demo";
/// What is laid out in the folder.
const FILES: [(&str, &[u8]); 7] = [
    (
        "configs/gateway.toml",
        include_bytes!("../../../configs/demo/gateway.toml"),
    ),
    (
        "configs/routes/tax-rating.toml",
        include_bytes!("../../../configs/demo/routes/tax-rating.toml"),
    ),
    (
        "configs/routes/market-penalties.toml",
        include_bytes!("../../../configs/demo/routes/market-penalties.toml"),
    ),
    (
        "feeds/tax/rating-2025-qianxi.csv",
        include_bytes!("../../../configs/demo/feeds/tax/rating-2025-qianxi.csv"),
    ),
    (
        "feeds/tax/rating-2025-dafang.csv",
        include_bytes!("../../../configs/demo/feeds/tax/rating-2025-dafang.csv"),
    ),
    (
        "feeds/market/penalty-2018.csv",
        include_bytes!("../../../configs/demo/feeds/market/penalty-2018.csv"),
    ),
    (
        "feeds/market/penalty-2025.csv",
        include_bytes!("../../../configs/demo/feeds/market/penalty-2025.csv"),
    ),
];
/// A document that was corrected later: its trace shows two versions.
const CORRECTED: &str = "黔西环罚〔2018〕1号";

/// What came of one file.
#[derive(Debug, Serialize)]
struct File {
    file: String,
    route: String,
    adapter: String,
    drafted: u64,
    accepted: u64,
    doubtful: u64,
    duplicate: u64,
    skipped: u64,
}

/// Everything, for programs.
#[derive(Debug, Serialize)]
struct Shown {
    folder: String,
    elapsed_ms: u64,
    files: Vec<File>,
    status: status::Status,
    doubts: Vec<doubts::Doubt>,
    receipts: Vec<receipts::Receipt>,
    platform: credit_platform::Stats,
}

/// Lays out `folder`, walks every route, shows what came of it.
pub(crate) async fn demo(folder: &Path, format: Format) -> Result<Exit, Failure> {
    lay_out(folder)?;
    let platform = Platform::start(([127, 0, 0, 1], 0).into(), platform())
        .await
        .map_err(|e| Failure::new(Exit::Failed, format!("the sandbox platform: {e}")))?;
    let env = With {
        name: "PLATFORM",
        value: platform.url(""),
    };
    let site = site::read(&folder.join("configs"), &env).map_err(|no| match no {
        NoSite::Problems(problems) => Failure::new(Exit::Config, problems.to_string()),
        NoSite::Failure(failure) => failure,
    })?;
    let shown = walk_all(site, folder, &platform).await?;
    let written = match format {
        Format::Json => report::print(format, &[&shown.0], |_| String::new()),
        Format::Text => report::print(format, &[()], |_| text(&shown.0, &shown.1)),
    };
    written.map_err(|e| Failure::of(Exit::Failed, &e))?;
    platform
        .stop()
        .await
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(if shown.0.status.balanced {
        Exit::Done
    } else {
        Exit::Books
    })
}

async fn walk_all(
    site: Site,
    folder: &Path,
    platform: &Running,
) -> Result<(Shown, Vec<trace::Traced>), Failure> {
    let house = House::open(site, None)?;
    let (stop, began) = (Stop::default(), Instant::now());
    let routes: Vec<String> = house.live().plan.routes.keys().cloned().collect();
    for route in &routes {
        let (report, drained) = walk(&house, route, Duration::from_secs(30), &stop).await?;
        if let Some(trouble) = report.trouble {
            return Err(trouble);
        }
        if !drained {
            return Err(Failure::new(
                Exit::Waiting,
                format!("route {route} was not delivered"),
            ));
        }
    }
    let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let clock = Clock::new(house.live().plan.timezone);
    let queue = &house.queue;
    let (all, filter) = (DoubtFilter::default(), ReceiptFilter::default());
    let shown = Shown {
        folder: folder.display().to_string(),
        elapsed_ms,
        files: files(&house)?,
        status: status::status(queue, None, house.duty.serving().serves(), clock),
        doubts: doubts::doubts(queue, &all, usize::MAX, clock)?,
        receipts: receipts::receipts(queue, &filter, usize::MAX, clock)?,
        platform: platform.stats(),
    };
    let traced = trace::trace(queue, &house.live().directories, CORRECTED, clock)?;
    house.close()?;
    Ok((shown, traced))
}

fn files(house: &Arc<House>) -> Result<Vec<File>, Failure> {
    let failed = |e| Failure::of(Exit::Failed, &e);
    let mut files: BTreeMap<(String, String), File> = BTreeMap::new();
    for take in house.queue.takes().map_err(failed)? {
        let take = take.map_err(failed)?;
        let file = files
            .entry((take.route.clone(), take.feed.clone()))
            .or_insert(File {
                file: take.feed,
                route: take.route,
                adapter: format!("{} {}", take.adapter.0, take.adapter.1),
                drafted: 0,
                accepted: 0,
                doubtful: 0,
                duplicate: 0,
                skipped: 0,
            });
        file.drafted += u64::from(take.drafted);
        file.accepted += u64::from(take.accepted);
        file.doubtful += u64::from(take.doubtful);
        file.duplicate += u64::from(take.duplicate);
        file.skipped += take.skipped;
    }
    Ok(files.into_values().collect())
}

/// A platform that knows rows by their key, and that has two opinions of its own.
fn platform() -> Options {
    let names = |columns: &[&str]| columns.iter().map(ToString::to_string).collect();
    let check = |equals: &str, verdict, message: &str| Check {
        column: "CF_XDR_MC".to_owned(),
        equals: equals.to_owned(),
        verdict,
        message: message.to_owned(),
    };
    let penalty = Table {
        keys: vec![names(&["CF_WSH", "CF_XDR_SHXYM"]), names(&["CF_WSH"])],
        required: names(&["CF_WSH"]),
        checks: vec![
            check(
                "黔西市宏达机械租赁有限公司",
                Verdict::Refuse,
                "主体已注销，不予入库 / the party is deregistered",
            ),
            check(
                "贵州黔西远达物流有限公司",
                Verdict::Doubt,
                "名称与登记信息不一致 / the name differs from the registry",
            ),
        ],
    };
    let rating = Table {
        keys: vec![names(&["nsrsbh", "pjnd", "swjg"])],
        ..Table::default()
    };
    let tables = [("penalty", penalty), ("tax-rating", rating)];
    let tables: HashMap<String, Table> = tables
        .into_iter()
        .map(|(code, table)| (code.to_owned(), table))
        .collect();
    Options {
        tables,
        ..Options::default()
    }
}

/// Replaces what an earlier demo left, and nothing else.
fn lay_out(folder: &Path) -> Result<(), Failure> {
    let failed =
        |e: std::io::Error| Failure::new(Exit::Failed, format!("{}: {e}", folder.display()));
    let empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => true,
        Err(e) => return Err(failed(e)),
    };
    if !empty {
        if !folder.join(MARKER).exists() {
            let message = format!("{} is not empty and no demo left it", folder.display());
            return Err(Failure::new(Exit::Failed, message).remedy("name another: --dir FOLDER"));
        }
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    for (name, bytes) in FILES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(path, bytes).map_err(failed)?;
    }
    std::fs::write(
        folder.join(MARKER),
        b"made by gateway demo; it may be deleted\n",
    )
    .map_err(failed)
}

fn text(shown: &Shown, traced: &[trace::Traced]) -> String {
    let head = [
        "文件\nfile",
        "适配器\nadapter",
        "收到\ndrafted",
        "接收\naccepted",
        "疑问\ndoubtful",
        "重复\nduplicate",
        "跳过\nskipped",
    ];
    let row = |f: &File| {
        let numbers = [f.drafted, f.accepted, f.doubtful, f.duplicate, f.skipped];
        [f.file.clone(), f.adapter.clone()]
            .into_iter()
            .chain(numbers.map(thousands))
            .collect()
    };
    let heading = |zh: &str, en: &str| format!("\n━━ {zh} · {en}\n");
    let folder = &shown.folder;
    [
        heading(
            "收到什么",
            "what came in: two departments, four native files",
        ),
        table(&head, shown.files.iter().map(row)),
        heading("去了哪里", "where it went: every row has one fate"),
        status::text(&shown.status),
        heading(
            "为何存疑",
            "why rows are doubtful: kept for a person, not sent",
        ),
        doubts::text(&shown.doubts),
        heading("回执", "receipts: what the platform answered"),
        receipts::text(&shown.receipts),
        heading("一条记录的全程", "one record's whole way, corrected once"),
        trace::text(traced),
        format!(
            "{} ms.  平台 the platform has {} 条 records.\n\
             留下 left behind: {folder}/  — look into it:\n  \
             gateway --config {folder}/configs status | doubts | receipts | trace {CORRECTED}\n",
            thousands(shown.elapsed_ms),
            thousands(shown.platform.unique),
        ),
    ]
    .concat()
}

/// The process's environment, with one variable more.
struct With {
    name: &'static str,
    value: String,
}

impl Env for With {
    fn var(&self, name: &str) -> Option<String> {
        if name == self.name {
            Some(self.value.clone())
        } else {
            ProcessEnv.var(name)
        }
    }
}
