//! The store that goes away: what is decided meanwhile, when it is asked again, and that no moment of it lets more
//! through than the limit.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::limits::{LimitKey, NetworkKey, Subject};
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
        let local = MemoryLimiter::new(Arc::clone(&self.clock) as _, &SystemRng, 1 << 20);
        Fallback::new(Arc::clone(&self.shared) as _, local, Arc::clone(&self.clock) as _, DEADLINE)
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
