//! Whole feeds, through the adapter as the gateway calls it.

mod mutations;
mod publicity;
mod quirks;
mod real;
mod synthetic;

use std::path::{Path, PathBuf};

use credit_sdk::testkit::{Feed, Outcome};
use serde_json::Value;

use crate::Market;

/// The folder of the shared data, where it is.
fn shared(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = folder.join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// A synthetic feed of the plugin's own.
fn own(name: &str) -> Feed {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    Feed::read(folder.join(name)).unwrap()
}

fn check(feed: &Feed, name: &str) -> Outcome {
    feed.check::<Market>(name).unwrap()
}

/// Rows and bodies of the drafts.
fn bodies(outcome: &Outcome) -> Vec<(u64, Value)> {
    let body = |body: &str| serde_json::from_str(body).unwrap();
    outcome
        .drafts()
        .map(|draft| (draft.source_row, body(draft.body)))
        .collect()
}

/// Rows, fields and codes of the doubts.
fn doubts(outcome: &Outcome) -> Vec<(u64, &str, &str)> {
    let doubts = outcome.page.doubts.iter();
    doubts
        .map(|d| (d.source_row, d.field.as_str(), &*d.reason.code))
        .collect()
}
