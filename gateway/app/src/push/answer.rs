//! What a department is told of its rows.
//!
//! What must stay true: it is made of what the queue took, so that it is the same whenever it is
//! asked for; ids of persons are masked.

use super::problem::{self, Answer};
use credit_queue::FeedFate;
use credit_record::flow::Doubtful;
use credit_record::mask::mask_text;
use hyper::StatusCode;
use serde_json::{Value, json};

/// Doubtful rows that one answer lists; `gateway doubts` lists them all.
const DOUBTS_MAX: usize = 10_000;
const CONTROL_MISMATCH: &str = "control_mismatch";

/// Whose fate is told.
pub(super) struct Told<'a> {
    /// The route.
    pub(super) route: &'a str,
    /// What its feed is called.
    pub(super) feed: &'a str,
    /// It was known before.
    pub(super) replayed: bool,
    /// The rows that were taken are listed, too.
    pub(super) rows: bool,
}

/// The fate of each row. A feed of which nothing could be taken, because its control totals do not
/// agree or it cannot be read, is told to be that.
pub(super) fn answer(told: &Told<'_>, fate: &FeedFate) -> Answer {
    let doubts = fate.doubts.iter().take(DOUBTS_MAX).map(doubt);
    let mut value = json!({
        "route": told.route,
        "file": mask_text(told.feed),
        "replayed": told.replayed,
        "drafted": fate.drafted,
        "accepted": fate.accepted,
        "doubtful": fate.doubtful,
        "duplicate": fate.duplicate,
        "stale": fate.stale,
        "skipped": fate.skipped,
        "doubts": doubts.collect::<Vec<_>>(),
        "doubts_left_off": fate.doubts.len().saturating_sub(DOUBTS_MAX),
    });
    let refused = refusal(fate);
    if let Some(object) = value.as_object_mut() {
        if told.rows {
            object.insert("rows".to_owned(), rows(fate));
        }
        if let Some((code, zh, en)) = refused {
            object.insert("code".to_owned(), json!(code));
            object.insert("message_zh".to_owned(), json!(zh));
            object.insert("message_en".to_owned(), json!(en));
        }
    }
    let status = match refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    problem::answer(status, &value)
}

fn refusal(fate: &FeedFate) -> Option<(&'static str, &'static str, &'static str)> {
    if fate.accepted + fate.duplicate > 0 {
        return None;
    }
    let mut reasons = fate.doubts.iter().flat_map(|doubt| &doubt.reasons);
    if reasons.any(|reason| reason.code == CONTROL_MISMATCH) {
        return Some((
            "held",
            "控制总数不符，整个文件未接收",
            "control totals do not agree; nothing of the feed was taken",
        ));
    }
    let unreadable = fate.doubts.iter().any(|doubt| doubt.place.is_some());
    unreadable.then_some((
        "unreadable",
        "文件无法读取，未接收任何记录",
        "the feed cannot be read; no record was taken",
    ))
}

fn doubt(doubt: &Doubtful) -> Value {
    let reasons = doubt.reasons.iter().map(|reason| {
        json!({
            "field": reason.field,
            "code": reason.code,
            "message_zh": mask_text(&reason.zh),
            "message_en": mask_text(&reason.en),
        })
    });
    let mut value = json!({
        "source_row": doubt.source_row,
        "reasons": reasons.collect::<Vec<_>>(),
    });
    if let (Some(place), Some(object)) = (doubt.place, value.as_object_mut()) {
        object.insert("offset".to_owned(), json!(place.offset));
        object.insert("bytes".to_owned(), json!(place.bytes));
    }
    value
}

/// Rows by what became of them, each run as its first and last: a row that is in none of these
/// and not among the doubts was known already.
fn rows(fate: &FeedFate) -> Value {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for row in &fate.accepted_rows {
        match runs.last_mut() {
            Some((_, last)) if *row == *last || *row == last.saturating_add(1) => *last = *row,
            _ => runs.push((*row, *row)),
        }
    }
    let skips = fate.skips.iter().filter(|skip| skip.rows > 0).map(|skip| {
        let last = skip.first_row.saturating_add(skip.rows - 1);
        json!({ "reason": skip.reason, "rows": [skip.first_row, last] })
    });
    json!({ "accepted": runs, "skipped": skips.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_follow_each_other_are_one_run() {
        let fate = FeedFate {
            accepted_rows: vec![2, 3, 3, 4, 7, 9, 10],
            ..FeedFate::default()
        };
        assert_eq!(rows(&fate)["accepted"], json!([[2, 4], [7, 7], [9, 10]]));
    }
}
