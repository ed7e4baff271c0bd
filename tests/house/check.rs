//! What is wrong is told at once, where it stands, and with an exit code of its own.

use crate::support::{House, Ran, files, gateway, ratings, wait_until};

#[test]
fn every_mistake_is_shown_at_once_with_its_place() {
    let house = House::new();
    house.route("list", "tax", "[chunks]\nkib = 64");
    house.put(
        "configs/routes/other.toml",
        "adapter = \"texas\"\ntargets = [\"cuonty\"]\n",
    );
    let gateway = "[gateway]\nstat = \"../state\"\n\n[admin]\nlisten = \"0.0.0.0:9464\"\n";
    house.put(
        "configs/gateway.toml",
        gateway.to_owned() + "[log]\nformat = \"jsn\"\n",
    );
    let ran = house.run(&["check"]).ended(3);
    let places = [
        "gateway.toml:2:1",
        "gateway.toml:5:10",
        "gateway.toml:7:10",
        "list.toml:",
        "other.toml:1:11",
    ];
    for place in places
        .iter()
        .chain(&["did you mean \"state\"?", "did you mean \"chunk\"?"])
    {
        assert!(ran.err.contains(place), "{place} is not in\n{}", ran.err);
    }
    let problems = house
        .run(&["check", "--format", "json"])
        .ended(3)
        .json()
        .remove(0);
    let problems = problems.as_array().unwrap();
    assert!(problems.len() >= 7, "{problems:?}");
    for problem in problems {
        for key in ["severity", "code", "message", "help", "file"] {
            assert!(problem[key].is_string(), "{key}: {problem}");
        }
    }
    assert!(
        problems
            .iter()
            .any(|p| p["place"]["line"] == 5 && p["place"]["column"] == 10)
    );
    // Nothing else starts with it either, and nothing was made.
    for command in [&["run"][..], &["once", "list"], &["status"]] {
        house.run(command).ended(3);
    }
    assert!(!house.path("state/log").exists());
}

#[test]
fn a_good_configuration_is_called_good_and_nothing_is_made() {
    let house = House::new();
    house.route("list", "tax", "");
    let ran = house.run(&["check"]).good();
    assert!(ran.out.contains("1 routes, 1 targets"), "{}", ran.out);
    let warnings = house.run(&["check", "-f", "json"]).good().json().remove(0);
    assert_eq!(warnings, serde_json::json!([]));
    assert!(!house.path("state").exists());
}

#[test]
fn a_secret_that_is_not_there_is_told_before_the_service_starts() {
    let house = House::new();
    house.route("list", "tax", "");
    house.gateway_with("", "token = { env = \"TOKEN_THAT_NOBODY_SETS\" }");
    let ran = house.run(&["run"]).ended(3);
    assert!(ran.err.contains("TOKEN_THAT_NOBODY_SETS"), "{}", ran.err);
}

#[test]
fn a_source_without_its_secret_is_told_at_once_and_fails_alone() {
    let house = House::new();
    house.route("list", "tax", "");
    house.route("asked", "tax", "");
    let path = "configs/routes/asked.toml";
    let text = std::fs::read_to_string(house.path(path)).unwrap();
    let (before, rest) = text.split_once("[source]").unwrap();
    let (_, after) = rest.split_once("[schedule]").unwrap();
    let source = "kind = \"http\"\nurl = \"http://127.0.0.1:9/\"\nallow = [\"127.0.0.0/8\"]\n\
                  token = { env = \"TOKEN_THAT_NOBODY_SETS\" }";
    house.put(
        path,
        format!("{before}[source]\n{source}\n[schedule]{after}"),
    );
    let ran = house.run(&["check", "-f", "json"]).good().json().remove(0);
    let warning = ran
        .as_array()
        .unwrap()
        .iter()
        .find(|w| w["code"] == "secret_unset");
    let warning = warning.unwrap_or_else(|| panic!("{ran}"));
    assert_eq!(warning["file"], "routes/asked.toml");
    assert_eq!(warning["severity"], "warning");
    house.put("feeds/list/a.csv", ratings(0..3));
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("the other route is read", || {
        house.platform.stats().unique == 3
    });
    let told = "route asked: the variable TOKEN_THAT_NOBODY_SETS";
    assert!(service.said().contains(told), "{}", service.said());
    assert_eq!(service.terminate(), 0);
}

#[test]
fn a_wrong_command_line_is_a_code_of_its_own() {
    for args in [
        &["--nonsense"][..],
        &["nonsense"],
        &["once"],
        &["status", "--limit", "3"],
    ] {
        let mut command = gateway();
        command.args(args);
        let ran = Ran::of(command).ended(2);
        assert!(ran.err.contains("Usage"), "{}", ran.err);
    }
}

#[test]
fn a_missing_configuration_folder_is_named() {
    let mut command = gateway();
    command.args(["--config", "/nowhere/at-all", "check"]);
    let ran = Ran::of(command).ended(3);
    assert!(ran.err.contains("/nowhere/at-all"), "{}", ran.err);
    assert!(ran.err.contains("--config"), "{}", ran.err);
}

#[test]
fn an_unknown_route_is_not_found_and_the_known_ones_are_named() {
    let house = House::new();
    house.route("list", "tax", "");
    let ran = house.run(&["once", "lst"]).ended(7);
    assert!(
        ran.err.contains("\"lst\"") && ran.err.contains("list"),
        "{}",
        ran.err
    );
}

#[test]
fn a_damaged_state_is_named_and_nothing_of_it_is_changed() {
    let house = House::new();
    house.route("list", "tax", "");
    house.put("feeds/list/list.csv", ratings(0..3_000));
    house.once("list");
    let first = house.path("state/log/0000000001.log");
    let mut bytes = std::fs::read(&first).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&first, bytes).unwrap();
    let before = files(&house.path("state"));
    for command in [&["status"][..], &["once", "list"], &["run"], &["doubts"]] {
        let ran = house.run(command).ended(5);
        assert!(
            ran.err.contains("damaged") && ran.err.contains("byte"),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("help: nothing was changed"), "{}", ran.err);
        assert_eq!(
            files(&house.path("state")),
            before,
            "{command:?} changed something"
        );
    }
}

#[test]
fn a_path_that_cannot_be_written_is_named() {
    let house = House::new();
    house.route("list", "tax", "");
    house.put("state", "a file where the folder should be");
    let ran = house.run(&["status"]).ended(1);
    assert!(ran.err.contains("state"), "{}", ran.err);
}
