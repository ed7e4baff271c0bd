//! A row kept for a person, as it stands in a take.

use crate::wire::{Malformed, Reader, Writer};
use credit_record::flow::{Doubtful, Place, Reason};

pub(super) fn write_doubtful(out: &mut Writer, row: &Doubtful) {
    out.u64(row.source_row);
    out.text(&row.directory);
    out.flag(row.person);
    out.list(&row.reasons, |out, reason| {
        out.text(&reason.field);
        out.text(&reason.code);
        out.text(&reason.zh);
        out.text(&reason.en);
    });
    out.text(&row.content);
    out.option(row.place, |out, place| {
        out.u64(place.offset);
        out.u64(place.bytes);
    });
}

pub(super) fn read_doubtful(read: &mut Reader<'_>) -> Result<Doubtful, Malformed> {
    Ok(Doubtful {
        source_row: read.u64()?,
        directory: read.text()?,
        person: read.flag()?,
        reasons: read.list(16, |read| {
            Ok(Reason {
                field: read.text()?,
                code: read.text()?,
                zh: read.text()?,
                en: read.text()?,
            })
        })?,
        content: read.text()?,
        place: read.option(|read| {
            Ok(Place {
                offset: read.u64()?,
                bytes: read.u64()?,
            })
        })?,
    })
}
