//! The store that goes away: what is decided meanwhile, when it is asked again, and that no moment of it lets more
//! through than the limit.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::limits::{AccountHasher, LimitKey, NetworkKey, Subject};
use crate::ports::{SystemRng, TestClock};
use crate::utils::time::Timestamp;

const DEADLINE: Duration = Duration::from_millis(20);

/// A shared store that can be told to be gone, or to say nothing.
#[derive(Debug)]
struct Shared {
    limiter: MemoryLimiter,
    gone: AtomicBool,
    silent: AtomicBool,
    asked: AtomicU64,
}

impl LimitStore for Shared {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> Pending<'a, Result<Decision, LimitStoreError>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.gone.load(Ordering::SeqCst) {
                return Err(LimitStoreError::Unreachable("it is gone".into()));
            }
            if self.silent.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            Ok(self.limiter.decide(charges))
        })
    }
}

struct World {
    clock: Arc<TestClock>,
    shared: Arc<Shared>,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(TestClock::at(Timestamp::EPOCH));
        let limiter = MemoryLimiter::new(Arc::clone(&clock) as _, &SystemRng, 1 << 20);
        let shared = Shared {
            limiter,
            gone: AtomicBool::new(false),
            silent: AtomicBool::new(false),
            asked: AtomicU64::new(0),
        };
        Self { clock, shared: Arc::new(shared) }
    }

    fn instance(&self) -> Fallback {
        self.over(None)
    }

    /// One that asks another store about accounts.
    fn instance_with(&self, second: &Arc<Shared>) -> Fallback {
        self.over(Some(Arc::clone(second) as _))
    }

    fn over(&self, second: Option<Arc<dyn LimitStore>>) -> Fallback {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        Fallback::new(Arc::clone(&self.shared) as _, second, &self.local(), &clock, DEADLINE)
    }

    fn local(&self) -> Arc<MemoryLimiter> {
        Arc::new(MemoryLimiter::new(Arc::clone(&self.clock) as _, &SystemRng, 1 << 20))
    }

    fn store(&self) -> Arc<Shared> {
        let limiter = MemoryLimiter::new(Arc::clone(&self.clock) as _, &SystemRng, 1 << 20);
        let [gone, silent] = [false, false].map(AtomicBool::new);
        Arc::new(Shared { limiter, gone, silent, asked: AtomicU64::new(0) })
    }

    fn asked(&self) -> u64 {
        self.shared.asked.load(Ordering::SeqCst)
    }

    fn gone(&self, gone: bool) {
        self.shared.gone.store(gone, Ordering::SeqCst);
    }

    fn wait(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
    }
}

fn charge(quota: &str) -> [Charge; 1] {
    let subject = Subject::Network(NetworkKey::of([192, 0, 2, 1].into()));
    [Charge::new(LimitKey::new("a".into(), subject), quota.parse().unwrap())]
}

/// How many of so many tries at one account pass.
async fn tries(instance: &Fallback, quota: &str, requests: usize) -> usize {
    let account = AccountHasher::new(&[7; 32]).account("ada@example.org");
    let key = LimitKey::new("login-account".into(), Subject::Account(account));
    let charge = [Charge::new(key, quota.parse().unwrap())];
    let mut passed = 0;
    for _ in 0..requests {
        passed += usize::from(instance.take(&charge).await.unwrap().passed());
    }
    passed
}

async fn passes(instance: &Fallback, quota: &str) -> bool {
    instance.take(&charge(quota)).await.unwrap().passed()
}

/// How many of so many requests pass.
async fn passing(instance: &Fallback, quota: &str, requests: usize) -> usize {
    let mut passed = 0;
    for _ in 0..requests {
        passed += usize::from(passes(instance, quota).await);
    }
    passed
}

/// Lets the probe of this instance come to its end.
async fn back(world: &World, instance: &Fallback) {
    world.wait(1);
    assert!(instance.take_now(&[]).is_some(), "still away, and now tried");
    while instance.state().away {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn instances_share_what_the_store_counts() {
    let world = World::new();
    let (one, two) = (world.instance(), world.instance());
    assert_eq!(passing(&one, "5/60s", 3).await + passing(&two, "5/60s", 4).await, 5);
    assert_eq!(one.state(), FallbackState { away: false, decided_here: 0, times_away: 0 });
    assert!(one.take_now(&charge("5/60s")).is_none(), "a store elsewhere has to be waited for");
}

#[tokio::test]
async fn a_store_that_is_gone_is_not_asked_again_and_again_and_this_process_goes_on_where_it_was() {
    let world = World::new();
    let instance = world.instance();
    assert_eq!(passing(&instance, "5/60s", 3).await, 3);
    world.gone(true);
    let before = world.asked();
    assert_eq!(passing(&instance, "5/60s", 10).await, 2, "three of five were admitted here before");
    assert_eq!(world.asked(), before + 1);
    assert!(instance.state().away);
    assert_eq!((instance.state().decided_here, instance.state().times_away), (10, 1));
    assert!(instance.probe().await.is_err() && !instance.is_vital());
}

#[tokio::test]
async fn a_store_that_says_nothing_is_waited_for_a_few_times_and_no_more() {
    let world = World::new();
    let instance = world.instance();
    world.shared.silent.store(true, Ordering::SeqCst);
    assert_eq!(passing(&instance, "5/60s", 10).await, 5);
    assert_eq!(world.asked(), u64::from(FAILURES));
    // A single pause is forgotten by the next answer.
    let other = world.instance();
    for _ in 0..3 * FAILURES {
        world.shared.silent.store(true, Ordering::SeqCst);
        passes(&other, "500/60s").await;
        world.shared.silent.store(false, Ordering::SeqCst);
        passes(&other, "500/60s").await;
    }
    assert!(!other.state().away);
}

#[tokio::test]
async fn it_comes_back_by_itself_when_the_store_does() {
    let world = World::new();
    let instance = world.instance();
    world.gone(true);
    passes(&instance, "5/60s").await;
    let asked = world.asked();
    world.wait(1);
    assert!(instance.take_now(&charge("500/60s")).is_some());
    while world.asked() == asked {
        tokio::task::yield_now().await;
    }
    assert!(instance.state().away, "tried, and still gone");
    world.gone(false);
    back(&world, &instance).await;
    assert!(instance.probe().await.is_ok());
    let asked = world.asked();
    passes(&instance, "5/60s").await;
    assert_eq!(world.asked(), asked + 1);
}

#[tokio::test]
async fn a_store_that_takes_long_to_come_back_is_tried_by_one_at_a_time() {
    let world = World::new();
    let instance = world.instance();
    world.gone(true);
    passes(&instance, "5/60s").await;
    world.gone(false);
    world.shared.silent.store(true, Ordering::SeqCst);
    let asked = world.asked();
    for _ in 0..5 {
        world.wait(1);
        passes(&instance, "5/60s").await;
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(world.asked(), asked + 1);
}

#[tokio::test]
async fn what_was_admitted_while_the_store_was_away_counts_when_it_is_back() {
    let world = World::new();
    let instance = world.instance();
    world.gone(true);
    assert_eq!(passing(&instance, "5/60s", 10).await, 5);
    world.gone(false);
    back(&world, &instance).await;
    // The store knows of nothing, and charges nothing for what is refused here.
    assert_eq!(passing(&instance, "5/60s", 10).await, 0);
    assert_eq!(passing(&world.instance(), "5/60s", 10).await, 5);
    world.wait(60);
    assert_eq!(passing(&instance, "5/60s", 10).await, 5);
}

#[tokio::test]
async fn in_no_window_does_an_instance_admit_more_than_the_limit_however_often_the_store_comes_and_goes() {
    let world = World::new();
    let instance = world.instance();
    let mut admitted: Vec<u64> = Vec::new();
    for second in 0_u64..400 {
        let goes = second % 37 == 5;
        if goes {
            world.gone(true);
        }
        if second % 37 == 19 {
            world.gone(false);
            if instance.state().away {
                back(&world, &instance).await;
            }
        }
        world.wait(1);
        let passed = passing(&instance, "7/30s", 3).await;
        let now = world.clock.monotonic().as_secs();
        admitted.extend(std::iter::repeat_n(now, passed));
    }
    for end in &admitted {
        let window = admitted.iter().filter(|at| **at <= *end && **at + 30 > *end).count();
        assert!(window <= 7, "{window} in the window that ends at {end}");
    }
    assert!(admitted.len() >= 7 * 400 / 30, "{}", admitted.len());
}

#[tokio::test]
async fn tries_at_an_account_meet_one_number_in_the_second_store_while_the_first_is_away() {
    let world = World::new();
    let second = world.store();
    let instances =
        [world.instance_with(&second), world.instance_with(&second), world.instance_with(&second)];
    world.gone(true);
    let mut passed = [0, 0];
    for instance in &instances {
        passed[0] += tries(instance, "5/60s", 10).await;
        passed[1] += passing(instance, "5/60s", 10).await;
    }
    assert_eq!(passed, [5, 15], "an account in all of them together, a network in each");
    let account = AccountHasher::new(&[7; 32]).account("bob@example.org");
    let asked =
        Charge::asking(LimitKey::new("a".into(), Subject::Account(account)), "5/60s".parse().unwrap());
    assert!(instances[0].take_now(&[asked]).is_none(), "it has to be waited for");
    assert!(instances[0].take_now(&charge("500/60s")).is_some());
}

#[tokio::test]
async fn the_second_store_does_not_know_what_the_first_let_pass_and_this_process_does() {
    let world = World::new();
    let second = world.store();
    let [one, other] = [world.instance_with(&second), world.instance_with(&second)];
    assert_eq!(tries(&one, "5/60s", 3).await, 3);
    world.gone(true);
    assert_eq!(tries(&one, "5/60s", 10).await, 2);
    assert_eq!(tries(&other, "5/60s", 10).await, 3, "of the five of the second store two are used");
    // When the first is back, what passed in the second counts in the same way.
    world.gone(false);
    for instance in [&one, &other] {
        back(&world, instance).await;
    }
    assert_eq!(tries(&one, "5/60s", 10).await, 0);
    assert_eq!(tries(&other, "5/60s", 10).await, 2, "and the first knows of three");
}

#[tokio::test]
async fn without_the_second_store_too_this_process_decides() {
    let world = World::new();
    let second = world.store();
    let instance = world.instance_with(&second);
    world.gone(true);
    assert_eq!(tries(&instance, "5/60s", 2).await, 2);
    second.gone.store(true, Ordering::SeqCst);
    assert_eq!(tries(&instance, "5/60s", 10).await, 3);
    assert!(instance.state().decided_here > 0);
    let asked = second.asked.load(Ordering::SeqCst);
    assert_eq!(tries(&instance, "5/60s", 10).await, 0);
    assert_eq!(second.asked.load(Ordering::SeqCst), asked, "nobody waits for it again and again");
}

#[tokio::test]
async fn in_no_window_does_an_instance_admit_more_tries_however_often_either_store_comes_and_goes() {
    let world = World::new();
    let second = world.store();
    let instance = world.instance_with(&second);
    let mut admitted: Vec<u64> = Vec::new();
    for second_of in 0_u64..600 {
        world.gone(second_of % 41 > 20);
        second.gone.store(second_of % 29 > 17, Ordering::SeqCst);
        world.wait(1);
        let passed = tries(&instance, "7/30s", 3).await;
        let now = world.clock.monotonic().as_secs();
        admitted.extend(std::iter::repeat_n(now, passed));
        // Whoever is tried again comes to an end.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    for end in &admitted {
        let window = admitted.iter().filter(|at| **at <= *end && **at + 30 > *end).count();
        assert!(window <= 7, "{window} in the window that ends at {end}");
    }
    assert!(admitted.len() >= 7 * 600 / 30 * 9 / 10, "{}", admitted.len());
}
