//! `palisade serve`: open, mount, listen, and stop without cutting anyone off.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::sync::Arc;

use palisade_core::config::{Config, Env};
use palisade_core::health::Health;
use palisade_core::identity::Operator;
use palisade_core::openapi::Documentation;
use palisade_core::server::Server;
use palisade_core::utils::logger::{Logger, Sink, Stdout};
use palisade_modules::Services;

use super::describe::info;
use super::{Failure, load, system, terminal, threads};

pub(super) fn serve(env: &Env) -> Result<(), Failure> {
    let config = load(env)?;
    let system = system();
    let sink = Arc::new(Stdout::new().grouped());
    let format = config.app.log_format(std::io::stdout().is_terminal());
    let log: Arc<dyn Sink> = sink.clone();
    let logger = Logger::new(config.app.log_level.clone(), format, log, Arc::clone(&system.clock));
    logger.install()?;
    for warning in config.warnings() {
        tracing::warn!(warning, "the environment");
    }
    // Access lines wait for the pause of the thread that answered; this is the pause.
    let paused = Arc::clone(&sink);
    let runtime = threads().on_thread_park(move || paused.flush()).build()?;
    let served = runtime.block_on(async {
        let services = Services::open(&config, system).await?;
        let (health, documentation) = (Health::new(), Documentation::new());
        let routes = crate::api::mount(&config, &services, &health, &documentation).finish()?;
        documentation.describe(&routes, info(&config));
        let server = Server::new(&config, services.ports(health, logger.access_log()), routes)?;

        let background = services.start().await.map_err(|error| format!("starting: {error:?}"))?;
        let listening = server.listen(SocketAddr::new(config.app.host, config.app.port)).await;
        let listening = listening
            .map_err(|error| format!("listening on {}:{}: {error}", config.app.host, config.app.port))?;
        tracing::info!(address = %listening.address(), "listening");
        if config.app.is_development() {
            welcome(&config, &services, listening.address()).await?;
        }
        listening.serve(told_to_stop()).await;
        background.stop().await;
        tracing::info!("stopped");
        Ok(())
    });
    sink.flush();
    served
}

/// What a newcomer wants to know, and the way to the first super-admin while there is none.
async fn welcome(config: &Config, services: &Services, address: SocketAddr) -> Result<(), Failure> {
    let origin = config.app.url.origin();
    let mut text = format!(
        "\n  {product} is listening on {address}\n\n    address   {origin}\n    reference {origin}/docs\n",
        product = palisade_core::server::PRODUCT,
    );
    if services.has_mailbox() {
        writeln!(text, "    mailbox   {origin}/dev/mailbox")?;
    }
    let operator = Operator::act("first setup link");
    let link = services.auth.first_setup_link(&operator).await.map_err(|error| format!("{error:?}"))?;
    if let Some(link) = link {
        writeln!(
            text,
            "\n    There is no super-admin yet. This link makes the first one, once:\n    {link}"
        )?;
    }
    terminal::complain(&text);
    Ok(())
}

/// SIGTERM or SIGINT.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        tracing::warn!("cannot listen for SIGTERM");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => {
            if interrupted.is_err() {
                tracing::warn!("cannot listen for SIGINT");
                std::future::pending::<()>().await;
            }
        }
    }
}
