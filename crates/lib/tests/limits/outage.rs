//! A real server that dies, hangs and comes back under load, with this process behind it.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::limits::{Fallback, MemoryLimiter, Quota};
use palisade_core::ports::{Clock, LimitStore, SystemClock, SystemRng};
use palisade_lib::redis::RedisLimiter;
use tokio::task::JoinSet;

use crate::schedules::charge;
use crate::servers::{self, Redis};

const DEADLINE: Duration = Duration::from_millis(100);
const QUOTA: Quota = Quota::of(20, 2);

fn instance(redis: &Redis, clock: &Arc<SystemClock>) -> Fallback {
    let shared = RedisLimiter::open(&servers::redis_url(&redis.address()), "t").unwrap();
    let clock = || Arc::clone(clock) as Arc<dyn Clock>;
    Fallback::new(Arc::new(shared), MemoryLimiter::new(clock(), &SystemRng, 1 << 20), clock(), DEADLINE)
}

/// Asks until `stop`, and gives back when something passed.
async fn load(instance: Fallback, clock: Arc<SystemClock>, stop: Duration) -> Vec<Duration> {
    let mut passed = Vec::new();
    while clock.monotonic() < stop {
        let asked = clock.monotonic();
        let decision = instance.take(&[charge("load", 1, QUOTA)]).await.expect("never an error");
        let took = clock.monotonic().saturating_sub(asked);
        assert!(took < DEADLINE + Duration::from_secs(2), "a request waited {took:?}");
        if decision.passed() {
            passed.push(clock.monotonic());
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    passed
}

/// The most in any window. A moment is taken when the answer is here, so windows are shortened by what that may lag.
fn greatest(passed: &[Duration], lag: Duration) -> usize {
    let length = QUOTA.window().saturating_sub(lag);
    let within = |end: &Duration| passed.iter().filter(|at| **at <= *end && **at + length > *end).count();
    passed.iter().map(within).max().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_hangs_and_comes_back_opens_nothing_and_stops_nobody() {
    let mut redis = Redis::start().await;
    let clock = Arc::new(SystemClock::new());
    let instances: Vec<Fallback> = (0..2).map(|_| instance(&redis, &clock)).collect();
    let stop = clock.monotonic() + Duration::from_secs(14);
    let mut clients = JoinSet::new();
    for number in 0..6 {
        let (store, clock) = (instances[number % 2].clone(), Arc::clone(&clock));
        clients.spawn(async move { (number % 2, load(store, clock, stop).await) });
    }

    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(instances.iter().all(|instance| !instance.state().away));
    redis.kill();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(instances.iter().all(|instance| instance.state().away), "noticed under load");
    redis.run().await;
    until_back(&instances).await;
    redis.signal("STOP");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(instances.iter().all(|instance| instance.state().away), "a server that hangs is away too");
    redis.signal("CONT");
    until_back(&instances).await;

    let mut passed = [Vec::new(), Vec::new()];
    while let Some(ended) = clients.join_next().await {
        let (instance, of_one) = ended.unwrap();
        passed[instance].extend(of_one);
    }
    let limit = usize::try_from(QUOTA.limit().get()).unwrap();
    for (passed, instance) in passed.iter_mut().zip(&instances) {
        passed.sort_unstable();
        let greatest = greatest(passed, Duration::from_millis(250));
        assert!(greatest <= limit, "{greatest} in one window of one instance");
        assert_eq!(instance.state().times_away, 2, "away twice, and back by itself: {:?}", instance.state());
    }
}

async fn until_back(instances: &[Fallback]) {
    for _ in 0..1_000 {
        if instances.iter().all(|instance| !instance.state().away) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come back: {:?}", instances.iter().map(Fallback::state).collect::<Vec<_>>());
}
