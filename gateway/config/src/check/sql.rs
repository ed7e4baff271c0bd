//! `kind = "sql"`: of a source, and of a target.

use super::address::is_loopback;
use super::gateway::MIB;
use crate::limits::{
    BODY_MIB_MAX, Limit, OVERLAP, PAGES_MAX, ROWS_MAX, STEP_TIMEOUT_MS, TARGET_TIMEOUT_MS, port,
};
use crate::plan::{DatabasePlan, SqlDriver, SqlMode, SqlPlan, SqlTablesPlan, SqlTls};
use crate::reader::{Desk, NamedKind, Section, Text, Trouble};
use std::time::Duration;

/// Words that would hold the department's rows while they are read.
const LOCKS: [&str; 4] = [
    "for update",
    "for share",
    "for no key update",
    "lock in share mode",
];

/// Reads a source; nothing where it cannot be used.
pub(super) fn source(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<SqlPlan> {
    let database = database(desk, section, &STEP_TIMEOUT_MS);
    let example = "query = \"SELECT * FROM xzcf\", without ORDER BY and LIMIT";
    let query = section
        .need_text(desk, "query", example)
        .and_then(|text| query(desk, text));
    let example = "position_column = \"gxsj\", a column that grows with each change";
    let position_column = section.need_text(desk, "position_column", example);
    let example = "tie_column = \"id\", which tells rows with the same position apart";
    let tie_column = section.need_text(desk, "tie_column", example);
    let example = "start = \"2018-01-01\", where the first page begins; it is never guessed";
    let start = section.need_text(desk, "start", example);
    let null_text = section.text(desk, "null_text");
    let (overlap, rows_max) = (
        section.number(desk, &OVERLAP),
        section.number(desk, &ROWS_MAX),
    );
    let body_bytes_max = section.number(desk, &BODY_MIB_MAX) * MIB;
    let pages_max = section.number(desk, &PAGES_MAX);
    Some(SqlPlan {
        database: database?,
        query: query?,
        position_column: position_column?.value,
        tie_column: tie_column?.value,
        start: start?.value,
        overlap,
        rows_max,
        body_bytes_max,
        pages_max,
        null_text: null_text.map(|text| text.value).unwrap_or_default(),
    })
}

/// Reads a target's way; nothing where it cannot be used.
pub(super) fn tables(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<SqlTablesPlan> {
    let database = database(desk, section, &TARGET_TIMEOUT_MS);
    let modes = [("append", SqlMode::Append), ("upsert", SqlMode::Upsert)];
    let mode = section.choice(desk, "mode", &modes);
    let mut name = |key, usual: &str| match section.text(desk, key) {
        Some(text) if !text.value.is_empty() => text.value,
        _ => usual.to_owned(),
    };
    let (operation_column, batch_column, batches_table) = (
        name("operation_column", "gw_operation"),
        name("batch_column", "gw_batch"),
        name("batches_table", "gateway_batches"),
    );
    let create = section.flag(desk, "create");
    Some(SqlTablesPlan {
        database: database?,
        mode: mode?,
        operation_column,
        batch_column,
        batches_table,
        create,
    })
}

fn database(
    desk: &mut Desk<'_>,
    section: &mut Section<'_>,
    timeout: &Limit,
) -> Option<DatabasePlan> {
    let drivers = [
        ("postgres", SqlDriver::Postgres),
        ("mysql", SqlDriver::Mysql),
    ];
    if !section.has("driver") {
        let example = "driver = \"postgres\", or \"mysql\", which MariaDB speaks as well";
        section.miss(desk, "driver", example);
    }
    let driver = section.choice(desk, "driver", &drivers);
    let host = section.need_text(desk, "host", "host = \"db.department.example\"");
    let usual = match driver {
        Some(SqlDriver::Mysql) => 3_306,
        _ => 5_432,
    };
    let port = section.number(desk, &port(usual));
    let name = section.need_text(desk, "database", "database = \"credit\"");
    let user = section.need_text(desk, "user", "user = \"gateway\"");
    if !section.has("password") {
        section.miss(desk, "password", "password = { env = \"NAME\" }");
    }
    let password = section.secret(desk, "password");
    let kinds = [
        ("verify", SqlTls::Verify),
        ("verify-authority", SqlTls::VerifyAuthority),
        ("off", SqlTls::Off),
    ];
    let tls = section.choice(desk, "tls", &kinds);
    let ca_file = section.path(desk, "ca_file", NamedKind::File);
    let timeout = Duration::from_millis(section.number(desk, timeout));
    if let (Some(host), Some(SqlTls::Off)) = (&host, tls)
        && !is_loopback(&host.value)
    {
        let message = "the connection to the database is not encrypted";
        let help = "take tls = \"off\" out; it is for the same machine only";
        desk.report(
            &section.spot_of("tls"),
            Trouble::warning("plain_sql", message, help),
        );
    }
    Some(DatabasePlan {
        driver: driver.filter(|_| section.has("driver"))?,
        host: host?.value,
        port: u16::try_from(port).ok()?,
        database: name?.value,
        user: user?.value,
        password: password?,
        tls: tls?,
        ca_file,
        timeout,
    })
}

/// One statement that only reads.
fn query(desk: &mut Desk<'_>, text: Text) -> Option<String> {
    let plain = text.value.to_ascii_lowercase();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let words = words.join(" ");
    let body = words.trim_end_matches([';', ' ']);
    let wrong = if !body.starts_with("select ") && !body.starts_with("with ") {
        "it does not begin with SELECT or WITH"
    } else if LOCKS.iter().any(|lock| body.contains(lock)) {
        "it would lock the rows that it reads"
    } else if body.contains(';') {
        "it is more than one statement"
    } else {
        return Some(text.value);
    };
    let message = format!("\"query\" is no query that only reads: {wrong}");
    let help = "one SELECT without ORDER BY and LIMIT: the gateway puts rows in order and asks \
                page by page";
    desk.report(&text.spot, Trouble::error("bad_query", message, help));
    None
}
