//! From the plan of a target to its courier.

use crate::exit::Exit;
use crate::failure::Failure;
use credit_config::{ProcessEnv, RoutePlan, TargetPlan};
use credit_deliver::{
    Backoff, BreakerLimits, Courier, HttpTarget, ReplyNames, Table, TokenSource, World,
};
use credit_record::directory::{Directories, Layer};
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A courier for the target, which all routes that deliver there share.
pub(crate) fn courier<'r>(
    routes: impl Iterator<Item = &'r RoutePlan>,
    target: &TargetPlan,
    directories: &Directories,
) -> Result<Courier, Failure> {
    let routes = routes.filter(|r| r.targets.contains(&target.name));
    let departments = routes
        .map(|r| (r.name.clone(), r.department_code(target).to_owned()))
        .collect();
    let http = HttpTarget {
        name: target.name.clone(),
        url: target.url.clone(),
        repair_url: target.repair_url.clone(),
        withdraw_url: target.withdraw_url.clone(),
        hold_url: target.hold_url.clone(),
        ca_file: target.ca_file.clone(),
        token: token(target),
        timeout_ms: ms(target.timeout),
        department: target.department_code.clone().unwrap_or_default(),
        departments,
        tables: tables(target),
        drop_columns: dropped(target, directories),
        reply: reply(target),
        backoff: Backoff {
            first_ms: ms(target.retry.first),
            factor: f64::from(target.retry.factor),
            most_ms: ms(target.retry.most),
        },
        breaker: BreakerLimits {
            failures: target.breaker.failures,
            open_ms: ms(target.breaker.open),
        },
    };
    Courier::new(http, World::REAL).map_err(|e| {
        let failure = Failure::of(Exit::Config, &e);
        Failure {
            message: format!("target {}: {}", target.name, failure.message),
            ..failure
        }
    })
}

pub(crate) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn token(target: &TargetPlan) -> Option<TokenSource> {
    let secret = target.token.clone()?;
    Some(Arc::new(move || match secret.reveal(&ProcessEnv) {
        Ok(token) => Ok(token.expose().to_owned()),
        Err(error) => Err(io::Error::other(error)),
    }))
}

fn tables(target: &TargetPlan) -> HashMap<String, Table> {
    let named = target.tables.iter().map(|(directory, table)| {
        let version_id = table.version.clone().unwrap_or_default();
        (
            directory.clone(),
            Table {
                code: table.code.clone(),
                version_id,
            },
        )
    });
    named.collect()
}

/// Envelope columns stay here, unless the target asks for them.
fn dropped(target: &TargetPlan, directories: &Directories) -> HashMap<String, HashSet<String>> {
    let kept = directories.iter().map(|directory| {
        let columns = directory
            .columns()
            .iter()
            .filter(|c| c.layer == Layer::Envelope);
        let dropped = columns
            .map(|c| &c.code)
            .filter(|c| !target.send_envelope.contains(c));
        (
            directory.code().to_owned(),
            dropped.cloned().collect::<HashSet<_>>(),
        )
    });
    kept.filter(|(_, columns)| !columns.is_empty()).collect()
}

fn reply(target: &TargetPlan) -> ReplyNames {
    let names = target.reply.clone();
    ReplyNames {
        task: names.task,
        code: names.error_code,
        message: names.error_message,
        total: names.total,
        success: names.success,
        fail: names.doubt,
        error: names.error,
        error_body: names.error_body,
        fail_body: names.doubt_body,
        row: names.row,
        first_row: names.first_row,
        row_code: names.row_code,
        row_message: names.row_message,
        row_data: names.row_data,
    }
}
