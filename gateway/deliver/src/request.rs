//! What is sent: the body around the rows, and the key that names it.
//!
//! ```text
//! {"tableCode":"…","departmentCode":"…","tableVersionId":"…","body":[row,row,…]}
//! ```
//!
//! Rows are JSON objects already and are appended as they are, shaped where the target wants them
//! otherwise. The key is a hash of the parcel's name and of the bytes sent: over retries and
//! restarts it stays the same, and it never names two different requests, not even after the
//! gateway's state was thrown away and its takes are counted from 1 again.

use std::collections::HashMap;

use credit_record::flow::{Operation, Parcel};
use serde_json::Value;
use xxhash_rust::xxh3::Xxh3;

use crate::fields::Shape;
use crate::target::{Table, Target};

/// Room for the envelope and its codes, in bytes.
const ENVELOPE_BYTES: usize = 256;

/// All that requests to one target have in common.
pub(crate) struct Form {
    department: String,
    departments: HashMap<String, String>,
    tables: HashMap<String, Table>,
    shapes: HashMap<String, Shape>,
}

impl Form {
    pub(crate) fn new(target: &Target) -> Self {
        let fields = target.fields.iter();
        Self {
            department: target.department.clone(),
            departments: target.departments.clone(),
            tables: target.tables.clone(),
            shapes: fields
                .map(|(d, fields)| (d.clone(), Shape::new(fields)))
                .collect(),
        }
    }

    /// The target's name of a directory.
    pub(crate) fn table<'a>(&'a self, directory: &'a str) -> (&'a str, &'a str) {
        let table = self.tables.get(directory);
        table.map_or((directory, ""), |t| (&t.code, &t.version_id))
    }

    /// The target's code of the department that a route belongs to.
    pub(crate) fn department(&self, route: &str) -> &str {
        self.departments.get(route).unwrap_or(&self.department)
    }

    /// The target has a column of its own that says so of rows of `directory`.
    pub(crate) fn tells(&self, directory: &str, operation: Operation) -> bool {
        let shape = self.shapes.get(directory);
        shape.is_some_and(|shape| shape.tells(operation))
    }

    /// Appends row `n` to `out` as the target gets it; nothing if it does not lie within the
    /// bodies of the parcel.
    pub(crate) fn row(&self, parcel: &Parcel, n: usize, out: &mut String) -> Option<()> {
        let row = parcel.body(n)?;
        match self.shapes.get(&parcel.directory) {
            Some(shape) => shape.copy(row, parcel.operation, out),
            None => out.push_str(row),
        }
        Some(())
    }

    /// The request's body, or nothing if the parcel's rows do not lie within its bodies.
    pub(crate) fn fill(&self, parcel: &Parcel) -> Option<String> {
        let (code, version) = self.table(&parcel.directory);
        let room = ENVELOPE_BYTES + parcel.bodies.len() + parcel.rows.len();
        let mut out = String::with_capacity(room);
        out.push_str("{\"tableCode\":");
        out.push_str(&quoted(code));
        out.push_str(",\"departmentCode\":");
        out.push_str(&quoted(self.department(&parcel.route)));
        out.push_str(",\"tableVersionId\":");
        out.push_str(&quoted(version));
        out.push_str(",\"body\":[");
        for n in 0..parcel.rows.len() {
            if n > 0 {
                out.push(',');
            }
            self.row(parcel, n, &mut out)?;
        }
        out.push_str("]}");
        Some(out)
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The value of `Idempotency-Key`, 32 hexadecimal digits.
pub(crate) fn idempotency_key(parcel: &Parcel, path: &str, body: &str) -> String {
    let mut hash = Xxh3::new();
    for text in [&parcel.route, &parcel.id.target, path, body] {
        // Lengths in front keep `a` + `bc` and `ab` + `c` apart.
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.update(&parcel.id.take.to_le_bytes());
    hash.update(&parcel.id.part.to_le_bytes());
    format!("{:032x}", hash.digest128())
}

#[cfg(test)]
mod tests;
