#!/usr/bin/env bash
# vercel_runtime 2.4.1: at SIGTERM it ends although a request is under way, unless the request has registered itself as work.
#
# Expected: `run` returns once the requests under way are answered, as it does for work that was registered (`wait_until`).
# Seen: a request that takes two seconds gets no answer when SIGTERM comes after half a second, and the program ends at once
# with status 0. The same request is answered if it registers a future that ends with it.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
mkdir src
cat >Cargo.toml <<'END'
[package]
name = "seen"
version = "0.0.0"
edition = "2024"

[dependencies]
tokio = { version = "=1.54.1", features = ["rt-multi-thread", "macros", "sync", "time"] }
vercel_runtime = "=2.4.1"
END
cat >src/main.rs <<'END'
use std::time::Duration;

use vercel_runtime::{AppState, Error, Request, Response, ResponseBody, run, service_fn};

async fn slow(request: Request, state: AppState) -> Result<Response<ResponseBody>, Error> {
    let (_under_way, ended) = tokio::sync::oneshot::channel::<()>();
    if request.uri().path() == "/registered" {
        state.wait_until(async { ended.await.unwrap_or_default() });
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(Response::new(ResponseBody::from("answered")))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(slow)).await
}
END
CARGO_TARGET_DIR="$place/target" cargo build --quiet
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# What a client reads when the program is told to end half a second after the request.
ended() {
  VERCEL_DEV_PORT=$port ./target/debug/seen >out &
  program=$!
  until grep -q 'Dev server listening' out; do sleep 0.05; done
  curl --silent --max-time 5 "http://127.0.0.1:$port$1" >answer || true &
  client=$!
  sleep 0.5
  kill -TERM "$program"
  status=0
  wait "$program" || status=$?
  wait "$client"
  echo "$1: '$(cat answer)', status $status"
}
seen=$(ended /plain; ended /registered)
echo "$seen"
[ "$seen" = "/plain: '', status 0
/registered: 'answered', status 0" ]
