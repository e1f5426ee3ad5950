//! The server behind a proxy: one that names no client, one that is not trusted, one with two contradicting
//! headers. And the routes for this machine only, requested through a proxy.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use palisade_api_tests::client::raw;
use palisade_api_tests::{Answer, Binary, World};
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const HEALTH: &str = "/api/v1/health";
const LIVE: &str = "/api/v1/health/live";
const MAILBOX: &str = "/dev/mailbox";

/// What proxies add, beside or instead of the name of the client.
const SIGNS: [&str; 9] = [
    "X-Forwarded-For: 203.0.113.9",
    "X-Forwarded-Host: app.example.org",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Port: 443",
    "X-Forwarded-Server: proxy",
    "Forwarded: for=203.0.113.9",
    "Via: 1.1 proxy",
    "X-Real-IP: 203.0.113.9",
    "Client-ip: 203.0.113.9",
];

async fn get(world: &World, path: &str, lines: &[&str]) -> Answer {
    let lines: String = lines.iter().flat_map(|line| [line, "\r\n"]).collect();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n{lines}\r\n");
    raw(world.address, request.as_bytes()).await
}

async fn sign_in(world: &World, headers: &[(&str, &str)]) -> u16 {
    let body = json!({"email": "nobody@example.org", "password": "whatever it may be"}).to_string();
    let headers = [&[("Content-Type", "application/json")], headers].concat();
    world.program().send("POST", LOGIN, &headers, body.as_bytes()).await.status
}

/// What health says of `proxy`; `Null` for nothing.
fn proxy(health: &Answer) -> Value {
    assert_eq!(health.status, 200, "{}", health.body);
    let dependencies = health.at("/data/dependencies");
    let named = dependencies.as_array().unwrap().iter().find(|dependency| dependency["name"] == "proxy");
    named.map_or(Value::Null, |proxy| proxy["state"].clone())
}

#[tokio::test]
async fn health_is_degraded_while_a_trusted_proxy_names_no_client() {
    let world = World::set(&[("TRUSTED_PROXIES", "loopback")]).await;
    // The orchestrator on this machine, and somebody who tries something on it.
    for _ in 0..50 {
        assert_eq!(get(&world, LIVE, &[]).await.status, 200);
    }
    for _ in 0..4 {
        assert_eq!(sign_in(&world, &[]).await, 401);
        assert_eq!(proxy(&get(&world, HEALTH, &[]).await), Value::Null);
    }
    assert_eq!(sign_in(&world, &[]).await, 401);
    assert_eq!(proxy(&get(&world, HEALTH, &[]).await), "degraded");
    // It is told to name them.
    for _ in 0..5 {
        assert_eq!(proxy(&get(&world, HEALTH, &[]).await), "degraded");
        assert_eq!(sign_in(&world, &[("X-Forwarded-For", "203.0.113.9")]).await, 401);
    }
    assert_eq!(proxy(&get(&world, HEALTH, &[]).await), Value::Null);
}

#[tokio::test]
async fn forwarding_headers_without_an_address_name_no_client() {
    for sign in ["X-Forwarded-Host: app.example.org", "X-Forwarded-Proto: https", "Via: 1.1 proxy"] {
        let world = World::set(&[("TRUSTED_PROXIES", "loopback")]).await;
        for _ in 0..4 {
            assert_eq!(proxy(&get(&world, HEALTH, &[sign]).await), Value::Null, "{sign}");
        }
        assert_eq!(proxy(&get(&world, HEALTH, &[sign]).await), "degraded", "{sign}");
    }
}

#[tokio::test]
async fn health_is_degraded_behind_an_untrusted_proxy() {
    for sign in SIGNS {
        for trusted in ["", "10.0.0.0/8"] {
            let world = World::set(&[("TRUSTED_PROXIES", trusted)]).await;
            assert_eq!(proxy(&get(&world, HEALTH, &[]).await), Value::Null);
            assert_eq!(proxy(&get(&world, HEALTH, &[sign]).await), "degraded", "{sign}");
            assert_eq!(proxy(&get(&world, HEALTH, &[]).await), "degraded", "a probe past it: {sign}");
            // It was somebody who can write a header, and not a proxy.
            assert_eq!(sign_in(&world, &[]).await, 401);
            assert_eq!(proxy(&get(&world, HEALTH, &[]).await), Value::Null, "{sign}");
        }
    }
}

#[tokio::test]
async fn a_forged_header_that_the_proxy_does_not_write_opens_no_bucket() {
    let world = World::set(&[("TRUSTED_PROXIES", "loopback"), ("RATE_LIMIT_LOGIN", "2/60s")]).await;
    let forged = |turn| format!("198.51.100.{turn}");
    let forge = async |own: (&str, &str), other: &str, turn: u32| {
        let claimed = if other == "Forwarded" { format!("for={}", forged(turn)) } else { forged(turn) };
        sign_in(&world, &[own, (other, &claimed)]).await
    };
    // The proxy writes one of the two, as the first of each pair, and lets the other pass. All who try it are one.
    assert_eq!(forge(("Forwarded", "for=203.0.113.1"), "X-Forwarded-For", 1).await, 401);
    assert_eq!(forge(("X-Forwarded-For", "203.0.113.2"), "Forwarded", 2).await, 401);
    assert_eq!(forge(("Forwarded", "for=203.0.113.1"), "X-Forwarded-For", 3).await, 429);
    assert_eq!(forge(("X-Forwarded-For", "203.0.113.2"), "Forwarded", 4).await, 429);
    // Whoever sends neither keeps their own bucket, and so do those of a proxy that writes both.
    assert_eq!(sign_in(&world, &[("Forwarded", "for=203.0.113.1")]).await, 401);
    assert_eq!(sign_in(&world, &[("X-Forwarded-For", "203.0.113.2")]).await, 401);
    let both = [("X-Forwarded-For", "203.0.113.3"), ("Forwarded", "for=203.0.113.3;proto=https")];
    assert_eq!(sign_in(&world, &both).await, 401);
    let log = String::from_utf8(world.log.writes().concat()).unwrap();
    assert!(!log.contains("198.51.100.") && log.contains("203.0.113.3"), "{log}");
}

#[tokio::test]
async fn the_log_reports_proxy_problems_once_an_hour() {
    let warnings = |server: &Binary, text: &str| server.output("stdout.log").matches(text).count();
    let (stranger, silent, disputed) = ("not in TRUSTED_PROXIES", "name no client", "name different clients");

    let server = Binary::start(&[]).await;
    for _ in 0..3 {
        server.program().send("GET", LIVE, &[("Via", "1.1 proxy")], b"").await;
    }
    server.says(stranger).await;
    assert_eq!(warnings(&server, stranger), 1);

    let server = Binary::start(&[("TRUSTED_PROXIES", "loopback")]).await;
    for turn in 0..9 {
        server.program().get("/api/v1/users/me").await;
        assert!(turn >= 4 || warnings(&server, silent) == 0, "{turn}");
    }
    server.says(silent).await;
    for _ in 0..3 {
        let both = [("X-Forwarded-For", "203.0.113.1"), ("Forwarded", "for=203.0.113.2")];
        server.program().send("GET", LIVE, &both, b"").await;
    }
    server.says(disputed).await;
    assert_eq!([stranger, silent, disputed].map(|text| warnings(&server, text)), [0, 1, 1]);
}

#[tokio::test]
async fn local_pages_are_404_through_a_proxy() {
    for trusted in ["", "loopback", "loopback,cloudflare"] {
        let world = World::set(&[("TRUSTED_PROXIES", trusted)]).await;
        assert_eq!(get(&world, MAILBOX, &["Accept: text/html"]).await.status, 200);
        for sign in SIGNS {
            let answer = get(&world, MAILBOX, &[sign]).await;
            assert!(answer.is_refusal(404, "NOT_FOUND"), "{trusted} {sign}: {}", answer.status);
        }
        // Also one that says it was this machine, for it says so through a proxy.
        let answer = get(&world, MAILBOX, &["X-Forwarded-For: 127.0.0.1"]).await;
        assert!(answer.is_refusal(404, "NOT_FOUND"), "{}", answer.status);
        // As nginx asks that was told nothing, with the name of its upstream.
        let bare = format!("GET {MAILBOX} HTTP/1.0\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n");
        let answer = raw(world.address, bare.as_bytes()).await;
        assert!(answer.is_refusal(404, "NOT_FOUND"), "{}", answer.status);
    }
}
