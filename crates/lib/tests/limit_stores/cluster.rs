//! A cluster of Redis: three masters with a replica each, real ones, and one of them dies.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::limits::{Fallback, MemoryLimiter, Quota};
use palisade_core::ports::{Clock, LimitStore, SystemClock, SystemRng};
use palisade_lib::redis::RedisLimiter;
use palisade_test_servers::RedisCluster;

use crate::schedules::{self, Instances, charge, decisions};
use crate::servers;

/// One that was told of this node.
fn limiter(cluster: &RedisCluster, node: usize, prefix: &str) -> RedisLimiter {
    RedisLimiter::open(&servers::redis_url(&cluster.url(node)), prefix).unwrap()
}

/// Each told of another node.
fn instances(cluster: &RedisCluster, prefix: &str) -> Instances {
    let instance = |node| Arc::new(limiter(cluster, node, prefix)) as Arc<dyn LimitStore>;
    Instances::of((0..3).map(instance).collect())
}

/// Longer than in production: what is counted must not depend on how busy the machine is.
fn behind(shared: RedisLimiter) -> Fallback {
    let clock = Arc::new(SystemClock::new()) as Arc<dyn Clock>;
    let local = Arc::new(MemoryLimiter::new(Arc::clone(&clock), &SystemRng, 1 << 20));
    let fallback = Fallback::new(Arc::new(shared), None, &local, &clock, Duration::from_secs(2));
    fallback.watch();
    fallback
}

/// How many pass of each client, asked of all in turn.
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
async fn a_cluster_counts_once_for_all_instances_and_goes_on_when_a_master_dies() {
    let mut cluster = RedisCluster::start().await.unwrap();
    let limiters: Vec<RedisLimiter> = (0..3).map(|node| limiter(&cluster, node, "t")).collect();
    let stores: Vec<Fallback> = limiters.iter().cloned().map(behind).collect();
    let quota = Quota::of(5, 3_600);
    let passed = passing(&stores, "a", quota).await;
    assert!(passed.values().all(|passed| *passed == 5), "{passed:?}");
    assert!(limiters.iter().all(RedisLimiter::is_cluster));
    assert!(stores.iter().all(|store| store.state().outages == 0 && store.state().decided_here == 0));

    // What is decided as one store does it, is decided so here.
    schedules::what_is_refused_costs_nothing(instances(&cluster, "refused")).await;
    schedules::what_is_given_back_is_free_again(instances(&cluster, "back")).await;
    schedules::an_account_counts_once_for_its_network(instances(&cluster, "once")).await;
    schedules::hold_under_every_demand(instances(&cluster, "demand"), decisions(2_000)).await;

    cluster.kill(0);
    cluster.until_master(3).await.unwrap();
    // Within the time it takes to hear of it, and then as before: nobody is let through again.
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
async fn a_cluster_of_which_one_master_was_flushed_is_found_out() {
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
