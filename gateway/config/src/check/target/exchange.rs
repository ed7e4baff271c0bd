//! Targets that files are exchanged with.

use crate::check::gateway::MIB;
use crate::check::machine::{self, Protocol};
use crate::limits::{
    RECEIPT_LATE_MS, RECEIPT_MIB_MAX, RECEIPT_POLL_MS, TARGET_TIMEOUT_MS, TRANSFER_MS,
};
use crate::plan::{
    AwaitedPlan, ExchangePlan, OperationsPlan, PostPlan, RemotePostPlan, SheetEncoding,
};
use crate::reader::{Desk, NamedKind, Section, Text, Trouble};
use crate::text::shorten;
use std::time::Duration;

const NAME: &str = "{department}_{table}_{date}_{batch}_{mode}.csv";
const PLACEHOLDERS: [&str; 5] = ["department", "table", "date", "batch", "mode"];
/// Endings that the exchange itself uses.
const OWN_ENDINGS: [&str; 3] = ["ok", "tmp", "rsp"];

pub(super) fn read(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<ExchangePlan> {
    let post = post(desk, section);
    let given = section.text(desk, "name");
    let name = match &given {
        Some(text) => name(desk, text),
        None => (!section.has("name")).then_some(NAME),
    };
    let encodings = [
        ("utf-8", SheetEncoding::Utf8),
        ("gb18030", SheetEncoding::Gb18030),
    ];
    let encoding = section.choice(desk, "encoding", &encodings);
    let separators = [(",", ','), ("|", '|'), ("\t", '\t'), (";", ';')];
    let separator = section.choice(desk, "separator", &separators);
    let sender = section.text(desk, "sender").map(|text| text.value);
    let awaited = section.choice(desk, "receipt", &[("file", true), ("none", false)]);
    let times = AwaitedPlan {
        poll: Duration::from_millis(section.number(desk, &RECEIPT_POLL_MS)),
        late: Duration::from_millis(section.number(desk, &RECEIPT_LATE_MS)),
        bytes_max: section.number(desk, &RECEIPT_MIB_MAX) * MIB,
    };
    let codes = section.texts(desk, "doubt_codes");
    let by_name = name.is_some_and(|name| name.contains("{mode}"));
    let operations = operations(desk, section, by_name);
    let (name, ending) = name?.rsplit_once('.')?;
    Some(ExchangePlan {
        post: post?,
        name: name.to_owned(),
        ending: ending.to_owned(),
        encoding: encoding?,
        separator: separator?,
        sender,
        receipt: awaited?.then_some(times),
        doubt_codes: codes.into_iter().map(|text| text.value).collect(),
        operations,
    })
}

fn post(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<PostPlan> {
    let transports = [
        ("folder", None),
        ("sftp", Some(Protocol::Sftp)),
        ("ftp", Some(Protocol::Ftp)),
    ];
    let Some(protocol) = section.choice(desk, "transport", &transports)? else {
        if !section.has("dir") {
            let example = "dir = \"../exchange/county\", seen from this file";
            section.miss(desk, "dir", example);
        }
        let dir = section.path(desk, "dir", NamedKind::Outbox);
        let timeout = Duration::from_millis(section.number(desk, &TARGET_TIMEOUT_MS));
        return dir.map(|dir| PostPlan::Folder { dir, timeout });
    };
    let machine = machine::read(desk, section, protocol, &TARGET_TIMEOUT_MS);
    let dir = section.need_text(desk, "dir", "dir = \"/in\", as the server names it");
    let transfer = Duration::from_millis(section.number(desk, &TRANSFER_MS));
    Some(PostPlan::Remote(Box::new(RemotePostPlan {
        machine: machine?,
        dir: dir?.value,
        transfer,
    })))
}

fn name<'t>(desk: &mut Desk<'_>, text: &'t Text) -> Option<&'t str> {
    let mut rest = text.value.clone();
    for placeholder in PLACEHOLDERS {
        rest = rest.replace(&format!("{{{placeholder}}}"), "x");
    }
    let ending = text.value.rsplit_once('.').map(|(_, ending)| ending);
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let why = if !text.value.contains("{batch}") {
        "has no {batch}: two files could have one name"
    } else if !rest.chars().all(plain) {
        "has characters, or a placeholder, that no name may"
    } else if ending.is_none_or(|e| e.is_empty() || e.contains('}') || OWN_ENDINGS.contains(&e)) {
        "has no ending of its own, such as .csv"
    } else {
        return Some(&text.value);
    };
    let message = format!("{} {why}", shorten(desk.written(&text.spot)));
    let help = format!("as in name = \"{NAME}\"");
    desk.report(&text.spot, Trouble::error("bad_placeholder", message, help));
    None
}

fn operations(desk: &mut Desk<'_>, target: &mut Section<'_>, by_name: bool) -> OperationsPlan {
    let mut section = target.section(desk, "operations");
    let mut word = |key| section.text(desk, key).map(|text| text.value);
    let column = word("column");
    let (insert, update) = (word("insert"), word("update"));
    let (withdraw, hold) = (word("withdraw"), word("hold"));
    if column.is_none() && !by_name && (withdraw.is_some() || hold.is_some()) {
        let message = "nothing in a file would say that rows are withdrawn or contested";
        let help = "give the column that says it, or put {mode} into name";
        let spot = section.spot.clone();
        desk.report(&spot, Trouble::error("conflicting_keys", message, help));
    }
    section.finish(desk);
    OperationsPlan {
        column,
        insert: insert.unwrap_or_else(|| "I".to_owned()),
        update: update.unwrap_or_else(|| "I".to_owned()),
        withdraw,
        hold,
    }
}
