//! Versions of an adapter side by side: taken in, chosen, taken away, and changed under a running
//! service.

use crate::support::versions::{as_it_is, bundle, component, digest, doing};
use crate::support::{House, Process, assert_ratings, number, rating, wait_until};
use credit_bundle::{KeyFile, Role, SecretKey, Trust, Trusted, day};

fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(rating).collect()
}

/// The versions that made a row, as its trace tells, and their digests are those of what was
/// installed.
fn made_by(house: &House, row: u32) -> String {
    let traced = house.ask(&["trace", &format!("国家税务总局黔西市税务局第{row}税务分局")]);
    assert_eq!(traced.len(), 1, "{traced:?}");
    let version = traced[0]["adapter_version"].as_str().unwrap();
    assert_eq!(traced[0]["adapter_sha256"], digest(version).as_str());
    version.to_owned()
}

fn adapter(house: &House, args: &[&str]) -> crate::support::Ran {
    house.run(&[&["adapter"], args].concat())
}

#[test]
fn versions_lie_side_by_side_and_one_of_them_serves() {
    let house = House::with_shelf("");
    house.route("list", "mode = \"good\"", "");
    house.install("1.0.0", as_it_is);
    let ran = house.run(&["check"]).ended(3);
    assert!(
        ran.err
            .contains("no version of the adapter hostile was promoted"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("list.toml:2"), "{}", ran.err);
    adapter(
        &house,
        &[
            "promote",
            "hostile@1.0.0",
            "--by",
            "王工",
            "--reason",
            "first",
        ],
    )
    .good();
    house.install("1.1.0", as_it_is);
    assert_eq!(
        (house.standing("1.0.0"), house.standing("1.1.0")),
        ("serves".into(), "".into())
    );
    house.put("feeds/list/a.csv", lines(0..3));
    house.once("list");
    assert_eq!(made_by(&house, 0), "1.0.0");

    adapter(&house, &["promote", "hostile@1.1.0"]).good();
    house.put("feeds/list/b.csv", lines(3..6));
    house.once("list");
    assert_eq!(made_by(&house, 3), "1.1.0");
    assert_eq!(house.standing("1.0.0"), "before");
    let ran = adapter(&house, &["remove", "hostile@1.1.0"]).ended(3);
    assert!(ran.err.contains("1.1.0 serves"), "{}", ran.err);

    let ran = adapter(&house, &["rollback", "hostile"]).good();
    assert!(
        ran.out.contains("已回退 rolled back   hostile 1.0.0"),
        "{}",
        ran.out
    );
    assert_eq!(house.serves("list")["version"], "1.0.0");
    let ran = adapter(&house, &["rollback", "hostile"]).ended(7);
    assert!(
        ran.err.contains("no other version of hostile has served"),
        "{}",
        ran.err
    );
    adapter(&house, &["remove", "hostile@1.1.0"]).good();
    adapter(&house, &["promote", "hostile@1.1.0"]).ended(7);

    let shown = house.ask(&["adapter", "show", "hostile"]).remove(0);
    assert_eq!(shown["version"], "1.0.0");
    assert_eq!(shown["sha256"], digest("1.0.0").as_str());
    assert_eq!(shown["imports"][0], "log");
    assert_eq!(shown["history"][1]["by"], "王工");
    assert_eq!(shown["feeds"][0]["settings"][0]["name"], "mode");
    let text = adapter(&house, &["list"]).good().out;
    assert!(
        text.contains("现行 serves") && text.contains("随网关发布"),
        "{text}"
    );
}

#[test]
fn a_running_service_takes_another_version_without_a_restart() {
    let house = House::with_shelf("");
    house.route("list", "mode = \"good\"", "");
    house.install_and_promote("1.0.0", as_it_is);
    let mut service = house.start(&["run"]);
    service.admin();
    house.deliver("list", "a.csv", &lines(0..50));
    wait_until("the first rows arrive", || {
        house.platform.stats().unique == 50
    });
    house.install("1.1.0", as_it_is);
    let done = house
        .ask(&["adapter", "promote", "hostile@1.1.0"])
        .remove(0);
    assert_eq!(done["service"][0]["serves"]["version"], "1.1.0", "{done}");
    house.deliver("list", "b.csv", &lines(50..100));
    wait_until("more rows arrive", || house.platform.stats().unique == 100);
    house.run(&["adapter", "rollback", "hostile"]).good();
    house.deliver("list", "c.csv", &lines(100..150));
    wait_until("all rows arrive", || house.platform.stats().unique == 150);
    for (row, version) in [(0, "1.0.0"), (50, "1.1.0"), (149, "1.0.0")] {
        assert_eq!(made_by(&house, row), version, "row {row}");
    }
    let (_, metrics) = service.get("/metrics");
    let info = "credit_gateway_adapter_info{route=\"list\",adapter=\"hostile\",version=\"1.0.0\"";
    assert!(metrics.contains(info), "{metrics}");
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_ratings(&house.rows("tax-rating"), 0..150);
    assert_eq!(house.platform.stats().overwritten, 0);
}

/// A service that stands in the middle of a feed of 10,000 rows, which 1.0.0 has begun.
fn in_the_middle(edit: impl FnOnce(String) -> String) -> (House, Process) {
    let house = House::with_shelf("[queue]\nwaiting_records_max = 1_000");
    house.route("list", "mode = \"good\"", "[chunk]\nkib = 16");
    house.install_and_promote("1.0.0", as_it_is);
    house.install("1.1.0", edit);
    house.put("feeds/list/a.csv", lines(0..10_000));
    house.down(true);
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("the queue is full", || {
        number(&house.books("list"), "waiting") >= 1_000
    });
    house.run(&["adapter", "promote", "hostile@1.1.0"]).good();
    (house, service)
}

/// The service is started again and reads the rest of the feed, and another.
fn read_on(house: &House, mut service: Process) {
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_eq!(house.books("list")["begun_by"], "hostile 1.0.0");
    house.down(false);
    house.deliver("list", "b.csv", &lines(10_000..10_010));
    let mut service = house.start(&["run"]);
    wait_until("all rows arrive", || {
        house.platform.stats().unique == 10_010
    });
    wait_until("the books say so", || {
        number(&house.books("list"), "waiting") == 0
    });
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_ratings(&house.rows("tax-rating"), 0..10_010);
    assert_eq!(house.platform.stats().overwritten, 0);
    assert_eq!(made_by(house, 0), "1.0.0");
    assert_eq!(made_by(house, 10_009), "1.1.0");
}

#[test]
fn a_feed_is_finished_by_the_version_that_began_it_which_stays_until_then() {
    let (house, service) = in_the_middle(as_it_is);
    let ran = house.run(&["adapter", "remove", "hostile@1.0.0"]).ended(6);
    assert!(ran.err.contains("in the middle of a feed"), "{}", ran.err);
    read_on(&house, service);
    assert_eq!(number(&house.books("list"), "drafted"), 10_010);
    assert_eq!(made_by(&house, 9_999), "1.0.0");
    house.run(&["adapter", "remove", "hostile@1.0.0"]).good();
}

#[test]
fn a_version_that_reads_the_carry_of_the_one_before_goes_on_with_its_feed() {
    let reads = |m: String| m.replace("contract", "reads_carry_of = [\"1.0.0\"]\ncontract");
    let (house, service) = in_the_middle(reads);
    read_on(&house, service);
    assert_eq!(number(&house.books("list"), "drafted"), 10_010);
    assert_eq!(made_by(&house, 9_999), "1.1.0");
}

#[test]
fn a_feed_whose_version_may_not_finish_it_is_read_again_and_no_row_comes_twice() {
    let (house, service) = in_the_middle(as_it_is);
    house
        .run(&["adapter", "quarantine", "hostile@1.0.0"])
        .good();
    read_on(&house, service);
    let books = house.books("list");
    assert!(number(&books, "drafted") > 10_010, "{books}");
    assert_eq!(number(&books, "delivered"), 10_010);
    assert_eq!(made_by(&house, 9_999), "1.1.0");
}

#[test]
fn a_version_that_does_not_fit_its_routes_is_not_promoted_until_they_fit_it() {
    let needs = |m: String| m + "\n[[feed.setting]]\nname = \"office\"\nrequired = true\n";
    let needs = |m: String| {
        let (head, limits) = m.split_once("[limits]").unwrap();
        format!("{}\n[limits]{limits}", needs(head.to_owned()))
    };
    let house = House::with_shelf("");
    house.route("list", "mode = \"good\"", "");
    house.install_and_promote("1.0.0", as_it_is);
    let mut service = house.start(&["run"]);
    service.admin();
    house.install("2.0.0", needs);
    let ran = house.run(&["adapter", "promote", "hostile@2.0.0"]).ended(3);
    assert!(
        ran.err.contains("needs the setting \"office\""),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("list.toml"), "{}", ran.err);
    assert_eq!(house.serves("list")["version"], "1.0.0");

    // The routes are put right first: this version does not know the setting, and goes on.
    house.route("list", "mode = \"good\"\noffice = \"某局\"", "");
    house.deliver("list", "a.csv", &lines(0..5));
    wait_until("rows arrive", || house.platform.stats().unique == 5);
    house.run(&["adapter", "promote", "hostile@2.0.0"]).good();
    house.deliver("list", "b.csv", &lines(5..9));
    wait_until("more rows arrive", || house.platform.stats().unique == 9);
    assert_eq!(
        (made_by(&house, 4), made_by(&house, 8)),
        ("1.0.0".into(), "2.0.0".into())
    );
    // Back is not possible by now: the version before does not know the setting.
    let ran = house.run(&["adapter", "rollback", "hostile"]).ended(3);
    assert!(ran.err.contains("no setting \"office\""), "{}", ran.err);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_version_that_does_not_load_never_serves_and_the_one_that_serves_goes_on() {
    let house = House::with_shelf("");
    house.route("list", "", "");
    let manifest = doing("good")(include_str!("../hostile/adapter.toml").to_owned());
    house.put("adapters/hostile/adapter.toml", &manifest);
    house.put("adapters/hostile/adapter.wasm", component("0.1.0"));
    let mut service = house.start(&["run"]);
    service.admin();
    house.deliver("list", "a.csv", &lines(0..5));
    wait_until("rows arrive", || house.platform.stats().unique == 5);

    // A bundle with a broken component is not taken in.
    let broken = b"\0asm\x01\0\0\0 and no more".to_vec();
    house.put(
        "broken.adapter",
        bundle("9.0.0", as_it_is, broken.clone()).to_bytes(),
    );
    let file = house.path("broken.adapter");
    let ran = house
        .run(&["adapter", "install", file.to_str().unwrap()])
        .ended(9);
    assert!(ran.err.contains("[component_refused]"), "{}", ran.err);

    // One that is laid over the unpacked version is seen with the next feed, and serves nothing.
    let newer = manifest.replace("0.1.0", "0.2.0");
    house.put("adapters/hostile/adapter.wasm", broken);
    house.put("adapters/hostile/adapter.toml", &newer);
    house.deliver("list", "b.csv", &lines(5..9));
    wait_until("the alarm is raised", || {
        let serves = house.serves("list");
        serves["version"] == "0.1.0" && serves["alarm"].is_string()
    });
    let alarm = "credit_gateway_adapter_alarm{route=\"list\",adapter=\"hostile\"}";
    assert!(service.get("/metrics").1.contains(&format!("{alarm} 1")));
    house.deliver("list", "c.csv", &lines(9..12));
    wait_until("more rows arrive", || house.platform.stats().unique == 12);
    house.put("adapters/hostile/adapter.wasm", component("0.2.0"));
    let mut file = 12..;
    wait_until("the corrected version serves", || {
        let n = file.next().unwrap();
        house.deliver("list", &format!("{n}.csv"), &rating(n));
        wait_until("the row arrives", || {
            house.platform.stats().unique == u64::from(n) + 1
        });
        house.serves("list")["version"] == "0.2.0"
    });
    assert!(service.get("/metrics").1.contains(&format!("{alarm} 0")));
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

/// A key of that role, trusted by the operator.
fn trusted(house: &House, name: &str, role: Role) -> SecretKey {
    let path = house.path(&format!("{name}.key"));
    let file = KeyFile::make(&path, role, name).unwrap();
    let adapters = match role {
        Role::Author => vec!["hostile".to_owned().try_into().unwrap()],
        Role::Office => Vec::new(),
    };
    let trusted = Trusted {
        role,
        name: name.to_owned(),
        adapters,
        valid_from: None,
        valid_until: None,
        key: file.key,
        revoked: None,
    };
    std::fs::create_dir_all(house.path("trust")).unwrap();
    Trust::add(&house.path("trust"), &trusted).unwrap();
    SecretKey::read(&path).unwrap().0
}

#[test]
fn what_is_not_signed_as_the_policy_says_is_neither_taken_in_nor_served() {
    let house = House::with_shelf("");
    house.gateway("[adapters]\ndir = \"../adapters\"\ntrust = \"../trust\"");
    house.route("list", "mode = \"good\"", "");
    let author = trusted(&house, "author", Role::Author);
    let office = trusted(&house, "office", Role::Office);
    let unsigned = house.pack("1.0.0", as_it_is);
    let ran = house
        .run(&["adapter", "install", unsigned.to_str().unwrap()])
        .ended(9);
    assert!(ran.err.contains("[author_missing]"), "{}", ran.err);
    assert!(ran.err.contains("没有编写部门的签名"), "{}", ran.err);

    let signed = |version: &str| {
        let mut bundle = bundle(version, as_it_is, component(version));
        bundle.sign(&author, false).unwrap();
        bundle
            .admit(&office, day("2026-11-24").unwrap(), "", false)
            .unwrap();
        house.put(&format!("{version}.adapter"), bundle.to_bytes());
        house
            .path(&format!("{version}.adapter"))
            .to_str()
            .unwrap()
            .to_owned()
    };
    house
        .run(&["adapter", "install", &signed("1.1.0"), "--promote"])
        .good();
    let listed = house.ask(&["adapter", "list"]);
    let ours = listed.iter().find(|a| a["name"] == "hostile").unwrap();
    assert_eq!(
        (&ours["author"], &ours["office"]),
        (&"author".into(), &"office".into())
    );
    let older = signed("1.0.0");
    let ran = house.run(&["adapter", "install", &older]).ended(9);
    assert!(ran.err.contains("[version_older]"), "{}", ran.err);
    house
        .run(&["adapter", "install", &older, "--downgrade"])
        .good();

    let mut service = house.start(&["run"]);
    service.admin();
    house.deliver("list", "a.csv", &lines(0..5));
    wait_until("rows arrive", || house.platform.stats().unique == 5);
    let revoked = credit_bundle::Revoked {
        on: day("2026-11-24").unwrap(),
        reason: "the notebook was stolen".to_owned(),
    };
    let key = author.public().fingerprint().to_string();
    Trust::revoke(&house.path("trust"), &key, revoked).unwrap();
    house.run(&["adapter", "promote", "hostile@1.0.0"]).ended(9);
    house.deliver("list", "b.csv", &lines(5..6));
    wait_until("nothing serves any more", || {
        house.serves("list")["version"].is_null()
    });
    let alarm = house.serves("list")["alarm"].as_str().unwrap().to_owned();
    assert!(alarm.contains("the notebook was stolen"), "{alarm}");
    assert_eq!(service.terminate(), 0, "{}", service.said());
}
