//! `palisade serve`: open, mount, listen, and stop without cutting anyone off.

use std::fmt::Write as _;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use palisade_core::config::Config;
use palisade_core::identity::Operator;
use palisade_core::system::descriptors::make_room_for;
use palisade_modules::{Services, Upkeep};
use tokio::sync::watch;

use super::admin::said;
use super::assembly::Assembled;
use super::context::{Failure, Invocation};
use super::process::Process;
use super::start::Stop;
use super::terminal;

pub(super) fn serve(given: &Invocation<'_>) -> Result<(), Failure> {
    Process::serve(given, async |process, stop| run(given, process, stop).await)
}

async fn run(given: &Invocation<'_>, process: &Process, mut stop: Stop) -> Result<(), Failure> {
    let config = &process.config;
    let room = make_room_for(config.server.max_connections.as_usize());
    if let Some(shortage) = &room.shortage {
        tracing::warn!("{shortage}");
    }
    let Some(assembled) = Assembled::open(given, process, Upkeep::Continuous, &mut stop).await? else {
        return Ok(());
    };
    let Assembled { services, server, metrics, background } = assembled;
    let listening = server
        .with_room_for(room.connections)
        .listen(SocketAddr::new(config.app.host, config.app.port))
        .await;
    let listening = listening.map_err(|error| cannot_listen(config, &error))?;
    tracing::info!(address = %listening.address(), "listening");
    if config.app.is_development() {
        welcome(given, config, &services, listening.address()).await?;
    }
    let (told, stopping) = watch::channel(false);
    let metrics = async {
        let Some((address, server)) = metrics else { return Ok(()) };
        let listening = server.listen(address).await;
        let listening =
            listening.map_err(|error| format!("listening on {address} (METRICS_ADDR): {error}"))?;
        tracing::info!(%address, "metrics");
        listening.serve(told_on(stopping)).await;
        Ok::<_, Failure>(())
    };
    let serving = async {
        listening.serve(async move { stop.told().await }).await;
        told.send_replace(true);
        Ok(())
    };
    tokio::try_join!(serving, metrics)?;
    background.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Resolves when the public listener has stopped: until then an operator can watch the end.
async fn told_on(mut stopping: watch::Receiver<bool>) {
    // A sender that is gone has stopped as well.
    let _ = stopping.wait_for(|stopping| *stopping).await;
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

/// The information for a newcomer, and the way to the first super-admin while there is none.
async fn welcome(
    given: &Invocation<'_>,
    config: &Config,
    services: &Services,
    address: SocketAddr,
) -> Result<(), Failure> {
    let origin = config.app.url.origin();
    let mut text = format!(
        "\n  {product} is listening on {address}\n\n    address   {origin}\n    reference {origin}/docs\n",
        product = config.app.name,
    );
    if services.has_mailbox() {
        writeln!(text, "    mailbox   {origin}/dev/mailbox")?;
    }
    let operator = Operator::act(given.console, "first setup link");
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
