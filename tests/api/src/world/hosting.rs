//! How a world serves. `PALISADE_TEST_HOST` says it:
//!
//! - `own`, or nothing: with the server's own listener.
//! - `foreign`: with a listener of hyper that calls the server as a service, as another program's server does.
//! - `vercel`: behind the edge of the platform of `examples/vercel`, its runtime, and the very file of that example.

use std::pin::pin;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use palisade_core::server::{MakeService, Server};
use palisade_modules::jobs::Jobs;
use palisade_test::{Hosted, Opening, World};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

#[cfg(feature = "vercel")]
use crate::function::Names;
#[cfg(feature = "vercel")]
use crate::function::Within;

/// The instance of the platform that serves a world. Dropping it asserts that each request has ended, unless the test has
/// failed.
#[derive(Debug)]
pub(super) struct Instance(Option<Within>);

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(instance) = &self.0
            && !std::thread::panicking()
        {
            instance.assert_ends();
        }
    }
}

/// No instance of the platform: without the feature there are none.
#[cfg(not(feature = "vercel"))]
#[derive(Debug)]
enum Within {}

#[cfg(not(feature = "vercel"))]
impl Within {
    fn assert_ends(&self) {
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

    /// A world with what this host needs: the platform suspends its instances.
    pub(super) fn prepare(self, opening: Opening) -> Opening {
        match self {
            Self::Own | Self::Foreign => opening,
            Self::Vercel => opening.suspended().set(&[("TRUSTED_PROXIES", "vercel")]),
        }
    }
}

/// Where the tasks of a world run: in the runtime of the test, or, as a process of its own would, in one that goes on
/// while the test waits.
#[derive(Debug)]
pub(super) struct Machine(Option<Runtime>);

impl Machine {
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

/// Opens a world on this host.
pub(super) async fn open(kind: Kind, opening: Opening) -> (World, Instance) {
    match kind {
        Kind::Own => (opening.await, Instance(None)),
        Kind::Foreign => (opening.hosted_by(host_foreign).await, Instance(None)),
        Kind::Vercel => open_in_vercel(opening).await,
    }
}

#[cfg(feature = "vercel")]
async fn open_in_vercel(opening: Opening) -> (World, Instance) {
    // Whether the server trusts the platform to name its clients.
    let is_behind_platform = opening.get("TRUSTED_PROXIES") == Some("vercel");
    let names = if is_behind_platform { Names::Client } else { Names::Nobody };
    let (sender, instance) = oneshot::channel();
    let world = opening.hosted_by(async move |server, jobs| {
        let (stop, stopped) = oneshot::channel();
        // The runtime listens to signals itself.
        let (_, stopping) = tokio::sync::watch::channel(false);
        let host = palisade::host::Host::for_tests(server.make_service(), jobs, stopping);
        let (instance, serving) = Within::start(host, names, stopped).await;
        let address = instance.address();
        sender.send(instance).unwrap();
        Hosted { address, stop, serving, is_suspended: true }
    });
    (world.await, Instance(instance.await.ok()))
}

#[cfg(not(feature = "vercel"))]
fn open_in_vercel(_: Opening) -> std::future::Ready<(World, Instance)> {
    panic!("this program was built without the feature `vercel`")
}

async fn host_foreign(server: Server, _: Jobs) -> Hosted {
    let (stop, stopped) = oneshot::channel();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve_foreign(listener, server.make_service(), stopped));
    Hosted { address, stop, serving, is_suspended: false }
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
