//! Charges without a check, and charges that are given back.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::{World, charge};
use crate::limits::{MemoryLimiter, Quota};
use crate::system::time::Timestamp;
use crate::system::{Rng as _, SystemRng, TestClock};

#[test]
fn requests_that_another_store_admitted_count_beyond_the_limit() {
    let world = World::new();
    let one = charge("a", 1, "3/60s");
    world.limiter.record(&[one.clone(), one.clone(), one.clone()]);
    world.wait(1_000);
    world.limiter.record(std::slice::from_ref(&one));
    assert!(!world.passes(&one));
    world.wait(59_000);
    assert!(world.passes(&one) && world.passes(&one), "three have left, one has not");
    assert!(!world.passes(&one));
    // The wait lasts until enough have left, not only the first.
    let other = charge("a", 2, "3/60s");
    world.limiter.record(&[other.clone(), other.clone(), other.clone()]);
    world.wait(10_000);
    world.limiter.record(&[other.clone(), other.clone()]);
    let refused = world.limiter.decide(std::slice::from_ref(&other));
    let [status] = refused.statuses() else { panic!("one standing for one charge") };
    assert_eq!(
        (status.retry_after, status.until_more),
        (Some(Duration::from_secs(50)), Duration::from_secs(50))
    );
    world.limiter.record(std::slice::from_ref(&other));
    let wait = world.limiter.decide(std::slice::from_ref(&other)).retry_after();
    assert_eq!(wait, Some(Duration::from_mins(1)), "three of before, and one of those that came later");
}

#[test]
fn only_the_returned_units_are_free_again() {
    let world = World::new();
    let one = charge("a", 1, "3/60s");
    let decide = || world.limiter.decide(std::slice::from_ref(&one));
    let first = decide();
    world.wait(1_000);
    let second = decide();
    world.wait(1_000);
    assert_eq!(decide().statuses()[0].remaining, 0);
    world.limiter.return_units(std::slice::from_ref(&one), second.at());
    let third = decide();
    assert!(third.passed());
    assert_eq!(decide().retry_after(), Some(Duration::from_secs(58)), "the first leaves first");
    world.limiter.return_units(std::slice::from_ref(&one), first.at());
    world.limiter.return_units(std::slice::from_ref(&one), third.at());
    let both = [one.clone(), one.clone()];
    assert!(world.limiter.decide(&both).passed(), "one is left of three");
    assert!(!decide().passed());
}

#[test]
fn an_expired_charge_is_not_given_back_from_later_ones() {
    let world = World::new();
    for quota in ["3/60s", "300/60s"] {
        let limit: u32 = quota.parse::<Quota>().unwrap().limit().get();
        let all = charge("a", 1, quota).costing(NonZeroU32::new(limit).unwrap());
        let old = world.limiter.decide(std::slice::from_ref(&all));
        assert!(old.passed());
        world.wait(60_000);
        assert!(world.passes(&all));
        world.limiter.return_units(std::slice::from_ref(&all), old.at());
        assert!(!world.passes(&charge("a", 1, quota)), "{quota}");
        // There is also nothing to give back for a counter that does not exist.
        world.limiter.return_units(&[charge("b", 2, quota)], old.at());
        world.wait(60_000);
    }
}

#[test]
fn a_returned_charge_leaves_no_trace() {
    let mut seed = [0; 8];
    SystemRng.fill(&mut seed);
    let mut state = u64::from_be_bytes(seed) | 1;
    let mut below = |bound: u64| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    };
    let (world, without) = (World::new(), World::new());
    let (mut open, quota) = (Vec::new(), "7/1s");
    for turn in 0..20_000 {
        let millis = below(4) / 3 * below(400);
        world.wait(millis);
        without.wait(millis);
        let cost = NonZeroU32::new(1 + u32::try_from(below(5) / 4).unwrap()).unwrap();
        let charge = charge("a", 1, quota).costing(cost);
        if below(2) == 0 {
            // Charged and given back before anything else happens, or a little later with nothing in between.
            let decision = world.limiter.decide(std::slice::from_ref(&charge));
            if decision.passed() {
                open.push((charge, decision));
            }
            let later = below(2) * below(30);
            world.wait(later);
            without.wait(later);
            for (charge, decision) in open.drain(..) {
                world.limiter.return_units(std::slice::from_ref(&charge), decision.at());
            }
        } else {
            let [one, other] =
                [&world, &without].map(|world| world.limiter.decide(std::slice::from_ref(&charge)));
            assert_eq!(one, other, "turn {turn}, seed {seed:?}");
        }
    }
}

/// A shared store admits clients that never pause; this process only records them.
#[test]
fn recorded_charges_expire_and_displace_no_counter() {
    let limiter = |clock: &Arc<TestClock>| MemoryLimiter::new(Arc::clone(clock) as _, &SystemRng, 256 * 1024);
    let clock = Arc::new(TestClock::at(Timestamp::EPOCH));
    let limiter = limiter(&clock);
    let used_up = |client: u32| charge("login-network", client, "10/1h");
    for client in 0..200 {
        limiter.record(&[used_up(client).costing(NonZeroU32::new(10).unwrap())]);
    }
    // Three thousand seconds at nearly the allowed rate.
    for _ in 0..5_000 {
        clock.advance(Duration::from_millis(600));
        for client in 1_000..1_004 {
            limiter.record(&[charge("normal", client, "120/60s"), charge("relaxed", client, "600/60s")]);
        }
    }
    let pass = (0..200).filter(|client| limiter.decide(&[used_up(*client)]).passed()).count();
    assert_eq!(pass, 0, "of 200 that are used up");
    assert!(limiter.bytes() < 64 * 1024, "{}", limiter.bytes());
}
