//! What targets refused for good: listed, shown, exported, and sent again by a person's word.

use crate::act::Action;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::removals::{Meant, What, done, order, pick, shown};
use crate::report::Question;
use clap::{Args, Subcommand};
use credit_queue::{DeadFilter, DeadLetter, DeadLetterError, Replay};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What can be done about records that targets refused for good.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What was refused and is not superseded: by whom, with which reason; ids masked.
    List {
        #[command(flatten)]
        which: Which,
        /// At most so many.
        #[arg(long, default_value_t = 1_000, value_name = "N")]
        limit: usize,
    },
    /// One of them with all its values, ids masked.
    Show {
        /// Its id, or the first 8 digits or more of it.
        id: String,
    },
    /// Write them into a file that its owner alone can read, one object a line, nothing masked:
    /// for the department that has to correct them.
    Export {
        #[command(flatten)]
        which: Which,
        /// The file, which must not be there yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Send them again as they are, to every target that refused them: what was wrong there was
    /// put right.
    Replay {
        #[command(flatten)]
        what: What,
    },
}

/// Which of them.
#[derive(Clone, Debug, Default, Args, Serialize, Deserialize)]
pub(crate) struct Which {
    /// Of this route alone.
    #[arg(long)]
    route: Option<String>,
    /// Refused by this target alone.
    #[arg(long)]
    target: Option<String>,
    /// Refused with this code alone.
    #[arg(long)]
    code: Option<String>,
}

impl Which {
    /// The same for the queue.
    pub(crate) fn filter(&self) -> DeadFilter {
        DeadFilter {
            route: self.route.clone(),
            target: self.target.clone(),
            code: self.code.clone(),
        }
    }
}

impl Command {
    /// What it comes to.
    pub(crate) fn meant(self) -> Result<Meant, Failure> {
        Ok(match self {
            Self::List { which, limit } => Meant::Ask(Question::DeadLetters {
                which,
                id: None,
                limit,
            }),
            Self::Show { id } => Meant::Ask(Question::DeadLetters {
                which: Which::default(),
                id: Some(id),
                limit: usize::MAX,
            }),
            Self::Export { which, out } => {
                let out = std::path::absolute(&out);
                let out = out.map_err(|e| Failure::of(Exit::Failed, &e))?;
                Meant::Tell(Action::Export { which, out })
            }
            Self::Replay { what } => Meant::Tell(Action::Resend { what }),
        })
    }
}

/// A dead letter in an exported file.
#[derive(Serialize)]
struct Exported<'l> {
    route: &'l str,
    record: String,
    directory: &'l str,
    file: &'l str,
    source_row: u64,
    refusals: Vec<Value>,
    body: Value,
}

/// Writes them into a file; how many.
pub(crate) fn export(house: &House, which: &Which, out: &Path) -> Result<Vec<Value>, Failure> {
    let letters = house.queue.dead_letters(&which.filter());
    let letters = letters.map_err(|e| Failure::of(Exit::Failed, &e))?;
    let failed = |error: std::io::Error| {
        let message = format!("{} cannot be written: {error}", out.display());
        Failure::new(Exit::Failed, message).remedy("name a new file in a folder that is there")
    };
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(out);
    let mut file = std::io::BufWriter::new(file.map_err(failed)?);
    for letter in &letters {
        let line = serde_json::to_string(&exported(letter));
        let line = line.map_err(|e| failed(e.into()))?;
        writeln!(file, "{line}").map_err(failed)?;
    }
    let file = file.into_inner().map_err(|e| failed(e.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(vec![json!(Written {
        file: out.display().to_string(),
        records: letters.len(),
    })])
}

/// What was exported.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Written {
    pub file: String,
    pub records: usize,
}

impl Written {
    /// The same for a person.
    pub(crate) fn text(&self) -> String {
        format!("已导出 exported   {}: {}\n", self.file, self.records)
    }
}

fn exported(letter: &DeadLetter) -> Exported<'_> {
    let refusals = letter.refusals.iter().map(
        |r| json!({ "target": r.target, "at_ms": r.at_ms, "code": r.code, "reason": r.reason }),
    );
    let body = letter.body.as_deref();
    Exported {
        route: &letter.route,
        record: format!("{:032x}", u128::from_be_bytes(letter.id)),
        directory: &letter.directory,
        file: &letter.feed,
        source_row: letter.source_row,
        refusals: refusals.collect(),
        body: body
            .and_then(|b| serde_json::from_str(b).ok())
            .unwrap_or_default(),
    }
}

/// Sends them again; with the route's turn.
pub(crate) fn replay(house: &House, what: What) -> Result<Vec<Value>, Failure> {
    let live = house.live();
    let turn = live.turn(&what.route)?;
    let _turn = turn.take();
    let filter = DeadFilter {
        route: Some(what.route.clone()),
        ..DeadFilter::default()
    };
    let letters = house.queue.dead_letters(&filter);
    let letters = letters.map_err(|e| Failure::of(Exit::Failed, &e))?;
    let known: Vec<[u8; 16]> = letters.iter().map(|letter| letter.id).collect();
    let named = match what.all {
        true => known,
        false => pick(
            &what,
            &known,
            (
                "没有这样的退回记录 no dead letter has that id",
                "dead-letters",
            ),
        )?,
    };
    let missing = || Failure::new(Exit::NotFound, format!("there is no route {}", what.route));
    let plan = live.plan.routes.get(&what.route).ok_or_else(missing)?;
    let gone = house.queue.replay(&Replay {
        route: what.route.clone(),
        records: named.clone(),
        parcels: plan.parcels,
        order: order(&what),
    });
    let gone = gone.map_err(|error| match error {
        DeadLetterError::NotDead { .. } => Failure::of(Exit::NotFound, &error),
        _ => Failure::of(Exit::Failed, &error),
    })?;
    if !gone.is_empty() {
        let message = format!(
            "{} 条记录的内容已归档，未重发 the text of these records is archived, and they were not \
             sent again: {}",
            gone.len(),
            shown(&gone)
        );
        let remedy = "hand their file in again, changed where it was wrong";
        return Err(Failure::new(Exit::Failed, message).remedy(remedy));
    }
    Ok(done(what, "replay", &named))
}
