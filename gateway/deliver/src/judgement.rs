//! What a readable reply means for the rows of its parcel.
//!
//! Pure. A parcel settles only if the reply accounts for every row sent, and for the refused
//! rows one by one; anything less is `receipt_unclear` and stops the target: whoever guesses here
//! loses rows, or sends them for ever.

use credit_record::flow::{Parcel, Receipt, RowVerdict, Verdict};

use crate::echo::{Named, named_rows, shown};
use crate::outcome::{Outcome, Scope, Stop};
use crate::reply::{Counts, Entries, Reply, ReplyNames};

/// The outcome that `reply` means.
pub(crate) fn outcome(
    reply: Reply,
    names: &ReplyNames,
    parcel: &Parcel,
    host: &str,
    now_ms: i64,
) -> Outcome {
    match reply.code.as_str() {
        "200" => settled(reply, names, parcel, now_ms).map_or_else(
            |doubt| Outcome::Stop(unclear(host, &doubt)),
            Outcome::Settled,
        ),
        "500" => Outcome::retry("platform_500", words(host, &reply)),
        _ => Outcome::Stop(refusal(host, &reply)),
    }
}

/// The stop that a reply with an error's status means, if its code is one that sending again
/// cannot change; such codes say more than the status.
pub(crate) fn stop_by_code(reply: &Reply, host: &str) -> Option<Stop> {
    known(&reply.code).map(|_| refusal(host, reply))
}

/// The end of a parcel none of whose rows can ever be stored.
pub(crate) fn refuse_all(parcel: &Parcel, code: &str, reason: &str, now_ms: i64) -> Receipt {
    let rows = (0_u32..).zip(&parcel.rows).map(|(row, _)| RowVerdict {
        row,
        verdict: Verdict::Refused,
        code: code.to_owned(),
        reason: reason.to_owned(),
    });
    Receipt {
        task: String::new(),
        at_ms: now_ms,
        attempts: 1,
        doubted: 0,
        rows: rows.collect(),
    }
}

/// Why a receipt cannot be relied on, in Chinese and English.
pub(crate) struct Doubt(pub(crate) String, pub(crate) String);

fn settled(
    reply: Reply,
    names: &ReplyNames,
    parcel: &Parcel,
    now_ms: i64,
) -> Result<Receipt, Doubt> {
    let sent = parcel.rows.len() as u64;
    let counts = reply.counts.ok_or_else(|| {
        Doubt(
            "回执缺少数量".into(),
            "the receipt lacks one of its four counts".into(),
        )
    })?;
    check(counts, sent)?;
    let refused = match reply.error_rows {
        Entries::Listed(entries) if entries.len() as u64 == counts.error => {
            named_rows(parcel, names, entries)
        }
        // Some words instead of a list: nothing in them contradicts the counts.
        Entries::Unreadable if counts.error == 0 => Some(Vec::new()),
        _ => None,
    };
    let refused = refused.ok_or_else(|| {
        Doubt(
            format!("回执称 {} 条未入库,但无法与所发各条一一对应", counts.error),
            format!(
                "{} rows were not stored, but which cannot be told for certain",
                counts.error
            ),
        )
    })?;
    // Doubted rows are stored: if the platform does not say clearly which they are, their number
    // is enough.
    let doubted = match reply.fail_rows {
        Entries::Listed(entries) if entries.len() as u64 == counts.fail => {
            named_rows(parcel, names, entries)
        }
        _ => None,
    };
    let doubted = doubted.unwrap_or_default();
    let is_refused = |n: &Named| refused.binary_search_by_key(&n.row, |r| r.row).is_ok();
    let doubted = if doubted.iter().any(is_refused) {
        Vec::new()
    } else {
        doubted
    };
    let mut rows: Vec<RowVerdict> = verdicts(refused, &Verdict::Refused)
        .chain(verdicts(doubted, &Verdict::Doubted))
        .collect();
    rows.sort_by_key(|verdict| verdict.row);
    Ok(Receipt {
        task: reply.task,
        at_ms: now_ms,
        attempts: 1,
        doubted: u32::try_from(counts.fail).unwrap_or(u32::MAX),
        rows,
    })
}

/// The counts account for every row sent.
pub(crate) fn check(counts: Counts, sent: u64) -> Result<(), Doubt> {
    let Counts {
        total,
        success,
        fail,
        error,
    } = counts;
    let sum = success.saturating_add(fail).saturating_add(error);
    if total == sent && sum == total {
        return Ok(());
    }
    Err(Doubt(
        format!("发送 {sent} 条,回执为共 {total}、成功 {success}、疑问 {fail}、错误 {error}"),
        format!(
            "{sent} rows were sent, the receipt counts {total} in all, {success} stored, {fail} \
             doubted, {error} in error"
        ),
    ))
}

fn verdicts(named: Vec<Named>, verdict: &Verdict) -> impl Iterator<Item = RowVerdict> {
    named
        .into_iter()
        .map(|Named { row, code, reason }| RowVerdict {
            row,
            verdict: verdict.clone(),
            code,
            reason,
        })
}

fn unclear(host: &str, Doubt(zh, en): &Doubt) -> Stop {
    Stop {
        code: "receipt_unclear".into(),
        zh: format!("{host} 的回执不明确:{zh}"),
        en: format!("the receipt of {host} is unclear: {en}"),
        remedy:
            "向平台核实该批数据,核对目标设置中的回执字段名 / ask the platform what became of this parcel, \
                 and compare the names of the reply's fields in the target's settings"
                .into(),
        scope: Scope::Target,
    }
}

/// What a code of the platform means, in Chinese and English, and what to do.
fn known(code: &str) -> Option<(&'static str, &'static str, &'static str)> {
    const BODY: &str = "这是网关的缺陷或数据已损坏:保留现场并报告 / a defect of the gateway, or a damaged \
                        parcel: keep it and report it";
    const TABLE: &str =
        "检查该目录在目标中的目录编码 / check the target's table code of this directory";
    const DEPARTMENT: &str = "检查目标的部门编码 / check the target's department code";
    Some(match code {
        "3001" => ("目录编码为空", "the table code is empty", TABLE),
        "3002" => (
            "目录编码不存在",
            "the table code does not exist there",
            TABLE,
        ),
        "4001" => ("部门编码为空", "the department code is empty", DEPARTMENT),
        "4002" => (
            "部门编码不存在",
            "the department code does not exist there",
            DEPARTMENT,
        ),
        "5001" => ("JSON解析失败", "it could not read the JSON", BODY),
        "6001" => ("数据结构体为空", "it found no rows", BODY),
        "6002" => (
            "数据结构体JSON格式不正确",
            "it found the rows malformed",
            BODY,
        ),
        _ => return None,
    })
}

fn refusal(host: &str, reply: &Reply) -> Stop {
    let (zh, en, remedy) = known(&reply.code).unwrap_or((
        "未知的返回码",
        "an unknown code",
        "向平台查询该返回码 / ask the platform what this code means",
    ));
    let code = shown(&reply.code);
    let said = words(host, reply);
    Stop {
        zh: format!("{said}({zh})"),
        en: format!("{said} ({en})"),
        remedy: remedy.to_owned(),
        scope: Scope::Route,
        code: format!("platform_{code}"),
    }
}

fn words(host: &str, reply: &Reply) -> String {
    format!(
        "{host}: errorCode {} {}",
        shown(&reply.code),
        shown(&reply.message)
    )
    .trim_end()
    .into()
}

#[cfg(test)]
mod tests;
