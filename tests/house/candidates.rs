//! Candidates by the names that versions have: on the shelf, in a bundle, in a folder.

use crate::replay::lines_route;
use crate::shadow::{candidate, differences, sums};
use crate::support::{House, number, rating, wait_until};
use std::path::Path;

/// A manifest whose version reads lines `way`.
fn reading(way: &str) -> impl FnOnce(String) -> String {
    let setting = format!("[[feed.setting]]\nname = \"way\"\ndefault = \"{way}\"\n\n[limits]");
    move |manifest| manifest.replace("[limits]", &setting)
}

/// A house whose route has read lines through the installed version 1.0.0.
fn shelved() -> House {
    let house = House::with_shelf("");
    house.install_and_promote("1.0.0", reading("plain"));
    lines_route(&house);
    house.deliver(
        "lines",
        "a.csv",
        &(770..780).map(rating).collect::<String>(),
    );
    house.once("lines");
    house
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_candidate_is_a_version_on_the_shelf_or_in_a_bundle() {
    let house = shelved();
    house.install("1.1.0", reading("planted"));
    let packed = house.pack("1.2.0", reading("planted"));
    for candidate in ["hostile@1.1.0", text(&packed)] {
        let args = ["adapter", "shadow", candidate, "--format", "json"];
        let entries = house.run(&args).ended(10).json();
        assert_eq!(differences(&entries).len(), 1, "{entries:#?}");
        assert_eq!(number(sums(&entries), "same"), 9);
    }
    let same = house.run(&["adapter", "shadow", "hostile"]).good();
    assert!(same.out.contains("no difference"), "{}", same.out);
    let versions = ["adapter", "diff", "hostile@1.1.0", text(&packed)];
    let told = house.run(&versions).ended(10).out;
    assert!(told.contains("1.2.0"), "{told}");
    let shipped = house.run(&["adapter", "diff", "tax", "tax@0.1.0"]).good();
    assert!(shipped.out.contains("no difference"), "{}", shipped.out);
    let missing = house.run(&["adapter", "diff", "hostile", "gone.adapter"]);
    let missing = missing.ended(7);
    assert!(missing.err.contains("gone.adapter"), "{}", missing.err);
}

#[test]
fn what_the_policy_refuses_is_read_and_not_run_as_a_shadow() {
    let house = shelved();
    let packed = house.pack("1.2.0", reading("planted"));
    let folder = candidate(&house, "planted");
    house.gateway("[adapters]\ndir = \"../adapters\"");
    std::fs::remove_file(house.path("configs/routes/lines.toml")).unwrap();
    for candidate in [text(&packed), &folder] {
        let refused = house.run(&["adapter", "shadow", candidate]).ended(9);
        assert!(!refused.err.is_empty());
        house.run(&["adapter", "diff", "tax", candidate]).ended(10);
    }
}

#[test]
fn a_shadow_ends_when_its_candidate_is_promoted_under_a_running_gateway() {
    let house = shelved();
    house.install("1.1.0", reading("planted"));
    let mut service = house.start(&["run"]);
    service.admin();
    let live = ["adapter", "shadow", "hostile@1.1.0", "--live"];
    house.run(&live).good();
    let again = house.run(&["adapter", "shadow", "hostile", "--live"]);
    let again = again.ended(3);
    assert!(again.err.contains("serves already"), "{}", again.err);
    house.deliver("lines", "b.csv", &rating(777).replace("建材", "木材"));
    let report = [
        "adapter", "shadow", "hostile", "--report", "--format", "json",
    ];
    wait_until("the feed is compared", || {
        house
            .run(&report)
            .json()
            .iter()
            .any(|e| e["entry"] == "feed")
    });
    house.run(&["adapter", "promote", "hostile@1.1.0"]).good();
    house.deliver("lines", "c.csv", &rating(1));
    wait_until("the shadow has ended", || {
        !house.path("state/shadow/hostile.json").exists()
    });

    // What came in before is read again by the version that serves now, and goes out once.
    let replay = [
        "replay",
        "lines",
        "--since",
        "2020-01-01",
        "--format",
        "json",
    ];
    let done = house.run(&replay).good().json();
    assert_eq!(done[0]["adapter_version"], "1.1.0", "{done:#?}");
    assert_eq!(service.terminate(), 0, "{}", service.said());
}
