//! The exchange of files in a folder that both sides see, on this machine or, by SFTP or FTP, on
//! another: a file of rows out, a receipt in.
//!
//! ```text
//!  ours:    NAME.tmp ─sync, rename─▶ NAME.csv
//!           NAME.ok.tmp ─sync─▶ *memory: placing* ─rename─▶ NAME.ok ─▶ *memory: placed*
//!  theirs:  NAME.rsp                    (the receiver looks at NAME.ok alone)
//! ```
//!
//! What must stay true: a parcel has one NAME, over retries, restarts and changed settings, and no
//! other parcel has it; what was placed is not placed again, whether the receiver took it away
//! or not. A *memory* in the gateway's own state says so; after a crash between it and the last
//! renaming, or where the answer to that was lost, `NAME.ok.tmp` tells: it is gone if it got its
//! name. Where receipts are awaited, a parcel is settled by its receipt and by nothing else.
//! Nothing of the receiver's is ever removed.

mod folder;
mod line;
mod memory;
mod mount;
mod name;
mod receipt;
mod sheet;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use credit_record::flow::{Operation, Parcel, Receipt};
use credit_remote::Connection;

use crate::judgement::{Doubt, refuse_all};
use crate::outcome::{Outcome, Scope, Stop};
use crate::request::Form;
use crate::target::{Awaited, ExchangeTarget, Post, World};
use line::{Fault, Line, Look, on_disk};
use memory::{Memory, Placed};
use mount::Mount;

/// Delivers to one receiver by files.
pub(crate) struct Exchange {
    target: ExchangeTarget,
    form: Arc<Form>,
    memory: Memory,
    /// The folder, by route.
    mounts: Mutex<HashMap<String, Mount>>,
    /// Connections that nobody uses just now.
    idle: Mutex<Vec<Connection>>,
    /// Receipts that could not be relied on, as they looked: they may still be written to.
    unclear: Mutex<HashMap<String, Look>>,
    world: World,
}

/// What is known of a parcel's files.
enum Found {
    /// The receiver has answered.
    Receipt(Vec<u8>, Look),
    /// It was placed then, in Unix milliseconds.
    Placed(i64),
    /// It was not placed, or not wholly.
    Nothing,
}

impl Exchange {
    pub(crate) fn new(target: ExchangeTarget, form: Arc<Form>, world: World) -> Self {
        let dir = target.memory.clone();
        Self {
            memory: Memory { dir },
            target,
            form,
            mounts: Mutex::default(),
            idle: Mutex::default(),
            unclear: Mutex::default(),
            world,
        }
    }

    /// The end of a parcel of an operation that nothing in the file could tell.
    pub(crate) fn refused(&self, parcel: &Parcel) -> Option<Receipt> {
        let told = self.form.tells(&parcel.directory, parcel.operation);
        let (zh, setting) = match parcel.operation {
            Operation::Insert | Operation::Update => return None,
            Operation::Withdraw if told || self.target.modes.withdraw.is_some() => return None,
            Operation::Hold if told || self.target.modes.hold.is_some() => return None,
            Operation::Withdraw => ("撤销", "withdraw"),
            Operation::Hold => ("异议", "hold"),
        };
        let word = parcel.operation.word();
        let reason = format!(
            "目标文件无法表示{zh},请在 operations 中设置 {setting} / the target's files cannot say \
             {word}: set {setting} in its operations"
        );
        let refused = refuse_all(parcel, "operation_not_supported", &reason, self.now_ms());
        Some(Receipt {
            attempts: 0,
            ..refused
        })
    }

    /// Places the parcel, unless it is placed, and looks for its receipt.
    pub(crate) async fn deliver(&self, parcel: &Parcel) -> Outcome {
        let mut line = match self.line(&parcel.route).await {
            Ok(line) => line,
            Err(fault) => return fault.outcome(),
        };
        let batch = name::batch(parcel);
        let outcome = match self.work(&mut line, parcel, &batch).await {
            Ok(outcome) => outcome,
            // The line goes with it.
            Err(fault) => return fault.outcome(),
        };
        if let Line::Remote(connection) = line {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(*connection);
        }
        outcome
    }

    /// The folder, or a connection to it: one that nobody uses and that still answers, or another.
    async fn line(&self, route: &str) -> Result<Line, Fault> {
        let host = match &self.target.post {
            Post::Folder { dir, timeout_ms } => {
                let mut mounts = self.mounts.lock().unwrap_or_else(PoisonError::into_inner);
                let mount = mounts
                    .entry(route.to_owned())
                    .or_insert_with(|| Mount::new(dir, *timeout_ms));
                return Ok(Line::Folder(mount.clone()));
            }
            Post::Remote(host) => host,
        };
        loop {
            let idle = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.pop()
            };
            let Some(mut connection) = idle else { break };
            if connection.is_alive().await {
                return Ok(Line::Remote(Box::new(connection)));
            }
        }
        Ok(Line::Remote(Box::new(host.connect().await?)))
    }

    async fn work(&self, line: &mut Line, parcel: &Parcel, batch: &str) -> Result<Outcome, Fault> {
        let stem = name::stem(&self.target, &self.form, parcel, batch);
        let placed_ms = match self.find(line, &parcel.route, &stem).await? {
            Found::Receipt(bytes, look) => {
                return Ok(self.answered(parcel, (batch, &stem), &bytes, look));
            }
            Found::Placed(at_ms) => at_ms,
            Found::Nothing => match self.filled(parcel, batch, &stem) {
                Ok(files) => self.place(line, &parcel.route, &stem, files).await?,
                Err(fault) => return Ok(Outcome::Stop(damaged(parcel, &fault))),
            },
        };
        Ok(match self.target.receipt {
            None => Outcome::Settled(Receipt {
                task: batch.to_owned(),
                at_ms: self.now_ms(),
                attempts: 1,
                doubted: 0,
                rows: Vec::new(),
            }),
            Some(awaited) => self.awaited(awaited, &stem, placed_ms),
        })
    }

    async fn find(&self, line: &mut Line, route: &str, stem: &str) -> Result<Found, Fault> {
        let (receipt, control) = (format!("{stem}.rsp"), format!("{stem}.ok"));
        if let Some(awaited) = self.target.receipt
            && let Some((bytes, look)) = line.read(receipt.clone(), awaited.bytes_max).await?
        {
            return Ok(Found::Receipt(bytes, look));
        }
        let (memory, of, looked) = (self.memory.clone(), route.to_owned(), stem.to_owned());
        let remembered = on_disk(&self.memory.dir, move || memory.recall(&of, &looked)).await?;
        let at_ms = match remembered {
            Some(placed) if placed.surely => return Ok(Found::Placed(placed.at_ms)),
            Some(placed) => {
                // A folder that is not there lacks the name, too, and tells nothing.
                let names = line.names().await?;
                let named = !names.contains(&format!("{control}.tmp")) || names.contains(&control);
                named.then_some(placed.at_ms)
            }
            // The gateway's state is older than what it placed.
            None => {
                let placed = line.is_there(control).await? || line.is_there(receipt).await?;
                placed.then(|| self.now_ms())
            }
        };
        let Some(at_ms) = at_ms else {
            return Ok(Found::Nothing);
        };
        self.remember(route, stem, at_ms, true).await?;
        Ok(Found::Placed(at_ms))
    }

    /// The file of rows and the control file.
    fn filled(
        &self,
        parcel: &Parcel,
        batch: &str,
        stem: &str,
    ) -> Result<(Vec<u8>, String), sheet::Fault> {
        let no_columns = Vec::new();
        let columns = self.target.columns.get(&parcel.directory);
        let columns = columns.unwrap_or(&no_columns);
        let sheet = sheet::write(&self.form, parcel, columns, self.target.separator)?;
        let sheet = self.target.encoding.encode(&sheet);
        let control = name::control(&self.target, &self.form, parcel, batch, (stem, &sheet));
        Ok((sheet, control))
    }

    /// Places a file of rows, and last its control file; says when.
    async fn place(
        &self,
        line: &mut Line,
        route: &str,
        stem: &str,
        (sheet, control): (Vec<u8>, String),
    ) -> Result<i64, Fault> {
        let named = |ending: &str| format!("{stem}.{ending}");
        let rows = named(&self.target.ending);
        // After a crash it may be there already.
        let there = line.read(rows.clone(), sheet.len() as u64 + 1).await?;
        if there.is_none_or(|(bytes, _)| bytes != sheet) {
            line.write(named("tmp"), sheet).await?;
            line.rename(named("tmp"), rows).await?;
        }
        line.write(named("ok.tmp"), control.into_bytes()).await?;
        let at_ms = self.now_ms();
        self.remember(route, stem, at_ms, false).await?;
        line.rename(named("ok.tmp"), named("ok")).await?;
        self.remember(route, stem, at_ms, true).await?;
        Ok(at_ms)
    }

    async fn remember(
        &self,
        route: &str,
        stem: &str,
        at_ms: i64,
        surely: bool,
    ) -> Result<(), Fault> {
        let (memory, route, stem) = (self.memory.clone(), route.to_owned(), stem.to_owned());
        let placed = Placed { at_ms, surely };
        on_disk(&self.memory.dir, move || {
            memory.remember(&route, &stem, placed)
        })
        .await
    }

    /// What a receipt says. One that cannot be relied on, or may have more to say, is looked at
    /// once more, unless it is the same as at the last look: its writer may not be done.
    fn answered(
        &self,
        parcel: &Parcel,
        (batch, stem): (&str, &str),
        bytes: &[u8],
        look: Look,
    ) -> Outcome {
        let bytes_max = self.target.receipt.map_or(0, |awaited| awaited.bytes_max);
        let read = match look.bytes > bytes_max {
            true => Err(Doubt(
                format!("超过 {bytes_max} 字节"),
                format!("it is longer than {bytes_max} bytes"),
            )),
            false => receipt::settled(&self.target, parcel, batch, bytes, self.now_ms()),
        };
        let whole = (read.as_ref()).is_ok_and(|read| receipt::is_whole(read, bytes));
        let mut unclear = self.unclear.lock().unwrap_or_else(PoisonError::into_inner);
        if !whole && unclear.insert(stem.to_owned(), look) != Some(look) {
            return self.again();
        }
        unclear.remove(stem);
        match read {
            Ok(receipt) => Outcome::Settled(receipt),
            Err(doubt) => Outcome::Stop(receipt::unclear(stem, &doubt)),
        }
    }

    fn awaited(&self, awaited: Awaited, stem: &str, placed_ms: i64) -> Outcome {
        let waited_ms = self.now_ms().saturating_sub(placed_ms);
        if u64::try_from(waited_ms).is_ok_and(|waited| waited > awaited.late_ms) {
            return Outcome::Stop(late(stem, awaited.late_ms));
        }
        self.again()
    }

    fn again(&self) -> Outcome {
        let poll_ms = self.target.receipt.map_or(0, |awaited| awaited.poll_ms);
        Outcome::Wait(Duration::from_millis(poll_ms))
    }

    fn now_ms(&self) -> i64 {
        (self.world.now_ms)()
    }
}

fn late(stem: &str, late_ms: u64) -> Stop {
    Stop {
        code: "receipt_late".into(),
        zh: format!("{stem}.rsp 在 {late_ms} 毫秒内未到;数据未丢失,不会重复发送"),
        en: format!(
            "{stem}.rsp has not come within {late_ms} ms; nothing is lost, nothing is sent twice"
        ),
        remedy: "请接收方处理该文件并写回执;到后自动继续 / have the receiver read the file and write its \
                 receipt: the target goes on when it is there"
            .into(),
        scope: Scope::Route,
    }
}

fn damaged(parcel: &Parcel, fault: &sheet::Fault) -> Stop {
    let (take, part) = (parcel.id.take, parcel.id.part);
    Stop {
        code: "parcel_damaged".into(),
        zh: format!("批次 {take}/{part} 无法写成表格:{fault}"),
        en: format!("parcel {take}/{part} cannot be written as a table: {fault}"),
        remedy:
            "这是网关的缺陷:保留现场并报告 / a defect of the gateway: keep the state and report it"
                .into(),
        scope: Scope::Route,
    }
}

#[cfg(test)]
mod tests;
