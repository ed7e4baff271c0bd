//! Killed at any moment and started again: no row is lost, none is delivered twice.
//!
//! The moments are chosen by what the platform has, from a fixed seed. Little may wait, so that
//! the feed is being read while its rows are being delivered.

use crate::support::{HEADER, House, number, rating, wait_until};
use std::io::Write as _;

/// A sequence of numbers that look random, the same for the same seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

fn list(house: &House, records: u32) {
    let path = house.path("feeds/list/list.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    file.write_all(HEADER.as_bytes()).unwrap();
    for n in 0..records {
        file.write_all(rating(n).as_bytes()).unwrap();
    }
    file.flush().unwrap();
}

fn killed_at_any_moment(records: u32, kills: usize, seed: u64) {
    let house = House::new();
    let room = (u64::from(records) / 10).max(1_000);
    house.gateway(&format!("[queue]\nwaiting_records_max = {room}"));
    house.route(
        "list",
        "tax",
        "[chunk]\nkib = 32\n[parcel]\nrecords_max = 100",
    );
    list(&house, records);

    let mut numbers = Numbers(seed);
    let mut moments: Vec<u64> = (0..kills)
        .map(|_| numbers.below(u64::from(records) * 9 / 10))
        .collect();
    moments.sort_unstable();
    let mut killed = 0;
    for moment in moments {
        let mut once = house.start(&["once", "list"]);
        wait_until("the platform has what the kill waits for", || {
            house.platform.stats().unique > moment || once.ended().is_some()
        });
        killed += usize::from(once.ended().is_none());
        once.kill();
        // What was acknowledged is there, and every sum comes out.
        let books = house.books("list");
        assert!(
            number(&books, "delivered") <= house.platform.stats().unique,
            "{books}"
        );
    }
    assert!(
        killed * 2 > kills,
        "only {killed} of {kills} kills met it at work"
    );

    let books = house.once("list");
    let of = |fate| number(&books, fate);
    assert_eq!(of("drafted"), u64::from(records), "{books}");
    assert_eq!(of("delivered"), u64::from(records), "{books}");
    assert_eq!(
        of("doubtful") + of("duplicate") + of("waiting"),
        0,
        "{books}"
    );
    assert_eq!(of("files"), 1);
    house.books("list");
    let stats = house.platform.stats();
    println!("{records} records, {killed} kills: {stats:?}");
    assert_eq!(stats.unique, u64::from(records));
    assert_eq!(
        stats.overwritten, 0,
        "a parcel sent again has the key it had before"
    );
    crate::support::assert_ratings(&house.rows("tax-rating"), 0..records);
}

#[test]
fn a_killed_gateway_delivers_every_row_once() {
    killed_at_any_moment(20_000, 8, 3);
}

#[test]
#[ignore = "takes minutes in the dev profile; name the release binary in GATEWAY"]
fn a_gateway_killed_twenty_times_delivers_200_000_rows_once() {
    killed_at_any_moment(200_000, 20, 20);
}
