//! A real server that dies, hangs and comes back under load, while the fallback takes over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use palisade_core::limits::{AccountHasher, Charge, Fallback, LimitKey, MemoryLimiter, Quota, Subject};
use palisade_core::ports::{Clock, LimitStore, SystemClock, SystemRng};
use palisade_lib::mongodb::MongoLimiter;
use palisade_lib::redis::RedisLimiter;
use palisade_test_servers::{MongoDatabase, Options, RedisServer, ReplicaSet};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::schedules::charge;
use crate::servers;

const DEADLINE: Duration = Duration::from_millis(100);
const QUOTA: Quota = Quota::of(20, 2);

/// The faults of a server.
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

/// The start and the end of an admitted request.
type Passed = (Duration, Duration);

/// Sends requests until it is told to stop, and returns the admitted ones.
async fn load(instance: Fallback, clock: Arc<SystemClock>, stop: Arc<AtomicBool>) -> Vec<Passed> {
    let mut passed = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let asked = clock.monotonic();
        let decision = instance.take(&[charge("load", 1, QUOTA)]).await.expect("never an error");
        let took = clock.monotonic().saturating_sub(asked);
        assert!(took < DEADLINE + Duration::from_secs(2), "a request waited {took:?}");
        if decision.passed() {
            passed.push((asked, clock.monotonic()));
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    passed
}

/// The greatest number of requests that lie within one window completely.
fn greatest(passed: &[Passed]) -> usize {
    let within = |(begin, _): &Passed| {
        let end = *begin + QUOTA.window();
        passed.iter().filter(|(asked, answered)| asked >= begin && *answered < end).count()
    };
    passed.iter().map(within).max().unwrap_or(0)
}

async fn limits_hold_during_outages(mut server: impl Server, shared: impl Fn() -> Arc<dyn LimitStore>) {
    let clock = Arc::new(SystemClock::new());
    let instances: Vec<Fallback> = (0..2).map(|_| instance(shared(), &clock)).collect();
    // Both must be connected before the test begins.
    for instance in &instances {
        until(instance, |state| !state.away).await;
    }
    let before: Vec<u64> = instances.iter().map(|instance| instance.state().outages).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for number in 0..6 {
        let (store, clock, stop) = (instances[number % 2].clone(), Arc::clone(&clock), Arc::clone(&stop));
        clients.spawn(async move { (number % 2, load(store, clock, stop).await) });
    }

    // More than a window in each state, so that each state inherits the counts of the one before.
    let a_while = Duration::from_secs(3);
    tokio::time::sleep(a_while).await;
    until_all(&instances, false).await;
    server.kill();
    until_all(&instances, true).await;
    tokio::time::sleep(a_while).await;
    server.restart().await;
    until_all(&instances, false).await;
    server.pause();
    // A server that hangs is away, too.
    until_all(&instances, true).await;
    tokio::time::sleep(a_while).await;
    server.resume();
    until_all(&instances, false).await;
    tokio::time::sleep(a_while).await;
    stop.store(true, Ordering::Relaxed);

    let mut passed = [Vec::new(), Vec::new()];
    while let Some(ended) = clients.join_next().await {
        let (instance, of_one) = ended.unwrap();
        passed[instance].extend(of_one);
    }
    let limit = usize::try_from(QUOTA.limit().get()).unwrap();
    for ((passed, instance), before) in passed.iter().zip(&instances).zip(before) {
        let greatest = greatest(passed);
        assert!(greatest <= limit, "{greatest} in one window of one instance");
        let state = instance.state();
        // On a busy machine answers may be late more often.
        assert!(state.outages >= before + 2, "away twice, and back by itself: {state:?}");
    }
}

/// Waits until the store answers in time and the condition holds.
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

/// Waits under load until all are away, or none is.
async fn until_all(instances: &[Fallback], away: bool) {
    for _ in 0..3_000 {
        if instances.iter().all(|instance| instance.state().away == away) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not all with away: {away}: {:?}", instances.iter().map(Fallback::state).collect::<Vec<_>>());
}

/// A proxy whose connections can go dead: they stay open, and nothing arrives any more.
struct DeadProxy {
    url: String,
    lost: watch::Sender<usize>,
}

impl DeadProxy {
    async fn to(server: &RedisServer) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let there = server.url().trim_start_matches("redis://").trim_end_matches('/').to_owned();
        let (lost, times) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut here, _)) = listener.accept().await {
                let (mut times, there) = (times.clone(), there.clone());
                times.mark_unchanged();
                tokio::spawn(async move {
                    let mut there = TcpStream::connect(there).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut here, &mut there) => {}
                        // Both ends are kept open, so that neither notices.
                        Ok(()) = times.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { url, lost }
    }

    fn go_dead(&self) {
        self.lost.send_modify(|times| *times += 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_connection_to_redis_is_replaced() {
    let server = RedisServer::start().await.unwrap();
    let proxy = DeadProxy::to(&server).await;
    let clock = Arc::new(SystemClock::new());
    let one = instance(Arc::new(RedisLimiter::open(&servers::redis_url(&proxy.url), "t").unwrap()), &clock);
    until(&one, |state| !state.away).await;
    let stop = Arc::new(AtomicBool::new(false));
    let client = tokio::spawn(load(one.clone(), clock, Arc::clone(&stop)));
    for _ in 0..2 {
        proxy.go_dead();
        until_all(std::slice::from_ref(&one), true).await;
        until_all(std::slice::from_ref(&one), false).await;
    }
    stop.store(true, Ordering::Relaxed);
    assert!(!client.await.unwrap().is_empty());
}

/// A server without memory still answers reads, and refuses writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_refuses_writes_is_away_until_it_writes_again() {
    let server = RedisServer::start().await.unwrap();
    let url = servers::redis_url(&server.url());
    let clock = Arc::new(SystemClock::new());
    let one = instance(Arc::new(RedisLimiter::open(&url, "t").unwrap()), &clock);
    until(&one, |state| !state.away).await;
    let before = one.state().outages;
    let stop = Arc::new(AtomicBool::new(false));
    let client = tokio::spawn(load(one.clone(), Arc::clone(&clock), Arc::clone(&stop)));
    let mut there = redis::Client::open(url.expose()).unwrap().get_connection().unwrap();
    let mut maximum = |bytes: &str| {
        redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).exec(&mut there).unwrap();
    };
    maximum("1");
    until_all(std::slice::from_ref(&one), true).await;
    // Long enough for a few attempts.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let state = one.state();
    assert!(state.away && state.outages == before + 1, "it came back in between: {state:?}");
    assert!(palisade_core::ports::Probe::probe(&one).await.is_err());
    maximum("0");
    until_all(std::slice::from_ref(&one), false).await;
    stop.store(true, Ordering::Relaxed);
    client.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_while_redis_dies_hangs_and_comes_back() {
    let server = RedisServer::start().await.unwrap();
    let url = servers::redis_url(&server.url());
    limits_hold_during_outages(server, || Arc::new(RedisLimiter::open(&url, "t").unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_while_mongodb_dies_hangs_and_comes_back() {
    let server = ReplicaSet::with(Options::single()).await.unwrap();
    let url = servers::mongo_url(&server.url());
    limits_hold_during_outages(server, || Arc::new(MongoLimiter::open(&url, "t").unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_the_document_store_counts_attempts_for_all_instances() {
    let (mut redis, documents) = (RedisServer::start().await.unwrap(), MongoDatabase::new());
    let clock = Arc::new(SystemClock::new());
    let instances: Vec<Fallback> = (0..3)
        .map(|_| {
            let shared = RedisLimiter::open(&servers::redis_url(&redis.url()), "t").unwrap();
            let second = MongoLimiter::open(&servers::mongo_url(&documents.url()), "t").unwrap();
            // Longer than in production, so that the counts do not depend on how busy the machine is.
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
