//! How a world serves. `PALISADE_TEST_HOST` says it:
//!
//! - `own`, or nothing: with the server's own listener.
//! - `foreign`: with a listener of hyper that calls the server as a service, as another program's server does.
//! - `vercel`: behind the edge of the platform of `examples/vercel`, its runtime, and the very file of that example.

use std::net::SocketAddr;
use std::pin::pin;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use palisade_core::server::{MakeService, Server};
use palisade_modules::Upkeep;
use palisade_modules::jobs::Jobs;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

#[cfg(feature = "vercel")]
use crate::function::Names;
#[cfg(feature = "vercel")]
pub(super) use crate::function::Within;

/// A server that serves until its sender is used or dropped.
pub(super) struct Hosted {
    pub(super) address: SocketAddr,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) serving: JoinHandle<()>,
    /// On the platform.
    pub(super) instance: Option<Within>,
}

/// No instance of the platform: without the feature there are none.
#[cfg(not(feature = "vercel"))]
#[derive(Debug)]
pub(super) enum Within {}

#[cfg(not(feature = "vercel"))]
impl Within {
    pub(super) fn assert_ends(&self) {
        match *self {}
    }
}

/// The host of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Own,
    Foreign,
    Vercel,
}

impl Kind {
    #[expect(
        clippy::disallowed_methods,
        reason = "a run of the tests says so like this; no setting of the product"
    )]
    pub(super) fn of_this_run() -> Self {
        match std::env::var("PALISADE_TEST_HOST").as_deref() {
            Err(_) | Ok("" | "own") => Self::Own,
            Ok("foreign") => Self::Foreign,
            Ok("vercel") if cfg!(feature = "vercel") => Self::Vercel,
            Ok("vercel") => {
                panic!("PALISADE_TEST_HOST=vercel needs the feature `vercel`: `cargo xtask vercel`")
            }
            Ok(other) => panic!("PALISADE_TEST_HOST is own, foreign or vercel, not {other}"),
        }
    }

    /// Who sees to the work beside the requests, in a world that does not say it.
    pub(super) fn upkeep(self) -> Upkeep {
        match self {
            Self::Own | Self::Foreign => Upkeep::Continuous,
            Self::Vercel => Upkeep::OnDemand,
        }
    }

    /// Settings that this host needs, in a world that does not have them.
    pub(super) fn variables(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Own | Self::Foreign => &[],
            Self::Vercel => &[("TRUSTED_PROXIES", "vercel")],
        }
    }
}

/// Where the tasks of a world run: in the runtime of the test, or, as a process of its own would, in one that goes on
/// while the test waits.
#[derive(Debug)]
pub(super) struct Machine(Option<Runtime>);

impl Machine {
    /// The runtime of the test.
    pub(super) fn here() -> Self {
        Self(None)
    }

    pub(super) fn of(kind: Kind) -> Self {
        let runtime = || Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self((kind == Kind::Vercel).then(runtime))
    }

    /// Resolves the future here, and lets the tasks that it spawns run there.
    pub(super) async fn run<F: Future>(&self, future: F) -> F::Output {
        let Some(runtime) = &self.0 else { return future.await };
        let mut future = pin!(future);
        std::future::poll_fn(|context| {
            let _there = runtime.enter();
            future.as_mut().poll(context)
        })
        .await
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Serves. `is_behind_platform` says whether the server trusts the platform to name its clients.
pub(super) async fn host(kind: Kind, server: Server, jobs: Jobs, is_behind_platform: bool) -> Hosted {
    let (stop, stopped) = oneshot::channel::<()>();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    match kind {
        Kind::Own => {
            let listening = server.listen(any).await.unwrap();
            let address = listening.address();
            let serving = tokio::spawn(listening.serve(async {
                let _ = stopped.await;
            }));
            Hosted { address, stop, serving, instance: None }
        }
        Kind::Foreign => {
            let listener = tokio::net::TcpListener::bind(any).await.unwrap();
            let address = listener.local_addr().unwrap();
            let serving = tokio::spawn(serve_foreign(listener, server.make_service(), stopped));
            Hosted { address, stop, serving, instance: None }
        }
        Kind::Vercel => serve_in_vercel(&server, jobs, is_behind_platform, (stop, stopped)).await,
    }
}

type Stopping = (oneshot::Sender<()>, oneshot::Receiver<()>);

#[cfg(feature = "vercel")]
async fn serve_in_vercel(
    server: &Server,
    jobs: Jobs,
    is_behind_platform: bool,
    (stop, stopped): Stopping,
) -> Hosted {
    let names = if is_behind_platform { Names::Client } else { Names::Nobody };
    // The runtime listens to signals itself.
    let (_, stopping) = tokio::sync::watch::channel(false);
    let host = palisade::host::Host::for_tests(server.make_service(), jobs, stopping);
    let (instance, serving) = Within::start(host, names, stopped).await;
    Hosted { address: instance.address(), stop, serving, instance: Some(instance) }
}

#[cfg(not(feature = "vercel"))]
fn serve_in_vercel(_: &Server, _: Jobs, _: bool, _: Stopping) -> std::future::Ready<Hosted> {
    panic!("this program was built without the feature `vercel`")
}

async fn serve_foreign(
    listener: tokio::net::TcpListener,
    services: MakeService,
    mut stopped: oneshot::Receiver<()>,
) {
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => accepted.unwrap(),
            _ = &mut stopped => return,
        };
        let service = services.for_peer(peer.ip());
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(
            TokioIo::new(stream),
            service_fn(move |request| service.clone().oneshot(request)),
        );
        // A client may leave at any time.
        tokio::spawn(async move { drop(connection.await) });
    }
}
