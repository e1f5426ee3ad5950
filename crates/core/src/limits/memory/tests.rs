//! The limiter of this process: several charges at once, and several threads at once.

mod full;
mod returned;

use std::num::NonZeroU32;
use std::time::Duration;

use super::shard::SLOT_BYTES;
use super::*;
use crate::limits::{AccountHasher, LimitKey, Subject};
use crate::net::NetworkKey;
use crate::system::time::Timestamp;
use crate::system::{SystemClock, SystemRng, TestClock};

struct World {
    clock: Arc<TestClock>,
    limiter: MemoryLimiter,
}

impl World {
    fn new() -> Self {
        Self::with(4, 1_000)
    }

    /// With this many shards for each quarter of the memory, and room in each for this many counters.
    fn with(quarter: usize, slots: usize) -> Self {
        let clock = Arc::new(TestClock::at(Timestamp::EPOCH));
        let shared = Arc::clone(&clock) as Arc<dyn Clock>;
        Self { clock, limiter: MemoryLimiter::with_quarters(shared, &SystemRng, quarter, slots * SLOT_BYTES) }
    }

    fn passes(&self, charge: &Charge) -> bool {
        self.limiter.decide(std::slice::from_ref(charge)).passed()
    }

    fn wait(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }
}

fn charge(bucket: &str, client: u32, quota: &str) -> Charge {
    let subject = Subject::Network(NetworkKey::of(client.to_be_bytes().into()));
    Charge::new(LimitKey::new(bucket.into(), subject), quota.parse().unwrap())
}

/// A counter of the class that has one table for each shard of a quarter.
fn tried(bucket: &str, account: u32, quota: &str) -> Charge {
    let subject = Subject::Account(AccountHasher::new(&[1; 32]).account(&account.to_string()));
    Charge::new(LimitKey::new(bucket.into(), subject), quota.parse().unwrap())
}

#[test]
fn a_counter_reports_its_state_exactly() {
    let world = World::new();
    let one = charge("a", 1, "3/60s");
    let expected = |remaining, until_more, retry_after: Option<u64>| {
        let until_more = Duration::from_secs(until_more);
        let retry_after = retry_after.map(Duration::from_secs);
        Decision::new(world.clock.monotonic(), vec![QuotaStatus { remaining, until_more, retry_after }])
    };
    let decide = || world.limiter.decide(std::slice::from_ref(&one));
    assert_eq!(decide(), expected(2, 60, None));
    world.wait(10_000);
    assert_eq!(decide(), expected(1, 50, None));
    assert_eq!(decide(), expected(0, 50, None));
    assert_eq!(decide(), expected(0, 50, Some(50)));
    world.wait(49_999);
    assert!(!decide().passed());
    world.wait(1);
    assert_eq!(decide(), expected(0, 10, None));
}

#[test]
fn subject_bucket_and_quota_make_separate_counters() {
    let world = World::new();
    assert!(world.passes(&charge("a", 1, "1/60s")));
    assert!(!world.passes(&charge("a", 1, "1/60s")));
    assert!(world.passes(&charge("a", 2, "1/60s")));
    assert!(world.passes(&charge("b", 1, "1/60s")));
    assert!(world.passes(&charge("a", 1, "1/61s")));
}

#[test]
fn when_one_refuses_none_is_charged() {
    let world = World::new();
    let (loose, tight) = (charge("loose", 1, "2/60s"), charge("tight", 1, "1/3m"));
    let both = [loose.clone(), tight.clone()];
    assert!(world.limiter.decide(&both).passed());
    for _ in 0..5 {
        let refused = world.limiter.decide(&both);
        assert!(!refused.passed());
        assert_eq!(refused.retry_after(), Some(Duration::from_mins(3)));
        let [loose, tight] = refused.statuses() else { panic!("one standing for each charge") };
        assert_eq!((loose.remaining, loose.retry_after), (1, None));
        assert_eq!(tight.remaining, 0);
    }
    assert!(world.passes(&loose), "what was left of the other is still there");
    assert!(!world.passes(&loose));
}

#[test]
fn the_longest_of_several_waits_is_returned_and_enough() {
    let world = World::new();
    let both = [charge("a", 1, "1/60s"), charge("b", 1, "1/90s")];
    assert!(world.limiter.decide(&both).passed());
    world.wait(1_000);
    let wait = world.limiter.decide(&both).retry_after().unwrap();
    assert_eq!(wait, Duration::from_secs(89));
    world.wait(88_999);
    assert!(!world.limiter.decide(&both).passed());
    world.wait(1);
    assert!(world.limiter.decide(&both).passed());
}

#[test]
fn a_refused_new_counter_takes_no_slot() {
    let world = World::new();
    assert!(world.passes(&charge("a", 1, "1/60s")));
    assert!(!world.limiter.decide(&[charge("a", 1, "1/60s"), charge("b", 1, "9/60s")]).passed());
    assert_eq!(world.limiter.counters(), 1);
}

#[test]
fn one_counter_named_twice_is_charged_with_both_costs() {
    let world = World::new();
    let one = charge("a", 1, "3/60s");
    let twice = [one.clone(), one.clone()];
    let decision = world.limiter.decide(&twice);
    assert!(decision.passed());
    assert!(decision.statuses().iter().all(|status| status.remaining == 1));
    assert!(!world.limiter.decide(&twice).passed());
    assert!(world.passes(&one));
}

#[test]
fn a_cost_is_charged_in_full_or_not_at_all() {
    let world = World::new();
    let cost = |units| charge("a", 1, "10/60s").costing(NonZeroU32::new(units).unwrap());
    assert!(world.passes(&cost(7)));
    assert!(!world.passes(&cost(4)));
    assert!(world.passes(&cost(3)));
    assert_eq!(cost(99).cost(), 10);
}

#[test]
fn nothing_to_charge_passes() {
    assert!(World::new().limiter.decide(&[]).passed());
}

#[test]
fn threads_together_never_pass_more_than_the_limit() {
    for _ in 0..20 {
        let limiter = MemoryLimiter::new(Arc::new(SystemClock::new()), &SystemRng, 1 << 20);
        let [shared, spread] = [7, 300].map(|limit| format!("{limit}/1h"));
        let start = std::sync::Barrier::new(4);
        let passed: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4_u32)
                .map(|thread| {
                    let (limiter, start, shared, spread) = (&limiter, &start, &shared, &spread);
                    scope.spawn(move || {
                        start.wait();
                        let others = [charge("b", thread, spread), charge("c", thread, spread)];
                        let [one, two] = &others;
                        // In either order: locks taken in the order of the charges would wait for each other
                        // forever.
                        let forth = [charge("a", 0, shared), one.clone(), two.clone()];
                        let back = [two.clone(), one.clone(), charge("a", 0, shared)];
                        (0..50).flat_map(|_| [&forth, &back]).filter(|c| limiter.decide(*c).passed()).count()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 7);
    }
}

#[test]
fn a_question_charges_nothing_and_creates_no_counter() {
    let world = World::new();
    let key = || charge("a", 1, "1/60s").key().clone();
    let asking = Charge::asking(key(), "1/60s".parse().unwrap());
    assert!((0..3).all(|_| world.passes(&asking)));
    assert_eq!(world.limiter.counters(), 0);
    assert!(world.passes(&charge("a", 1, "1/60s")));
    assert!(!world.passes(&asking));
    // Another charge can make it refuse, and then nothing is charged.
    let other = charge("b", 1, "1/60s");
    assert!(!world.limiter.decide(&[other.clone(), asking]).passed());
    assert!(world.passes(&other));
}

#[tokio::test]
async fn the_port_answers_as_the_limiter_does() {
    let world = World::new();
    let charges = [charge("a", 1, "1/60s")];
    let store: &dyn LimitStore = &world.limiter;
    drop(store.take(&charges));
    assert!(store.take(&charges).await.unwrap().passed(), "a future that was never polled charged nothing");
    assert!(!store.try_take(&charges).unwrap().passed());
}
