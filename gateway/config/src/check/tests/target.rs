//! What a target can say of itself.

use super::*;
use crate::plan::{HttpPushPlan, WayPlan};
use credit_record::directory::Counted;

fn plan(gateway: &str, route: &str) -> Plan {
    checked(gateway, route).unwrap_or_else(|problems| panic!("{problems}"))
}

fn push(plan: &Plan) -> HttpPushPlan {
    match &plan.targets["county"].way {
        WayPlan::HttpPush(push) => push.as_ref().clone(),
        WayPlan::Exchange(_) | WayPlan::Sql(_) => panic!("no push"),
    }
}

#[test]
fn a_target_says_what_it_gets_how_fast_and_when() {
    let own = "records_per_second = 200\nhours = [\"20:00-06:00\", \"12:00-13:30\"]\n\
               [targets.county.fields.penalty]\nnaming = \"gen1\"\nonly = [\"CF_WSH\"]\n\
               rename = { BZ = \"REMARK\" }\n";
    let plan = plan(&format!("{GATEWAY_TEXT}{own}"), ROUTE_TEXT);
    let target = &plan.targets["county"];
    assert_eq!(target.pacing.records_per_second, Some(200));
    let hours = target.pacing.hours.iter();
    let hours: Vec<_> = hours.map(|h| format!("{} {}", h.from, h.until)).collect();
    assert_eq!(hours, ["20:00:00 06:00:00", "12:00:00 13:30:00"]);
    let fields = &target.fields["penalty"];
    assert_eq!(fields.naming.as_deref(), Some("gen1"));
    assert_eq!(fields.only.as_ref().unwrap(), &["CF_WSH"]);
    assert_eq!(fields.rename["BZ"], "REMARK");
    for (wrong, code) in [
        ("hours = [\"8-9\"]", "bad_hours"),
        ("hours = [\"08:00-08:00\"]", "bad_hours"),
        ("fields.penalti = {}", "unknown_directory"),
        ("fields.penalty.naming = \"gen2\"", "unknown_naming"),
        ("fields.penalty.only = [\"CF_WSHH\"]", "unknown_column"),
        ("fields.penalty.rename.CF = \"X\"", "unknown_column"),
        ("fields.penalty.rename.BZ = 1", "wrong_type"),
    ] {
        let gateway = format!("{GATEWAY_TEXT}{wrong}\n");
        assert_eq!(codes(&gateway, ROUTE_TEXT), [code], "{wrong}");
    }
}

#[test]
fn a_name_in_the_reply_is_one_text_or_several() {
    let usual = push(&plan(GATEWAY_TEXT, ROUTE_TEXT)).reply;
    assert_eq!(usual.row, ["row", "index"]);
    assert_eq!(usual.row_code, ["code", "errorCode"]);
    assert_eq!(usual.row_message, ["message", "errorMsg", "msg"]);
    assert_eq!(usual.row_data, ["data"]);
    assert_eq!(usual.first_row, 1);
    let own = "reply = { row = \"xh\", row_code = [\"dm\", \"code\"], row_message = [], \
               first_row = 0 }\n";
    let own = plan(&format!("{GATEWAY_TEXT}{own}"), ROUTE_TEXT);
    let own = push(&own).reply;
    assert_eq!(own.row, ["xh"]);
    assert_eq!(own.row_code, ["dm", "code"]);
    assert_eq!(own.row_message, usual.row_message);
    assert_eq!(own.first_row, 0);
    for (wrong, code) in [
        ("row = 1", "wrong_type"),
        ("row = [1]", "wrong_type"),
        ("first_row = 2", "out_of_range"),
        ("row_dat = \"data\"", "unknown_key"),
    ] {
        let gateway = format!("{GATEWAY_TEXT}reply = {{ {wrong} }}\n");
        assert_eq!(codes(&gateway, ROUTE_TEXT), [code], "{wrong}");
    }
}

#[test]
fn a_route_counts_lengths_as_its_strictest_target_does() {
    let gateway = format!(
        "{GATEWAY_TEXT}[targets.city]\nurl = \"https://city.example/api\"\n\
         department_code = \"520500\"\nlength_in = \"bytes\"\n"
    );
    for (targets, counted) in [
        ("[\"county\"]", Counted::Characters),
        ("[\"city\", \"county\"]", Counted::Bytes),
        ("[\"county\", \"city\"]", Counted::Bytes),
    ] {
        let plan = plan(&gateway, &ROUTE_TEXT.replace("[\"county\"]", targets));
        assert_eq!(plan.length_in(&plan.routes["tax"]), counted, "{targets}");
    }
}

const EXCHANGE: &str = "[targets.county]\nkind = \"exchange\"\ndir = \"../out\"\n\
                        department_code = \"520581\"\n";

#[test]
fn a_target_can_be_a_folder_that_files_are_exchanged_in() {
    let own = "encoding = \"gb18030\"\nseparator = \"|\"\nreceipt = \"none\"\n\
               operations = { column = \"CZLX\", withdraw = \"D\" }\n";
    let plan = plan(&format!("{EXCHANGE}{own}"), ROUTE_TEXT);
    let target = &plan.targets["county"];
    let WayPlan::Exchange(exchange) = &target.way else {
        panic!("no exchange")
    };
    assert_eq!(
        (exchange.name.as_str(), exchange.ending.as_str()),
        ("{department}_{table}_{date}_{batch}_{mode}", "csv")
    );
    assert_eq!(exchange.encoding, SheetEncoding::Gb18030);
    assert_eq!((exchange.separator, exchange.receipt), ('|', None));
    assert!(target.takes_withdrawals());
    for (wrong, code) in [
        ("name = \"{table}.csv\"", "bad_placeholder"),
        ("name = \"{batch}\"", "bad_placeholder"),
        ("name = \"{batch}.ok\"", "bad_placeholder"),
        ("name = \"../{batch}.csv\"", "bad_placeholder"),
        ("name = \"{batch}{day}.csv\"", "bad_placeholder"),
        (
            "name = \"{batch}.csv\"\noperations.hold = \"H\"",
            "conflicting_keys",
        ),
        ("url = \"https://x.example\"", "unknown_key"),
        ("separator = \"x\"", "unknown_choice"),
        ("poll_ms = 1", "out_of_range"),
    ] {
        let gateway = format!("{EXCHANGE}{wrong}\n");
        assert_eq!(codes(&gateway, ROUTE_TEXT), [code], "{wrong}");
    }
}

#[test]
fn files_can_be_exchanged_in_a_folder_of_another_machine() {
    let by = |transport: &str, more: &str| {
        format!(
            "{}transport = \"{transport}\"\nhost = \"files.city.example\"\n\
             user = \"gateway\"\n{more}\n",
            EXCHANGE.replace("../out", "/in")
        )
    };
    let password = "password = { env = \"COUNTY_TOKEN\" }";
    let key = "host_key = \"SHA256:uNiVztksCsDhcc0u9e8BrrJXVGfOgGhJqrXWZ4Zm0Hs\"";
    let pinned = by("sftp", &format!("{password}\n{key}\ntransfer_ms = 1_000"));
    let plan = plan(&pinned, ROUTE_TEXT);
    let target = &plan.targets["county"];
    assert_eq!(target.place(), "sftp://files.city.example:22");
    assert_eq!(target.secrets().count(), 1);
    let WayPlan::Exchange(exchange) = &target.way else {
        panic!("no exchange")
    };
    let PostPlan::Remote(remote) = &exchange.post else {
        panic!("no machine")
    };
    assert_eq!((remote.dir.as_str(), remote.transfer.as_secs()), ("/in", 1));
    for (wrong, code) in [
        (by("sftp", password), "missing_key"),
        (by("sftp", key), "missing_key"),
        (by("ftp", &format!("{password}\n{key}")), "unknown_key"),
        (
            by("ftp", &format!("{password}\ntls = \"none\"")),
            "plain_ftp",
        ),
        (by("scp", ""), "unknown_choice"),
        (format!("{EXCHANGE}host = \"x.example\"\n"), "unknown_key"),
    ] {
        assert!(codes(&wrong, ROUTE_TEXT).contains(&code), "{wrong}");
    }
}
