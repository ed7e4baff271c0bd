//! From the plan of a target to its courier.

mod exchange;

use crate::exit::Exit;
use crate::failure::Failure;
use chrono::{DateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use credit_config::{
    DatabasePlan, HttpPushPlan, OpenHours, PacingPlan, ProcessEnv, ReplyFields, RoutePlan, Secret,
    SqlDriver, SqlMode, SqlTablesPlan, SqlTls, TargetPlan, WayPlan,
};
use credit_deliver::{
    Backoff, BreakerLimits, Courier, Fields, Hours, HttpTarget, Mode, Pacing, ReplyNames,
    SqlTarget, Status, Table, Target, TokenSource, Way, World,
};
use credit_record::directory::{DateForm, Directories, Directory, Kind, Layer, Naming};
use credit_sql::{Driver, Server, Tls};
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A courier for the target, which all routes that deliver there share.
pub(crate) fn courier<'r>(
    routes: impl Iterator<Item = &'r RoutePlan>,
    target: &TargetPlan,
    directories: &Directories,
    zone: Tz,
    state: &Path,
) -> Result<Courier, Failure> {
    let routes = routes.filter(|r| r.targets.contains(&target.name));
    let departments = routes
        .map(|r| (r.name.clone(), r.department_code(target).to_owned()))
        .collect();
    let way = match &target.way {
        WayPlan::HttpPush(push) => Way::Push(Box::new(http_push(push))),
        WayPlan::Exchange(plan) => {
            let memory = state.join("exchange").join(&target.name);
            let way = exchange::way(plan, target, directories, zone, memory);
            Way::Exchange(Box::new(way))
        }
        WayPlan::Sql(tables) => {
            let columns = exchange::columns(target, directories);
            Way::Sql(Box::new(sql_tables(tables, target, columns, zone)))
        }
    };
    let target = Target {
        name: target.name.clone(),
        way,
        department: target.department_code.clone().unwrap_or_default(),
        departments,
        tables: tables(target),
        fields: fields(target, directories),
        backoff: Backoff {
            first_ms: ms(target.retry.first),
            factor: f64::from(target.retry.factor),
            most_ms: ms(target.retry.most),
        },
        breaker: BreakerLimits {
            failures: target.breaker.failures,
            open_ms: ms(target.breaker.open),
        },
        pacing: pacing(&target.pacing, zone),
    };
    let name = target.name.clone();
    Courier::new(target, World::REAL).map_err(|e| {
        let failure = Failure::of(Exit::Config, &e);
        Failure {
            message: format!("target {name}: {}", failure.message),
            ..failure
        }
    })
}

fn http_push(push: &HttpPushPlan) -> HttpTarget {
    HttpTarget {
        url: push.url.clone(),
        repair_url: push.repair_url.clone(),
        withdraw_url: push.withdraw_url.clone(),
        hold_url: push.hold_url.clone(),
        ca_file: push.ca_file.clone(),
        token: push.token.clone().map(token),
        timeout_ms: ms(push.timeout),
        reply: reply(&push.reply),
    }
}

/// The database of a plan; times without a zone are meant in `zone`.
pub(crate) fn server(plan: &DatabasePlan, zone: Tz) -> Server {
    let offset = Utc::now().with_timezone(&zone).format("%:z").to_string();
    Server {
        driver: match plan.driver {
            SqlDriver::Postgres => Driver::Postgres,
            SqlDriver::Mysql => Driver::Mysql,
        },
        host: plan.host.clone(),
        port: plan.port,
        database: plan.database.clone(),
        user: plan.user.clone(),
        tls: match plan.tls {
            SqlTls::Verify => Tls::Verify,
            SqlTls::VerifyAuthority => Tls::VerifyAuthority,
            SqlTls::Off => Tls::Off,
        },
        ca_file: plan.ca_file.clone(),
        zone: zone.name().to_owned(),
        offset,
        timeout_ms: ms(plan.timeout),
    }
}

fn sql_tables(
    plan: &SqlTablesPlan,
    target: &TargetPlan,
    columns: HashMap<String, Vec<String>>,
    zone: Tz,
) -> SqlTarget {
    let tables = target.tables.iter();
    SqlTarget {
        server: server(&plan.database, zone),
        password: token(plan.database.password.clone()),
        mode: match plan.mode {
            SqlMode::Append => Mode::Append,
            SqlMode::Upsert => Mode::Upsert,
        },
        columns,
        keys: tables.map(|(d, t)| (d.clone(), t.key.clone())).collect(),
        operation_column: plan.operation_column.clone(),
        batch_column: plan.batch_column.clone(),
        batches_table: plan.batches_table.clone(),
        create: plan.create,
    }
}

pub(crate) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn token(secret: Secret) -> TokenSource {
    Arc::new(move || match secret.reveal(&ProcessEnv) {
        Ok(token) => Ok(token.expose().to_owned()),
        Err(error) => Err(io::Error::other(error)),
    })
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

/// What the target gets of each directory. Envelope columns stay here, unless it asks for them
/// or a naming or a list of columns has them.
pub(crate) fn fields(target: &TargetPlan, directories: &Directories) -> HashMap<String, Fields> {
    let shaped = directories.iter().map(|directory| {
        let plan = target.fields.get(directory.code());
        let naming = plan.and_then(|p| directory.naming(p.naming.as_deref()?));
        let mut fields = naming.map_or_else(Fields::default, |naming| named(naming, directory));
        if let Some(plan) = plan {
            if let Some(only) = &plan.only {
                let named = fields.only.take();
                let had = |c: &&String| named.as_ref().is_none_or(|named| named.contains(*c));
                fields.only = Some(only.iter().filter(had).cloned().collect());
            }
            let own = plan.rename.iter();
            fields
                .rename
                .extend(own.map(|(c, n)| (c.clone(), n.clone())));
        }
        if fields.only.is_none() {
            let columns = directory.columns().iter();
            let kept = columns
                .filter(|c| c.layer == Layer::Envelope)
                .map(|c| &c.code);
            let kept = kept.filter(|c| !target.send_envelope.contains(c));
            fields.drop = kept.cloned().collect();
        }
        if let WayPlan::Exchange(exchange) = &target.way
            && fields.status.is_none()
        {
            fields.status = exchange::status(&exchange.operations);
        }
        (directory.code().to_owned(), fields)
    });
    shaped.filter(|(_, f)| *f != Fields::default()).collect()
}

fn named(naming: &Naming, directory: &Directory) -> Fields {
    let renamed = naming.columns().filter(|(own, there)| own != there);
    let dated = directory.columns().iter().filter(|column| {
        naming.dates() == DateForm::Slash
            && matches!(column.kind, Kind::Date { .. } | Kind::DateTime { .. })
    });
    Fields {
        drop: HashSet::new(),
        only: Some(naming.columns().map(|(own, _)| own.to_owned()).collect()),
        rename: renamed
            .map(|(own, there)| (own.to_owned(), there.to_owned()))
            .collect(),
        slashed: dated.map(|column| column.code.clone()).collect(),
        status: naming.status().map(|s| Status {
            column: s.column.clone(),
            insert: s.insert.clone(),
            update: s.update.clone(),
            withdraw: s.withdraw.clone(),
            hold: s.hold.clone(),
        }),
    }
}

fn pacing(plan: &PacingPlan, zone: Tz) -> Pacing {
    let open = plan.hours.clone();
    let hours: Option<Hours> = (!open.is_empty())
        .then(|| -> Hours { Arc::new(move |now_ms| opens_ms(&open, zone, now_ms)) });
    Pacing {
        records_per_second: plan.records_per_second,
        hours,
    }
}

/// When the hours begin again, seen from `now_ms`; nothing where they are now.
fn opens_ms(hours: &[OpenHours], zone: Tz, now_ms: i64) -> Option<i64> {
    let now = DateTime::from_timestamp_millis(now_ms)?.with_timezone(&zone);
    let time = now.time();
    let is_open = |h: &OpenHours| match h.from < h.until {
        true => (h.from..h.until).contains(&time),
        false => time >= h.from || time < h.until,
    };
    if hours.iter().any(is_open) {
        return None;
    }
    let today = now.date_naive();
    let days = [Some(today), today.succ_opt()];
    let begins = days.into_iter().flatten().flat_map(|day| {
        let at = move |h: &OpenHours| zone.from_local_datetime(&day.and_time(h.from)).earliest();
        hours.iter().filter_map(at)
    });
    let begins = begins.map(|at| at.timestamp_millis());
    begins.filter(|at| *at > now_ms).min()
}

fn reply(names: &ReplyFields) -> ReplyNames {
    let names = names.clone();
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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveTime;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
    }

    fn hours(from: &str, until: &str) -> OpenHours {
        let time = |text| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
        OpenHours {
            from: time(from),
            until: time(until),
        }
    }

    #[test]
    fn hours_may_pass_midnight_and_begin_again_the_next_day() {
        let open = [hours("20:00", "06:00"), hours("12:00", "13:00")];
        let zone = Tz::Asia__Shanghai;
        let opens = |now: &str| opens_ms(&open, zone, at(now));
        assert_eq!(opens("2026-11-24T23:00:00+08:00"), None);
        assert_eq!(opens("2026-11-24T05:59:59+08:00"), None);
        let noon = Some(at("2026-11-24T12:00:00+08:00"));
        assert_eq!(opens("2026-11-24T06:00:00+08:00"), noon);
        let evening = Some(at("2026-11-24T20:00:00+08:00"));
        assert_eq!(opens("2026-11-24T13:00:00+08:00"), evening);
        let next = opens_ms(&open[1..], zone, at("2026-11-24T13:00:00+08:00"));
        assert_eq!(next, Some(at("2026-11-25T12:00:00+08:00")));
    }
}
