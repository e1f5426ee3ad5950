//! The bare server: the stack of the product (tokio, hyper, a matchit table) and nothing else. It answers one path
//! with a recorded answer of the product: as many headers, as many bytes, none of the work.

use std::convert::Infallible;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

/// The answer to every request.
struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// Reads a recorded answer.
    fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let wire = std::fs::read_to_string(file)?;
        let (head, body) = wire.split_once("\r\n\r\n").ok_or("the file holds no answer")?;
        let mut headers = HeaderMap::new();
        for line in head.split("\r\n").skip(1) {
            let (name, value) = line.split_once(": ").ok_or("a header without a colon")?;
            // The stack writes these two itself.
            if !matches!(name, "content-length" | "date") {
                headers.append(name.parse::<HeaderName>()?, HeaderValue::from_str(value)?);
            }
        }
        Ok(Self { headers, body: Bytes::copy_from_slice(body.as_bytes()) })
    }

    fn give(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response
    }
}

async fn serve(port: u16, answer: Answer) -> Result<(), Box<dyn Error>> {
    let mut table = matchit::Router::new();
    for (number, path) in ["/api/v1/health/live", "/api/v1/users", "/api/v1/users/{id}"].iter().enumerate() {
        table.insert(*path, number)?;
    }
    table.insert("/api/v1/users/me", usize::MAX)?;
    let shared = Arc::new((table, answer));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request: Request<Incoming>| {
            let shared = Arc::clone(&shared);
            async move {
                let (table, answer) = &*shared;
                let found = table.at(request.uri().path()).is_ok_and(|found| *found.value == usize::MAX);
                let mut response = if found { answer.give() } else { Response::default() };
                if !found {
                    *response.status_mut() = StatusCode::NOT_FOUND;
                }
                Ok::<_, Infallible>(response)
            }
        });
        tokio::spawn(async move {
            let http = auto::Builder::new(TokioExecutor::new()).http1_only();
            // A client that leaves ends its connection: not an error.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(port), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bare PORT FILE".into());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(port.parse()?, Answer::read(Path::new(&file))?))
}
