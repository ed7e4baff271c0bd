//! The pipe file.
//!
//! ```text
//! H|QXNSYH|CRD01|20261031|0003|GB18030
//! D|1|91520581MA6DEMQ1XJ|黔西市永利建材有限公司|HT2025000123|JJ2025000456|001|5000000.00|...
//! T|0003|17300000.00|16000000.00|1800000.00
//! ```

use std::borrow::Cow;

use credit_sdk::{Fault, Settings, text};

use crate::layout::{
    HEADER_FIELDS, Layout, Parts, ROW_FIELDS, TRAILER_FIELDS, field_count, kind_unknown,
};

/// Parts lines at `|`.
#[derive(Clone, Copy, Debug)]
pub struct Pipe;

impl Layout for Pipe {
    const TEXT: bool = true;

    fn of(_settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn part<'l>(&self, line: &'l [u8]) -> Parts<'l> {
        let line = std::str::from_utf8(line).unwrap_or_default();
        let fields: Vec<Cow<'l, str>> = line
            .split('|')
            .map(|field| Cow::Borrowed(text::trim(field)))
            .collect();
        let expected = match fields.first().map(|kind| &**kind) {
            Some("H") => Ok(HEADER_FIELDS),
            Some("D") => Ok(ROW_FIELDS),
            Some("T") => Ok(TRAILER_FIELDS),
            _ => Err(kind_unknown()),
        };
        let broken = match expected {
            Ok(expected) if expected == fields.len() => None,
            Ok(expected) => Some(field_count(fields.len(), expected)),
            Err(unknown) => Some(unknown),
        };
        Parts {
            raw: Cow::Borrowed(line),
            fields,
            unread: Vec::new(),
            broken,
        }
    }
}
