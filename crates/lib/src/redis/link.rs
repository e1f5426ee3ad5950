//! The connection to a Redis, or to a cluster: opened on first use, reopened after a loss, and replaced when the
//! server turns out to be of another kind.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::redis_url::RedisUrl;
use parking_lot::Mutex;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::{ClusterClient, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::{
    Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue, RedisError, ServerErrorKind,
    TlsCertificates,
};

use super::error::RedisOpenError;
use crate::trust::Authorities;

/// The timeout of a response; callers stop waiting long before. It is shorter than a caller allows for a new
/// connection, so that one of them sees the timeout.
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The timeout of connecting: DNS, TCP, TLS and a password. Not the timeout of a decision.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The maximum number of redirections of a command to a cluster: to the new node of a slot, or to the node that took
/// over.
const MAX_REDIRECTIONS: u32 = 3;
/// The minimum pause between two redirections, in milliseconds.
const REDIRECTION_PAUSE_MS: u64 = 50;

/// The connection. Clones share it.
#[derive(Clone)]
pub(super) enum Link {
    /// One server, or something that looks like one. `marked`: whether it accepts keys of different slots in one
    /// script, which a proxy before a cluster does not.
    One { connection: ConnectionManager, marked: bool },
    /// A cluster, node by node.
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) async fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, RedisError> {
        match self {
            Self::One { connection, .. } => on(command, connection).await,
            Self::Cluster(connection) => on(command, connection).await,
        }
    }
}

async fn on<T: FromRedisValue>(command: &Cmd, connection: &mut impl ConnectionLike) -> Result<T, RedisError> {
    command.query_async(connection).await
}

/// The current connection, and how to replace it. Clones share both.
#[derive(Clone)]
pub(super) struct Connector {
    client: Client,
    cluster: Arc<Mutex<Cluster>>,
    link: Arc<Mutex<Link>>,
}

/// How to connect to a cluster: by the configured node, and by those that have answered since. The configured one
/// may be gone at the next connection.
struct Cluster {
    client: ClusterClient,
    /// If the connection uses TLS.
    authorities: Option<TlsCertificates>,
    seen: BTreeSet<String>,
}

impl Connector {
    /// Whether the driver can use the address.
    pub(super) fn judge(url: &RedisUrl) -> Result<(), RedisOpenError> {
        let (client, authorities) = client(url)?;
        cluster(vec![client.get_connection_info().clone()], authorities.as_ref())?;
        Ok(())
    }

    /// Connects to nothing yet. Needs a runtime of tokio.
    pub(super) fn open(url: &RedisUrl) -> Result<Self, RedisOpenError> {
        let (client, authorities) = client(url)?;
        let named = vec![client.get_connection_info().clone()];
        let cluster =
            Cluster { client: cluster(named, authorities.as_ref())?, authorities, seen: BTreeSet::new() };
        let link = Link::One { connection: manager(&client)?, marked: true };
        Ok(Self { client, cluster: Arc::new(Mutex::new(cluster)), link: Arc::new(Mutex::new(link)) })
    }

    /// These nodes of the cluster, `host:port` each, have answered: the next connection may begin with any of them.
    pub(super) fn remember_nodes<'a>(&self, nodes: impl Iterator<Item = &'a String>) {
        let seen: BTreeSet<String> = nodes.cloned().collect();
        let mut known = self.cluster.lock();
        if seen.is_empty() || seen == known.seen {
            return;
        }
        let named = self.client.get_connection_info();
        let others = seen.iter().filter_map(|node| sibling(named, node));
        let nodes = std::iter::once(named.clone()).chain(others).collect();
        if let Ok(client) = cluster(nodes, known.authorities.as_ref()) {
            *known = Cluster { client, authorities: known.authorities.clone(), seen };
        }
    }

    pub(super) fn current(&self) -> Link {
        self.link.lock().clone()
    }

    /// Whether to repeat a command at once after this error; replaces the connection if needed. A repeated command is
    /// charged once.
    pub(super) fn should_retry(&self, error: &RedisError) -> bool {
        use ServerErrorKind::{Ask, CrossSlot, Moved, ReadOnly};
        match error.kind() {
            // The system may notice only after a quarter of an hour that the other end is gone: after the loss of a
            // machine or a route, nobody reports it. And there is no time to ask again.
            _ if error.is_timeout() => {
                self.reconnect();
                false
            }
            // It was closed: by the server, which closes idle connections or was told to, or by something between.
            ErrorKind::Io => true,
            // A former primary is no longer one, and its name may lead to another server by now. Or a node of a
            // cluster is gone, and this connection's map still leads to it: the other nodes have a new map.
            ErrorKind::Server(ReadOnly) | ErrorKind::ClusterConnectionNotFound => {
                self.reconnect();
                true
            }
            ErrorKind::Server(CrossSlot) => self.replace(|link| match link {
                Link::One { connection, marked: true } => {
                    Some(Link::One { connection: connection.clone(), marked: false })
                }
                _ => None,
            }),
            ErrorKind::Server(Moved | Ask) => self.replace(|link| match link {
                Link::One { .. } => {
                    tracing::info!("the limit store is a cluster of Redis: connecting to its nodes directly");
                    Some(self.nodes())
                }
                Link::Cluster(_) => None,
            }),
            _ => false,
        }
    }

    /// Replaces the connection, unless another task has done so: either way the next call uses another one.
    fn replace(&self, to: impl FnOnce(&Link) -> Option<Link>) -> bool {
        let mut link = self.link.lock();
        if let Some(changed) = to(&link) {
            *link = changed;
        }
        true
    }

    /// Abandons a connection on which nothing arrives any more. For a cluster all connections: if a node hangs,
    /// another may have taken over, and the hanging one will not report it.
    fn reconnect(&self) {
        self.replace(|link| match link {
            // The address was accepted before.
            Link::One { marked, .. } => {
                let connection = manager(&self.client).ok()?;
                Some(Link::One { connection, marked: *marked })
            }
            Link::Cluster(_) => Some(self.nodes()),
        });
    }

    fn nodes(&self) -> Link {
        Link::Cluster(
            self.cluster.lock().client.get_pending_async_connection_with_config(ClusterConfig::new()),
        )
    }
}

/// The client for the address, and the authorities that it trusts, if it uses TLS.
fn client(url: &RedisUrl) -> Result<(Client, Option<TlsCertificates>), RedisOpenError> {
    if !url.is_encrypted() {
        return Ok((Client::open(url.expose())?, None));
    }
    let known = Authorities::of(url.authorities())?;
    let certificates = TlsCertificates { client_tls: None, root_cert: Some(known.pem()) };
    Ok((Client::build_with_tls(url.expose(), certificates.clone())?, Some(certificates)))
}

fn cluster(
    nodes: Vec<ConnectionInfo>,
    authorities: Option<&TlsCertificates>,
) -> Result<ClusterClient, RedisError> {
    let mut builder = ClusterClient::builder(nodes);
    if let Some(authorities) = authorities {
        builder = builder.certs(authorities.clone());
    }
    builder
        .connection_timeout(CONNECT_TIMEOUT)
        .response_timeout(RESPONSE_TIMEOUT)
        .retries(MAX_REDIRECTIONS)
        .min_retry_wait(REDIRECTION_PAUSE_MS)
        .max_retry_wait(2 * REDIRECTION_PAUSE_MS)
        .build()
}

/// Another node of the same cluster: like the configured one, at this address.
fn sibling(named: &ConnectionInfo, node: &str) -> Option<ConnectionInfo> {
    let (host, port) = node.rsplit_once(':')?;
    let (host, port) = (host.to_owned(), port.parse().ok()?);
    let address = match named.addr() {
        ConnectionAddr::Tcp(..) => ConnectionAddr::Tcp(host, port),
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
        }
        _ => return None,
    };
    Some(named.clone().set_addr(address))
}

fn manager(client: &Client) -> Result<ConnectionManager, RedisError> {
    // The caller retries: while the driver retries, nobody could see that the server is down.
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}
