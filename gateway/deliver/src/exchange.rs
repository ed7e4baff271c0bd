//! The exchange of files in a folder that both sides see: a file of rows out, a receipt in.
//!
//! ```text
//!  ours:    NAME.tmp ─fsync, rename─▶ NAME.csv ─▶ NAME.ok (last: the receiver looks at it alone)
//!  theirs:  NAME.rsp
//! ```
//!
//! What must stay true: a parcel has one NAME, over retries, restarts and changed settings, and no
//! other parcel has it; what was placed is not placed again, whether the receiver took it away
//! or not (a *memory* in the gateway's own state says so); where receipts are awaited, a parcel
//! is settled by its receipt and by nothing else. Nothing is ever removed from the folder.

mod folder;
mod name;
mod receipt;
mod sheet;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use credit_record::flow::{Operation, Parcel, Receipt};

use crate::judgement::refuse_all;
use crate::outcome::{Outcome, Scope, Stop};
use crate::request::Form;
use crate::target::{Awaited, ExchangeTarget, World};
use folder::{Folder, Found, Look};

/// Delivers to one receiver by files.
pub(crate) struct Exchange {
    target: ExchangeTarget,
    form: Arc<Form>,
    folder: Arc<Folder>,
    /// Receipts that could not be relied on, as they looked: they may still be written to.
    unclear: Mutex<HashMap<PathBuf, Look>>,
    world: World,
}

impl Exchange {
    pub(crate) fn new(target: ExchangeTarget, form: Arc<Form>, world: World) -> Self {
        let folder = Folder {
            dir: target.dir.clone(),
            memory: target.memory.clone(),
            ending: target.ending.clone(),
        };
        Self {
            folder: Arc::new(folder),
            target,
            form,
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
        let batch = name::batch(parcel);
        let stem = name::stem(&self.target, &self.form, parcel, &batch);
        let (route, looked) = (parcel.route.clone(), stem.clone());
        let found = match self.on_disk(move |f| f.find(&route, &looked)).await {
            Ok(found) => found,
            Err(error) => return self.failed(&error),
        };
        let placed_ms = match found {
            Found::Receipt(bytes, look) if self.target.receipt.is_some() => {
                return self.answered(parcel, &batch, &bytes, look);
            }
            Found::Receipt(..) => self.now_ms(),
            Found::Placed { at_ms } => at_ms,
            Found::Nothing => match self.place(parcel, &batch, &stem).await {
                Ok(()) => self.now_ms(),
                Err(instead) => return *instead,
            },
        };
        match self.target.receipt {
            None => Outcome::Settled(Receipt {
                task: batch,
                at_ms: self.now_ms(),
                attempts: 1,
                doubted: 0,
                rows: Vec::new(),
            }),
            Some(awaited) => self.awaited(awaited, &stem, placed_ms),
        }
    }

    async fn place(&self, parcel: &Parcel, batch: &str, stem: &str) -> Result<(), Box<Outcome>> {
        let no_columns = Vec::new();
        let columns = self.target.columns.get(&parcel.directory);
        let sheet = sheet::write(
            &self.form,
            parcel,
            columns.unwrap_or(&no_columns),
            self.target.separator,
        );
        let sheet = sheet.map_err(|fault| Box::new(Outcome::Stop(damaged(parcel, &fault))))?;
        let sheet = self.target.encoding.encode(&sheet);
        let control = name::control(&self.target, &self.form, parcel, batch, (stem, &sheet));
        let (route, stem, now_ms) = (parcel.route.clone(), stem.to_owned(), self.now_ms());
        let placed = self.on_disk(move |f| f.place(&route, &stem, &sheet, &control, now_ms));
        placed.await.map_err(|error| Box::new(self.failed(&error)))
    }

    /// What a receipt says. One that cannot be relied on is looked at once more, unless it is the
    /// same as at the last look: its writer may not be done.
    fn answered(&self, parcel: &Parcel, batch: &str, bytes: &[u8], look: Look) -> Outcome {
        let read = receipt::settled(&self.target, parcel, batch, bytes, self.now_ms());
        let mut unclear = self.unclear.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(receipt) => {
                unclear.remove(&look.path);
                Outcome::Settled(receipt)
            }
            Err(_) if unclear.get(&look.path) != Some(&look) => {
                unclear.insert(look.path.clone(), look);
                self.again()
            }
            Err(doubt) => {
                unclear.remove(&look.path);
                Outcome::Stop(receipt::unclear(&look.path, &doubt))
            }
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

    fn failed(&self, error: &io::Error) -> Outcome {
        let dir = self.target.dir.display();
        Outcome::retry("exchange_folder", format!("folder {dir}: {error}"))
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let folder = Arc::clone(&self.folder);
        let done = tokio::task::spawn_blocking(move || work(&folder)).await;
        done.unwrap_or_else(|gone| Err(io::Error::other(gone)))
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
