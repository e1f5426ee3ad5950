//! The metrics, at an address of their own.
#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;
use std::path::Path;

use palisade_api_tests::binary::free_port;
use palisade_api_tests::{Answer, Binary, Client};
use serde_json::json;

async fn serving() -> (Binary, Client) {
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let variables = [("METRICS_ADDR", address.as_str()), ("RATE_LIMIT_LOGIN", "3/60s")];
    let server = Binary::start(&variables).await;
    (server, Client::new(([127, 0, 0, 1], port).into(), &address))
}

/// The value of a series.
fn value(answer: &Answer, series: &str) -> Option<f64> {
    answer.body.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn they_tell_what_happened_and_only_there() {
    let (server, mut operator) = serving().await;
    let mut browser = server.browser();
    for _ in 0..5 {
        let wrong = json!({"email": "ada@example.org", "password": "not the password"});
        browser.post("/api/v1/auth/login", wrong).await;
    }
    let registered = json!({"email": "ada@example.org", "password": "a long enough passphrase"});
    assert_eq!(browser.post("/api/v1/auth/register", registered).await.status, 202);
    assert_eq!(browser.send("BREW", "/nowhere/usr_1", &[], b"").await.status, 404);
    assert!(browser.get("/metrics").await.is_refusal(404, "NOT_FOUND"));

    palisade_api_tests::until("the mail is counted", async || {
        let told = operator.get("/metrics").await;
        value(&told, r#"palisade_mails_total{outcome="sent"}"#) == Some(1.0)
    })
    .await;
    let told = operator.get("/metrics").await;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!((told.status, told.header("content-type")), (200, Some(media_type)));
    for (series, expected) in [
        (r#"palisade_sign_ins_total{method="password",outcome="INVALID_CREDENTIALS"}"#, 3.0),
        (r#"palisade_rate_limit_refusals_total{policy="login",counts="network"}"#, 2.0),
        (r#"palisade_http_answers_total{method="POST",route="/api/v1/auth/login",status="401"}"#, 3.0),
        (r#"palisade_http_answers_total{method="POST",route="/api/v1/auth/login",status="429"}"#, 2.0),
        (r#"palisade_http_answers_total{method="other",route="none",status="404"}"#, 1.0),
        (r#"palisade_http_duration_seconds_count{method="POST",route="/api/v1/auth/register"}"#, 1.0),
        ("palisade_hashing_queue", 0.0),
        ("palisade_outbox_oldest_seconds", 0.0),
        ("palisade_outbox_given_up", 0.0),
    ] {
        assert_eq!(value(&told, series), Some(expected), "{series}:\n{}", told.body);
    }
    assert!(value(&told, "palisade_revocations_age_seconds").is_some_and(|age| age < 5.0), "{}", told.body);
    let reads = r#"palisade_store_calls_total{collection="users",kind="read"}"#;
    assert!(value(&told, reads).is_some_and(|reads| reads >= 1.0), "{}", told.body);
    for (operation, collection, outcome) in [
        ("get", "registrations", "success"),
        ("commit", "several", "success"),
        ("tail", "revocations", "success"),
    ] {
        let labels = format!(r#"operation="{operation}",collection="{collection}",outcome="{outcome}""#);
        let count = value(&told, &format!("palisade_store_duration_seconds_count{{{labels}}}"));
        let within =
            value(&told, &format!(r#"palisade_store_duration_seconds_bucket{{le="+Inf",{labels}}}"#));
        assert!(count.is_some_and(|count| count >= 1.0) && count == within, "{labels}:\n{}", told.body);
        let seconds = value(&told, &format!("palisade_store_duration_seconds_sum{{{labels}}}"));
        assert!(seconds.is_some_and(|seconds| seconds > 0.0), "{labels}:\n{}", told.body);
    }
    for personal in ["ada", "usr_", "nowhere"] {
        assert!(!told.body.contains(personal), "{personal}: {}", told.body);
    }
    assert!(told.body.ends_with("# EOF\n"));
    // Nothing else answers there.
    assert!(operator.get("/api/v1/health").await.is_refusal(404, "NOT_FOUND"));
}

/// The names of series in a file.
fn series_in(file: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(file);
    let text = std::fs::read_to_string(path).expect("it is in the repository");
    let name =
        |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
    text.match_indices("palisade_").map(|(at, _)| name(&text[at..])).collect()
}

/// Redis is asked for limits, so that every series is there.
#[tokio::test]
async fn the_alerts_and_the_dashboard_ask_for_series_that_exist() {
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let limits = palisade_test_servers::redis_url();
    let server = Binary::start(&[
        ("METRICS_ADDR", address.as_str()),
        ("RATE_LIMIT_URL", &limits),
        ("RATE_LIMIT_LOGIN", "1/60s"),
    ])
    .await;
    let mut browser = server.browser();
    for _ in 0..2 {
        let wrong = json!({"email": "ada@example.org", "password": "not the password"});
        browser.post("/api/v1/auth/login", wrong).await;
    }
    let told = Client::new(([127, 0, 0, 1], port).into(), &address).get("/metrics").await;
    let there: BTreeSet<&str> = told
        .body
        .lines()
        .filter_map(|line| line.split(['{', ' ']).next())
        .filter(|name| *name != "#")
        .collect();
    for file in ["prometheus-rules.yaml", "grafana-dashboard.json"] {
        let asked = series_in(file);
        assert!(asked.len() >= 7, "{file}: {asked:?}");
        for series in asked {
            assert!(
                there.contains(series.as_str()),
                "{file} asks for {series}, which is not there:\n{}",
                told.body
            );
        }
    }
}
