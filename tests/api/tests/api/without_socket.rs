//! The server as a service: a host with its own connections gets the same answers as a client of the socket.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops; one handler panics")]

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use palisade_api_tests::client::raw;
use palisade_api_tests::{Answer, World};
use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::Accepted;
use palisade_core::routes::{Routes, get};
use serde_json::Value;
use tower::ServiceExt as _;

/// A request: the line without its version, more headers, and a body.
type Asked = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const JSON: (&str, &str) = ("Content-Type", "application/json");
const HERE: (&str, &str) = ("Origin", "http://localhost:8080");
const ASKED: [Asked; 14] = [
    ("GET /api/v1/health/live", &[], ""),
    ("HEAD /api/v1/health/live", &[], ""),
    ("GET /api/v1/health/live", &[HERE], ""),
    ("GET /api/v1/health/live", &[("Origin", "https://evil.org")], ""),
    ("GET /api/v1/users/me", &[("Cookie", "palisade-access=not-a-token")], ""),
    ("POST /api/v1/auth/login", &[HERE, JSON], r#"{"email":1,"else":true}"#),
    ("POST /api/v1/auth/login", &[("Origin", "https://evil.org"), JSON], "{}"),
    ("GET /nowhere", &[("Accept", "text/html")], ""),
    ("PUT /api/v1/health/live", &[], ""),
    ("OPTIONS /api/v1/users/me", &[HERE, ("Access-Control-Request-Method", "PATCH")], ""),
    ("OPTIONS /api/v1/users/me", &[HERE], ""),
    ("GET /api/v1/health/live", &[("Host", "twice.org")], ""),
    ("GET /misbehaving/panic", &[], ""),
    ("GET /misbehaving/late", &[("Accept", "text/html")], ""),
];

async fn panics((): (), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    panic!("a defect")
}

async fn is_late((): (), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    std::future::pending().await
}

async fn misbehaving() -> World {
    let routes = Routes::new()
        .add(get("/panic").limit(RELAXED).public().no_input().handle(panics))
        .add(get("/late").limit(RELAXED).public().no_input().handle(is_late));
    World::serving_also(&[("HANDLER_TIMEOUT", "1s")], |mount| mount.at("/misbehaving", routes, ())).await
}

async fn at_the_socket(world: &World, (line, headers, body): Asked) -> Answer {
    let mut text = format!("{line} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    if !body.is_empty() {
        text.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
    }
    raw(world.address, format!("{text}\r\n{body}").as_bytes()).await
}

async fn at_the_service(world: &World, (line, headers, body): Asked) -> Answer {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path).header("Host", "localhost:8080");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let service = world.service.for_peer([127, 0, 0, 1].into());
    let Ok(response) = service.oneshot(request.body(Full::new(Bytes::from(body))).unwrap()).await;
    let (head, body) = response.into_parts();
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers.iter().map(header).collect(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// What an answer says, but for what belongs to its connection, and what no two answers share: the id, and how many
/// requests are left.
fn said(answer: &Answer, method: &str) -> (u16, Vec<(String, String)>, String) {
    let others =
        ["connection", "content-length", "date", "x-request-id", "ratelimit", "x-ratelimit-remaining"];
    let headers =
        answer.headers.iter().filter(|(name, _)| !others.contains(&name.as_str())).cloned().collect();
    let id = answer.header("x-request-id").unwrap();
    // Whoever writes to a socket leaves the body of HEAD out.
    let body = if method == "HEAD" { String::new() } else { answer.body.replace(id, "ID") };
    (answer.status, headers, body)
}

#[tokio::test]
async fn a_service_answers_as_the_socket_does() {
    let world = misbehaving().await;
    for asked in ASKED {
        let method = asked.0.split(' ').next().unwrap();
        let socket = said(&at_the_socket(&world, asked).await, method);
        let service = said(&at_the_service(&world, asked).await, method);
        assert_eq!(socket, service, "{asked:?}");
    }
}

#[tokio::test]
async fn a_service_writes_the_same_access_lines() {
    let world = misbehaving().await;
    for asked in ASKED {
        at_the_socket(&world, asked).await;
        at_the_service(&world, asked).await;
    }
    let lines: Vec<Value> =
        world.log.writes().iter().map(|line| serde_json::from_slice::<Value>(line).unwrap()).collect();
    let lines: Vec<&Value> = lines.iter().filter(|line| line["target"] == "access").collect();
    assert_eq!(lines.len(), ASKED.len() * 2);
    for pair in lines.chunks(2) {
        for member in ["method", "route", "path", "status", "phase", "code", "ip", "user_id", "bytes"] {
            assert_eq!(pair[0][member], pair[1][member], "{member}: {pair:?}");
        }
    }
    let of = |path: &str| lines.iter().rfind(|line| line["route"] == path).unwrap();
    let (panicked, late) = (of("/misbehaving/panic"), of("/misbehaving/late"));
    assert_eq!((&panicked["status"], &panicked["phase"]), (&500.into(), &"handler".into()));
    assert_eq!((&late["status"], &late["phase"]), (&503.into(), &"handler".into()));
}

#[tokio::test]
async fn a_peer_is_limited_by_its_address() {
    let world = World::with(&[("RATE_LIMIT_PROBE", "2/60s")]).await;
    let live = |peer: [u8; 4]| {
        let request = Request::get("/api/v1/health/live").header("Host", "localhost:8080");
        world.service.for_peer(peer.into()).oneshot(request.body(Full::<Bytes>::default()).unwrap())
    };
    let mut statuses = Vec::new();
    for peer in [[192, 0, 2, 1], [192, 0, 2, 1], [192, 0, 2, 1], [192, 0, 2, 2]] {
        let Ok(response) = live(peer).await;
        statuses.push(response.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 429, 200]);
}
