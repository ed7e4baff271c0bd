//! What a parcel's files are called, and what the control file says of them.
//!
//! ```text
//!  NAME.csv|bytes|rows|sha256         as a gateway reads it of an ok-file, too
//!  batch=… sender=… department=… table=… version=… mode=… encoding=… separator=…   a line each
//! ```

use credit_record::flow::{Operation, Parcel};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::Xxh3;

use crate::request::Form;
use crate::target::{ExchangeTarget, Modes};

/// The name of a batch: place in the log, and a hash of what the gateway has of it. So it is the
/// same whatever is tried again or set otherwise, and another one after the state was thrown
/// away and takes are counted from 1 again.
pub(super) fn batch(parcel: &Parcel) -> String {
    let mut hash = Xxh3::new();
    for text in [&parcel.route, &parcel.id.target, &parcel.bodies] {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    for row in &parcel.rows {
        hash.update(&row.id);
    }
    let digest = hash.digest() >> 32;
    format!("{:08}-{}-{digest:08x}", parcel.id.take, parcel.id.part)
}

/// The name of the files, without ending.
pub(super) fn stem(target: &ExchangeTarget, form: &Form, parcel: &Parcel, batch: &str) -> String {
    let (table, _) = form.table(&parcel.directory);
    let mut out = String::with_capacity(target.name.len() + 64);
    let mut rest = target.name.as_str();
    while let Some((before, from)) = rest.find('{').map(|at| rest.split_at(at)) {
        out.push_str(before);
        let (key, after) = from
            .get(1..)
            .and_then(|from| from.split_once('}'))
            .unwrap_or((from, ""));
        match key {
            "department" => push_plain(form.department(&parcel.route), &mut out),
            "table" => push_plain(table, &mut out),
            "date" => out.push_str(&(target.day)(parcel.taken_ms)),
            "batch" => out.push_str(batch),
            "mode" => push_plain(target.modes.of(parcel.operation), &mut out),
            other => push_plain(other, &mut out),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What the control file says.
pub(super) fn control(
    target: &ExchangeTarget,
    form: &Form,
    parcel: &Parcel,
    batch: &str,
    (stem, sheet): (&str, &[u8]),
) -> String {
    let digest = Sha256::digest(sheet);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let (table, version) = form.table(&parcel.directory);
    let department = form.department(&parcel.route);
    let sender = target.sender.as_deref().unwrap_or(department);
    let (ending, rows, bytes) = (&target.ending, parcel.rows.len(), sheet.len());
    let (mode, encoding) = (target.modes.of(parcel.operation), target.encoding.word());
    let separator = match target.separator {
        '\t' => "\\t".to_owned(),
        plain => plain.to_string(),
    };
    format!(
        "{stem}.{ending}|{bytes}|{rows}|{digest}\nbatch={batch}\nsender={sender}\n\
         department={department}\ntable={table}\nversion={version}\nmode={mode}\n\
         encoding={encoding}\nseparator={separator}\n"
    )
}

/// Nothing in a value can lead out of the folder.
fn push_plain(value: &str, out: &mut String) {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    out.extend(value.chars().map(|c| if plain(c) { c } else { '-' }));
}

impl Modes {
    /// The word for an operation.
    pub(crate) fn of(&self, operation: Operation) -> &str {
        let other = match operation {
            Operation::Insert => None,
            Operation::Update => Some(&self.update),
            Operation::Withdraw => self.withdraw.as_ref().or(Some(&self.update)),
            Operation::Hold => self.hold.as_ref().or(Some(&self.update)),
        };
        other.unwrap_or(&self.insert)
    }
}
