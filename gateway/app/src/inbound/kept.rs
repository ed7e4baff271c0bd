//! Entries for a person that are not of the judge's making: of a stretch or of a whole feed.

use credit_adapter::CallError;
use credit_record::flow::{Control, Doubtful, Judged, Place, Reason};

/// What is kept of a stretch that was cut out.
const KEPT_BYTES_MAX: usize = 64 * 1024;
/// The code of a control total that does not agree.
pub(crate) const CONTROL_MISMATCH: &str = "control_mismatch";

/// Where a stretch stands.
pub(super) fn place(offset: u64, bytes: usize) -> Place {
    Place {
        offset,
        bytes: bytes as u64,
    }
}

pub(super) fn unreadable(why: &CallError, place: Place, content: String) -> Judged {
    let mut judged = kept_for_a_person(place, why.code(), why.zh(), why.to_string(), content);
    if let CallError::Feed {
        source_row: Some(row),
        ..
    } = why
    {
        judged.doubtful.iter_mut().for_each(|d| d.source_row = *row);
    }
    judged
}

/// One entry for a person, of which only the place is known.
pub(super) fn kept_for_a_person(
    place: Place,
    code: &str,
    zh: String,
    en: String,
    content: String,
) -> Judged {
    let reason = Reason {
        field: String::new(),
        code: code.to_owned(),
        zh,
        en,
    };
    let entry = Doubtful {
        source_row: 0,
        directory: String::new(),
        person: false,
        reasons: vec![reason],
        content,
        place: Some(place),
    };
    Judged {
        doubtful: vec![entry],
        ..Judged::default()
    }
}

/// A control total that does not agree is an entry for a person.
pub(super) fn mismatch(control: &Control) -> Option<Doubtful> {
    let Control {
        name,
        declared,
        found,
    } = control;
    if declared == found {
        return None;
    }
    let reason = Reason {
        field: name.clone(),
        code: CONTROL_MISMATCH.to_owned(),
        zh: format!("控制总数不符：文件声明 {declared}，实际 {found}"),
        en: format!("the feed declares {name} = {declared}, found {found}"),
    };
    Some(Doubtful {
        source_row: 0,
        directory: String::new(),
        person: false,
        reasons: vec![reason],
        content: String::new(),
        place: None,
    })
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..KEPT_BYTES_MAX).unwrap_or(bytes)).into_owned()
}
