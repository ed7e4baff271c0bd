mod known;
mod pull;
mod push;
mod remote;
mod shipped;
mod snapshot;
mod sql;
mod target;

use super::*;
use crate::plan::WayPlan;
use crate::plan::*;
use known::known;
use proptest::prelude::*;
use std::time::Duration;

const SECRET: &str = "s3cret-literal";
const SECRET_NUMBER: &str = "5318008";

const GATEWAY_TEXT: &str = r#"[targets.county]
url = "https://county.example/api"
department_code = "520581"
"#;

const ROUTE_TEXT: &str = r#"adapter = "tax"
feed = "rating"
targets = ["county"]
department.name = "税务局"
source = { kind = "files", dir = "../in", glob = "*.csv" }
settings.level = "A"
"#;

fn files<const N: usize>(files: [(&str, &str); N]) -> Vec<SourceText> {
    let file = |(name, text): (&str, &str)| SourceText {
        name: name.into(),
        text: text.into(),
    };
    files.map(file).to_vec()
}

fn env() -> BTreeMap<String, String> {
    [
        ("COUNTY_TOKEN", "county-token-value"),
        ("MARKET_TOKEN", "market-token-value"),
        ("TAX_TOKEN", "tax-token-value"),
        ("MARKET_PASSWORD", "market-password"),
        ("MARKET_DB_PASSWORD", "market-password-value"),
        ("FRONT_PASSWORD", "front-password-value"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn checked(gateway: &str, route: &str) -> Result<Plan, Problems> {
    let files = files([("gateway.toml", gateway), ("routes/tax.toml", route)]);
    check(&files, &env(), &known())
}

/// Codes of the problems, or of the warnings where it can be used.
fn codes(gateway: &str, route: &str) -> Vec<&'static str> {
    let problems = checked(gateway, route).map_or_else(|problems| problems, |plan| plan.warnings);
    problems.0.iter().map(|problem| problem.code).collect()
}

#[test]
fn every_mistake_is_shown_at_once_with_its_line_and_remedy() {
    let files = files([
        ("configs/gateway.toml", include_str!("golden/gateway.toml")),
        (
            "configs/routes/Tax Rating.toml",
            include_str!("golden/tax-rating.toml"),
        ),
        (
            "configs/routes/market.toml",
            include_str!("golden/market.toml"),
        ),
        (
            "configs/routes/settings.toml",
            include_str!("golden/settings.toml"),
        ),
        ("configs/notes.toml", ""),
    ]);
    let problems = check(&files, &env(), &known()).unwrap_err();
    let report = format!("{problems}\n");
    assert!(!report.contains(SECRET), "{report}");
    assert!(!serde_json::to_string(&problems).unwrap().contains(SECRET));
    if report != include_str!("golden/report.txt") {
        panic!("golden/report.txt should be:\n{report}");
    }
}

#[test]
fn a_plan_has_the_defaults_and_what_the_files_say() {
    let plan = checked(GATEWAY_TEXT, ROUTE_TEXT).unwrap();
    assert!(plan.warnings.is_empty(), "{}", plan.warnings);
    assert_eq!(plan.state, PathBuf::from("../state"));
    assert_eq!(plan.admin.listen.to_string(), "127.0.0.1:9464");
    assert_eq!(plan.queue.retention, Duration::from_secs(180 * 86_400));
    let target = &plan.targets["county"];
    assert_eq!(target.retry.first, Duration::from_millis(500));
    assert_eq!(
        target.table("penalty"),
        Table {
            code: "penalty".into(),
            version: None,
            key: Vec::new()
        }
    );
    assert_eq!(
        {
            let WayPlan::HttpPush(push) = &target.way else {
                panic!("no push")
            };
            push.reply.error_body.as_str()
        },
        "errorBody"
    );
    let route = &plan.routes["tax"];
    assert_eq!(route.department_code(target), "520581");
    let settings: Vec<_> = route
        .settings
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    assert_eq!(settings, ["all=false", "level=A"]);
    assert_eq!(route.parcels.records_max, 500);
    assert_eq!(route.caps, plan.caps);
    let SourcePlan::Files(source) = &route.source else {
        panic!("{:?}", route.source)
    };
    assert_eq!(source.dir, PathBuf::from("in"));
    assert!(source.glob.is_match("a.csv") && !source.glob.is_match("b/a.csv"));
    assert_eq!(source.ready, Ready::Stable(Duration::from_secs(5)));
    assert!(matches!(route.schedule, SchedulePlan::Every(every) if every.as_secs() == 10));
}

#[test]
fn a_route_can_allow_its_adapter_less_and_not_more() {
    let gateway = format!("[adapters]\nmemory_mib = 64\n{GATEWAY_TEXT}");
    let less = format!("{ROUTE_TEXT}limits.memory_mib = 32\n");
    let plan = checked(&gateway, &less).unwrap();
    assert_eq!(
        plan.routes["tax"].caps,
        Caps {
            memory_bytes: 32 << 20,
            ..plan.caps
        }
    );
    assert_eq!(plan.caps.memory_bytes, 64 << 20);
    let more = format!("{ROUTE_TEXT}limits.memory_mib = 128\n");
    let problems = checked(&gateway, &more).unwrap_err();
    assert_eq!(problems.0[0].code, "out_of_range");
    assert_eq!(
        problems.0[0].help,
        "it must be from 2 to 64 MiB, as gateway.toml allows"
    );
    assert_eq!(
        codes(&gateway, &format!("{ROUTE_TEXT}limits.stack_kib = 64\n")),
        ["unknown_key"]
    );
}

#[test]
fn addresses_are_held_against_what_can_be_asked() {
    let url = |url: &str| {
        codes(
            &GATEWAY_TEXT.replace("https://county.example/api", url),
            ROUTE_TEXT,
        )
    };
    for right in [
        "https://a",
        "https://a:8443/b?c=d",
        "http://127.0.0.1:1/",
        "http://[::1]/",
    ] {
        assert_eq!(url(right), [""; 0], "{right}");
    }
    assert_eq!(url("http://county.example"), ["plain_http"]);
    let wrong = [
        "",
        "a",
        "https://",
        "https://a:0",
        "https://a:x",
        "https://[1]",
        "https://a b",
        "https://a/税",
        "https://a/#b",
    ];
    for wrong in wrong {
        assert_eq!(
            url(wrong),
            [if wrong.is_empty() { "empty" } else { "bad_url" }],
            "{wrong}"
        );
    }
    assert_eq!(url("https://user:pass@county.example"), ["secret_literal"]);
    assert_eq!(url("https://a/{cursor}"), ["bad_placeholder"]);
}

#[test]
fn a_secret_in_the_clear_is_never_shown() {
    let routes = ["", ROUTE_TEXT];
    for line in [
        format!("token = \"{SECRET}\""),
        format!("token = \"\"\"\n{SECRET}\n\"\"\""),
        format!("ca_file = \"\"\"\n{SECRET} = a\n"),
        format!("tokens = [\"{SECRET}\"]"),
        format!("token = {{ env = \"{SECRET}\" }}"),
        format!("token = 7{SECRET_NUMBER}"),
        format!("auth = {{ password = \"{SECRET}\" }}"),
        format!("auth.password = \"{SECRET}\""),
        format!("url = {{ password = \"{SECRET}\" }}"),
        format!("[targets]\ntoken = \"{SECRET}\""),
        format!("tokn = 7{SECRET_NUMBER}"),
        format!("token = {{ value = \"{SECRET}\" }}"),
        format!("url = \"https://me:{SECRET}@county.example\""),
        format!("token = \"{SECRET}"),
        format!("retry = {{ first_ms = 0, token = \"{SECRET}\" }}"),
    ] {
        for route in routes {
            let gateway = format!("[targets.county]\n{line}\n");
            let problems = checked(&gateway, route).unwrap_err();
            let json = serde_json::to_string(&problems).unwrap();
            assert!(
                !format!("{problems}{problems:?}{json}").contains(SECRET),
                "{problems}"
            );
        }
    }
    let plan = check(&files(shipped::SHIPPED), &env(), &known()).unwrap();
    assert!(plan.targets["county"].secrets().count() == 1);
    assert!(!format!("{plan:?}").contains("token-value"));
}

#[test]
fn a_file_that_is_not_toml_is_not_blamed_for_what_it_lost() {
    let gateway = GATEWAY_TEXT.replace("[targets.county]", "[targets.county");
    assert_eq!(codes(&gateway, ROUTE_TEXT), ["syntax"]);
    let lines = format!("sate = 1\n{GATEWAY_TEXT}factor = ]\nreply = 3\n");
    assert_eq!(
        codes(&lines, ROUTE_TEXT),
        ["unknown_key", "syntax", "wrong_type"]
    );
    let mark = format!("\u{feff}{}", GATEWAY_TEXT.replace('\n', "\r\n"));
    assert_eq!(codes(&mark, ROUTE_TEXT), [""; 0]);
}

#[test]
fn what_is_missing_or_idle_is_told() {
    let problems = check(&[], &env(), &known()).unwrap_err();
    assert_eq!(problems.0[0].code, "missing_file");
    let plan = check(&files([("gateway.toml", "")]), &env(), &known()).unwrap();
    assert_eq!(plan.warnings.0[0].code, "no_routes");
    let idle = format!("{GATEWAY_TEXT}[targets.other]\nurl = \"https://other.example\"\n");
    assert_eq!(codes(&idle, ROUTE_TEXT), ["unused_target"]);
    let unset = format!("{GATEWAY_TEXT}token = {{ env = \"NOWHERE\" }}\n");
    assert_eq!(codes(&unset, ROUTE_TEXT), ["env_missing"]);
}

#[test]
fn adapters_must_be_signed_unless_the_operator_says_otherwise_and_is_warned() {
    let with = |policy| format!("[adapters]\npolicy = \"{policy}\"\n{GATEWAY_TEXT}");
    assert_eq!(codes(&with("signed"), ROUTE_TEXT), [""; 0]);
    assert_eq!(
        codes(&with("development"), ROUTE_TEXT),
        ["policy_development"]
    );
    assert_eq!(codes(&with("none"), ROUTE_TEXT), ["unknown_choice"]);
}

#[test]
fn the_folders_to_look_into_are_known_before_the_check() {
    let text = "[adapters]\ndir = \"../adapters\"\ntrust = \"../trust\"\n\
                [directories]\ndir = \"/srv/directories\"\n!";
    let found = folders(&files([("etc/configs/gateway.toml", text)]), &env());
    assert_eq!(found.adapters, Some(PathBuf::from("etc/adapters")));
    assert_eq!(found.admission.trust, Some(PathBuf::from("etc/trust")));
    assert_eq!(found.admission.policy, AdapterPolicy::Signed);
    assert_eq!(found.state, PathBuf::from("etc/state"));
    assert_eq!(found.directories, Some(PathBuf::from("/srv/directories")));
}

/// Lines as an operator might mangle them.
fn mangled() -> impl Strategy<Value = String> {
    let lines: Vec<String> = shipped::SHIPPED
        .iter()
        .flat_map(|f| f.1.lines().map(str::to_owned))
        .collect();
    let word = prop::sample::select(vec![
        "\"",
        "'",
        "[",
        "]",
        "{",
        "}",
        "=",
        "#",
        "\n",
        "\r\n",
        "${",
        "$${",
        "\u{feff}",
        "税",
        "-1",
        "1e9",
        "\"\"\"",
        "*/0",
        "9999999999999999999",
        "[[a]]",
        ".",
        ",",
        "1979-05-27",
        "true",
    ]);
    let line = prop::sample::select(lines);
    let one = (line, prop::option::of((word, 0..40_usize))).prop_map(|(mut line, insert)| {
        if let Some((word, at)) = insert {
            line.insert_str(line.floor_char_boundary(at.min(line.len())), word);
        }
        line.trim_start_matches('#').to_owned() + "\n"
    });
    prop::collection::vec(one, 0..40).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_text_makes_the_check_panic(gateway in ".{0,200}", route in mangled()) {
        for (gateway, route) in [(&gateway, &route), (&route, &gateway), (&route, &route)] {
            if let Err(problems) = checked(gateway, route) {
                prop_assert!(problems.errors() > 0);
                prop_assert!(!problems.to_string().is_empty());
            }
        }
    }

    #[test]
    fn no_slip_in_a_line_shows_the_secret_in_it(
        slip in prop::sample::select(
            vec![" ", "\"", "'", "=", "[", "{", "#", "税", "\n", "]", "${"],
        ),
        at in 0..32_usize,
        cut in 0..2_usize,
        key in prop::sample::select(vec!["token", "basic", "password", "a.token", "${token}"]),
    ) {
        let mut line = format!("{key} = \"{SECRET}\"");
        let at = at.min(line.len());
        line.replace_range(at..(at + cut).min(line.len()), slip);
        let problems = checked(&format!("{GATEWAY_TEXT}{line}\n"), ROUTE_TEXT);
        let problems = problems.map_or_else(|problems| problems, |plan| plan.warnings);
        prop_assert!(!problems.to_string().contains(SECRET), "{line}: {problems}");
    }

    #[test]
    fn no_expression_makes_the_schedule_panic(cron in "[0-9*/,A-Z? -]{0,24}") {
        let route = format!("{ROUTE_TEXT}schedule.cron = \"{cron}\"\n");
        let codes = codes(GATEWAY_TEXT, &route);
        prop_assert!(codes.is_empty() || codes == ["bad_cron"]);
    }
}
