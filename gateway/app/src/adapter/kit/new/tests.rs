use crate::Rating;
use credit_sdk::testkit::Feed;

/// `BLESS=1 cargo test` writes the golden file anew.
#[test]
fn the_sample_becomes_what_its_golden_file_says() {
    let sample = Feed::read("feeds/rating/sample.csv").unwrap();
    let sample = sample.setting("office", "国家税务总局大方县税务局");
    sample.golden::<Rating>("rating").unwrap();
}

#[test]
fn a_list_without_a_level_is_refused_and_says_so() {
    let list = Feed::text("税号,名称,年度\n91520581MA6DEMQ1XJ,甲公司,2025\n".as_bytes());
    let fault = list.check::<Rating>("rating").unwrap().fault.unwrap();
    assert_eq!(fault.code, "header_incomplete");
}
