//! The receipt file, and what it means for the rows of its parcel.
//!
//! ```text
//!  batch|total|success|doubtful|error
//!  row|key|field|code|text          a line for each fault of a row; rows count from 1
//! ```
//!
//! UTF-8 or GB18030; separated by `|`, or as the file that was sent. It settles a parcel only if it
//! accounts for every row, and for those in error one by one. Where both kinds of bad rows
//! occur, the codes in `doubt_codes` tell the doubted from those in error.

use std::collections::BTreeMap;

use credit_record::flow::{Parcel, Receipt, RowVerdict, Verdict};
use encoding_rs::{GB18030, UTF_8};

use crate::echo::shown;
use crate::judgement::{Doubt, check};
use crate::outcome::{Scope, Stop};
use crate::reply::Counts;
use crate::target::ExchangeTarget;

/// A fault of a row.
struct Fault {
    row: u32,
    code: String,
    text: String,
}

/// The end of `parcel` by the receipt in `bytes`, or why it cannot be relied on.
pub(super) fn settled(
    target: &ExchangeTarget,
    parcel: &Parcel,
    batch: &str,
    bytes: &[u8],
    now_ms: i64,
) -> Result<Receipt, Doubt> {
    let text = decode(bytes);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let head = lines.next().unwrap_or_default();
    let separators = [target.separator, '|', '\t', ','];
    let separator = separators.into_iter().find(|s| head.split(*s).count() == 5);
    let (separator, (named, counts)) = separator
        .and_then(|s| Some((s, counts(head, s)?)))
        .ok_or_else(|| {
            Doubt(
                "第一行不是 批次|总数|成功|疑问|错误".into(),
                "its first line is not batch|total|success|doubtful|error".into(),
            )
        })?;
    if named != batch {
        let named = shown(named);
        return Err(Doubt(
            format!("批次号为 {named},应为 {batch}"),
            format!("it is of batch {named}, not of {batch}"),
        ));
    }
    check(counts, parcel.rows.len() as u64)?;
    let mut faults: BTreeMap<u32, Vec<Fault>> = BTreeMap::new();
    for line in lines {
        let fault = fault(line, separator, counts.total).ok_or_else(|| {
            let line = shown(line);
            Doubt(
                format!("无法理解的一行:{line}"),
                format!("a line is not row|key|field|code|text: {line}"),
            )
        })?;
        faults.entry(fault.row).or_default().push(fault);
    }
    let rows = verdicts(faults, counts, &target.doubt_codes)?;
    Ok(Receipt {
        task: named.to_owned(),
        at_ms: now_ms,
        attempts: 1,
        doubted: u32::try_from(counts.fail).unwrap_or(u32::MAX),
        rows,
    })
}

/// It has nothing more to say: its last line is ended, and it names every row that it counts.
pub(super) fn is_whole(receipt: &Receipt, bytes: &[u8]) -> bool {
    let doubted = |row: &&RowVerdict| row.verdict == Verdict::Doubted;
    let named = receipt.rows.iter().filter(doubted).count();
    bytes.ends_with(b"\n") && u32::try_from(named).is_ok_and(|named| named == receipt.doubted)
}

/// The stop that an unreliable receipt means.
pub(super) fn unclear(stem: &str, Doubt(zh, en): &Doubt) -> Stop {
    let name = format!("{stem}.rsp");
    Stop {
        code: "receipt_unclear".into(),
        zh: format!("回执文件 {name} 不明确:{zh}"),
        en: format!("the receipt file {name} is unclear: {en}"),
        remedy:
            "请接收方改正该回执文件,之后自动继续 / have the receiver correct the receipt file: the \
                 target goes on with the corrected one"
                .into(),
        scope: Scope::Target,
    }
}

fn decode(bytes: &[u8]) -> String {
    let (text, _, broken) = UTF_8.decode(bytes);
    match broken {
        false => text.into_owned(),
        true => GB18030.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

fn counts(head: &str, separator: char) -> Option<(&str, Counts)> {
    let mut fields = head.split(separator).map(str::trim);
    let batch = fields.next()?;
    let mut count = || fields.next()?.parse().ok();
    let counts = Counts {
        total: count()?,
        success: count()?,
        fail: count()?,
        error: count()?,
    };
    Some((batch, counts))
}

fn fault(line: &str, separator: char, total: u64) -> Option<Fault> {
    let mut fields = line.splitn(5, separator).map(str::trim);
    let row: u32 = fields.next()?.parse().ok()?;
    if row == 0 || u64::from(row) > total {
        return None;
    }
    let (_key, field, code, text) = (
        fields.next()?,
        fields.next()?,
        fields.next()?,
        fields.next()?,
    );
    let text = match field {
        "" => text.to_owned(),
        field => format!("{field}: {text}"),
    };
    Some(Fault {
        row: row - 1,
        code: shown(code),
        text: shown(&text),
    })
}

fn verdicts(
    faults: BTreeMap<u32, Vec<Fault>>,
    counts: Counts,
    doubt_codes: &[String],
) -> Result<Vec<RowVerdict>, Doubt> {
    let verdict = |faults: &[Fault]| match (counts.fail, counts.error) {
        (_, 0) => Verdict::Doubted,
        (0, _) => Verdict::Refused,
        _ if faults.iter().all(|f| doubt_codes.contains(&f.code)) => Verdict::Doubted,
        _ => Verdict::Refused,
    };
    let rows = faults.into_iter().map(|(row, faults)| RowVerdict {
        row,
        verdict: verdict(&faults),
        code: faults.first().map(|f| f.code.clone()).unwrap_or_default(),
        reason: (faults.iter().map(|f| f.text.as_str()))
            .collect::<Vec<_>>()
            .join("; "),
    });
    let rows: Vec<RowVerdict> = rows.collect();
    let of = |verdict: Verdict| rows.iter().filter(|r| r.verdict == verdict).count() as u64;
    let (doubted, refused) = (of(Verdict::Doubted), of(Verdict::Refused));
    // Doubted rows are stored: that some are not named loses nothing. Those in error all must be.
    if refused == counts.error && doubted <= counts.fail {
        return Ok(rows);
    }
    Err(Doubt(
        format!(
            "回执称疑问 {} 条、错误 {} 条,所列为疑问 {doubted} 条、错误 {refused} 条",
            counts.fail, counts.error
        ),
        format!(
            "it counts {} doubtful rows and {} in error, and names {doubted} and {refused}",
            counts.fail, counts.error
        ),
    ))
}
