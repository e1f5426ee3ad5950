//! Incorrect HTTP: framing, hosts, paths and methods over a raw socket. If two programs could read a request
//! differently, the server refuses it and closes the connection.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod framing;

use palisade_api_tests::Answer;
use palisade_api_tests::World;
use palisade_api_tests::client::{raw, raw_bytes};
use palisade_core::errors::AppError;
use palisade_core::identity::AuthenticatedUser;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Success as Output};
use palisade_core::routes::{Routes, get as declare};
use serde_json::Value;

const LIVE: &str = "/api/v1/health/live";

async fn say(world: &World, text: &str) -> Answer {
    raw(world.address, text.as_bytes()).await
}

fn get(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n{more}\r\n")
}

#[tokio::test]
async fn a_request_names_its_host_once_and_plainly() {
    let world = World::new().await;
    let long = format!("Host: {}.org\r\n", "a".repeat(300));
    for host in [
        "",
        "Host:\r\n",
        "Host: a.org\r\nHost: a.org\r\n",
        "Host: a.org\r\nHost: evil.org\r\n",
        "Host: a.org, evil.org\r\n",
        "Host: eve@a.org\r\n",
        "Host: a.org:@evil.org\r\n",
        "Host: a.org/path\r\n",
        "Host: a.org?x\r\n",
        "Host: a.org#x\r\n",
        "Host: http://a.org\r\n",
        "Host: a b\r\n",
        "Host: a.org\\evil.org\r\n",
        "Host: a.org%00\r\n",
        "Host: [::1\r\n",
        "Host: a.org:80:80\r\n",
        &long,
    ] {
        let answer = say(&world, &format!("GET {LIVE} HTTP/1.1\r\nConnection: close\r\n{host}\r\n")).await;
        assert!(answer.is_refusal(400, "MALFORMED_REQUEST"), "{host:?}: {} {}", answer.status, answer.body);
    }
    for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "any.name.org"] {
        let answer =
            say(&world, &format!("GET {LIVE} HTTP/1.1\r\nConnection: close\r\nHost: {host}\r\n\r\n")).await;
        assert_eq!(answer.status, 200, "{host}");
    }
    // Other ways to name a host are hearsay.
    let more = "X-Forwarded-Host: evil.org\r\nForwarded: host=evil.org\r\nX-Host: evil.org\r\n";
    let told = say(&world, &get("/api/v1/openapi.json", more)).await;
    assert!(told.status == 200 && !told.body.contains("evil.org"));
}

#[tokio::test]
async fn too_large_requests_are_refused_in_the_envelope() {
    let world = World::new().await;
    let headers = "X: a\r\n".repeat(70);
    let large = format!("X-Large: {}\r\n", "a".repeat(17 * 1024));
    for more in [&headers, &large] {
        let answer = say(&world, &get(LIVE, more)).await;
        assert!(answer.is_refusal(431, "HEADERS_TOO_LARGE"), "{} {}", answer.status, answer.body);
    }
    let path = format!("{LIVE}?{}", "a".repeat(9 * 1024));
    assert!(say(&world, &get(&path, "")).await.is_refusal(414, "URI_TOO_LONG"));
    // Far past that the parser itself refuses, and is given our words.
    let far = say(&world, &get(LIVE, &format!("X: {}\r\n", "a".repeat(100_000)))).await;
    assert!(far.is_refusal(431, "HEADERS_TOO_LARGE"), "{} {}", far.status, far.body);
    let far = say(&world, &get(&format!("/{}", "a".repeat(100_000)), "")).await;
    assert!(matches!(far.status, 414 | 431) && far.at("/success") == false, "{} {}", far.status, far.body);
    let just = "X: a\r\n".repeat(60);
    assert_eq!(say(&world, &get(LIVE, &just)).await.status, 200);
}

/// The access lines so far.
fn lines(world: &World) -> Vec<Value> {
    world.log.writes().iter().map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// Whether this is the answer to what could not be read, and the log knows it under the same id.
fn is_answered_and_logged(world: &World, about: &str, received: &[u8]) {
    let answer = Answer::parse(received).unwrap();
    assert!(answer.is_refusal(400, "MALFORMED_REQUEST"), "{about}: {} {}", answer.status, answer.body);
    assert_eq!(answer.header("connection"), Some("close"), "{about}");
    for once in ["x-request-id", "content-length", "date", "content-type", "x-content-type-options", "vary"] {
        assert_eq!(answer.all(once).count(), 1, "{about}: {once}");
    }
    let line = lines(world).pop().unwrap();
    assert_eq!(line.get("request_id"), Some(&answer.at("/meta/requestId")), "{about}: {line}");
    let told = [line.get("status"), line.get("code"), line.get("ip")];
    assert_eq!(
        told,
        [Some(&400.into()), Some(&"MALFORMED_REQUEST".into()), Some(&"127.0.0.1".into())],
        "{line}"
    );
    let nothing = [line.get("method"), line.get("route"), line.get("path")];
    assert_eq!(nothing, [Some(&Value::Null), Some(&Value::Null), None], "{line}");
}

#[tokio::test]
async fn a_request_whose_handler_panics_or_is_late_is_logged_like_any_other() {
    type Outcome = Result<Output<Empty>, AppError>;
    let late = async |(), _: AuthenticatedUser, _: Nothing| -> Outcome { std::future::pending().await };
    let panicking = async |(), _: AuthenticatedUser, _: Nothing| -> Outcome { panic!("a defect") };
    let routes = Routes::new()
        .add(declare("/late").limit(NORMAL).session().no_input().handle(late))
        .add(declare("/panicking").limit(NORMAL).session().no_input().handle(panicking));
    let world = World::serving_also(&[("HANDLER_TIMEOUT", "1s")], |mount| mount.at("", routes, ())).await;
    let mut ada = world.user("ada@example.org").await;
    let id = ada.get("/api/v1/users/me").await.at("/data/id");
    for (path, status, code) in [("/late", 503, "SERVICE_UNAVAILABLE"), ("/panicking", 500, "INTERNAL")] {
        assert!(ada.get(path).await.is_refusal(status, code), "{path}");
        let line = lines(&world).pop().unwrap();
        for (name, value) in [
            ("route", path.into()),
            ("phase", "handler".into()),
            ("user_id", id.clone()),
            ("status", status.into()),
            ("code", code.into()),
        ] {
            assert_eq!(line.get(name), Some(&value), "{name} of {line}");
        }
    }
}

#[tokio::test]
async fn unparsable_requests_are_answered_and_logged_like_others() {
    let world = World::new().await;
    for text in [
        get(LIVE, "X : a\r\n"),
        get(LIVE, "no colon\r\n"),
        get(LIVE, "X: a\0b\r\n"),
        get("/\u{1}", ""),
        "GET\r\n\r\n".to_owned(),
        "GET  / HTTP/1.1\r\n\r\n".to_owned(),
    ] {
        is_answered_and_logged(&world, &text, &raw_bytes(world.address, text.as_bytes()).await);
    }
    // Behind requests that could be read: each of those has its own answer.
    let read = format!("GET {LIVE} HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
    let received = raw_bytes(world.address, format!("{read}{read}X : a\r\n\r\n").as_bytes()).await;
    let received = String::from_utf8(received).unwrap();
    let answers: Vec<&str> = received.split("HTTP/1.1 ").collect();
    assert_eq!(answers.len(), 4, "{received}");
    is_answered_and_logged(
        &world,
        "behind others",
        format!("HTTP/1.1 {}", answers.last().unwrap()).as_bytes(),
    );
    assert_eq!(lines(&world).len(), 6 + 3);
    assert_eq!(world.program().get(LIVE).await.status, 200);
}

#[tokio::test]
async fn an_unknown_path_is_logged_without_its_query() {
    let world = World::new().await;
    let mut program = world.program();
    let long = format!("/{}", "b".repeat(5000));
    for (path, logged) in [
        ("/wp-login.php?token=secret", "/wp-login.php"),
        ("/api/v1/users/%ff", "/api/v1/users/%ff"),
        (&long, &long[..200]),
    ] {
        assert!(matches!(program.get(path).await.status, 400 | 404));
        let last = lines(&world).pop().unwrap();
        assert_eq!(last.get("path"), Some(&logged.into()), "{last}");
        assert!(!last.to_string().contains("secret"), "{last}");
    }
    // What a route answers for may hold an id in its path: it is known by its template.
    for path in ["/api/v1/users/me", "/api/v1/users/usr_01890000000070008000000000000001"] {
        program.get(path).await;
        let last = lines(&world).pop().unwrap();
        assert!(last.get("path").is_none() && last.get("route").is_some_and(Value::is_string), "{last}");
    }
    assert_eq!(program.send("PUT", "/api/v1/users/me", &[], b"").await.status, 405);
    assert!(lines(&world).pop().unwrap().get("path").is_none());
}

#[tokio::test]
async fn only_declared_methods_exist_spelled_as_they_are() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let cookie = format!("palisade-access={}", ada.cookie("palisade-access").unwrap());
    for method in ["TRACE", "get", "GeT", "post", "PROPFIND", "PUT", "X"] {
        let headers =
            [("Cookie", cookie.as_str()), ("X-Echo", "echoed"), ("Origin", "http://localhost:8080")];
        let answer = world.program().send(method, "/api/v1/users/me", &headers, b"").await;
        assert!(answer.is_refusal(405, "METHOD_NOT_ALLOWED"), "{method}: {} {}", answer.status, answer.body);
        assert_eq!(answer.header("allow"), Some("GET, PATCH, DELETE, HEAD"), "{method}");
        assert!(!answer.body.contains("echoed"), "{method}");
    }
    let connect =
        say(&world, "CONNECT evil.org:443 HTTP/1.1\r\nHost: evil.org:443\r\nConnection: close\r\n\r\n").await;
    assert!(matches!(connect.status, 400..=499), "{}", connect.status);
    // No header and no parameter makes one method another.
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        let headers = [("Cookie", cookie.as_str()), (name, "PATCH"), ("Content-Type", "application/json")];
        let answer = world.program().send("GET", "/api/v1/users/me", &headers, b"").await;
        assert_eq!((answer.status, answer.at("/data/name")), (200, "Somebody".into()), "{name}");
        let answer =
            world.browser().send("POST", "/api/v1/users/me", &[(name, "GET"), headers[0]], b"").await;
        assert_eq!(answer.status, 405, "{name}");
    }
    assert_eq!(world.program().get("/api/v1/auth/session?_method=DELETE").await.status, 400);
    assert_eq!(world.program().get("/api/v1/health/live?_method=DELETE").await.status, 200);
}

#[tokio::test]
async fn a_head_is_its_get_without_the_body() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    for path in ["/api/v1/users/me", "/api/v1/users", LIVE, "/api/v1/auth/jwks", "/docs", "/api/v1/nothing"] {
        let get = ada.get(path).await;
        let head = ada.send("HEAD", path, &[], b"").await;
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        let shape = |answer: &Answer| -> Vec<String> {
            let changing =
                ["date", "x-request-id", "ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset"];
            let kept = answer.headers.iter().filter(|(name, _)| !changing.contains(&name.as_str()));
            kept.map(|(name, value)| format!("{name}: {value}")).collect()
        };
        assert_eq!(shape(&head), shape(&get), "{path}");
    }
    assert_eq!(ada.send("HEAD", "/api/v1/auth/logout", &[], b"").await.status, 405, "changes nothing");
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200);
}

#[tokio::test]
async fn another_spelling_of_a_path_is_unknown_and_opens_no_bucket() {
    let world = World::set(&[("RATE_LIMIT_STRICT", "3/60s"), ("RATE_LIMIT_RELAXED", "1000/60s")]).await;
    let aliases = [
        "//api/v1/auth/login",
        "/api/v1//auth/login",
        "/api/v1/auth//login",
        "/api/v1/auth/login/",
        "/api/v1/auth/%6cogin",
        "/api/v1/auth%2flogin",
        "/API/v1/auth/login",
        "/api/v1/auth/Login",
        "/api/v1/auth/login;a=b",
        "/api/v1/auth/login%00",
        "/api/v1/auth/login%20",
        "/api/v1/auth/login.",
        "/api/v1/auth/login.json",
        "/api/v1/auth/./login",
        "/api/v1/auth/../auth/login",
        "/api/v1/auth/%2e%2e/auth/login",
        "/api/v1/auth/..%2fauth/login",
        "/api/v1/auth\\login",
        "/./api/v1/auth/login",
        "/../api/v1/auth/login",
        "/api/v2/auth/login",
        "/auth/login",
        "api/v1/auth/login",
        "*",
        "?/api/v1/auth/login",
    ];
    let credentials = serde_json::json!({"email": "ada@example.org", "password": "whatever it may be"});
    for alias in aliases {
        let answer = world.browser().post(alias, credentials.clone()).await;
        assert!(matches!(answer.status, 400 | 404), "{alias}: {} {}", answer.status, answer.body);
        if answer.status == 404 {
            assert!(answer.is_refusal(404, "NOT_FOUND"));
            let policy = answer.header("ratelimit-policy").unwrap_or_default();
            assert_eq!(policy, "\"refused\";q=1000;w=60", "{alias}");
        }
    }
    let me = [
        "/api/v1/users%2fme",
        "/api/v1/users/me/",
        "/api/v1/users/ME/../me",
        "/api/v1/users/me;x",
        "/api/v1/users/me%2f",
    ];
    let mut ada = world.browser();
    for alias in me {
        let answer = ada.get(alias).await;
        assert!(matches!(answer.status, 401 | 404), "{alias}: {}", answer.status);
    }
    // Three sign-ins are left of three: no alias charged them. The absolute form is the same path.
    for turn in 0..3 {
        let answer = if turn == 0 {
            world.browser().post("http://evil.org/api/v1/auth/login", credentials.clone()).await
        } else {
            world.browser().post("/api/v1/auth/login", credentials.clone()).await
        };
        assert!(answer.is_refusal(401, "INVALID_CREDENTIALS"), "{turn}: {} {}", answer.status, answer.body);
    }
    assert_eq!(world.browser().post("/api/v1/auth/login", credentials).await.status, 429);
    assert_eq!(world.browser().post("/api/v1/auth/logout", Value::Null).await.status, 200);
}

#[tokio::test]
async fn other_protocol_versions_change_nothing() {
    let world = World::new().await;
    let old = say(&world, &format!("GET {LIVE} HTTP/1.0\r\nHost: localhost:8080\r\n\r\n")).await;
    assert_eq!(old.status, 200);
    let nameless = say(&world, &format!("GET {LIVE} HTTP/1.0\r\n\r\n")).await;
    assert!(nameless.is_refusal(400, "MALFORMED_REQUEST"), "{}", nameless.body);
    let preface = raw_bytes(world.address, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert!(!preface.windows(5).any(|bytes| bytes == b" 200 "));
    for nonsense in [
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{0}",
        "GET  / HTTP/1.1\r\n\r\n",
    ] {
        let answered = raw_bytes_closing(&world, nonsense).await;
        assert!(!answered.contains("HTTP/1.1 200"), "{nonsense:?}: {answered}");
    }
    let upgrade = get(LIVE, "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n");
    assert_eq!(say(&world, &upgrade).await.status, 200);
    let upgrade = get(LIVE, "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    assert_eq!(say(&world, &upgrade).await.status, 200);
}

/// Sends this, closes our half, and reads what is said to it.
async fn raw_bytes_closing(world: &World, text: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answered = Vec::new();
    let _ = stream.read_to_end(&mut answered).await;
    String::from_utf8_lossy(&answered).into_owned()
}
