//! The server inside another program, which accepts the connections: a server with routes of its own, or the runtime
//! of a serverless platform.

use std::net::IpAddr;
use std::process::ExitCode;

use palisade_core::config::Env;
use palisade_core::identity::Console;
use palisade_core::server::{MakeService, PeerService};
use palisade_modules::jobs::Jobs;
use tokio::sync::watch;

pub use palisade_modules::Upkeep;

use crate::cli::assembly::Assembled;
use crate::cli::context::{Failure, Invocation};
use crate::cli::exit_code;
use crate::cli::process::Process;
use crate::cli::start::Stop;
use crate::product::Product;

/// The server, for the program that hosts it. Clones share everything.
#[derive(Clone, Debug)]
pub struct Host {
    server: MakeService,
    jobs: Jobs,
    stopping: watch::Receiver<bool>,
}

impl Host {
    /// The host of a server in a test, which has opened everything by itself.
    #[cfg(feature = "test-clock")]
    pub fn for_tests(server: MakeService, jobs: Jobs, stopping: watch::Receiver<bool>) -> Self {
        Self { server, jobs, stopping }
    }

    /// A `tower::Service` for requests from this peer: the other end of the connection, a client or a proxy.
    /// Everything that the server knows about a client it knows from this address and, if `TRUSTED_PROXIES` names it,
    /// from the headers.
    pub fn for_peer(&self, peer: IpAddr) -> PeerService {
        self.server.for_peer(peer)
    }

    /// With [`Upkeep::OnDemand`], work that the last requests have caused: mails to deliver. A platform that suspends
    /// the process after an answer must let it finish first; it takes at most 25 seconds. `None` if there is none.
    pub fn after_an_answer(&self) -> Option<impl Future<Output = ()> + Send + 'static> {
        self.jobs.after_an_answer()
    }

    /// Resolves when the process was told to stop (SIGTERM, SIGINT). Then stop accepting, let running requests end,
    /// and return.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stopping = self.stopping.clone();
        async move {
            // A sender that is gone has stopped as well.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }
}

/// Opens everything that `palisade serve` opens, configured by the environment as always, and lends it to `serve`. When
/// `serve` returns, everything is closed. For `main`:
/// `Console::take(|console| palisade::host::run(console, &Product::PALISADE, …))`.
///
/// After a signal to stop, `serve` has `DRAIN_TIMEOUT` to return.
pub fn run<F>(console: &Console, product: &'static Product, upkeep: Upkeep, serve: F) -> ExitCode
where
    F: AsyncFnOnce(Host) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let env = Env::process().of_product(product.variables());
    let given = &Invocation { console, env: &env, product };
    if let Err(failure) = given.judge() {
        return exit_code(product, &Err(failure));
    }
    let served =
        Process::serve(given, async |process, stop| run_in(given, process, upkeep, stop, serve).await);
    exit_code(product, &served)
}

async fn run_in<F>(
    given: &Invocation<'_>,
    process: &Process,
    upkeep: Upkeep,
    mut stop: Stop,
    serve: F,
) -> Result<(), Failure>
where
    F: AsyncFnOnce(Host) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
{
    let Some(assembled) = Assembled::open(given, process, upkeep, &mut stop).await? else {
        return Ok(());
    };
    // A host serves no second address: its program reads the metrics of its own platform.
    let Assembled { services, server, background, metrics: _ } = assembled;
    let (told, stopping) = watch::channel(false);
    let drain_timeout = process.drain_timeout();
    let host = Host { server: server.make_service(), jobs: services.jobs, stopping };
    let stopped = async {
        stop.told().await;
        told.send_replace(true);
        tokio::time::sleep(drain_timeout).await;
    };
    let served = tokio::select! {
        served = serve(host) => served.map_err(|error| error as Failure),
        () = stopped => Err("the host did not end within DRAIN_TIMEOUT".into()),
    };
    background.stop().await;
    tracing::info!("stopped");
    served
}
