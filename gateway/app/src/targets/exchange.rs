//! From the plan of an exchange of files to the way there.

use super::{fields, ms};
use crate::machines;
use chrono::DateTime;
use chrono_tz::Tz;
use credit_config::{ExchangePlan, OperationsPlan, PostPlan, SheetEncoding as Written, TargetPlan};
use credit_deliver::{Awaited, ExchangeTarget, Fields, Modes, Post, SheetEncoding, Status};
use credit_record::directory::{Directories, Directory};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) fn way(
    plan: &ExchangePlan,
    target: &TargetPlan,
    directories: &Directories,
    zone: Tz,
    memory: PathBuf,
) -> ExchangeTarget {
    ExchangeTarget {
        post: match &plan.post {
            PostPlan::Folder { dir, timeout } => Post::Folder {
                dir: dir.clone(),
                timeout_ms: ms(*timeout),
            },
            PostPlan::Remote(remote) => {
                let dir = remote.dir.clone();
                let host = machines::host(&remote.machine, dir, remote.transfer);
                Post::Remote(Arc::new(host))
            }
        },
        memory,
        name: plan.name.clone(),
        ending: plan.ending.clone(),
        encoding: match plan.encoding {
            Written::Utf8 => SheetEncoding::Utf8,
            Written::Gb18030 => SheetEncoding::Gb18030,
        },
        separator: plan.separator,
        sender: plan.sender.clone(),
        receipt: plan.receipt.map(|awaited| Awaited {
            poll_ms: ms(awaited.poll),
            late_ms: ms(awaited.late),
            bytes_max: awaited.bytes_max,
        }),
        doubt_codes: plan.doubt_codes.clone(),
        modes: Modes {
            insert: plan.operations.insert.clone(),
            update: plan.operations.update.clone(),
            withdraw: plan.operations.withdraw.clone(),
            hold: plan.operations.hold.clone(),
        },
        day: Arc::new(move |at_ms| {
            let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
            at.with_timezone(&zone).format("%Y%m%d").to_string()
        }),
        columns: columns(target, directories),
    }
}

/// The column of a target's own that says what is to become of rows. What it has no word for is
/// refused before.
pub(super) fn status(plan: &OperationsPlan) -> Option<Status> {
    let word = |word: &Option<String>| word.clone().unwrap_or_default();
    Some(Status {
        column: plan.column.clone()?,
        insert: plan.insert.clone(),
        update: plan.update.clone(),
        withdraw: word(&plan.withdraw),
        hold: word(&plan.hold),
    })
}

/// The columns that the target gets of each directory, by its own names, in the directory's order.
pub(super) fn columns(
    target: &TargetPlan,
    directories: &Directories,
) -> HashMap<String, Vec<String>> {
    let shapes = fields(target, directories);
    let unshaped = Fields::default();
    let shaped = directories.iter().map(|directory| {
        let shape = shapes.get(directory.code()).unwrap_or(&unshaped);
        (directory.code().to_owned(), of_directory(directory, shape))
    });
    shaped.collect()
}

fn of_directory(directory: &Directory, shape: &Fields) -> Vec<String> {
    let sent = directory.columns().iter().map(|column| &column.code);
    let sent = sent.filter(|code| {
        let listed = shape.only.as_ref().is_none_or(|only| only.contains(*code));
        listed && !shape.drop.contains(*code)
    });
    let name = |code: &String| shape.rename.get(code).unwrap_or(code).clone();
    let own = shape.status.iter().map(|status| status.column.clone());
    sent.map(name).chain(own).collect()
}
