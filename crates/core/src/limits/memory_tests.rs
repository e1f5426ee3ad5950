//! The limiter of this process: several charges at once, several threads at once, and a table that is full.

use std::num::NonZeroU32;
use std::time::Duration;

use super::*;
use crate::limits::{AccountHasher, LimitKey, Subject};
use crate::net::NetworkKey;
use crate::system::time::Timestamp;
use crate::system::{SystemClock, SystemRng, TestClock};

/// As many slots as are compared at once: the rule then holds for the whole table.
const SLOTS: u32 = 16;
const _: () = assert!(SLOTS as usize == SAMPLE);

struct World {
    clock: Arc<TestClock>,
    limiter: MemoryLimiter,
}

impl World {
    fn new() -> Self {
        Self::with(4, 1_000)
    }

    /// With so many shards for each quarter of the memory, and room in each for so many counters.
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
fn a_counter_stands_as_it_was_charged() {
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
fn counters_of_other_subjects_buckets_and_quotas_are_others() {
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
fn of_several_waits_the_longest_is_told_and_then_all_pass() {
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
fn a_refused_newcomer_takes_no_slot() {
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
                        // for ever.
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
fn what_is_idle_goes_first_however_full_it_was() {
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
fn of_equals_a_full_table_forgets_the_one_charged_longest_ago() {
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
fn what_is_forgotten_gives_away_the_least() {
    // A stranger's single try is a greater share of the short bucket than five tries are of the long one, but
    // forgetting those gives away more.
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
fn asking_charges_nothing_and_makes_no_counter() {
    let world = World::new();
    let key = || charge("a", 1, "1/60s").key().clone();
    let asking = Charge::asking(key(), "1/60s".parse().unwrap());
    assert!((0..3).all(|_| world.passes(&asking)));
    assert_eq!(world.limiter.counters(), 0);
    assert!(world.passes(&charge("a", 1, "1/60s")));
    assert!(!world.passes(&asking));
    // Beside another charge it can refuse, and then nothing is charged.
    let other = charge("b", 1, "1/60s");
    assert!(!world.limiter.decide(&[other.clone(), asking]).passed());
    assert!(world.passes(&other));
}

#[test]
fn what_another_store_let_through_is_counted_past_the_limit() {
    let world = World::new();
    let one = charge("a", 1, "3/60s");
    world.limiter.record(&[one.clone(), one.clone(), one.clone()]);
    world.wait(1_000);
    world.limiter.record(std::slice::from_ref(&one));
    assert!(!world.passes(&one));
    world.wait(59_000);
    assert!(world.passes(&one) && world.passes(&one), "three have left, one has not");
    assert!(!world.passes(&one));
    // A wait is until enough have left, not only the first.
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
fn what_is_given_back_is_free_again_and_nothing_else() {
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
fn what_has_left_its_window_is_not_given_back_out_of_what_came_later() {
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
        // Nor is there anything to give back of a counter that is not there.
        world.limiter.return_units(&[charge("b", 2, quota)], old.at());
        world.wait(60_000);
    }
}

#[test]
fn with_what_was_given_back_every_answer_is_as_if_it_had_never_been_charged() {
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

/// A shared store lets clients pass that never pause; this process is told, and never asked.
#[test]
fn what_is_only_recorded_leaves_its_window_and_pushes_out_nobody() {
    let limiter = |clock: &Arc<TestClock>| MemoryLimiter::new(Arc::clone(clock) as _, &SystemRng, 256 * 1024);
    let clock = Arc::new(TestClock::at(Timestamp::EPOCH));
    let limiter = limiter(&clock);
    let used_up = |client: u32| charge("login-network", client, "10/1h");
    for client in 0..200 {
        limiter.record(&[used_up(client).costing(NonZeroU32::new(10).unwrap())]);
    }
    // Three thousand seconds at close to what each may.
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

#[test]
fn what_was_much_and_has_left_weighs_no_more_than_what_is() {
    let world = World::with(1, SAMPLE);
    let busy = |client| tried("busy", client, "60/60s");
    for number in 1..SLOTS {
        assert!((0..50).all(|_| world.passes(&busy(number))));
    }
    world.wait(59_999);
    // One more each, so that none is idle; and then the fifty leave.
    assert!((1..SLOTS).all(|number| world.passes(&busy(number))));
    world.wait(1);
    let account = tried("account", 0, "5/15m");
    assert!((0..5).all(|_| world.passes(&account)));
    assert!(world.passes(&tried("account", 99, "5/15m")), "takes the place of one of the others");
    assert!(!world.passes(&account));
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
