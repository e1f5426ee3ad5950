//! A real server that dies, hangs and comes back under load, with this process behind it.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::limits::{AccountHasher, Charge, Fallback, LimitKey, MemoryLimiter, Quota, Subject};
use palisade_core::ports::{Clock, LimitStore, SystemClock, SystemRng};
use palisade_lib::mongodb::MongoLimiter;
use palisade_lib::redis::RedisLimiter;
use palisade_test_servers::{MongoDatabase, Options, RedisServer, ReplicaSet};
use tokio::task::JoinSet;

use crate::schedules::charge;
use crate::servers;

const DEADLINE: Duration = Duration::from_millis(100);
const QUOTA: Quota = Quota::of(20, 2);

/// What happens to a server.
trait Server {
    fn kill(&mut self);
    async fn restart(&mut self);
    fn pause(&mut self);
    fn resume(&mut self);
}

impl Server for RedisServer {
    fn kill(&mut self) {
        self.kill();
    }

    async fn restart(&mut self) {
        self.restart().await.unwrap();
    }

    fn pause(&mut self) {
        Self::pause(self).unwrap();
    }

    fn resume(&mut self) {
        Self::resume(self).unwrap();
    }
}

/// Its only member.
impl Server for ReplicaSet {
    fn kill(&mut self) {
        self.kill(0);
    }

    async fn restart(&mut self) {
        self.restart(0).await.unwrap();
    }

    fn pause(&mut self) {
        Self::pause(self, 0).unwrap();
    }

    fn resume(&mut self) {
        Self::resume(self, 0).unwrap();
    }
}

fn instance(shared: Arc<dyn LimitStore>, clock: &Arc<SystemClock>) -> Fallback {
    instance_with(None, shared, clock, DEADLINE)
}

fn instance_with(
    second: Option<Arc<dyn LimitStore>>,
    shared: Arc<dyn LimitStore>,
    clock: &Arc<SystemClock>,
    deadline: Duration,
) -> Fallback {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let local = Arc::new(MemoryLimiter::new(Arc::clone(&clock), &SystemRng, 1 << 20));
    Fallback::new(shared, second, &local, &clock, deadline)
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

async fn dies_hangs_and_comes_back(mut server: impl Server, shared: impl Fn() -> Arc<dyn LimitStore>) {
    let clock = Arc::new(SystemClock::new());
    let instances: Vec<Fallback> = (0..2).map(|_| instance(shared(), &clock)).collect();
    // Connected, before it counts.
    for instance in &instances {
        until(instance, |state| !state.away).await;
    }
    let before: Vec<u64> = instances.iter().map(|instance| instance.state().times_away).collect();
    let stop = clock.monotonic() + Duration::from_secs(14);
    let mut clients = JoinSet::new();
    for number in 0..6 {
        let (store, clock) = (instances[number % 2].clone(), Arc::clone(&clock));
        clients.spawn(async move { (number % 2, load(store, clock, stop).await) });
    }

    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(instances.iter().all(|instance| !instance.state().away));
    server.kill();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(instances.iter().all(|instance| instance.state().away), "noticed under load");
    server.restart().await;
    until_back(&instances).await;
    server.pause();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(instances.iter().all(|instance| instance.state().away), "a server that hangs is away too");
    server.resume();
    until_back(&instances).await;

    let mut passed = [Vec::new(), Vec::new()];
    while let Some(ended) = clients.join_next().await {
        let (instance, of_one) = ended.unwrap();
        passed[instance].extend(of_one);
    }
    let limit = usize::try_from(QUOTA.limit().get()).unwrap();
    for ((passed, instance), before) in passed.iter_mut().zip(&instances).zip(before) {
        passed.sort_unstable();
        let greatest = greatest(passed, Duration::from_millis(250));
        assert!(greatest <= limit, "{greatest} in one window of one instance");
        let state = instance.state();
        assert_eq!(state.times_away, before + 2, "away twice, and back by itself: {state:?}");
    }
}

/// Asks for nothing until the store has answered in time.
async fn until(instance: &Fallback, is_so: impl Fn(palisade_core::limits::FallbackState) -> bool) {
    for _ in 0..1_000 {
        let answered = palisade_core::ports::Probe::probe(instance).await.is_ok();
        if answered && is_so(instance.state()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no answer in time: {:?}", instance.state());
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_dies_hangs_and_comes_back_opens_nothing_and_stops_nobody() {
    let server = RedisServer::start().await.unwrap();
    let url = servers::redis_url(&server.url());
    dies_hangs_and_comes_back(server, || Arc::new(RedisLimiter::open(&url, "t").unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mongodb_that_dies_hangs_and_comes_back_opens_nothing_and_stops_nobody() {
    let server = ReplicaSet::with(Options::single()).await.unwrap();
    let url = servers::mongo_url(&server.url());
    dies_hangs_and_comes_back(server, || Arc::new(MongoLimiter::open(&url, "t").unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_tries_at_an_account_are_counted_once_for_all_instances_where_the_documents_are() {
    let (mut redis, documents) = (RedisServer::start().await.unwrap(), MongoDatabase::new());
    let clock = Arc::new(SystemClock::new());
    let instances: Vec<Fallback> = (0..3)
        .map(|_| {
            let shared = RedisLimiter::open(&servers::redis_url(&redis.url()), "t").unwrap();
            let second = MongoLimiter::open(&servers::mongo_url(&documents.url()), "t").unwrap();
            // Longer than in production: what is counted must not depend on how busy the machine is.
            instance_with(Some(Arc::new(second)), Arc::new(shared), &clock, DEADLINE * 20)
        })
        .collect();
    let hasher = AccountHasher::new(&[7; 32]);
    let charge = |subject| vec![Charge::new(LimitKey::new("login".into(), subject), Quota::of(6, 600))];
    let account = charge(Subject::Account(hasher.account("ada@example.org")));
    let device = charge(Subject::Device(hasher.device("ada@example.org", "dev_1")));
    assert!(instances[0].take(&account).await.unwrap().passed());
    redis.kill();
    let mut clients = JoinSet::new();
    for turn in 0..60 {
        let (instance, account) = (instances[turn % 3].clone(), account.clone());
        clients.spawn(async move { (turn % 3, instance.take(&account).await.unwrap().passed()) });
    }
    let passed: Vec<_> = clients.join_all().await.into_iter().filter(|(_, passed)| *passed).collect();
    assert_eq!(passed.len(), 6, "{passed:?}");
    assert!(passed.iter().filter(|(instance, _)| *instance == 0).count() < 6, "the first has used one");
    assert!(instances.iter().all(|instance| instance.state().away));
    assert!(instances[1].take(&device).await.unwrap().passed(), "the owner is counted apart");
}
