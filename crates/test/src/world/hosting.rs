//! How a world is reached.

use std::net::SocketAddr;
use std::pin::Pin;

use palisade_core::server::Server;
use palisade_modules::jobs::Jobs;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server that is reached at an address, until its sender is used or dropped.
#[derive(Debug)]
pub struct Hosted {
    /// Where it listens: on the loopback address.
    pub address: SocketAddr,
    /// Used to stop it.
    pub stop: oneshot::Sender<()>,
    /// Ends when it has stopped.
    pub serving: JoinHandle<()>,
    /// Whether it works only while and after it answers a request, as on a platform that suspends it in between.
    pub is_suspended: bool,
}

/// Serves this server.
pub(super) type Host = Box<dyn FnOnce(Server, Jobs) -> Pin<Box<dyn Future<Output = Hosted>>>>;

/// Serves with the server's own listener.
pub(super) async fn host(server: Server) -> Hosted {
    let (stop, stopped) = oneshot::channel::<()>();
    let listening = server.listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listening.address();
    let serving = tokio::spawn(listening.serve(async {
        let _ = stopped.await;
    }));
    Hosted { address, stop, serving, is_suspended: false }
}
