//! `palisade serve`: open, mount, listen, and stop without cutting anyone off.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::{Config, Env};
use palisade_core::errors::with_causes;
use palisade_core::health::Health;
use palisade_core::identity::{Console, Operator};
use palisade_core::openapi::Documentation;
use palisade_core::server::Server;
use palisade_core::system::descriptors::make_room_for;
use palisade_core::utils::logger::{Logger, Sink, Stdout};
use palisade_modules::auth::FirstAdmin;
use palisade_modules::{Background, Services, System};

use super::admin::said;
use super::context::{Failure, load, load_read_only, mistakes, runtime, system};
use super::describe::info;
use super::start::{Setback, Stop, wait_for};
use super::terminal;

/// How long the end of a process waits for work that cannot be cancelled.
const LEFT_BEHIND: Duration = Duration::from_secs(1);
/// How long it waits for the reader of the log.
const LAST_LINES: Duration = Duration::from_secs(2);

pub(super) fn serve(console: &Console, env: &Env) -> Result<(), Failure> {
    // Before anything that takes a while: process 1 of a container does not end by a signal without a listener.
    let runtime = runtime()?;
    let stop = {
        let _entered = runtime.enter();
        Stop::listen()?
    };
    let named = FirstAdmin::named_by(&load_read_only(env)?).map_err(|errors| mistakes(&errors))?;
    let config = load(env)?;
    let system = system();
    let sink = Arc::new(Stdout::new()?);
    let at_terminal = std::io::stdout().is_terminal();
    let format = config.app.log_format(at_terminal);
    let log: Arc<dyn Sink> = sink.clone();
    let logger = Logger::new(config.app.log_level.clone(), format, log, Arc::clone(&system.clock))
        .in_color(at_terminal && !config.app.wants_no_color);
    logger.install()?;
    for warning in config.warnings() {
        tracing::warn!(warning, "the environment");
    }
    let served = runtime.block_on(run(console, &config, named.as_ref(), &system, &logger, &sink, stop));
    // A system lookup, for example of a name, cannot be cancelled; nothing waits for it at the end.
    runtime.shutdown_timeout(LEFT_BEHIND);
    // Lines that are not written by then are lost: the process ends in the middle of the write.
    sink.finish(LAST_LINES);
    served
}

async fn run(
    console: &Console,
    config: &Config,
    named: Option<&FirstAdmin>,
    system: &System,
    logger: &Logger,
    sink: &Arc<Stdout>,
    mut stop: Stop,
) -> Result<(), Failure> {
    let room = make_room_for(config.server.max_connections.as_usize());
    if let Some(shortage) = &room.shortage {
        tracing::warn!("{shortage}");
    }
    let started = async {
        let services = open(console, config, system).await?;
        let background = start(config, system, &services).await?;
        first_admin(console, config, named, system, &services).await?;
        Ok::<_, Failure>((services, background))
    };
    let (services, background) = tokio::select! {
        started = started => started?,
        () = stop.told() => {
            tracing::info!("stopped before the start was over");
            return Ok(());
        }
    };
    let (health, documentation) = (Health::new(), Documentation::new());
    health.watch("log", Arc::<Stdout>::clone(sink));
    let routes = crate::api::mount(config, &services, &health, &documentation)?.finish()?;
    documentation.describe(&routes, info(config))?;
    let server = Server::new(config, services.ports(health, logger.access_log()), &routes)?;

    let listening = server
        .with_room_for(room.connections)
        .listen(SocketAddr::new(config.app.host, config.app.port))
        .await;
    let listening = listening.map_err(|error| cannot_listen(config, &error))?;
    tracing::info!(address = %listening.address(), "listening");
    if config.app.is_development() {
        welcome(console, config, &services, listening.address()).await?;
    }
    listening.serve(async move { stop.told().await }).await;
    background.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Why the server cannot listen at the address, and the remedy.
fn cannot_listen(config: &Config, error: &io::Error) -> String {
    let (host, port) = (config.app.host, config.app.port);
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => {
            ": another program listens there, maybe another palisade; stop it, or set PORT to a free port"
        }
        ErrorKind::AddrNotAvailable => ": this machine has no such address; set HOST to one that it has",
        ErrorKind::PermissionDenied => {
            ": this user may not listen there; set PORT to a port above 1023, or grant CAP_NET_BIND_SERVICE"
        }
        _ => "",
    };
    format!("listening on {}: {error}{remedy}", SocketAddr::new(host, port))
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
async fn start(config: &Config, system: &System, services: &Services) -> Result<Background, Failure> {
    let attempt = async || {
        let started = services.start().await;
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

/// The information for a newcomer, and the way to the first super-admin while there is none.
async fn welcome(
    console: &Console,
    config: &Config,
    services: &Services,
    address: SocketAddr,
) -> Result<(), Failure> {
    let origin = config.app.url.origin();
    let mut text = format!(
        "\n  {product} is listening on {address}\n\n    address   {origin}\n    reference {origin}/docs\n",
        product = palisade_core::PRODUCT,
    );
    if services.has_mailbox() {
        writeln!(text, "    mailbox   {origin}/dev/mailbox")?;
    }
    let operator = Operator::act(console, "first setup link");
    let link = services.auth.setup.first_link(&operator).await.map_err(|error| said(&error))?;
    if let Some(link) = link {
        writeln!(
            text,
            "\n    There is no super-admin yet. This link makes the first one, once:\n    {link}"
        )?;
    }
    terminal::mention(text);
    Ok(())
}
