//! Traces, as a collector of OpenTelemetry receives them.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on stops")]

mod collector;

use palisade_api_tests::{World, binary};
use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::{Empty, Success as Output};
use palisade_core::routes::{Routes, get};
use serde_json::Value;

use collector::{Collector, Received};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const LIVE: &str = "/api/v1/health/live";

fn lines(world: &World) -> Vec<Value> {
    world.log.writes().iter().map(|line| serde_json::from_slice(line).expect("JSON")).collect()
}

/// A route with a defect.
fn defect() -> Routes<()> {
    type Outcome = Result<Output<Empty>, AppError>;
    let panicking = async |(), _: Visitor, _: Nothing| -> Outcome { panic!("a defect") };
    Routes::new().add(get("/panicking").limit(RELAXED).public().no_input().handle(panicking))
}

/// Stops a world, which sends what is left, and returns what arrived.
async fn spans_of(world: World, collector: &Collector) -> Vec<Received> {
    world.stop().await;
    collector.spans()
}

#[tokio::test]
async fn each_request_is_one_span_under_the_names_of_opentelemetry() {
    let collector = Collector::start().await;
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str()), ("OTEL_SERVICE_NAME", "shop")];
    let world = World::serving_also(&variables, |mount| mount.at("", defect(), ())).await;
    let mut program = world.program();
    let user = "/api/v1/users/usr_01h2xcejqtf2nbrexx3vqjhp41";
    for (method, path, status) in [
        ("GET", LIVE, 200),
        ("GET", user, 401),
        ("BREW", "/nowhere?token=secret", 404),
        ("GET", "/panicking", 500),
    ] {
        assert_eq!(program.send(method, path, &[], b"").await.status, status, "{path}");
    }
    let lines = lines(&world);
    let spans = spans_of(world, &collector).await;
    let told: Vec<_> = spans.iter().map(|span| span.told(&lines)).collect();
    insta::assert_json_snapshot!("spans", told);
    let everything = format!("{spans:?}");
    for secret in ["usr_01h2", "secret", "127.0.0.1", "ada"] {
        assert!(!everything.contains(secret), "{secret}: {everything}");
    }
    let traces: Vec<&str> = lines.iter().filter_map(|line| line["trace_id"].as_str()).collect();
    assert_eq!(traces, spans.iter().map(|span| span.trace.as_str()).collect::<Vec<_>>());
    let ids: std::collections::BTreeSet<&str> = spans.iter().map(|span| span.id.as_str()).collect();
    assert_eq!(ids.len(), spans.len(), "{spans:?}");
    for span in &spans {
        assert!(span.started <= span.ended && span.parent.is_empty(), "{span:?}");
    }
}

#[tokio::test]
async fn the_trace_of_a_caller_counts_only_from_a_trusted_proxy() {
    let collector = Collector::start().await;
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str());
    let proxied = ("X-Forwarded-For", "198.51.100.1");
    let parent = ("traceparent", PARENT);

    let world = World::set(&[endpoint]).await;
    world.program().send("GET", LIVE, &[parent, proxied], b"").await;
    let spans = spans_of(world, &collector).await;
    assert!(spans.len() == 1 && spans[0].parent.is_empty() && !PARENT.contains(&spans[0].trace), "{spans:?}");

    let world = World::set(&[endpoint, ("TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let mut proxy = world.program();
    let unsampled = PARENT.replace("-01", "-00");
    for headers in [
        &[parent, proxied, ("tracestate", "vendor=1")][..],
        &[("traceparent", unsampled.as_str()), proxied],
        // Not vouched for: no proxy names the client.
        &[parent],
        // One of them may be the client's own.
        &[parent, parent, proxied],
        &[("traceparent", "00-nonsense"), proxied],
    ] {
        assert_eq!(proxy.send("GET", LIVE, headers, b"").await.status, 200);
    }
    let lines = lines(&world);
    let spans = spans_of(world, &collector).await.split_off(1);
    let logged: Vec<&str> = lines.iter().filter_map(|line| line["trace_id"].as_str()).collect();
    let theirs = "0af7651916cd43dd8448eb211c80319c";
    assert_eq!(
        logged.iter().map(|trace| *trace == theirs).collect::<Vec<_>>(),
        [true, true, false, false, false]
    );
    assert_eq!(spans.len(), 4, "an unsampled trace is only named: {spans:?}");
    let first = &spans[0];
    assert_eq!((first.trace.as_str(), first.parent.as_str()), (theirs, "b7ad6b7169203331"));
    assert_eq!((first.state.as_str(), first.flags), ("vendor=1", 0x301));
    for span in &spans[1..] {
        assert!(span.trace != theirs && span.parent.is_empty() && span.flags == 0x101, "{span:?}");
    }
}

#[tokio::test]
async fn a_collector_that_is_away_costs_no_request() {
    let gone = format!("http://127.0.0.1:{}", binary::free_port());
    let world = World::set(&[("OTEL_EXPORTER_OTLP_ENDPOINT", gone.as_str())]).await;
    let mut program = world.program();
    for _ in 0..600 {
        assert_eq!(program.get(LIVE).await.status, 200);
    }
    assert_eq!(lines(&world).len(), 600);
    world.stop().await;
}

#[test]
fn a_program_without_traces_refuses_a_collector() {
    let folder = tempfile::tempdir().expect("a folder");
    let collector = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")];
    for arguments in [&["check"][..], &["serve"]] {
        let ran = binary::run(folder.path(), arguments, &collector);
        let said = "OTEL_EXPORTER_OTLP_ENDPOINT: needs a program that was built with the feature `otel`";
        assert!(
            ran.status == Some(1) && format!("{}{}", ran.printed, ran.complained).contains(said),
            "{ran:?}"
        );
    }
}
