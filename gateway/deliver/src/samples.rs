//! Parcels and targets for the tests.

use std::collections::HashMap;

use credit_record::flow::{Operation, Parcel, ParcelId, Row};

use crate::backoff::Backoff;
use crate::breaker::BreakerLimits;
use crate::reply::ReplyNames;
use crate::target::{HttpTarget, Pacing, Target, Way, World};

pub(crate) const WORLD: World = World {
    now_ms: || 1_000,
    random: || u64::MAX,
};

/// A parcel of these rows.
pub(crate) fn parcel(rows: &[&str]) -> Parcel {
    let mut bodies = String::new();
    let rows = rows.iter().enumerate().map(|(n, body)| {
        bodies.push_str(body);
        Row {
            id: [u8::try_from(n % 256).unwrap(); 16],
            source_row: n as u64 + 1,
            end: u32::try_from(bodies.len()).unwrap(),
            person: false,
        }
    });
    let rows = rows.collect();
    Parcel {
        id: ParcelId {
            take: 7,
            part: 0,
            target: "province".into(),
        },
        route: "tax-a".into(),
        taken_ms: 0,
        directory: "penalty".into(),
        operation: Operation::Insert,
        repair: false,
        rows,
        bodies,
    }
}

/// A target at `url` that is retried without a wait.
pub(crate) fn target(url: String) -> Target {
    with_way(Way::Push(Box::new(push(url))))
}

/// A target by that way, likewise.
pub(crate) fn with_way(way: Way) -> Target {
    Target {
        name: "province".into(),
        way,
        department: "D1".into(),
        departments: HashMap::new(),
        tables: HashMap::new(),
        fields: HashMap::new(),
        backoff: Backoff {
            first_ms: 0,
            factor: 2.0,
            most_ms: 0,
        },
        breaker: BreakerLimits {
            failures: 100,
            open_ms: 0,
        },
        pacing: Pacing::default(),
    }
}

/// A push to `url`.
pub(crate) fn push(url: String) -> HttpTarget {
    HttpTarget {
        url,
        repair_url: None,
        withdraw_url: None,
        hold_url: None,
        ca_file: None,
        token: None,
        timeout_ms: 20_000,
        reply: ReplyNames::default(),
    }
}
