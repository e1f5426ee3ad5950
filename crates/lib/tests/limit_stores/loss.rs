//! Losses of a running server: its connections, and its counters.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::limits::{Fallback, LimitStoreError, MemoryLimiter, Quota};
use palisade_core::ports::{Clock, LimitStore, SystemClock, SystemRng};
use palisade_lib::mongodb::MongoLimiter;
use palisade_lib::redis::RedisLimiter;
use palisade_test_servers::{MongoDatabase, RedisServer};

use crate::schedules::charge;
use crate::servers;
use crate::upstash::{StandIn, limiter};

/// Longer than in production, so that the counts do not depend on how busy the machine is.
const DEADLINE: Duration = Duration::from_secs(2);

fn instance(shared: Arc<dyn LimitStore>) -> Fallback {
    let clock = Arc::new(SystemClock::new()) as Arc<dyn Clock>;
    let local = Arc::new(MemoryLimiter::new(Arc::clone(&clock), &SystemRng, 1 << 20));
    Fallback::new(shared, None, &local, &clock, DEADLINE)
}

fn redis(server: &RedisServer) -> RedisLimiter {
    RedisLimiter::open(&servers::redis_url(&server.url()), "t").unwrap()
}

fn there(server: &RedisServer) -> redis::Connection {
    redis::Client::open(server.url()).unwrap().get_connection().unwrap()
}

/// The number of admitted requests, each sent to the next instance.
async fn passing(instances: &[Fallback], client: u32, quota: Quota, requests: usize) -> usize {
    let mut passed = 0;
    for turn in 0..requests {
        let decision = instances[turn % instances.len()].take(&[charge("a", client, quota)]).await.unwrap();
        passed += usize::from(decision.passed());
    }
    passed
}

#[tokio::test]
async fn a_redis_that_closes_connections_multiplies_no_limit() {
    let server = RedisServer::start().await.unwrap();
    let instances: Vec<Fallback> = (0..3).map(|_| instance(Arc::new(redis(&server)))).collect();
    assert_eq!(passing(&instances, 1, Quota::of(1000, 60), 30).await, 30, "all are connected");
    let mut there = there(&server);
    let mut passed = 0;
    for _ in 0..15 {
        close_connections(&mut there);
        passed += passing(&instances, 2, Quota::of(10, 60), 3).await;
    }
    assert_eq!(passed, 10, "of three instances together");
    assert!(instances.iter().all(|instance| instance.state().outages == 0));
}

fn close_connections(there: &mut redis::Connection) {
    redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes").exec(there).unwrap();
}

/// Without requests, the check once a second meets the closed connection.
#[tokio::test]
async fn a_check_of_redis_replaces_a_closed_connection() {
    let server = RedisServer::start().await.unwrap();
    let store = redis(&server);
    store.check_counters().await.unwrap();
    let mut there = there(&server);
    for _ in 0..5 {
        close_connections(&mut there);
        store.check_counters().await.unwrap();
    }
}

#[tokio::test]
async fn a_check_of_mongodb_replaces_a_closed_connection() {
    let database = MongoDatabase::new();
    let store = MongoLimiter::open(&servers::mongo_url(&database.url()), "t").unwrap();
    store.check_counters().await.unwrap();
    database.run(async |database| {
        // Only for this collection: the server is shared with other tests.
        let close = mongodb::bson::doc! {
            "configureFailPoint": "failCommand",
            "mode": { "times": 1 },
            "data": {
                "failCommands": ["findAndModify"],
                "namespace": format!("{}.limits", database.name()),
                "closeConnection": true,
            },
        };
        database.client().database("admin").run_command(close).await
    });
    store.check_counters().await.unwrap();
}

/// A request that is repeated after a lost answer is charged once.
#[tokio::test]
async fn a_decision_whose_answer_was_lost_is_charged_once() {
    let server = RedisServer::start().await.unwrap();
    let proxy = DroppingProxy::before(&server).await;
    let store = RedisLimiter::open(&servers::redis_url(&proxy.url), "t").unwrap();
    let quota = Quota::of(5, 60);
    assert!(store.take(&[charge("a", 1, Quota::of(9, 60))]).await.unwrap().passed());
    proxy.drop_next_answer();
    let decision = store.take(&[charge("a", 2, quota)]).await.unwrap();
    assert_eq!((decision.passed(), decision.statuses()[0].remaining), (true, 4), "asked twice, charged once");
    assert!(proxy.connections() >= 2, "the connection was not dropped");
}

#[tokio::test]
async fn counters_lost_by_redis_are_noticed_by_the_next_request() {
    let mut server = RedisServer::start().await.unwrap();
    let quota = Quota::of(5, 60);
    let one = [instance(Arc::new(redis(&server)))];
    let other = redis(&server);
    assert!(other.take(&[charge("b", 9, quota)]).await.unwrap().passed());
    assert_eq!(passing(&one, 1, quota, 10).await, 5);
    redis::cmd("FLUSHALL").exec(&mut there(&server)).unwrap();
    assert_eq!(passing(&one, 1, quota, 10).await, 0, "flushed");
    assert_eq!((one[0].state().counter_losses, one[0].state().outages), (1, 0));
    // Other instances notice it, too.
    let told = other.take(&[charge("b", 9, quota)]).await;
    assert!(matches!(told, Err(LimitStoreError::CountersLost(_))), "{told:?}");
    // Restarted so fast that no request came in between.
    server.kill();
    server.restart().await.unwrap();
    assert_eq!(passing(&one, 1, quota, 10).await, 0, "started again, empty");
    assert_eq!(one[0].state().counter_losses, 2);
}

#[tokio::test]
async fn evictions_by_redis_are_noticed() {
    let server = RedisServer::start().await.unwrap();
    let mut there = there(&server);
    let store = redis(&server);
    assert_eq!(store.eviction().await.as_deref(), Some("noeviction"));
    store.check_counters().await.unwrap();
    for (name, value) in [("maxmemory-policy", "allkeys-lru"), ("maxmemory", "3mb")] {
        redis::cmd("CONFIG").arg("SET").arg(name).arg(value).exec(&mut there).unwrap();
    }
    assert_eq!(store.eviction().await.as_deref(), Some("allkeys-lru"));
    for number in 0..4_000 {
        redis::cmd("SET").arg(format!("other{number}")).arg("x".repeat(1_000)).exec(&mut there).unwrap();
    }
    let found = store.check_counters().await;
    assert!(matches!(found, Err(LimitStoreError::CountersLost(_))), "{found:?}");
    store.check_counters().await.unwrap();
}

#[tokio::test]
async fn a_dropped_collection_of_limits_is_noticed() {
    let database = MongoDatabase::new();
    let store = MongoLimiter::open(&servers::mongo_url(&database.url()), "t").unwrap();
    for _ in 0..2 {
        store.check_counters().await.unwrap();
    }
    database.run(async |database| database.collection::<mongodb::bson::Document>("limits").drop().await);
    let found = store.check_counters().await;
    assert!(matches!(found, Err(LimitStoreError::CountersLost(_))), "{found:?}");
    store.check_counters().await.unwrap();
}

#[tokio::test]
async fn a_flushed_upstash_is_noticed() {
    let server = RedisServer::start().await.unwrap();
    let stand_in = StandIn::before(&server.url()).await;
    let one = [instance(Arc::new(limiter(stand_in.address(), "t")))];
    let quota = Quota::of(5, 60);
    assert_eq!(passing(&one, 1, quota, 10).await, 5);
    redis::cmd("FLUSHALL").exec(&mut there(&server)).unwrap();
    assert_eq!(passing(&one, 1, quota, 10).await, 0);
}

/// A proxy that can be told to drop the connection instead of forwarding the next answer.
struct DroppingProxy {
    url: String,
    state: Arc<parking_lot::Mutex<(bool, usize)>>,
}

impl DroppingProxy {
    async fn before(server: &RedisServer) -> Self {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let there = server.url().trim_start_matches("redis://").trim_end_matches('/').to_owned();
        let state = Arc::new(parking_lot::Mutex::new((false, 0)));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((mut here, _)) = listener.accept().await {
                shared.lock().1 += 1;
                let (there, shared) = (there.clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    let mut there = tokio::net::TcpStream::connect(there).await.unwrap();
                    let (mut asked, mut answered) = ([0; 8192], [0; 8192]);
                    loop {
                        tokio::select! {
                            Ok(read @ 1..) = here.read(&mut asked) => there.write_all(&asked[..read]).await.unwrap(),
                            Ok(read @ 1..) = there.read(&mut answered) => {
                                if std::mem::take(&mut shared.lock().0) {
                                    return;
                                }
                                if here.write_all(&answered[..read]).await.is_err() {
                                    return;
                                }
                            }
                            else => return,
                        }
                    }
                });
            }
        });
        Self { url, state }
    }

    fn drop_next_answer(&self) {
        self.state.lock().0 = true;
    }

    fn connections(&self) -> usize {
        self.state.lock().1
    }
}
