//! The store of limits is killed and started again under load, and the real server continues: no client gets an
//! error, no instance admits more than the limit in any window, and when the store is back they count together
//! again, without a restart.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use palisade_api_tests::binary::{Binary, free_port, succeed};
use palisade_core::ports::{Clock as _, SystemClock};
use palisade_test_servers::{MongoDatabase, Options, RedisCluster, RedisServer, ReplicaSet};
use serde_json::json;
use tokio::task::JoinSet;

/// Held to the limit of its network; all requests of this test come from one.
const PATH: &str = "/api/v1/auth/session";
const LIMIT: usize = 20;
const WINDOW: Duration = Duration::from_secs(2);
/// How long each state is looked at.
const LOOK: Duration = Duration::from_secs(4);
const CLIENTS: usize = 6;

/// A request that passed: somewhere between these moments, at this instance.
#[derive(Clone, Copy, Debug)]
struct Passed {
    asked: Duration,
    answered: Duration,
    instance: usize,
}

/// What happens to a server.
trait Server {
    fn kill(&mut self);
    async fn restart(&mut self);
}

impl Server for RedisServer {
    fn kill(&mut self) {
        self.kill();
    }

    async fn restart(&mut self) {
        self.restart().await.unwrap();
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
}

struct Run {
    instances: Vec<Binary>,
    clock: Arc<SystemClock>,
    stop: Arc<AtomicBool>,
    clients: JoinSet<Vec<Passed>>,
}

impl Run {
    async fn begin(limits: &str) -> Self {
        // A store that was slow for a moment on a busy machine would be one that is away.
        let variables = [
            ("RATE_LIMIT_URL", limits),
            ("RATE_LIMIT_NORMAL_NETWORK", "20/2s"),
            ("RATE_LIMIT_RELAXED", "100000/1s"),
            ("RATE_LIMIT_TIMEOUT", "1s"),
        ];
        let instances = vec![Binary::start(&variables).await, Binary::start(&variables).await];
        let (clock, stop) = (Arc::new(SystemClock::new()), Arc::new(AtomicBool::new(false)));
        let mut run = Self { instances, clock, stop, clients: JoinSet::new() };
        run.until("up").await;
        for number in 0..CLIENTS {
            let instance = number % run.instances.len();
            let (clock, stop) = (Arc::clone(&run.clock), Arc::clone(&run.stop));
            let mut client = run.instances[instance].program();
            run.clients.spawn(async move {
                let mut passed = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let asked = clock.monotonic();
                    let answer = client.get(PATH).await;
                    let answered = clock.monotonic();
                    match answer.status {
                        200 => passed.push(Passed { asked, answered, instance }),
                        429 => assert!(answer.header("retry-after").is_some()),
                        status => panic!("{status}: {}", answer.body),
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                passed
            });
        }
        run
    }

    /// Until the health of every instance shows its limits in this state. It is up with them or without.
    async fn until(&self, state: &str) {
        for instance in &self.instances {
            let mut client = instance.program();
            let mut last = String::new();
            for _ in 0..1_000 {
                let health = client.get("/api/v1/health").await;
                assert_eq!(health.status, 200, "{}", health.body);
                last = health.body.clone();
                if limits_of(&health.json()) == state {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert!(last.contains(&format!("\"{state}\"")), "the limits did not become {state}: {last}");
        }
    }

    /// What passed between two moments.
    async fn end(mut self) -> Vec<Passed> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        while let Some(ended) = self.clients.join_next().await {
            all.extend(ended.unwrap());
        }
        for instance in &self.instances {
            instance.says("the limit store is back").await;
            let log = instance.output("stdout.log");
            for said in ["the limit store is away", "the limit store is back"] {
                assert_eq!(log.matches(said).count(), 1, "{said}");
            }
        }
        all
    }
}

fn limits_of(health: &serde_json::Value) -> &str {
    let dependencies = health["data"]["dependencies"].as_array().unwrap();
    let limits = dependencies.iter().find(|dependency| dependency["name"] == "limits");
    limits.and_then(|limits| limits["state"].as_str()).unwrap_or("not watched")
}

/// The most that passed in any window that lies between these moments: of those only that were asked and answered in it, so
/// that it does not count what only came late.
fn greatest<'a>(passed: impl Iterator<Item = &'a Passed>, from: Duration, to: Duration) -> usize {
    let within: Vec<&Passed> = passed.filter(|one| one.asked >= from && one.answered < to).collect();
    let count = |begin: Duration| {
        within.iter().filter(|one| one.asked >= begin && one.answered < begin + WINDOW).count()
    };
    within.iter().map(|one| count(one.asked)).max().unwrap_or(0)
}

async fn goes_away_and_comes_back(mut server: impl Server, limits: &str) {
    let run = Run::begin(limits).await;
    let now = || run.clock.monotonic();
    tokio::time::sleep(LOOK).await;
    let killed = now();
    server.kill();
    run.until("degraded").await;
    let away = now();
    tokio::time::sleep(LOOK).await;
    let restarted = now();
    server.restart().await;
    run.until("up").await;
    let back = now();
    tokio::time::sleep(LOOK + WINDOW).await;
    let ended = now();

    let passed = run.end().await;
    let always = Duration::ZERO;
    for instance in 0..2 {
        let own = passed.iter().filter(|one| one.instance == instance);
        let most = greatest(own, always, ended);
        assert!(most <= LIMIT, "{most} in one window of one instance");
    }
    let together = |from, to| greatest(passed.iter(), from, to);
    let [before, meanwhile, after] =
        [together(always, killed), together(away, restarted), together(back + WINDOW, ended)];
    assert!(before <= LIMIT && after <= LIMIT, "counted together: {before} before, {after} after");
    assert!(before > LIMIT / 2 && after > LIMIT / 2, "and not closed: {before} before, {after} after");
    assert!(meanwhile > LIMIT && meanwhile <= 2 * LIMIT, "each by itself meanwhile: {meanwhile}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_killed_and_started_again_under_load() {
    let server = RedisServer::start().await.unwrap();
    let url = server.url();
    goes_away_and_comes_back(server, &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_is_killed_and_started_again_under_load() {
    let server = ReplicaSet::with(Options::single()).await.unwrap();
    let url = server.url();
    goes_away_and_comes_back(server, &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_two_servers_count_account_attempts_in_the_document_store() {
    let database = MongoDatabase::new();
    let (documents, nobody) = (database.url(), format!("redis://127.0.0.1:{}", free_port()));
    let folder = tempfile::tempdir().unwrap();
    let keys = succeed(folder.path(), &["keys", "new", "--id", "both"], &[]).printed.trim().to_owned();
    let variables = [
        ("DATABASE_URL", documents.as_str()),
        ("RATE_LIMIT_URL", nobody.as_str()),
        // What is counted must not depend on how busy the machine is.
        ("RATE_LIMIT_TIMEOUT", "5s"),
        ("SECRET_KEYS", keys.as_str()),
    ];
    let (first, second) = (Binary::start(&variables).await, Binary::start(&variables).await);
    let mut tried = 0;
    for turn in 0..12 {
        let guess = json!({"email": "ada@example.org", "password": "a guess of somebody"});
        let server = if turn % 2 == 0 { &first } else { &second };
        match server.browser().post("/api/v1/auth/login", guess).await.status {
            401 => tried += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(tried, 5, "five in a quarter of an hour, and not five at each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_connect_reports_clusters_and_eviction() {
    let (server, cluster) = (RedisServer::start().await.unwrap(), RedisCluster::start().await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let said = |url: &str| {
        let tried = succeed(folder.path(), &["check", "--connect"], &[("RATE_LIMIT_URL", url)]);
        let warned = tried.printed.lines().filter(|line| line.starts_with("warning: limiter: "));
        warned.fold(tried.line("limiter"), |said, warning| said + warning)
    };
    let one = said(&server.url());
    assert!(one.starts_with("limiter ok") && !one.contains("maxmemory") && !one.contains("cluster"), "{one}");
    server.set("maxmemory-policy", "allkeys-lru").unwrap();
    let one = said(&server.url());
    assert!(one.contains("`maxmemory-policy` is allkeys-lru"), "{one}");
    for node in 0..3 {
        let all = said(&cluster.url(node));
        assert!(all.contains("a cluster, every master answers"), "{all}");
    }
}
