//! What a person says of records that a full snapshot lacks: withdraw them, or keep them.
//!
//! What must stay true: nothing is withdrawn without a name and a reason, nor without a further
//! word where the snapshot may have been cut off; no personal id goes into the log with them.

use crate::act::Action;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::live::Live;
use crate::report::Question;
use clap::{Args, Subcommand};
use credit_config::RoutePlan;
use credit_queue::{Order, RemovalBooks, RemovalError, Withdrawal};
use credit_record::mask::mask_text;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::str::FromStr;

/// Fewest digits of a record's id that name it.
const DIGITS_LEAST: usize = 8;
/// Longest name or reason.
const SAID_CHARS_MAX: usize = 500;
/// What is said of a record that no snapshot lacks, and the command that lists those.
const LACKED: (&str, &str) = (
    "上一份全量文件并不缺少它 the last snapshot does not lack it",
    "removals",
);
/// Ids that a message shows.
const IDS_SHOWN: usize = 5;

/// What can be done about records that the last full snapshots lack.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What the last full snapshots lack.
    List {
        /// Of this route alone.
        #[arg(long)]
        route: Option<String>,
        /// At most so many of a route.
        #[arg(long, default_value_t = 1_000, value_name = "N")]
        limit: usize,
    },
    /// Withdraw records at the route's targets: the department has removed them.
    Confirm {
        #[command(flatten)]
        what: What,
        /// Also where so much is missing, or unclear, that the file may have been cut off.
        #[arg(long)]
        despite_suspicion: bool,
    },
    /// Keep records at the route's targets although the last snapshot lacks them.
    Dismiss {
        #[command(flatten)]
        what: What,
    },
}

/// What a command comes to.
pub(crate) enum Meant {
    /// Something is asked.
    Ask(Question),
    /// Something is to be done.
    Tell(Action),
}

impl Command {
    /// What it comes to.
    pub(crate) fn meant(self) -> Meant {
        match self {
            Self::List { route, limit } => Meant::Ask(Question::Removals { route, limit }),
            Self::Confirm {
                what,
                despite_suspicion,
            } => Meant::Tell(Action::Withdraw {
                what,
                despite_suspicion,
            }),
            Self::Dismiss { what } => Meant::Tell(Action::Keep { what }),
        }
    }
}

/// Which records, and whose word it is.
#[derive(Debug, Args, Serialize, Deserialize)]
pub(crate) struct What {
    /// The route's name.
    pub(crate) route: String,
    /// A record, by its id or the first 8 digits or more of it; as often as needed.
    #[arg(long = "record", value_name = "ID", required_unless_present = "all")]
    records: Vec<String>,
    /// All that wait for a word.
    #[arg(long, conflicts_with = "records")]
    pub(crate) all: bool,
    /// Who says so.
    #[arg(long, value_name = "NAME")]
    by: Said,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Said,
}

/// What a person said; ids in it are masked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Said(String);

impl FromStr for Said {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.chars().count() {
            0 => Err("it is empty".to_owned()),
            1..=SAID_CHARS_MAX => Ok(Self(mask_text(text).into_owned())),
            chars => Err(format!("it has {chars} of {SAID_CHARS_MAX} characters")),
        }
    }
}

impl From<Said> for String {
    fn from(said: Said) -> Self {
        said.0
    }
}

impl TryFrom<String> for Said {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Done {
    pub route: String,
    /// `withdraw`, `keep` or `replay`.
    pub decision: String,
    /// Ids of the records.
    pub records: Vec<String>,
    pub by: String,
    pub reason: String,
}

/// What was done as a person reads it.
pub(crate) fn text(done: &[Done]) -> String {
    let line = |d: &Done| {
        let what = match d.decision.as_str() {
            "withdraw" => "撤销，待送达 to be withdrawn at the targets",
            "replay" => "重发，待送达 to be sent again",
            _ => "保留 kept",
        };
        format!(
            "{what}   {}: {} （{}：{}）\n",
            d.route,
            d.records.len(),
            d.by,
            d.reason
        )
    };
    done.iter().map(line).collect()
}

/// Withdraws; with the route's turn, so that none of its feeds is being read meanwhile.
pub(crate) fn confirm(house: &House, what: What, despite: bool) -> Result<Vec<Value>, Failure> {
    let live = house.live();
    let turn = live.turn(&what.route)?;
    let _turn = turn.take();
    let queue = &house.queue;
    let (mut known, kept) = queue.absent(&what.route);
    let named = if what.all {
        known
    } else {
        known.extend(kept);
        pick(&what, &known, LACKED)?
    };
    if !despite {
        let books = queue.books_of(&what.route);
        books
            .and_then(|b| b.removals)
            .map_or(Ok(()), unsuspicious)?;
    }
    let missing = || {
        Failure::new(
            Exit::NotFound,
            format!("there is no route {:?}", what.route),
        )
    };
    let plan = live.plan.routes.get(&what.route).ok_or_else(missing)?;
    can_withdraw(&live, plan)?;
    let gone = queue.withdraw(&Withdrawal {
        route: what.route.clone(),
        targets: plan.targets.clone(),
        parcels: plan.parcels,
        records: named.clone(),
        order: order(&what),
    });
    let gone = gone.map_err(|e| failed(&what.route, &e))?;
    if !gone.is_empty() {
        let message = format!(
            "{} 条记录的内容已归档，未撤销（其余 {} 条已撤销） the text of these records is archived, \
             and they were not withdrawn (the other {} were): {}",
            gone.len(),
            named.len() - gone.len(),
            named.len() - gone.len(),
            shown(&gone)
        );
        let remedy = "have them withdrawn at the platforms, then: gateway removals dismiss";
        return Err(Failure::new(Exit::Failed, message).remedy(remedy));
    }
    Ok(done(what, "withdraw", &named))
}

/// Keeps.
pub(crate) fn dismiss(house: &House, what: What) -> Result<Vec<Value>, Failure> {
    let turn = house.live().turn(&what.route)?;
    let _turn = turn.take();
    let (pending, _) = house.queue.absent(&what.route);
    let named = if what.all {
        pending
    } else {
        pick(&what, &pending, LACKED)?
    };
    let kept = house.queue.keep(&what.route, named.clone(), order(&what));
    kept.map_err(|e| failed(&what.route, &e))?;
    Ok(done(what, "keep", &named))
}

/// What is absent is followed, and all targets know withdrawals.
fn can_withdraw(live: &Live, route: &RoutePlan) -> Result<(), Failure> {
    if route.snapshot.is_none() {
        let message = format!(
            "route {} has no [snapshot] any more: what was absent may have been seen again",
            route.name
        );
        let remedy = "put [snapshot] back and have a full file read; or: gateway removals dismiss";
        return Err(Failure::new(Exit::Config, message).remedy(remedy));
    }
    let targets = route.targets.iter();
    let mut without = targets.filter(|name| {
        let target = live.plan.targets.get(*name);
        target.is_some_and(|t| !t.takes_withdrawals())
    });
    match without.next() {
        None => Ok(()),
        Some(target) => {
            let message = format!("the target {target} takes no withdrawals");
            let remedy = format!("set withdraw_url of [targets.{target}] in gateway.toml");
            Err(Failure::new(Exit::Config, message).remedy(remedy))
        }
    }
}

/// The records that are meant, of those that may be.
pub(crate) fn pick(
    what: &What,
    known: &[[u8; 16]],
    (absent, see): (&str, &str),
) -> Result<Vec<[u8; 16]>, Failure> {
    let remedy = format!("see: gateway {see} list --route {}", what.route);
    let mut named = Vec::new();
    for text in &what.records {
        let digits = text.trim().to_ascii_lowercase();
        let is_id = (DIGITS_LEAST..=32).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let mut found = known.iter().filter(|id| hex(id).starts_with(&digits));
        let why = match (is_id, found.next(), found.next()) {
            (false, ..) => "这不是记录号 that is no record's id",
            (true, None, _) => absent,
            (true, Some(_), Some(_)) => "不止一条记录 more than one record begins like that",
            (true, Some(id), None) => {
                if !named.contains(id) {
                    named.push(*id);
                }
                continue;
            }
        };
        let message = format!("{}: {}: {why}", what.route, mask_text(text));
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    }
    Ok(named)
}

/// What a snapshot lacks that may have been cut off takes a further word.
fn unsuspicious(removals: RemovalBooks) -> Result<(), Failure> {
    let Some(seen) = removals.snapshot.filter(|seen| seen.is_suspicious()) else {
        return Ok(());
    };
    let mut why = Vec::new();
    if seen.lacks_too_much() {
        let (absent, known, percent) = (seen.absent, seen.known, seen.absent_max_percent);
        why.push(format!(
            "缺少 {known} 条中的 {absent} 条，超过 {percent}%，文件可能不完整 it lacks {absent} of \
             {known} records, more than {percent} %: it may have been cut off"
        ));
    }
    if seen.unidentified > 0 {
        let rows = seen.unidentified;
        why.push(format!(
            "有 {rows} 行不知是哪条记录 of {rows} rows it is not known which record they are"
        ));
    }
    let message = format!("{}: {}", mask_text(&seen.feed), why.join("; "));
    let remedy = "look at the file, and ask its department; if it is whole all the same, add \
                  --despite-suspicion";
    Err(Failure::new(Exit::Waiting, message).remedy(remedy))
}

pub(crate) fn order(what: &What) -> Order {
    Order {
        by: what.by.0.clone(),
        reason: what.reason.0.clone(),
    }
}

fn failed(route: &str, error: &RemovalError) -> Failure {
    match error {
        RemovalError::HalfRead { .. } => Failure::of(Exit::Waiting, error).remedy(format!(
            "let it be read to its end first: gateway once {route}"
        )),
        RemovalError::NotAbsent { .. } => Failure::of(Exit::NotFound, error),
        _ => Failure::of(Exit::Failed, error),
    }
}

pub(crate) fn done(what: What, decision: &str, records: &[[u8; 16]]) -> Vec<Value> {
    let records = records.iter().map(hex).collect();
    vec![json!(Done {
        route: what.route,
        decision: decision.to_owned(),
        records,
        by: what.by.0,
        reason: what.reason.0,
    })]
}

pub(crate) fn shown(ids: &[[u8; 16]]) -> String {
    let first: Vec<String> = ids.iter().take(IDS_SHOWN).map(hex).collect();
    let more = if ids.len() > IDS_SHOWN { " ..." } else { "" };
    format!("{}{more}", first.join(", "))
}

fn hex(id: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*id))
}
