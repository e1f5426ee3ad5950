#!/usr/bin/env bash
# hyper 1.12.0: whether a connection outlives an answer that was ready before the body depends on a race, and is not told.
#
# Expected: a service answers without reading the body; a client sends the head of its request and 20 ms later the 500 bytes
# that it announced. Either the connection goes on, or the answer says `Connection: close`.
# Seen: the answer says nothing, and the connection is closed. With head and body in one piece it goes on: what is there at the
# moment of the answer is dropped, what is not is not waited for, and the head of the answer is written before that.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
mkdir src
cat >Cargo.toml <<'END'
[package]
name = "seen"
version = "0.0.0"
edition = "2021"

[dependencies]
http-body-util = "=0.1.5"
hyper = { version = "=1.12.0", features = ["http1", "server"] }
hyper-util = { version = "=0.1.21", features = ["tokio"] }
tokio = { version = "=1.54.1", features = ["rt", "net", "io-util", "time", "macros"] }
END
cat >src/main.rs <<'END'
use std::convert::Infallible;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn refuse(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"no")));
    *response.status_mut() = hyper::StatusCode::UNAUTHORIZED;
    Ok(response)
}

/// What a client reads of the answer to a head, and to a body so much later; and whether another request is answered.
async fn ask(address: std::net::SocketAddr, later: Option<Duration>) -> String {
    const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n";
    let mut stream = TcpStream::connect(address).await.unwrap();
    match later {
        Some(later) => {
            stream.write_all(HEAD).await.unwrap();
            tokio::time::sleep(later).await;
            let _ = stream.write_all(&[b'x'; 500]).await;
        }
        None => stream.write_all(&[HEAD, &[b'x'; 500]].concat()).await.unwrap(),
    }
    let mut bytes = [0; 4096];
    let read = stream.read(&mut bytes).await.unwrap();
    let answer = String::from_utf8_lossy(&bytes[..read]).to_lowercase();
    let told = if answer.contains("connection: close") { "told to close" } else { "told nothing" };
    let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let again = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut bytes)).await;
    let end = if matches!(again, Ok(Ok(1..))) { "the next request is answered" } else { "closed" };
    format!("{}, {told}, {end}", &answer[9..12])
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let stream = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(stream, service_fn(refuse)));
        }
    });
    println!("head and body in one piece: {}", ask(address, None).await);
    println!("the body 20 ms later:       {}", ask(address, Some(Duration::from_millis(20))).await);
}
END
cargo build --quiet
cargo tree --quiet --depth 1 --prefix none | sed -n 's/^\(hyper v[^ ]*\).*/\1/p'
target/debug/seen | tee seen
cat >known <<'END'
head and body in one piece: 401, told nothing, the next request is answered
the body 20 ms later:       401, told nothing, closed
END
diff known seen && echo "as known"
