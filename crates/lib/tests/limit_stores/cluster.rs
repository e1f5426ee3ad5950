//! A Redis cluster: three masters with a replica each, of which one master dies.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::limits::{Fallback, MemoryLimiter, Quota};
use palisade_core::ports::{Clock, LimitStore, SystemClock, SystemRng};
use palisade_lib::redis::RedisLimiter;
use palisade_test_servers::RedisCluster;

use crate::schedules::{self, Instances, charge, decisions};
use crate::servers;

/// A limiter that knows this node.
fn limiter(cluster: &RedisCluster, node: usize, prefix: &str) -> RedisLimiter {
    RedisLimiter::open(&servers::redis_url(&cluster.url(node)), prefix).unwrap()
}

/// Instances that each know another node.
fn instances(cluster: &RedisCluster, prefix: &str) -> Instances {
    let instance = |node| Arc::new(limiter(cluster, node, prefix)) as Arc<dyn LimitStore>;
    Instances::of((0..3).map(instance).collect())
}

/// Longer than in production, so that the counts do not depend on how busy the machine is.
fn behind(shared: RedisLimiter) -> Fallback {
    let clock = Arc::new(SystemClock::new()) as Arc<dyn Clock>;
    let local = Arc::new(MemoryLimiter::new(Arc::clone(&clock), &SystemRng, 1 << 20));
    let fallback = Fallback::new(Arc::new(shared), None, &local, &clock, Duration::from_secs(2));
    fallback.watch();
    fallback
}

/// The number of admitted requests of each client, sent to all stores in turn.
async fn passing(stores: &[Fallback], bucket: &str, quota: Quota) -> HashMap<u32, usize> {
    let mut passed = HashMap::new();
    for client in 0..60 {
        for turn in 0..12 {
            let decision = stores[turn % stores.len()].take(&[charge(bucket, client, quota)]).await.unwrap();
            *passed.entry(client).or_default() += usize::from(decision.passed());
        }
    }
    passed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_counts_for_all_instances_and_survives_a_dead_master() {
    let mut cluster = RedisCluster::start().await.unwrap();
    let limiters: Vec<RedisLimiter> = (0..3).map(|node| limiter(&cluster, node, "t")).collect();
    let stores: Vec<Fallback> = limiters.iter().cloned().map(behind).collect();
    let quota = Quota::of(5, 3_600);
    let passed = passing(&stores, "a", quota).await;
    assert!(passed.values().all(|passed| *passed == 5), "{passed:?}");
    assert!(limiters.iter().all(RedisLimiter::is_cluster));
    assert!(stores.iter().all(|store| store.state().outages == 0 && store.state().decided_here == 0));

    // The schedules that hold for one server.
    schedules::refused_charges_cost_nothing(instances(&cluster, "refused")).await;
    schedules::returned_units_are_free_again(instances(&cluster, "back")).await;
    schedules::an_account_counts_once_for_its_network(instances(&cluster, "once")).await;
    schedules::concurrent_demand(instances(&cluster, "demand"), decisions(2_000)).await;

    cluster.kill(0);
    cluster.until_master(3).await.unwrap();
    // After the failover the counters are still there: nobody is admitted again.
    for _ in 0..200 {
        let mut all = true;
        for store in &stores {
            all &= palisade_core::ports::Probe::probe(store).await.is_ok();
        }
        if all {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let passed = passing(&stores, "a", quota).await;
    assert!(passed.values().all(|passed| *passed == 0), "{passed:?}");
    let passed = passing(&stores, "b", quota).await;
    assert!(passed.values().all(|passed| *passed == 5), "{passed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_master_of_a_cluster_is_noticed() {
    let cluster = RedisCluster::start().await.unwrap();
    let store = limiter(&cluster, 0, "t");
    for client in 0..60 {
        store.take(&[charge("a", client, Quota::of(5, 60))]).await.unwrap();
    }
    store.check_counters().await.unwrap();
    store.check_counters().await.unwrap();
    let mut there = redis::Client::open(cluster.url(2)).unwrap().get_connection().unwrap();
    redis::cmd("FLUSHALL").exec(&mut there).unwrap();
    let found = store.check_counters().await;
    assert!(matches!(found, Err(palisade_core::limits::LimitStoreError::CountersLost(_))), "{found:?}");
    store.check_counters().await.unwrap();
    assert_eq!(store.eviction().await.as_deref(), Some("noeviction"));
}
