//! The suite on each store.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::limits::MemoryLimiter;
use palisade_core::ports::{Clock, LimitStore, SystemClock, SystemRng};
use palisade_lib::mongodb::MongoLimiter;
use palisade_lib::redis::RedisLimiter;
use palisade_test_servers::{MongoDatabase, RedisServer, redis_url};

use crate::schedules::{self, Instances, decisions};
use crate::upstash::{StandIn, limiter};
use crate::{rights, servers};

/// Keeps the server of a store alive during a test.
#[expect(dead_code, reason = "held, not read")]
enum Behind {
    Nothing,
    Redis(Box<RedisServer>),
    MongoDb(MongoDatabase),
    Upstash(StandIn),
}

/// How long a command in MongoDB waits for others at most, on a busy machine.
const APART: Duration = Duration::from_millis(250);

fn memory() -> (Instances, Behind) {
    let clock = Arc::new(SystemClock::new()) as Arc<dyn Clock>;
    (Instances::of(vec![Arc::new(MemoryLimiter::new(clock, &SystemRng, 64 << 20))]), Behind::Nothing)
}

fn redis() -> (Instances, Behind) {
    let (url, prefix) = (servers::redis_url(&redis_url()), servers::prefix());
    let instance = |_| Arc::new(RedisLimiter::open(&url, &prefix).unwrap()) as Arc<dyn LimitStore>;
    (Instances::of((0..3).map(instance).collect()), Behind::Nothing)
}

/// Redis as a user with only the documented rights.
async fn redis_user() -> (Instances, Behind) {
    let server = RedisServer::start().await.unwrap();
    let url = servers::redis_url(&rights::redis_as_documented(&server));
    let instance = |_| Arc::new(RedisLimiter::open(&url, "palisade").unwrap()) as Arc<dyn LimitStore>;
    (Instances::of((0..3).map(instance).collect()), Behind::Redis(Box::new(server)))
}

fn mongodb() -> (Instances, Behind) {
    let database = MongoDatabase::new();
    let url = servers::mongo_url(&database.url());
    let instance = |_| Arc::new(MongoLimiter::open(&url, "t").unwrap()) as Arc<dyn LimitStore>;
    (Instances::of((0..3).map(instance).collect()).apart(APART), Behind::MongoDb(database))
}

async fn upstash() -> (Instances, Behind) {
    let stand_in = StandIn::before(&redis_url()).await;
    let prefix = servers::prefix();
    let instance = |_| Arc::new(limiter(stand_in.address(), &prefix)) as Arc<dyn LimitStore>;
    (Instances::of((0..3).map(instance).collect()), Behind::Upstash(stand_in))
}

macro_rules! on_every_store {
    ($($store:ident($($wait:ident)?) = $few:literal;)+) => {$(
        mod $store {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn limits_are_exact_under_concurrent_demand() {
                let (instances, _behind) = super::$store()$(.$wait)?;
                schedules::concurrent_demand(instances, decisions($few)).await;
            }

            #[tokio::test]
            async fn a_burst_and_a_drip_never_pass_the_limit() {
                let (instances, _behind) = super::$store()$(.$wait)?;
                schedules::a_burst_and_a_drip_never_pass_the_limit(instances).await;
            }

            #[tokio::test]
            async fn steady_demand_uses_the_whole_window() {
                let (instances, _behind) = super::$store()$(.$wait)?;
                schedules::steady_demand_uses_the_whole_window(instances).await;
            }

            #[tokio::test]
            async fn every_decision_equals_the_one_of_the_memory_limiter() {
                let (instances, _behind) = super::$store()$(.$wait)?;
                schedules::decides_like_the_memory_limiter(instances, $few / 2).await;
            }

            #[tokio::test]
            async fn refused_charges_cost_nothing() {
                let (instances, _behind) = super::$store()$(.$wait)?;
                schedules::refused_charges_cost_nothing(instances).await;
            }

            #[tokio::test]
            async fn returned_units_are_free_again() {
                let (instances, _behind) = super::$store()$(.$wait)?;
                schedules::returned_units_are_free_again(instances).await;
            }

            #[tokio::test]
            async fn an_account_counts_once_for_its_network() {
                let (instances, _behind) = super::$store()$(.$wait)?;
                schedules::an_account_counts_once_for_its_network(instances).await;
            }
        }
    )+};
}

on_every_store! {
    memory() = 20_000;
    redis() = 6_000;
    redis_user(await) = 2_000;
    mongodb() = 3_000;
    upstash(await) = 3_000;
}
