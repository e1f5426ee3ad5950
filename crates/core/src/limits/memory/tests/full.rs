//! A full table: which counters go, and which nobody can displace.

use std::time::Duration;

use super::{World, charge, tried};
use crate::limits::memory::shard::{Digest, SAMPLE, SLOT_BYTES, SWEEP, Shard, Step};
use crate::limits::window::nanos;
use crate::limits::{Charge, LimitKey, Subject};

/// As many slots as one comparison covers: the rule then holds for the whole table.
const SLOTS: u32 = 16;

const _: () = assert!(SLOTS as usize == SAMPLE);

#[test]
fn idle_counters_go_as_calls_come() {
    let world = World::with(1, 1_000);
    for client in 0..500 {
        assert!(world.passes(&tried("a", client, "5/60s")));
    }
    assert_eq!(world.limiter.counters(), 500);
    world.wait(60_000);
    for _ in 0..500 / SWEEP + 10 {
        world.passes(&tried("b", 0, "500/60s"));
    }
    assert_eq!(world.limiter.counters(), 1);
}

#[test]
fn the_table_never_grows_past_its_bound() {
    let world = World::with(2, 50);
    for client in 0..1_000 {
        for _ in 0..=client % 7 {
            world.wait(1);
            world.passes(&charge("a", client, "5/60s"));
            assert!(world.limiter.bytes() <= 4 * 50 * SLOT_BYTES);
        }
    }
    assert!(world.limiter.counters() > 50, "{}", world.limiter.counters());
}

#[test]
fn a_full_table_forgets_what_is_idle_first() {
    let world = World::with(1, SAMPLE);
    let short = tried("short", 0, "9/1s");
    let long = |client| tried("long", client, "1/1h");
    assert!((1..SLOTS).all(|client| world.passes(&long(client))));
    assert!(world.passes(&short));
    world.wait(1_000);
    assert!(world.passes(&long(99)));
    assert!((1..SLOTS).all(|client| !world.passes(&long(client))), "busy ones are all still there");
    assert!(!world.passes(&long(99)));
}

#[test]
fn an_idle_counter_is_forgotten_first_even_if_it_was_full() {
    let mut shard = Shard::new(SAMPLE * SLOT_BYTES);
    let digest = |place| Digest { shard: 0, place };
    let step =
        |place, quota: &str| Step { digest: digest(place), shard: 0, quota: quota.parse().unwrap(), cost: 1 };
    for place in 1..u64::from(SLOTS) {
        shard.charge(&step(place, "9/1h"), 0);
    }
    shard.charge(&step(0, "1/1s"), 1);
    shard.make_room(digest(99), 1 + nanos(Duration::from_secs(1)));
    assert!(shard.place(digest(0)).is_none());
    assert!((1..u64::from(SLOTS)).all(|place| shard.place(digest(place)).is_some()));
}

#[test]
fn among_equals_a_full_table_forgets_the_least_recently_charged() {
    let world = World::with(1, SAMPLE);
    let client = |client| tried("a", client, "2/1h");
    for number in 0..SLOTS {
        assert!(world.passes(&client(number)));
        world.wait(1_000);
    }
    assert!(world.passes(&client(99)), "takes the place of the first");
    let left = |number| {
        let both = [client(number), client(number)];
        !world.limiter.decide(&both).passed()
    };
    assert!((1..SLOTS).all(left), "the others are still counted");
    assert!(!left(0), "the first is forgotten");
}

#[test]
fn a_full_table_forgets_the_counter_of_least_weight() {
    // A stranger's single attempt is a greater share of the short bucket than five attempts are of the long one,
    // but forgetting the five gives away more.
    let world = World::with(1, SAMPLE);
    let day = tried("day", 0, "30/24h");
    assert!((0..5).all(|_| world.passes(&day)));
    for client in 1..200 {
        assert!(world.passes(&tried("short", client, "5/15m")));
    }
    let status = world.limiter.decide(std::slice::from_ref(&day));
    assert_eq!(status.statuses()[0].remaining, 30 - 6);
}

#[test]
fn a_flood_of_new_keys_does_not_displace_the_counter_of_an_account_under_attack() {
    let world = World::with(1, 100);
    let account = tried("account", 0, "5/15m");
    let owner = LimitKey::new("user".into(), Subject::User("usr_1".into()));
    let owner = Charge::new(owner, "100/1h".parse().unwrap());
    assert!(world.passes(&owner));
    assert!((0..5).all(|_| world.passes(&account)));
    for client in 1..5_000 {
        world.wait(1);
        assert!(world.passes(&charge("flood", client, "10/60s")));
        assert!(world.passes(&tried("account", client, "5/15m")));
    }
    assert!(!world.passes(&account));
    let owner = world.limiter.decide(std::slice::from_ref(&owner));
    assert_eq!(owner.statuses()[0].remaining, 98, "what only an owner can make, nobody else displaces");
}

#[test]
fn expired_units_add_no_weight() {
    let world = World::with(1, SAMPLE);
    let busy = |client| tried("busy", client, "60/60s");
    for number in 1..SLOTS {
        assert!((0..50).all(|_| world.passes(&busy(number))));
    }
    world.wait(59_999);
    // One more each, so that none is idle; then the fifty leave.
    assert!((1..SLOTS).all(|number| world.passes(&busy(number))));
    world.wait(1);
    let account = tried("account", 0, "5/15m");
    assert!((0..5).all(|_| world.passes(&account)));
    assert!(world.passes(&tried("account", 99, "5/15m")), "takes the place of one of the others");
    assert!(!world.passes(&account));
}
