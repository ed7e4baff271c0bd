//! `gateway raw …`: what is kept of the sources' own input.

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::house::raw_store;
use crate::report::{self, Clock, hex};
use crate::span::Span;
use clap::Subcommand;
use credit_record::mask::mask_text;
use credit_source::raw::{Kept, RawError};
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What can be done with kept feeds.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The feeds that are kept, oldest first.
    List {
        /// Of this route alone.
        #[arg(long)]
        route: Option<String>,
        #[command(flatten)]
        span: Span,
    },
    /// Write a kept feed to a file, byte for byte as its source gave it.
    Show {
        /// The route that read it.
        route: String,
        /// The first digits of its SHA-256, or its file's name; of several, the last one read.
        feed: String,
        /// The file, which must not be there yet. It holds personal data: only you may read it.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// A kept feed.
#[derive(Debug, Serialize)]
struct Listed {
    route: String,
    file: String,
    /// When it was read to its end.
    kept_at: String,
    bytes: u64,
    stored_bytes: u64,
    sha256: String,
    adapter: String,
    adapter_version: String,
    settings_sha256: String,
}

/// Does it.
pub(crate) fn run(command: Command, config: &Path, format: Format) -> Result<Exit, Failure> {
    let Some(site) = crate::site_or_problems(config, format)? else {
        return Ok(Exit::Config);
    };
    let store = raw_store(&site.plan);
    match command {
        Command::List { route, span } => {
            let (since_ms, until_ms) = span.in_ms(site.plan.timezone)?;
            let routes = match route {
                Some(route) => vec![route],
                None => store.routes().map_err(failed)?,
            };
            let clock = Clock::new(site.plan.timezone);
            let (mut listed, mut damaged) = (Vec::new(), Vec::new());
            for route in routes {
                let found = store.kept(&route, since_ms, until_ms).map_err(failed)?;
                listed.extend(found.kept.iter().map(|kept| of(kept, clock)));
                damaged.extend(found.damaged);
            }
            report::print(format, &listed, text).map_err(|e| Failure::of(Exit::Failed, &e))?;
            for error in &damaged {
                eprintln!("损坏 damaged: {}; {}", causes(error), error.remedy());
            }
            Ok(if damaged.is_empty() {
                Exit::Done
            } else {
                Exit::Damaged
            })
        }
        Command::Show { route, feed, out } => {
            let _hold = store.hold(&route).map_err(failed)?;
            let found = store.kept(&route, i64::MIN, i64::MAX).map_err(failed)?;
            let digits = feed.to_ascii_lowercase();
            let is = |kept: &&Kept| {
                let sha256 = hex(&kept.label.sha256);
                kept.label.name == feed || (digits.len() >= 4 && sha256.starts_with(&digits))
            };
            let Some(kept) = found.kept.iter().rev().find(is) else {
                let message = format!("nothing of route {route} is kept as {feed:?}");
                let remedy = format!("see: gateway raw list --route {route}");
                return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
            };
            let bytes = export(kept, &out)?;
            eprintln!(
                "{} 字节 bytes → {}",
                report::thousands(bytes),
                out.display()
            );
            Ok(Exit::Done)
        }
    }
}

/// Writes a kept feed to a file that was not there.
fn export(kept: &Kept, out: &Path) -> Result<u64, Failure> {
    let not_written = |e: std::io::Error| {
        let message = format!("{}: {e}", out.display());
        Failure::new(Exit::Failed, message).remedy("name a file that is not there yet")
    };
    let mut options = OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    let mut file: File = options.open(out).map_err(not_written)?;
    let copied = kept.copy_to(&mut file).map_err(failed);
    let written = copied.and_then(|bytes| {
        let synced = file.flush().and_then(|()| file.sync_all());
        synced.map(|()| bytes).map_err(not_written)
    });
    if written.is_err() {
        // Half a feed, or a damaged one, must not pass for one.
        drop(std::fs::remove_file(out));
    }
    written
}

fn failed(error: RawError) -> Failure {
    Failure::of(Exit::Failed, &error).remedy(error.remedy())
}

fn of(kept: &Kept, clock: Clock) -> Listed {
    let label = &kept.label;
    Listed {
        route: kept.route.clone(),
        file: mask_text(&label.name).into_owned(),
        kept_at: clock.text(label.kept_ms),
        bytes: label.bytes,
        stored_bytes: kept.stored_bytes,
        sha256: hex(&label.sha256),
        adapter: label.adapter.name.clone(),
        adapter_version: label.adapter.version.clone(),
        settings_sha256: hex(&label.settings_sha256),
    }
}

fn text(listed: &[Listed]) -> String {
    if listed.is_empty() {
        return "没有保存的原始数据 no raw input is kept\n".to_owned();
    }
    let head = [
        "路由\nroute",
        "文件\nfile",
        "读完\nread",
        "字节\nbytes",
        "占用\nstored",
        "摘要\nsha256",
        "适配器\nadapter",
    ];
    let rows = listed.iter().map(|l| {
        vec![
            l.route.clone(),
            l.file.clone(),
            report::short(&l.kept_at),
            report::thousands(l.bytes),
            report::thousands(l.stored_bytes),
            l.sha256.chars().take(12).collect(),
            format!("{} {}", l.adapter, l.adapter_version),
        ]
    });
    let total: u64 = listed.iter().map(|l| l.stored_bytes).sum();
    let total = report::thousands(total.div_ceil(1024));
    format!(
        "{}{} 份 feeds, {total} KiB\n",
        report::table(&head, rows),
        listed.len()
    )
}
