use super::*;
use crate::log::twin::Dice;
use crate::wire::{Reader, Writer};
use std::collections::HashMap;

fn id(dice: &mut Dice) -> [u8; 16] {
    let (high, low) = (dice.roll(u64::MAX), dice.roll(u64::MAX));
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

fn known(n: u64) -> Known {
    let place = Place {
        segment: 1 + (n >> 14) as u32,
        block: (n & 0x3fff) as u32,
    };
    Known {
        digest: n,
        version: n as i64,
        place: RecordPlace::new(place, n as u16, 0),
    }
}

#[test]
fn a_place_holds_its_parts_to_their_limits() {
    let place = Place {
        segment: (1 << 28) - 1,
        block: (1 << 14) - 1,
    };
    let record = RecordPlace::new(place, u16::MAX, DOUBTED | HELD);
    assert_eq!(
        (record.frame(), record.row(), record.state()),
        (place, u16::MAX, DOUBTED | HELD)
    );
    assert_eq!(record.stateless().state(), 0);
    assert_eq!(record.stateless().frame(), place);
}

#[test]
fn an_index_knows_what_a_map_knows() {
    let mut dice = Dice(1);
    let mut index = Index::default();
    let mut map = HashMap::new();
    let mut ids = Vec::new();
    for n in 0..60_000 {
        // Now and then a key again, and keys that share most of their bits.
        let id = match dice.roll(10) {
            0 if !ids.is_empty() => ids[dice.roll(ids.len() as u64) as usize],
            1 => (n as u128 | 0xab << 120).to_be_bytes(),
            _ => id(&mut dice),
        };
        index.put(&id, known(n));
        map.insert(id, known(n));
        ids.push(id);
    }
    assert_eq!(index.keys(), map.len() as u64);
    assert!(map.iter().all(|(id, known)| index.get(id) == Some(*known)));
    assert!((0..1000).all(|_| index.get(&id(&mut dice)).is_none()));
    let mut copy = Index::default();
    for n in 0..index.shards() {
        let mut out = Writer::default();
        index.shard(n).unwrap().encode(&mut out);
        let bytes = out.into_bytes();
        copy.set_shard(n, Shard::decode(&mut Reader::new(&bytes, "shard")).unwrap());
    }
    assert!(copy == index);
    assert!(map.iter().all(|(id, known)| copy.get(id) == Some(*known)));
}

#[test]
fn ids_are_found_by_their_first_digits() {
    let mut index = Index::default();
    let ids = [
        0x1234_5678_9abc_u128 << 80,
        0x1234_5678_9abd << 80,
        0x1234_5679 << 96,
    ];
    for (n, id) in ids.iter().enumerate() {
        index.put(&id.to_be_bytes(), known(n as u64));
    }
    let found = |prefix: u128, digits| index.beginning(prefix, digits, 9).len();
    assert_eq!(found(ids[0], 8), 2);
    assert_eq!(found(ids[0], 12), 1);
    assert_eq!(found(ids[2], 8), 1);
    assert_eq!(found(ids[2], 32), 1);
    assert_eq!(found(1, 32), 0);
    assert_eq!(index.beginning(ids[0], 8, 1).len(), 1);
}

#[test]
fn a_mark_only_lands_on_the_version_it_is_about() {
    let mut index = Index::default();
    let id = [5; 16];
    index.put(&id, known(3));
    index.mark(&id, known(4).place, DOUBTED);
    assert_eq!(index.get(&id), Some(known(3)));
    index.mark(&id, known(3).place, DOUBTED);
    assert_eq!(index.get(&id).unwrap().place.state(), DOUBTED);
}

#[test]
fn a_key_takes_at_most_51_bytes_of_memory() {
    let mut dice = Dice(2);
    let mut index = Index::default();
    let mut most = 0.0_f64;
    for n in 0..1_000_000_u64 {
        index.put(&id(&mut dice), known(n));
        if n > 300_000 && n % 10_000 == 0 {
            most = most.max(index.bytes() as f64 / index.keys() as f64);
        }
    }
    println!(
        "bytes a key: {:.1} at a million, {most:.1} at most",
        index.bytes() as f64 / 1e6
    );
    assert!(most < 51.0);
}
