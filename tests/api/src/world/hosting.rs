//! How a world serves: with the server's own listener, or, with `PALISADE_TEST_HOST=foreign`, with a listener of hyper that
//! calls the server as a service. The second way is that of a function and of another program's server.

use std::net::SocketAddr;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use palisade_core::server::{MakeService, Server};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

/// A server that serves until its sender is used or dropped.
pub(super) struct Hosted {
    pub(super) address: SocketAddr,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) serving: JoinHandle<()>,
}

/// Whether this run serves through a foreign host.
#[expect(
    clippy::disallowed_methods,
    reason = "a run of the tests says so like this; no setting of the product"
)]
fn is_foreign() -> bool {
    match std::env::var("PALISADE_TEST_HOST").as_deref() {
        Err(_) | Ok("" | "own") => false,
        Ok("foreign") => true,
        Ok(other) => panic!("PALISADE_TEST_HOST is own or foreign, not {other}"),
    }
}

pub(super) async fn host(server: Server) -> Hosted {
    let (stop, stopped) = oneshot::channel::<()>();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    if is_foreign() {
        let listener = tokio::net::TcpListener::bind(any).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(serve_foreign(listener, server.make_service(), stopped));
        return Hosted { address, stop, serving };
    }
    let listening = server.listen(any).await.unwrap();
    let address = listening.address();
    let serving = tokio::spawn(listening.serve(async {
        let _ = stopped.await;
    }));
    Hosted { address, stop, serving }
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
