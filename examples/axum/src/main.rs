//! Palisade and routes of one's own behind one listener: axum answers its routes, Palisade everything else.
//!
//! `PORT=8080 cargo run`, then open <http://localhost:8080/hello> and <http://localhost:8080/docs>.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::routing::get;
use palisade::Product;
use palisade::host::{self, Host, Upkeep};
use palisade_core::identity::{Console, ConsoleTaken};
use tower::ServiceExt as _;

fn main() -> Result<ExitCode, ConsoleTaken> {
    Console::take(|console| host::run(console, &Product::PALISADE, Upkeep::Continuous, serve))
}

async fn serve(host: Host) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let stopping = host.stopping();
    // Limits count by the other end of the connection, so Palisade has to know it.
    let palisade = async move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| {
        host.for_peer(peer.ip()).oneshot(request).await
    };
    // Palisade's rules hold for Palisade's routes. This one has no limit and no access rule.
    let routes = Router::new().route("/hello", get(async || "Hello from axum")).fallback(palisade);

    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8080);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, routes).with_graceful_shutdown(stopping).await?;
    Ok(())
}
