//! `[source.paging]`: how one pull is spread over pages.

use super::{given, pointer};
use crate::limits::{PAGE_FIRST, PAGE_SIZE};
use crate::plan::pull::Paging;
use crate::reader::{Desk, Section, Trouble};

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Number,
    Token,
    Link,
}

/// Reads the paging; nothing where it cannot be used.
pub(super) fn read(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<Paging> {
    let mut table = section.section(desk, "paging");
    let present = table.is_present();
    if present && !table.has("by") {
        table.need_text(desk, "by", "by = \"number\", \"token\" or \"link\"");
        return None;
    }
    let kinds = [
        ("number", By::Number),
        ("token", By::Token),
        ("link", By::Link),
    ];
    let by = table.choice(desk, "by", &kinds);
    let param = match by {
        Some(By::Number | By::Token) if present => {
            let example = "param = \"page\", the parameter of the url that says which page";
            table.need_text(desk, "param", example)
        }
        _ => table.text(desk, "param"),
    };
    let first = table.number(desk, &PAGE_FIRST);
    let size = table.number(desk, &PAGE_SIZE);
    let pages = pointer(desk, &mut table, "pages");
    let given = given(desk, &mut table);
    if let Some(by) = by.filter(|_| present) {
        strangers(desk, &table, by);
        if by == By::Token && !table.has("header") && !table.has("pointer") {
            let example = "pointer = \"/next\" or header = \"X-Next\", where the reply gives it";
            table.miss(desk, "pointer", example);
        }
    }
    let unreadable = table.has("pages") && pages.is_none();
    let sized = table.has(PAGE_SIZE.name());
    let given_up = section.has("paging") && !present;
    table.finish(desk);
    if !present {
        return (!given_up).then_some(Paging::None);
    }
    match by? {
        By::Number if unreadable => None,
        By::Number => Some(Paging::Number {
            param: param?.value,
            first,
            size: sized.then_some(size),
            pages,
        }),
        By::Token => Some(Paging::Token {
            param: param?.value,
            given: given?,
        }),
        By::Link => Some(Paging::Link),
    }
}

/// Keys that belong to another way of paging would be without effect.
fn strangers(desk: &mut Desk<'_>, table: &Section<'_>, by: By) {
    let keys = [
        ("param", &[By::Number, By::Token][..]),
        (PAGE_FIRST.name(), &[By::Number]),
        (PAGE_SIZE.name(), &[By::Number]),
        ("pages", &[By::Number]),
        ("header", &[By::Token]),
        ("pointer", &[By::Token]),
    ];
    for (key, of) in keys {
        if table.has(key) && !of.contains(&by) {
            let message = format!("\"{key}\" does not go with this way of paging");
            let help = format!("take \"{key}\" out, or change by");
            let trouble = Trouble::error("conflicting_keys", message, help);
            desk.report(&table.spot_of(key), trouble);
        }
    }
}
