//! A whole server: its services opened, its routes mounted, its background work started. Nothing listens yet.

use std::net::SocketAddr;
use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::errors::with_causes;
use palisade_core::health::Health;
use palisade_core::identity::{Console, Operator};
use palisade_core::openapi::Documentation;
use palisade_core::server::Server;
use palisade_core::utils::logger::Stdout;
use palisade_modules::auth::FirstAdmin;
use palisade_modules::{Background, Services, System, Upkeep};

use super::admin::said;
use super::context::{Failure, Invocation};
use super::describe::info;
use super::process::Process;
use super::start::{Setback, Stop, wait_for};

/// A server with everything behind it.
#[derive(Debug)]
pub(crate) struct Assembled {
    pub(crate) services: Services,
    pub(crate) server: Server,
    /// What `METRICS_ADDR` serves, if it is set.
    pub(crate) metrics: Option<(SocketAddr, Server)>,
    pub(crate) background: Background,
}

impl Assembled {
    /// Opens and starts everything; `None` if a signal stopped the start.
    pub(crate) async fn open(
        given: &Invocation<'_>,
        process: &Process,
        upkeep: Upkeep,
        stop: &mut Stop,
    ) -> Result<Option<Self>, Failure> {
        let Process { config, named, system, logger, sink } = process;
        let console = given.console;
        let started = async {
            let services = open(console, config, system).await?;
            let background = start(config, system, &services, upkeep).await?;
            first_admin(console, config, named.as_ref(), system, &services).await?;
            Ok::<_, Failure>((services, background))
        };
        let (services, background) = tokio::select! {
            started = started => started?,
            () = stop.told() => {
                tracing::info!("stopped before the start was over");
                return Ok(None);
            }
        };
        let (health, documentation) = (Health::new(), Documentation::new());
        health.watch("log", Arc::<Stdout>::clone(sink));
        let routes = given.mount(config, &services, &health, &documentation)?;
        documentation.describe(&routes, info(config, given.product))?;
        let server = Server::new(config, services.ports(health, logger.access_log()), &routes)?;
        let metrics = match config.metrics.address {
            Some(address) => {
                let routes = crate::api::mount_for_operators(&system.metrics).finish()?;
                Some((address.get(), server.beside(&routes)?))
            }
            None => None,
        };
        Ok(Some(Self { services, server, metrics, background }))
    }
}

/// The services, over a database that may still have to come up.
async fn open(console: &Console, config: &Config, system: &System) -> Result<Services, Failure> {
    let attempt = async || {
        // On the heap: the future of opening is large.
        let opened = Box::pin(Services::open(console, config, system.clone())).await;
        opened.map_err(|error| Setback { may_pass: error.may_pass(), said: with_causes(&error) })
    };
    wait_for("the database", config.server.start_timeout.get(), &*system.clock, attempt).await
}

/// The background work. It begins with a read, and the database may be down again.
async fn start(
    config: &Config,
    system: &System,
    services: &Services,
    upkeep: Upkeep,
) -> Result<Background, Failure> {
    let attempt = async || {
        let started = services.start(upkeep).await;
        started.map_err(|error| Setback {
            may_pass: error.status_code() == 503,
            said: format!("starting: {}", said(&error)),
        })
    };
    wait_for("the database", config.server.start_timeout.get(), &*system.clock, attempt).await
}

/// Makes the first super-admin that the environment names, once. Production logs a warning as long as there is
/// none, because nobody else could appoint one.
async fn first_admin(
    console: &Console,
    config: &Config,
    named: Option<&FirstAdmin>,
    system: &System,
    services: &Services,
) -> Result<(), Failure> {
    let act = if named.is_some() { "ADMIN_EMAIL" } else { "looking for a super-admin" };
    let operator = Operator::act(console, act);
    let attempt = async || {
        let made = services.auth.first_admin.honor(&operator, named).await;
        made.map_err(|error| Setback {
            may_pass: error.status_code() == 503,
            said: format!("making the first super-admin: {error:?}"),
        })
    };
    let state = wait_for("the database", config.server.start_timeout.get(), &*system.clock, attempt).await?;
    match state.advice() {
        // In development it is beside the address, with a link.
        Some(advice) if named.is_some() || !config.app.is_development() => tracing::warn!("{advice}"),
        _ => {}
    }
    Ok(())
}
