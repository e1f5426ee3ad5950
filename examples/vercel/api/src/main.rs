//! The whole API as one function of Vercel's Rust runtime.

use std::net::Ipv4Addr;
use std::process::ExitCode;

use http_body_util::BodyExt as _;
use palisade::Product;
use palisade::host::{self, Host, Upkeep};
use palisade_core::identity::{Console, ConsoleTaken};
use tower::ServiceExt as _;
use vercel_runtime::{AppState, Error, Request, Response, ResponseBody, service_fn};

fn main() -> Result<ExitCode, ConsoleTaken> {
    // The platform may suspend the process after an answer, so nothing goes on by itself.
    Console::take(|console| host::run(console, &Product::PALISADE, Upkeep::OnDemand, serve))
}

pub(crate) async fn serve(host: Host) -> Result<(), Error> {
    let answer = move |request: Request, state: AppState| answer(host.clone(), request, state);
    vercel_runtime::run(service_fn(answer)).await
}

async fn answer(host: Host, request: Request, state: AppState) -> Result<Response<ResponseBody>, Error> {
    // At its end the runtime waits for registered work, but not for requests: so each request is registered.
    let (_under_way, finished) = tokio::sync::oneshot::channel::<()>();
    state.wait_until(async { finished.await.unwrap_or_default() });

    // The platform connects from this machine and names the client in headers of its own: TRUSTED_PROXIES=vercel.
    let Ok(response) = host.for_peer(Ipv4Addr::LOCALHOST.into()).oneshot(request).await;
    if let Some(work) = host.after_an_answer() {
        state.wait_until(work);
    }
    let (head, body) = response.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes().into()))
}
