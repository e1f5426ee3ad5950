//! A cluster of `redis-server`s: three masters, each with a replica.

use std::time::Duration;

use crate::error::ServerError;
use crate::mongod::{PAUSE, WAIT, late};
use crate::redis::RedisServer;

const MASTERS: usize = 3;
const SLOTS: usize = 16_384;

/// Three masters with a third of the slots each, and one replica for each of them. Dropping it kills all nodes.
#[derive(Debug)]
pub struct RedisCluster {
    /// The masters in the order of their slots, then their replicas.
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts it, and waits until every node reports that all slots are served and every replica follows its master.
    pub async fn start() -> Result<Self, ServerError> {
        let mut nodes = Vec::new();
        for _ in 0..2 * MASTERS {
            nodes.push(RedisServer::start_as(true).await?);
        }
        let cluster = Self { nodes };
        let first = cluster.port(0);
        for number in 0..nodes_of(&cluster) {
            if number > 0 {
                cluster.say(number, &["CLUSTER", "MEET", "127.0.0.1", &first])?;
            }
            if number < MASTERS {
                let (from, to) = (number * SLOTS / MASTERS, (number + 1) * SLOTS / MASTERS);
                let slots: Vec<String> = (from..to).map(|slot| slot.to_string()).collect();
                let words: Vec<&str> =
                    ["CLUSTER", "ADDSLOTS"].into_iter().chain(slots.iter().map(String::as_str)).collect();
                cluster.say(number, &words)?;
            }
        }
        cluster
            .until("that all nodes know each other", |node| node.contains("cluster_known_nodes:6"))
            .await?;
        for number in 0..MASTERS {
            let id = cluster.say(number, &["CLUSTER", "MYID"])?;
            let id = id.lines().nth(1).unwrap_or_default().to_owned();
            cluster.say(MASTERS + number, &["CLUSTER", "REPLICATE", &id])?;
        }
        cluster
            .until("that all slots are served", |node| {
                node.contains("cluster_state:ok") && node.contains("cluster_slots_ok:16384")
            })
            .await?;
        cluster.until_replicated().await?;
        Ok(cluster)
    }

    /// The address of one of its nodes: the masters are 0 to 2, their replicas 3 to 5.
    pub fn url(&self, node: usize) -> String {
        format!("redis://127.0.0.1:{}/", self.port(node))
    }

    /// Kills a node with SIGKILL.
    pub fn kill(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.kill();
        }
    }

    /// Waits until this replica is a master.
    pub async fn until_master(&self, node: usize) -> Result<(), ServerError> {
        wait("that a replica takes over", || Ok(self.say(node, &["ROLE"])?.contains("master"))).await
    }

    async fn until_replicated(&self) -> Result<(), ServerError> {
        wait("that every replica follows its master", || {
            for number in MASTERS..2 * MASTERS {
                if !self.say(number, &["ROLE"])?.contains("connected") {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }

    async fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> Result<(), ServerError> {
        wait(what, || {
            for number in 0..nodes_of(self) {
                if !is_so(&self.say(number, &["CLUSTER", "INFO"])?) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }

    fn port(&self, node: usize) -> String {
        self.nodes.get(node).map(RedisServer::port).unwrap_or_default().to_string()
    }

    fn say(&self, node: usize, words: &[&str]) -> Result<String, ServerError> {
        let doing = || ServerError::system(format!("saying {} to a node", words.first().unwrap_or(&"")));
        let node = self.nodes.get(node).ok_or_else(|| doing()(std::io::ErrorKind::NotFound.into()))?;
        node.command(words).map_err(doing())
    }
}

fn nodes_of(cluster: &RedisCluster) -> usize {
    cluster.nodes.len()
}

async fn wait(what: &str, is_so: impl Fn() -> Result<bool, ServerError>) -> Result<(), ServerError> {
    let mut waited = Duration::ZERO;
    while !is_so()? {
        if waited >= WAIT {
            return Err(late(what, "not yet".to_owned()));
        }
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
    Ok(())
}
