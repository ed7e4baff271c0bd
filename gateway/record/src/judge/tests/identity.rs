//! Keys, digests and versions.

use super::*;

#[test]
fn the_key_does_not_depend_on_repairs_or_on_how_a_number_is_typed() {
    let clean = judged(
        "penalty",
        &with(json!({ "CF_XDR_SHXYM": "91520581MAQX00012B" })),
    );
    let typed = json!({
        "CF_XDR_SHXYM": " 91520581maqx00012b ", "CF_WSH": "黔西环罚［２０２５］ 1号", "CF_NR_FK": "0.20",
    });
    let typed = judged("penalty", &with(typed));
    assert_eq!(record(&clean).id(), record(&typed).id());
    let other = judged("penalty", &with(json!({ "CF_WSH": "黔西环罚〔2025〕2号" })));
    assert_ne!(record(&clean).id(), record(&other).id());
    let gen1 = with(json!({
        "CF_XDR_SHXYM": "91520581MAQX00012B", "CF_CFMC": "罚", "CF_BM": "1", "DFBM": "520581",
        "SJC": "2025-06-02",
    }));
    assert_eq!(
        record(&judged("penalty@gen1", &gen1)).id(),
        record(&clean).id()
    );
}

#[test]
fn the_digest_is_that_of_the_content() {
    let digest =
        |operation, changes| record(&judged_as("penalty", operation, &with(changes))).digest();
    let plain = digest(Operation::Insert, json!({}));
    assert_eq!(digest(Operation::Update, json!({})), plain);
    assert_ne!(digest(Operation::Withdraw, json!({})), plain);
    assert_ne!(digest(Operation::Hold, json!({})), plain);
    for same in [
        json!({ "CF_NR_FK": "0.2000" }),
        json!({ "BZ": "" }),
        json!({ "SJC": "2025-06-02" }),
    ] {
        assert_eq!(digest(Operation::Insert, same.clone()), plain, "{same}");
    }
    for other in [
        json!({ "CF_NR_FK": "0.3" }),
        json!({ "BZ": "更正" }),
        json!({ "CF_NR": "罚款贰仟元" }),
    ] {
        assert_ne!(digest(Operation::Insert, other.clone()), plain, "{other}");
    }
    let kinds = |kinds: &str| digest(Operation::Insert, json!({ "CF_CFLB": kinds }));
    assert_eq!(kinds("警告;罚款"), kinds("罚款；警告"));
    let swapped = json!({ "CF_WFXW": "超标排放水污染物", "CF_SY": "违反水污染防治管理制度" });
    assert_ne!(digest(Operation::Insert, swapped), plain);
}

#[test]
fn a_later_stamp_is_a_greater_version() {
    let version =
        |stamp: &str| record(&judged("penalty", &with(json!({ "SJC": stamp })))).version();
    assert!(version("2025-06-02") < version("2025-06-02T08:00:00"));
    assert!(version("2025-06-02T08:00:00") < version("2025-06-03"));
}
