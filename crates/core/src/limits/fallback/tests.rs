//! A store with outages: the decisions meanwhile, the probes, and that no moment admits more than the limit.

mod agreeing;
mod second;

use std::sync::atomic::AtomicBool;

use tokio::task::JoinSet;

use super::availability::FAILURES;
use super::*;
use crate::limits::{AccountHasher, LimitKey, Subject};
use crate::net::NetworkKey;
use crate::system::time::Timestamp;
use crate::system::{SystemRng, TestClock};

const DEADLINE: Duration = Duration::from_millis(20);
/// The deadline of an instance that waits for an answer that a test holds back.
const PATIENCE: Duration = Duration::from_mins(1);

/// A shared store that a test can switch to be down, to hang, or to have no room for writes.
#[derive(Debug)]
struct Shared {
    limiter: MemoryLimiter,
    gone: AtomicBool,
    silent: AtomicBool,
    full: AtomicBool,
    /// It has lost counters since the last check.
    forgot: AtomicBool,
    asked: AtomicU64,
    /// The holder delays the answers of the store, which has already decided.
    answers: tokio::sync::RwLock<()>,
}

impl Shared {
    fn new(clock: &Arc<TestClock>) -> Arc<Self> {
        let [gone, silent, full, forgot] = [(), (), (), ()].map(|()| AtomicBool::new(false));
        let (limiter, asked) = (limiter(clock), AtomicU64::new(0));
        Arc::new(Self { limiter, gone, silent, full, forgot, asked, answers: tokio::sync::RwLock::new(()) })
    }
}

fn limiter(clock: &Arc<TestClock>) -> MemoryLimiter {
    MemoryLimiter::new(Arc::clone(clock) as _, &SystemRng, 1 << 20)
}

impl LimitStore for Shared {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> BoxFuture<'a, Result<Decision, LimitStoreError>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.gone.load(Ordering::SeqCst) {
                return Err(LimitStoreError::Unreachable("it is gone".into()));
            }
            if self.silent.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            let writes =
                charges.iter().any(|charge| charge.cost() > 0) && self.limiter.peek(charges).passed();
            if self.full.load(Ordering::SeqCst) && writes {
                return Err(LimitStoreError::BadAnswer("no room".into()));
            }
            let decision = self.limiter.decide(charges);
            let _ = self.answers.read().await;
            if self.forgot.swap(false, Ordering::SeqCst) {
                return Err(LimitStoreError::CountersLost("it was emptied"));
            }
            Ok(decision)
        })
    }

    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> BoxFuture<'a, Result<(), LimitStoreError>> {
        Box::pin(async move {
            if self.gone.load(Ordering::SeqCst) {
                return Err(LimitStoreError::Unreachable("it is gone".into()));
            }
            self.limiter.return_units(charges, decision.at());
            Ok(())
        })
    }

    fn check_counters(&self) -> BoxFuture<'_, Result<(), LimitStoreError>> {
        Box::pin(async {
            if self.gone.load(Ordering::SeqCst) {
                return Err(LimitStoreError::Unreachable("it is gone".into()));
            }
            if self.forgot.swap(false, Ordering::SeqCst) {
                return Err(LimitStoreError::CountersLost("it was emptied"));
            }
            Ok(())
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
        let shared = Shared::new(&clock);
        Self { clock, shared }
    }

    fn instance(&self) -> Fallback {
        self.over(None, DEADLINE)
    }

    /// An instance that uses another store for accounts.
    fn instance_with(&self, second: &Arc<Shared>) -> Fallback {
        self.over(Some(second), DEADLINE)
    }

    fn over(&self, second: Option<&Arc<Shared>>, deadline: Duration) -> Fallback {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        let second = second.map(|second| Arc::clone(second) as _);
        let local = Arc::new(limiter(&self.clock));
        Fallback::new(Arc::clone(&self.shared) as _, second, &local, &clock, deadline)
    }

    fn store(&self) -> Arc<Shared> {
        Shared::new(&self.clock)
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

fn tried(quota: &str) -> [Charge; 1] {
    let account = AccountHasher::new(&[7; 32]).account("ada@example.org");
    [Charge::new(LimitKey::new("login-account".into(), Subject::Account(account)), quota.parse().unwrap())]
}

/// How many of `requests` attempts on one account pass.
async fn tries(instance: &Fallback, quota: &str, requests: usize) -> usize {
    let charge = tried(quota);
    let mut passed = 0;
    for _ in 0..requests {
        passed += usize::from(instance.take(&charge).await.unwrap().passed());
    }
    passed
}

async fn passes(instance: &Fallback, quota: &str) -> bool {
    instance.take(&charge(quota)).await.unwrap().passed()
}

/// How many of `requests` requests pass.
async fn passing(instance: &Fallback, quota: &str, requests: usize) -> usize {
    let mut passed = 0;
    for _ in 0..requests {
        passed += usize::from(passes(instance, quota).await);
    }
    passed
}

/// As many at once.
fn at_once(instance: &Fallback, quota: &'static str, requests: usize) -> JoinSet<usize> {
    (0..requests)
        .map(|_| {
            let instance = instance.clone();
            async move { tries(&instance, quota, 1).await }
        })
        .collect()
}

/// Lets all tasks run as far as they can.
async fn settled() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// Lets the probe of this instance finish.
async fn back(world: &World, instance: &Fallback) {
    world.wait(1);
    assert!(instance.try_take(&[]).is_some(), "still away, and now tried");
    while instance.state().away {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn instances_share_what_the_store_counts() {
    let world = World::new();
    let (one, two) = (world.instance(), world.instance());
    assert_eq!(passing(&one, "5/60s", 3).await + passing(&two, "5/60s", 4).await, 5);
    assert_eq!(one.state(), FallbackState { away: false, decided_here: 0, outages: 0, counter_losses: 0 });
    assert!(one.try_take(&charge("5/60s")).is_none(), "a store elsewhere has to be waited for");
}

#[tokio::test]
async fn during_an_outage_this_process_continues_with_its_own_counts() {
    let world = World::new();
    let instance = world.instance();
    assert_eq!(passing(&instance, "5/60s", 3).await, 3);
    world.gone(true);
    let before = world.asked();
    assert_eq!(passing(&instance, "5/60s", 10).await, 2, "three of five were admitted here before");
    assert_eq!(world.asked(), before + 1);
    assert!(instance.state().away);
    assert_eq!((instance.state().decided_here, instance.state().outages), (10, 1));
    assert!(instance.probe().await.is_err() && !instance.is_vital());
}

#[tokio::test]
async fn a_store_that_does_not_answer_counts_as_down_after_a_few_timeouts() {
    let world = World::new();
    let instance = world.instance();
    world.shared.silent.store(true, Ordering::SeqCst);
    assert_eq!(passing(&instance, "5/60s", 10).await, 5);
    assert_eq!(world.asked(), u64::from(FAILURES));
    // The next answer ends a single pause.
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
async fn a_store_that_is_up_again_is_used_again() {
    let world = World::new();
    let instance = world.instance();
    world.gone(true);
    passes(&instance, "5/60s").await;
    let asked = world.asked();
    world.wait(1);
    assert!(instance.try_take(&charge("500/60s")).is_some());
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
async fn only_one_probe_runs_at_a_time() {
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
        settled().await;
    }
    assert_eq!(world.asked(), asked + 1);
}

#[tokio::test]
async fn requests_admitted_during_an_outage_count_after_it() {
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
async fn an_instance_never_exceeds_the_limit_during_repeated_outages() {
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
async fn a_store_that_cannot_write_counts_as_down() {
    let world = World::new();
    let instance = world.instance();
    let asked = [charge("500/60s")[0].to_question()];
    assert_eq!(passing(&instance, "5/60s", 2).await, 2);
    world.shared.full.store(true, Ordering::SeqCst);
    for _ in 0..FAILURES {
        assert!(!instance.state().away);
        assert!(passes(&instance, "500/60s").await);
        assert!(instance.take(&asked).await.unwrap().passed());
    }
    assert!(instance.state().away);
    for _ in 0..5 {
        world.wait(1);
        instance.take(&asked).await.unwrap();
        settled().await;
        assert!(instance.state().away);
    }
    assert_eq!(instance.state().outages, 1);
    world.shared.full.store(false, Ordering::SeqCst);
    back(&world, &instance).await;
}

#[tokio::test]
async fn the_store_is_checked_and_probed_without_requests() {
    let world = World::new();
    let instance = world.instance();
    instance.watch();
    world.gone(true);
    let within = async |is_so: &dyn Fn() -> bool| {
        for _ in 0..200 {
            tokio::time::sleep(PROBE_EVERY / 20).await;
            world.clock.advance(PROBE_EVERY / 20);
            if is_so() {
                return true;
            }
        }
        false
    };
    assert!(within(&|| instance.state().away).await, "gone, and nobody has asked");
    world.gone(false);
    assert!(within(&|| !instance.state().away).await, "back, and nobody has asked");
    let asked = world.asked();
    drop(instance);
    tokio::time::sleep(PROBE_EVERY * 2).await;
    assert_eq!(world.asked(), asked, "nobody is left to look for");
}
