//! Sources on another machine, by SFTP and FTP.

use super::in_folder;
use crate::check::gateway::MIB;
use crate::check::machine::{self, Protocol};
use crate::limits::{COPY_MS, FILE_MIB_MAX, STEP_TIMEOUT_MS};
use crate::plan::RemotePlan;
use crate::reader::{Desk, Section, Text};
use std::path::PathBuf;
use std::time::Duration;

pub(super) fn remote(
    desk: &mut Desk<'_>,
    section: &mut Section<'_>,
    protocol: Protocol,
) -> Option<RemotePlan> {
    let machine = machine::read(desk, section, protocol, &STEP_TIMEOUT_MS);
    let dir = section.need_text(desk, "dir", "dir = \"/out\", as the server names it");
    let archive = section.text(desk, "archive_dir");
    let there = |text: Text| PathBuf::from(text.value);
    let files = in_folder(desk, section, dir.map(there), archive.map(there));
    let copy = Duration::from_millis(section.number(desk, &COPY_MS));
    let file_bytes_max = section.number(desk, &FILE_MIB_MAX) * MIB;
    Some(RemotePlan {
        machine: machine?,
        files: files?,
        copy,
        file_bytes_max,
    })
}
