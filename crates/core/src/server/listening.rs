//! A server: assembled from routes and ports, then listening, then answering.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::ports::Ports;
use super::service::MakeService;
use super::table::Table;
use super::{connections, grantable};
use crate::config::Config;
use crate::errors::error_handler::ErrorHandler;
use crate::errors::with_causes;
use crate::net::{AllowedOrigins, SignedClients};
use crate::output::ErrorPages;
use crate::routes::{MountError, Mounts};
use crate::state::{HttpBounds, ServerState};
use crate::values::Rules;

/// The maximum number of connections of operators.
const MOST_OPERATORS: usize = 16;

/// Routes that can be served.
pub struct Server {
    shared: Arc<ServerState>,
    table: Arc<Table>,
    max_connections: usize,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl Server {
    /// Assembles a server.
    ///
    /// # Errors
    /// Two templates that could match the same path, policies whose names collide, a permission that nobody can hold.
    pub fn new(config: &Config, ports: Ports, routes: &Mounts) -> Result<Self, MountError> {
        let mistakes = grantable::mistakes(routes, &ports.0.grantable);
        if !mistakes.is_empty() {
            return Err(MountError(mistakes));
        }
        let shared = shared(config, ports, routes).map_err(|mistake| MountError(vec![mistake]))?;
        let table = Table::build(routes).map_err(|mistake| MountError(vec![mistake]))?;
        let max_connections = config.server.max_connections.as_usize();
        Ok(Self { shared: Arc::new(shared), table: Arc::new(table), max_connections })
    }

    /// A second table of routes over the same state, for a listener that only the operator reaches. Its routes use the
    /// policies that come with Palisade.
    ///
    /// # Errors
    /// Two templates that could match the same path.
    pub fn beside(&self, routes: &Mounts) -> Result<Self, MountError> {
        let table = Table::build(routes).map_err(|mistake| MountError(vec![mistake]))?;
        let shared = Arc::clone(&self.shared);
        Ok(Self { shared, table: Arc::new(table), max_connections: self.max_connections.min(MOST_OPERATORS) })
    }

    /// Lowers the maximum number of open connections to what the system has room for.
    #[must_use]
    pub fn with_room_for(mut self, connections: usize) -> Self {
        self.max_connections = self.max_connections.min(connections);
        self
    }

    /// Services for a host with its own connections: another program, a serverless runtime, a test.
    pub fn make_service(&self) -> MakeService {
        MakeService::new(&self.shared, &self.table)
    }

    /// Listens, without answering yet.
    ///
    /// # Errors
    /// The error of the operating system for this address.
    pub async fn listen(self, address: SocketAddr) -> io::Result<Listening> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Listening { server: self, listener, address })
    }
}

/// A server that listens.
#[derive(Debug)]
pub struct Listening {
    server: Server,
    listener: tokio::net::TcpListener,
    address: SocketAddr,
}

impl Listening {
    /// The address it listens on; the port is the real one, even if port 0 was requested.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` resolves, then lets running requests end.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let Server { shared, table, max_connections } = self.server;
        connections::serve(self.listener, (shared, table, max_connections), stop).await;
    }
}

/// Reads the configuration and checks that every route's policy is in the catalogue.
fn shared(config: &Config, Ports(ports): Ports, routes: &Mounts) -> Result<ServerState, String> {
    let named = routes.iter().map(|route| route.declaration().policy);
    let policies = config.policies(named).map_err(|error| error.to_string())?;
    for variable in config.unread_quotas(&policies) {
        tracing::warn!(variable, "is not read: no policy of a mounted route has it");
    }
    let product = config.rules().product_name;
    let pages = config.languages.try_map(|language| ErrorPages::new(&product, language));
    let pages = pages.map_err(|error| with_causes(&error))?;
    let server = &config.server;
    Ok(ServerState {
        clock: ports.clock,
        rng: ports.rng,
        limiter: ports.limiter,
        policies,
        authenticator: ports.authenticator,
        accounts: ports.accounts,
        health: ports.health,
        drain: Arc::default(),
        access_log: ports.access_log,
        metrics: ports.metrics,
        traces: ports.traces,
        bounds: HttpBounds {
            body_bytes: server.body_limit.bytes(),
            body_timeout: server.body_timeout.get(),
            header_timeout: server.header_timeout.get(),
            idle_timeout: server.idle_timeout.get(),
            handler_timeout: server.handler_timeout.get(),
            drain_timeout: server.drain_timeout.get(),
        },
        error_handler: ErrorHandler::new(pages),
        rules: Rules {
            permissions: ports.grantable.iter().map(|name| name.as_str()).collect(),
            ..config.rules()
        },
        fresh_for: config.auth.fresh_ttl.get(),
        trusted_proxies: config.security.trusted_proxies.clone(),
        signed_clients: config
            .security
            .proxy_secret
            .as_ref()
            .map(|secret| SignedClients::new(secret.expose())),
        scheduler: config.scheduler.clone(),
        origins: AllowedOrigins::new(
            config.app.url.origin().clone(),
            config.security.cors_origins.iter().cloned().collect(),
            config.app.is_development(),
        ),
        secure_cookies: config.app.url.is_secure() || !config.app.is_development(),
    })
}
