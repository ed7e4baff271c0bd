//! What the platforms answered, a line a parcel.

use super::table::{table, thousands};
use super::time::{Clock, short};
use crate::exit::Exit;
use crate::failure::Failure;
use credit_queue::{Queue, ReceiptEntry, ReceiptFilter};
use credit_record::flow;
use credit_record::mask::mask_text;
use serde::{Deserialize, Serialize};

/// One parcel's end at one target.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub route: String,
    pub target: String,
    /// The take, and which parcel of it.
    pub take: u64,
    pub part: u16,
    /// The platform's own number (taskCode).
    pub task: String,
    pub at: String,
    /// How often the parcel was sent.
    pub attempts: u32,
    pub rows: u32,
    pub delivered: u32,
    /// Those of `delivered` that the platform doubts.
    pub doubted: u32,
    pub refused: u32,
    /// The rows that are not simply stored.
    pub verdicts: Vec<Verdict>,
}

/// What the platform said of one row.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Verdict {
    pub source_row: u64,
    pub record: String,
    /// `doubted` or `refused`.
    pub verdict: String,
    pub code: String,
    pub reason: String,
}

/// The receipts that fit: the newest, at most `limit`, oldest first.
pub(crate) fn receipts(
    queue: &Queue,
    filter: &ReceiptFilter,
    limit: usize,
    clock: Clock,
) -> Result<Vec<Receipt>, Failure> {
    let failed = |e| Failure::of(Exit::Failed, &e);
    let mut found = std::collections::VecDeque::new();
    for entry in queue.receipts(filter).map_err(failed)? {
        found.push_back(receipt(entry.map_err(failed)?, clock));
        if found.len() > limit {
            found.pop_front();
        }
    }
    Ok(found.into())
}

pub(super) fn receipt(entry: ReceiptEntry, clock: Clock) -> Receipt {
    let verdicts = entry
        .verdicts
        .into_iter()
        .map(|(source_row, id, said)| Verdict {
            source_row,
            record: hex(&id),
            verdict: word(&said.verdict).to_owned(),
            code: said.code,
            reason: mask_text(&said.reason).into_owned(),
        });
    Receipt {
        route: entry.route,
        target: entry.parcel.target,
        take: entry.parcel.take,
        part: entry.parcel.part,
        task: entry.task,
        at: clock.text(entry.given_ms),
        attempts: entry.attempts,
        rows: entry.rows,
        delivered: entry.rows.saturating_sub(entry.refused),
        doubted: entry.doubted,
        refused: entry.refused,
        verdicts: verdicts.collect(),
    }
}

pub(super) const fn word(verdict: &flow::Verdict) -> &'static str {
    match verdict {
        flow::Verdict::Doubted => "doubted",
        flow::Verdict::Refused => "refused",
    }
}

/// A record's id, or a digest, in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The receipts as a person reads them.
pub(crate) fn text(receipts: &[Receipt]) -> String {
    if receipts.is_empty() {
        return "没有回执 there are no receipts\n".to_owned();
    }
    let head = [
        "时间\nat",
        "路由 → 目标\nroute → target",
        "任务号\ntask",
        "行\nrows",
        "送达\ndelivered",
        "存疑\ndoubted",
        "退回\nrefused",
        "次\nsent",
    ];
    let row = |r: &Receipt| {
        let numbers = [r.rows, r.delivered, r.doubted, r.refused, r.attempts];
        let words = [
            short(&r.at),
            format!("{} → {}", r.route, r.target),
            r.task.clone(),
        ];
        words
            .into_iter()
            .chain(numbers.map(|n| thousands(u64::from(n))))
            .collect()
    };
    let mut text = table(&head, receipts.iter().map(row));
    for receipt in receipts.iter().filter(|r| !r.verdicts.is_empty()) {
        for v in &receipt.verdicts {
            let (task, row) = (&receipt.task, v.source_row);
            let said = format!("{} [{}] {}", v.verdict, v.code, v.reason);
            text.push_str(&format!("{task} 行 row {row}: {said}\n"));
        }
    }
    text
}
