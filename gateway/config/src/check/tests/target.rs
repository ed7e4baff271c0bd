//! What a target can say of itself.

use super::*;
use credit_record::directory::Counted;

fn plan(gateway: &str, route: &str) -> Plan {
    checked(gateway, route).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn a_name_in_the_reply_is_one_text_or_several() {
    let usual = plan(GATEWAY_TEXT, ROUTE_TEXT).targets["county"]
        .reply
        .clone();
    assert_eq!(usual.row, ["row", "index"]);
    assert_eq!(usual.row_code, ["code", "errorCode"]);
    assert_eq!(usual.row_message, ["message", "errorMsg", "msg"]);
    assert_eq!(usual.row_data, ["data"]);
    assert_eq!(usual.first_row, 1);
    let own = "reply = { row = \"xh\", row_code = [\"dm\", \"code\"], row_message = [], \
               first_row = 0 }\n";
    let own = plan(&format!("{GATEWAY_TEXT}{own}"), ROUTE_TEXT);
    let own = &own.targets["county"].reply;
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
