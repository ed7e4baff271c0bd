//! One request of the push interface, from its text to its answer.
//!
//! Reading and checking need no lock; under the lock an answer already given is found or the
//! rows are stored, so that a key counts once however many requests carry it at a time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chrono::DateTime;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::answer::{Answer, Entry};
use crate::options::{Options, Verdict};
use crate::store::{State, Store};
use crate::table::{Plan, Read};

/// Seconds that China is ahead of UTC: a task's number begins with the date there.
const CHINA_SECONDS: i64 = 8 * 3_600;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `/push` and `/repairData`, which stores a better version of a doubtful row.
    Store,
    /// `/withdrawData`.
    Withdraw,
    /// `/holdData`.
    Hold,
}

/// What was decided about tables and departments when the stand-in started.
pub(crate) struct Rules {
    plans: HashMap<String, Plan>,
    other: Plan,
    only_these_tables: bool,
    departments: Vec<String>,
    rows_max: usize,
}

/// A request that cannot be stored because the stand-in is full.
#[derive(Debug)]
pub(crate) struct Full {
    pub(crate) rows_max: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(default)]
    table_code: String,
    #[serde(default)]
    department_code: String,
    #[serde(borrow, default)]
    body: Vec<&'a RawValue>,
}

impl Rules {
    pub(crate) fn new(options: &Options) -> Self {
        let plans = options.tables.iter();
        Self {
            plans: plans
                .map(|(code, table)| (code.clone(), Plan::new(table)))
                .collect(),
            other: Plan::default(),
            only_these_tables: options.only_these_tables,
            departments: options.departments.clone(),
            rows_max: options.rows_max,
        }
    }

    /// The answer to a request; `key` is its idempotency key.
    pub(crate) fn receive(
        &self,
        way: Way,
        key: Option<String>,
        text: &Bytes,
        store: &Mutex<Store>,
    ) -> Result<Bytes, Full> {
        match self.read(text) {
            Ok((request, rows)) => self.store(way, key, text, &request, rows, store),
            Err(code) => Ok(Answer::failure(code, Answer::words(code)).json().into()),
        }
    }

    fn read<'a>(&self, text: &'a [u8]) -> Result<(Request<'a>, Vec<Read<'a>>), &'static str> {
        let request: Request<'a> = serde_json::from_slice(text).map_err(|_| {
            let json: Result<IgnoredAny, _> = serde_json::from_slice(text);
            if json.is_ok() { "6002" } else { "5001" }
        })?;
        let plan = match self.plans.get(&request.table_code) {
            Some(plan) => plan,
            None if request.table_code.is_empty() => return Err("3001"),
            None if self.only_these_tables => return Err("3002"),
            None => &self.other,
        };
        if request.department_code.is_empty() {
            return Err("4001");
        }
        if !self.departments.is_empty() && !self.departments.contains(&request.department_code) {
            return Err("4002");
        }
        if request.body.is_empty() {
            return Err("6001");
        }
        let rows = (1..)
            .zip(&request.body)
            .map(|(number, raw)| plan.read(number, raw));
        let rows = rows.collect::<Option<_>>().ok_or("6002")?;
        Ok((request, rows))
    }

    fn store(
        &self,
        way: Way,
        key: Option<String>,
        text: &Bytes,
        request: &Request<'_>,
        rows: Vec<Read<'_>>,
        store: &Mutex<Store>,
    ) -> Result<Bytes, Full> {
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(given) = key.as_ref().and_then(|key| store.answer(key)) {
            store.stats.repeated_requests += 1;
            return Ok(given);
        }
        let task_code = format!("{}{:04}", today(), store.next_task());
        let mut answer = Answer {
            task_code,
            ..Answer::failure("200", Answer::words("200"))
        };
        answer.total_size = rows.len();
        match way {
            Way::Store => self.put(&mut store, text, request, rows, &mut answer)?,
            Way::Withdraw => mark(&mut store, request, &rows, State::Withdrawn, &mut answer),
            Way::Hold => mark(&mut store, request, &rows, State::Held, &mut answer),
        }
        answer.fail_size = answer.fail_body.len();
        answer.error_size = answer.error_body.len();
        answer.success_size = answer.total_size - answer.fail_size - answer.error_size;
        store.stats.refused += answer.error_size as u64;
        let answer = Bytes::from(answer.json());
        if let Some(key) = key {
            store.remember(key, answer.clone());
        }
        Ok(answer)
    }

    fn put<'a>(
        &self,
        store: &mut Store,
        text: &Bytes,
        request: &Request<'a>,
        rows: Vec<Read<'a>>,
        answer: &mut Answer<'a>,
    ) -> Result<(), Full> {
        // Rows that only overwrite are counted as well: which these are is not known yet.
        if store.stats.unique + rows.len() as u64 > self.rows_max as u64 {
            return Err(Full {
                rows_max: self.rows_max,
            });
        }
        let kept = rows
            .into_iter()
            .zip(&request.body)
            .filter_map(|(row, raw)| {
                let body = || text.slice_ref(raw.get().as_bytes());
                match row.finding {
                    None => Some((row.key, State::Stored, body())),
                    Some((Verdict::Doubt, entry)) => {
                        answer.fail_body.push(entry);
                        Some((row.key, State::Doubtful, body()))
                    }
                    Some((Verdict::Refuse, entry)) => {
                        answer.error_body.push(entry);
                        None
                    }
                }
            });
        store.put(&request.table_code, kept);
        Ok(())
    }
}

/// Withdraws or holds rows by their keys; rows that are not there are refused.
fn mark<'a>(
    store: &mut Store,
    request: &Request<'a>,
    rows: &[Read<'a>],
    state: State,
    answer: &mut Answer<'a>,
) {
    for (n, (row, raw)) in (1..).zip(rows.iter().zip(&request.body)) {
        if !store.mark(&request.table_code, row.key, state) {
            let message = String::from("记录不存在");
            answer.error_body.push(Entry {
                row: n,
                code: "unknown_record",
                message,
                data: raw,
            });
        }
    }
}

fn today() -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default() + CHINA_SECONDS;
    DateTime::from_timestamp(seconds, 0)
        .unwrap_or_default()
        .format("%Y%m%d")
        .to_string()
}
