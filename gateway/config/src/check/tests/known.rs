//! What the tests' configurations may name.

use crate::known::{Known, KnownAdapter, KnownDirectory, KnownFeed, KnownSetting, SettingKind};

pub(super) fn known() -> Known {
    let setting = |name: &str, kind, required, default: Option<&str>| KnownSetting {
        name: name.into(),
        kind,
        required,
        default: default.map(str::to_owned),
    };
    let levels = SettingKind::OneOf(["A", "B", "M", "C", "D"].map(str::to_owned).to_vec());
    let feed = |name: &str, settings| KnownFeed {
        name: name.into(),
        snapshot: name == "dishonest-json",
        settings,
    };
    let adapter = |name: &str, feeds| KnownAdapter {
        name: name.into(),
        feeds,
    };
    let text = |name| setting(name, SettingKind::Text, false, None);
    let rating = vec![
        text("columns"),
        text("no_value"),
        text("values"),
        setting("level", levels, true, None),
        setting("year", SettingKind::Integer, false, None),
        setting("all", SettingKind::Boolean, false, Some("false")),
    ];
    let one_of = |name, values: [&str; 2], default| {
        let values = values.map(str::to_owned).to_vec();
        setting(name, SettingKind::OneOf(values), false, default)
    };
    let arrears = vec![text("office"), one_of("amount_unit", ["元", "万元"], None)];
    let guarantee = vec![
        text("legal_basis"),
        one_of("scope", ["1", "2"], Some("2")),
        one_of("amount_unit", ["元", "万元"], Some("元")),
    ];
    let columns = [
        "CF_WSH",
        "CF_XDR_MC",
        "CF_XDR_SHXYM",
        "CF_JDRQ",
        "CF_CFJG",
        "BZ",
    ];
    Known {
        unusable: Vec::new(),
        adapters: vec![
            adapter(
                "tax",
                vec![feed("rating", rating), feed("arrears", arrears)],
            ),
            adapter("market", vec![feed("penalty", vec![text("cursor")])]),
            adapter("courts", vec![feed("dishonest-json", vec![text("list")])]),
            adapter("banks", vec![feed("guarantee", guarantee)]),
        ],
        directories: ["licence", "penalty", "tax-rating"]
            .map(|code| KnownDirectory {
                code: code.to_owned(),
                columns: columns.map(str::to_owned).to_vec(),
                namings: vec!["gen1".to_owned()],
            })
            .to_vec(),
    }
}
