//! Detects lost counters: evictions, and in a cluster missing marks on its nodes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use palisade_core::limits::LimitStoreError;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, ResponsePolicy, RoutingInfo};
use redis::{Cmd, ErrorKind, FromRedisValue as _, RedisError, ServerErrorKind};

use super::link::{Connector, Link};
use crate::limits::{Keys, Mark};

/// What the last check saw.
#[derive(Debug)]
pub(super) struct LossDetector {
    /// The number of evicted keys, of all nodes, plus one, so that 0 means unknown.
    evicted: AtomicU64,
    /// In a cluster, each mark.
    marks: Vec<Mark>,
}

impl LossDetector {
    pub(super) fn of(keys: &Keys) -> Self {
        Self { evicted: AtomicU64::new(0), marks: keys.marks().map(|_| Mark::default()).collect() }
    }

    /// Checks evictions and marks. The inner result is the finding.
    pub(super) async fn check(
        &self,
        connector: &Connector,
        keys: &Keys,
    ) -> Result<Result<(), LimitStoreError>, RedisError> {
        let mut link = connector.current();
        let stats = match stats(&mut link).await {
            // If the user may not ask, evictions go unnoticed; the marks are checked all the same.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => HashMap::new(),
            stats => stats?,
        };
        let evicted = self.evicted(&stats);
        if let Link::Cluster(nodes) = &mut link {
            connector.remember_nodes(stats.keys());
            let mut found = Ok(());
            for (key, mark) in keys.marks().zip(&self.marks) {
                let seen = mark.see(read_mark(nodes, &key).await?);
                found = found.and(seen);
            }
            return Ok(found.and(evicted));
        }
        Ok(evicted)
    }

    fn evicted(&self, stats: &HashMap<String, String>) -> Result<(), LimitStoreError> {
        let each = stats.values().filter_map(|stats| field(stats, "evicted_keys")?.parse::<u64>().ok());
        let now = each.sum::<u64>().saturating_add(1);
        let before = self.evicted.swap(now, Ordering::AcqRel);
        // Fewer than before: another node, or the same one after a restart.
        if before == 0 || now <= before {
            return Ok(());
        }
        Err(LimitStoreError::CountersLost("it evicts keys: `maxmemory-policy` is not `noeviction`"))
    }
}

/// Reads a mark, and creates it if it does not exist.
async fn read_mark(nodes: &mut ClusterConnection, key: &str) -> Result<u64, RedisError> {
    let known: Option<u64> = redis::cmd("GET").arg(key).query_async(nodes).await?;
    if let Some(known) = known {
        return Ok(known);
    }
    // Of two concurrent creators the first one's mark stays.
    let number = now(nodes).await?;
    let _: Option<String> = redis::cmd("SET").arg(key).arg(number).arg("NX").query_async(nodes).await?;
    redis::cmd("GET").arg(key).query_async(nodes).await
}

/// The microseconds of one node's clock: a number that was never used before.
async fn now(nodes: &mut ClusterConnection) -> Result<u64, RedisError> {
    let (seconds, micros): (u64, u64) = redis::cmd("TIME").query_async(nodes).await?;
    Ok(seconds.saturating_mul(1_000_000).saturating_add(micros))
}

/// Whether every master answers: each decides about only a part of all subjects.
pub(super) async fn reach(nodes: &mut ClusterConnection) -> Result<(), RedisError> {
    on_masters(nodes, redis::cmd("PING"), Some(ResponsePolicy::AllSucceeded)).await.map(drop)
}

/// The server's policy for full memory; `None` if the user may not ask for it.
pub(super) async fn policy(link: &mut Link) -> Option<String> {
    let mut info = redis::cmd("INFO");
    info.arg("memory");
    let said = texts(link, info).await.ok()?;
    let mut policies: Vec<String> =
        said.values().filter_map(|text| field(text, "maxmemory_policy").map(str::to_owned)).collect();
    policies.sort_unstable();
    policies.dedup();
    (!policies.is_empty()).then(|| policies.join(", "))
}

async fn stats(link: &mut Link) -> Result<HashMap<String, String>, RedisError> {
    let mut info = redis::cmd("INFO");
    info.arg("stats");
    texts(link, info).await
}

/// The answer of each master, by its address; for a single server without one.
async fn texts(link: &mut Link, command: Cmd) -> Result<HashMap<String, String>, RedisError> {
    match link {
        Link::One { .. } => Ok(HashMap::from([(String::new(), link.query(&command).await?)])),
        Link::Cluster(nodes) => {
            let said = on_masters(nodes, command, None).await?;
            Ok(HashMap::from_redis_value(said)?)
        }
    }
}

async fn on_masters(
    nodes: &mut ClusterConnection,
    command: Cmd,
    policy: Option<ResponsePolicy>,
) -> Result<redis::Value, RedisError> {
    let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, policy));
    nodes.route_command(command, masters).await
}

/// A field of the output of `INFO`.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'))
}
