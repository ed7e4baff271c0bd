//! A query of a department's database as a source.

use super::{Ahead, Found, Look, Onward};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stop::Stop;
use crate::targets::server;
use chrono_tz::Tz;
use credit_config::{ProcessEnv, SqlPlan};
use credit_record::flow::Resume;
use credit_source::files::Seen;
use credit_source::sql::{Query, QueryError, Spooled, SqlSource};
use std::path::PathBuf;
use tokio::runtime::Handle;

/// Why some rows are in no feed.
const WITHOUT_PLACE: &str = "位置列或区分列为空的行未读取,请部门补全 / rows whose position or tie is null are \
                             not read: have the department fill them in";

/// The feeds of one query: its pages.
pub(super) struct SqlFeeds {
    pub(super) plan: SqlPlan,
    pub(super) spool: PathBuf,
    pub(super) route: String,
    pub(super) runtime: Handle,
    /// In which times are meant.
    pub(super) zone: Tz,
}

impl SqlFeeds {
    /// What is next; the password is read anew each time, so that it may change.
    pub(super) fn look(
        &self,
        seen: &dyn Seen,
        resume: &Resume,
        stop: &Stop,
    ) -> Result<Look, Failure> {
        let query = self.query();
        let only = |next| Look {
            next,
            held: Vec::new(),
            settling: false,
        };
        if let Some(open) = &resume.open {
            let page = query.half_read(&open.name).map_err(failed)?;
            return Ok(only(
                page.map_or_else(|| Ahead::Lost(open.name.clone()), feed),
            ));
        }
        let password = self.plan.database.password.reveal(&ProcessEnv);
        let password = password.map_err(|e| Failure::of(Exit::Waiting, &e))?;
        let cursor = resume.cursor.as_deref();
        let runtime = (&self.runtime, stop.wait());
        let asked = query
            .fetch(runtime, seen, cursor, password.expose())
            .map_err(failed)?;
        let held = match asked.without_place {
            true => vec![format!("{}: {WITHOUT_PLACE}", self.plan.database.database)],
            false => Vec::new(),
        };
        Ok(Look {
            held,
            ..only(asked.page.map_or(Ahead::Nothing, feed))
        })
    }

    /// The page called `name` is finished for good.
    pub(super) fn done(&self, name: &str) -> Result<(), Failure> {
        self.query().done(name).map_err(failed)
    }

    fn query(&self) -> Query {
        let plan = &self.plan;
        Query::new(SqlSource {
            route: self.route.clone(),
            server: server(&plan.database, self.zone),
            query: plan.query.clone(),
            position_column: plan.position_column.clone(),
            tie_column: plan.tie_column.clone(),
            start: plan.start.clone(),
            overlap: plan.overlap,
            rows_max: plan.rows_max,
            body_bytes_max: plan.body_bytes_max,
            null: plan.null_text.clone(),
            spool_dir: self.spool.clone(),
        })
    }
}

fn feed(page: Spooled) -> Ahead {
    Ahead::Feed(Found {
        file: page.file,
        onward: Onward::Row(page.next),
    })
}

fn failed(error: QueryError) -> Failure {
    Failure::of(Exit::Waiting, &error).remedy(error.remedy())
}
