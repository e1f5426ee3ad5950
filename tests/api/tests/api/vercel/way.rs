//! A way to a server that forgets connections, as a gateway does after minutes without a packet: neither end is told.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Listens on a port of its own. Connections that are older than the last [`forget`](Self::forget) pass nothing on.
pub(super) struct Way {
    address: SocketAddr,
    forgotten: watch::Sender<()>,
}

impl Way {
    /// A way to this port of this machine.
    pub(super) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (forgotten, told) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(client, port, told.clone()));
            }
        });
        Self { address, forgotten }
    }

    /// Host and port.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Forgets all connections so far.
    pub(super) fn forget(&self) {
        self.forgotten.send_replace(());
    }
}

async fn pass_on(mut client: TcpStream, port: u16, mut forgotten: watch::Receiver<()>) {
    forgotten.mark_unchanged();
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        // Both stay open, and nobody reads them.
        Ok(()) = forgotten.changed() => std::future::pending().await,
    }
}
