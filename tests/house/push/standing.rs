//! Routes that a person has paused, and routes whose feeds are full snapshots.

use super::department::{Department, route_by, secret};
use super::{LISTEN, half_taken, is_delivered, open};
use crate::support::{House, assert_ratings, number, ratings};

const PAUSE: [&str; 6] = ["pause", "tax", "--by", "王某", "--reason", "年检"];

#[test]
fn a_paused_route_takes_no_feed_says_why_and_opens_again() {
    let (house, mut service, department) = open("", "");
    department.push("k1", &ratings(0..2)).with(200);
    house.run(&PAUSE).good();
    let refused = department.push("k2", &ratings(2..5)).with(503);
    assert_eq!(refused.body["code"], "paused", "{}", refused.body);
    assert!(
        refused.head.contains("retry-after: 600"),
        "{}",
        refused.head
    );
    let said = refused.body.to_string();
    assert!(
        said.contains("已由网关管理员暂停接收") && said.contains("nothing was taken"),
        "{said}"
    );
    assert!(!said.contains("年检"), "that is no department's business");
    // What is known is answered as ever.
    let known = department.push("k1", &ratings(0..2)).with(200);
    assert_eq!(known.body["replayed"], true);
    let spool = house.path("state/push/tax").read_dir().unwrap();
    assert_eq!(spool.count(), 1, "the first ticket alone");
    house.run(&["resume", "tax"]).good();
    assert_eq!(
        department.push("k2", &ratings(2..5)).with(200).counts(),
        [3, 3, 0, 0]
    );
    is_delivered(&house, 5);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_feed_that_is_being_read_when_its_route_is_paused_waits_where_it_is() {
    let (house, mut service, (department, feed), pushing) = half_taken();
    house.run(&PAUSE).good();
    let said = pushing.join().unwrap().expect("it is answered").with(503);
    assert_eq!(said.body["code"], "paused", "{}", said.body);
    let text = said.body["message_en"].as_str().unwrap();
    assert!(text.contains("is kept"), "{text}");
    let taken = number(&house.books("tax"), "drafted");
    house.down(false);
    is_delivered(&house, taken);
    assert_eq!(number(&house.books("tax"), "drafted"), taken);
    department.push("k", &feed).with(503);
    house.run(&["resume", "tax"]).good();
    let said = department.push("k", &feed).with(200);
    assert_eq!(said.counts(), [5_000, 5_000, 0, 0]);
    is_delivered(&house, 5_000);
    assert_ratings(&house.rows("tax-rating"), 0..5_000);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

fn list(ids: &[u32]) -> String {
    let row = |id: &u32| {
        format!(
            "{{\"id\":{id},\"iname\":\"黔西市第{id}建材有限公司\",\
             \"cardNum\":\"91520581MA6DEMQ1XJ\",\"partyTypeName\":\"581\",\
             \"courtName\":\"黔西市人民法院\",\"regDate\":\"2024年03月11日\",\
             \"performance\":\"全部未履行\",\"caseCode\":\"（2024）黔0581执{id}号\",\
             \"disruptTypeName\":\"违反财产报告制度\",\"publishDate\":\"2024年04月26日\"}}\n"
        )
    };
    ids.iter().map(row).collect()
}

#[test]
fn a_full_snapshot_can_be_handed_in_and_what_it_lacks_waits_for_a_person() {
    let house = House::new();
    house.gateway(LISTEN);
    secret(&house, "token-court", "open court");
    let token = "token = { file = \"../../token-court\" }";
    route_by(&house, "court", "tax", token, "[snapshot]\n");
    let file = "configs/routes/court.toml";
    let text = std::fs::read_to_string(house.path(file)).unwrap();
    let text = text
        .replace("\"tax\"", "\"courts\"")
        .replace("\"rating\"", "\"dishonest-json\"")
        .replace("level = \"A\"", "");
    house.put(file, text);
    let mut service = house.start(&["run"]);
    let court = Department::of(&mut service, "court", "open court");
    let pending = || number(&house.books("court")["removals"], "pending");
    let (all, fewer) = (list(&[1, 2, 3, 4]), list(&[1, 2, 3]));
    let push = |list: &str| {
        let head = court.head("", list.len());
        court.says(head + list).with(200)
    };
    assert_eq!(push(&all).counts(), [4, 4, 0, 0]);
    assert_eq!(pending(), 0);
    assert_eq!(push(&fewer).counts(), [3, 0, 0, 3]);
    assert_eq!(pending(), 1);
    assert_eq!(house.platform.stats().withdrawn, 0, "nothing by itself");
    // Asked again it is the same answer; the first list, after another, is news.
    assert_eq!(push(&fewer).body["replayed"], true);
    let again = push(&all);
    assert_eq!(again.body["replayed"], false);
    assert_eq!(again.counts(), [4, 0, 0, 4]);
    assert_eq!(pending(), 0, "it is listed again");
    assert_eq!(push(&all).body["replayed"], true);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}
