//! Whether a Redis still has what it was told: what it evicts, and in a cluster the marks on its nodes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use palisade_core::limits::LimitStoreError;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, ResponsePolicy, RoutingInfo};
use redis::{Cmd, ErrorKind, FromRedisValue as _, RedisError, ServerErrorKind};

use super::link::{Link, Links};
use crate::limits::{Keys, Mark};

/// What was seen last.
#[derive(Debug)]
pub(super) struct Memory {
    /// How many keys were evicted, of all nodes; with one more, so that 0 is that nobody has looked.
    evicted: AtomicU64,
    /// In a cluster, each mark.
    marks: Vec<Mark>,
}

impl Memory {
    pub(super) fn of(keys: &Keys) -> Self {
        Self { evicted: AtomicU64::new(0), marks: keys.marks().map(|_| Mark::default()).collect() }
    }

    /// Looks at both. The inner result is what was found.
    pub(super) async fn look(
        &self,
        links: &Links,
        keys: &Keys,
    ) -> Result<Result<(), LimitStoreError>, RedisError> {
        let mut link = links.now();
        let stats = match stats(&mut link).await {
            // Its user may not ask: then it is not seen when the server evicts, and the marks are looked at all the same.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => HashMap::new(),
            stats => stats?,
        };
        let evicted = self.evicted(&stats);
        if let Link::Cluster(nodes) = &mut link {
            links.saw(stats.keys());
            let mut found = Ok(());
            for (key, mark) in keys.marks().zip(&self.marks) {
                let seen = mark.see(seen(nodes, &key).await?);
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
        // Fewer than before: another node, or the same one started again.
        if before == 0 || now <= before {
            return Ok(());
        }
        Err(LimitStoreError::Forgot("it evicts keys: `maxmemory-policy` is not `noeviction`"))
    }
}

/// A mark, made where there is none.
async fn seen(nodes: &mut ClusterConnection, key: &str) -> Result<u64, RedisError> {
    let known: Option<u64> = redis::cmd("GET").arg(key).query_async(nodes).await?;
    if let Some(known) = known {
        return Ok(known);
    }
    // Of two that make it at once the first one's stays.
    let number = now(nodes).await?;
    let _: Option<String> = redis::cmd("SET").arg(key).arg(number).arg("NX").query_async(nodes).await?;
    redis::cmd("GET").arg(key).query_async(nodes).await
}

/// Microseconds of the clock of one of them: a number nobody has had before.
async fn now(nodes: &mut ClusterConnection) -> Result<u64, RedisError> {
    let (seconds, micros): (u64, u64) = redis::cmd("TIME").query_async(nodes).await?;
    Ok(seconds * 1_000_000 + micros)
}

/// Whether every master answers: one of them decides about a part of all subjects only.
pub(super) async fn reach(nodes: &mut ClusterConnection) -> Result<(), RedisError> {
    on_masters(nodes, redis::cmd("PING"), Some(ResponsePolicy::AllSucceeded)).await.map(drop)
}

/// What the server does when its memory is full; `None` where it may not be asked.
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

/// What each master says, by its address; of a lone server, which is asked by the name it was given, by none.
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

/// A field of what `INFO` says.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'))
}
