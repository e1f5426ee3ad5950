//! Connections: accepting, bounding, timing out, and draining without cutting anyone off.

use std::future::Future;

use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::pace::{Pace, Paced, Patience};
use super::table::Table;
use super::{Shared, outer};

/// Above our own limits, so that what passes them is answered by us and not by the parser.
const PARSER_HEADERS: usize = 128;
const PARSER_BUFFER: usize = 64 * 1024;

/// Serves until `stop` resolves, then lets running requests end.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    table: Arc<Table>,
    stop: impl Future<Output = ()>,
) {
    let http = http();
    let patience = Patience { head: shared.limits.header_timeout, idle: shared.limits.idle_timeout };
    let open = Arc::new(Semaphore::new(shared.limits.max_connections));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        // The permit comes first: past the bound new connections wait in the kernel's queue instead of our memory.
        let accepted = async {
            let permit = Arc::clone(&open).acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or the peer is gone already: neither may end the server.
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not set TCP_NODELAY");
        }
        let (shared, table) = (Arc::clone(&shared), Arc::clone(&table));
        let pace = Pace::default();
        let stream = Paced::new(TokioIo::new(stream), pace.clone(), patience);
        let service = service_fn(move |request| {
            pace.began();
            let (shared, table, pace) = (Arc::clone(&shared), Arc::clone(&table), pace.clone());
            async move {
                let response = outer::serve(shared, table, peer, request).await;
                pace.answered();
                Ok::<_, std::convert::Infallible>(response)
            }
        });
        let connection = http.serve_connection(stream, service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    shared.health.drain();
    tracing::info!("draining");
    tokio::select! {
        () = graceful.shutdown() => tracing::info!("drained"),
        () = tokio::time::sleep(shared.limits.drain_timeout) => tracing::warn!("drained by force: requests were still running"),
    }
}

/// HTTP/1.1 only: TLS and HTTP/2 end at the proxy in front.
fn http() -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new()).http1_only();
    http.http1()
        // One timeout for heads and idle connections alike; ours are two, kept where the bytes come in.
        .header_read_timeout(None)
        .max_headers(PARSER_HEADERS)
        .max_buf_size(PARSER_BUFFER)
        .keep_alive(true);
    http
}
