//! What becomes of spans: each is counted once.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use palisade_core::config::traces::{CollectorUrl, ServiceName};
use palisade_core::config::{TracesConfig, settings::Setting as _};
use palisade_core::system::time::Timestamp;
use palisade_core::traces::{RequestSpan, SpanId, SpanSink as _, TraceId};
use prost::Message as _;
use tokio::sync::oneshot;

use super::*;
use crate::outbound::test_server::{Reply, TestServer};

const PATH: &str = "/v1/traces";

fn exporter(url: &str) -> Exporter {
    let collector = Some(CollectorUrl::parse(url).unwrap());
    let config = TracesConfig { collector, service: ServiceName::parse("test").unwrap() };
    Exporter::open(&config).unwrap().unwrap()
}

fn span() -> RequestSpan {
    RequestSpan {
        trace: TraceId::from_bytes([1; 16]).unwrap(),
        id: SpanId::from_bytes([2; 8]).unwrap(),
        parent: None,
        state: None,
        method: "GET".into(),
        route: Some("/things/{id}".into()),
        path: None,
        is_https: true,
        status: 200,
        code: None,
        request_id: "0198c5f2".into(),
        at: Timestamp::from_secs(1_700_000_000),
        took: Duration::from_millis(1),
    }
}

fn take(exporter: &Exporter, spans: usize) {
    for _ in 0..spans {
        exporter.0.queue.take(span());
    }
}

/// Runs it from its end on: it sends what waits, once.
async fn end(exporter: &Exporter) -> SpanTally {
    exporter.clone().run(std::future::ready(())).await;
    exporter.tally()
}

fn answer(status: u16, rejected_spans: i64) -> Reply {
    let partial_success = (rejected_spans > 0)
        .then(|| ExportTracePartialSuccess { rejected_spans, error_message: "too old".to_owned() });
    let body = ExportTraceServiceResponse { partial_success }.encode_to_vec();
    Reply::new(status, "application/x-protobuf", body)
}

#[tokio::test]
async fn spans_are_sent_in_batches_and_the_rest_at_the_end() {
    let server = TestServer::start().await;
    server.reply(PATH, answer(200, 0));
    let exporter = exporter(&server.url());
    take(&exporter, 1025);
    assert_eq!(end(&exporter).await, SpanTally { sent: 1025, ..SpanTally::default() });
    assert_eq!(server.received(PATH).len(), 3);
}

#[tokio::test]
async fn a_whole_batch_is_sent_at_once() {
    let server = TestServer::start().await;
    server.reply(PATH, answer(200, 0));
    let exporter = exporter(&server.url());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(exporter.clone().run(async { drop(stopped.await) }));
    take(&exporter, 512);
    let sent = async {
        while exporter.tally().sent < 512 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SEND_EVERY / 2, sent).await.expect("before the time of a smaller one");
    drop(stop);
    running.await.unwrap();
}

#[tokio::test]
async fn rejected_spans_are_counted() {
    let server = TestServer::start().await;
    server.reply(PATH, answer(200, 2));
    let exporter = exporter(&server.url());
    take(&exporter, 5);
    assert_eq!(end(&exporter).await, SpanTally { sent: 3, rejected: 2, ..SpanTally::default() });
}

#[tokio::test]
async fn spans_without_a_collector_are_counted_as_failed() {
    let server = TestServer::start().await;
    for (reply, about) in [
        (answer(400, 0), "refused"),
        (Reply::new(302, "text/html", ""), "led elsewhere"),
        (Reply::new(200, "text/html", "<h1>a login page</h1>"), "answered by another program"),
        (Reply::raw(b"no HTTP"), "answered by nonsense"),
    ] {
        server.reply(PATH, reply);
        let exporter = exporter(&server.url());
        take(&exporter, 3);
        assert_eq!(end(&exporter).await, SpanTally { failed: 3, ..SpanTally::default() }, "{about}");
    }
    let nobody = exporter("http://127.0.0.1:9");
    take(&nobody, 3);
    assert_eq!(end(&nobody).await, SpanTally { failed: 3, ..SpanTally::default() });
}

#[tokio::test]
async fn a_collector_that_hangs_does_not_hold_up_the_end() {
    let server = TestServer::start().await;
    server.reply(PATH, Reply { delay: Duration::from_mins(1), ..answer(200, 0) });
    let exporter = exporter(&server.url());
    take(&exporter, 3);
    let ended = tokio::time::timeout(5 * LAST_SPANS, end(&exporter)).await.expect("it ends");
    assert_eq!(ended, SpanTally { failed: 3, ..SpanTally::default() });
}

#[tokio::test]
async fn a_collector_that_comes_back_gets_the_spans() {
    let server = TestServer::start().await;
    server.reply(PATH, answer(503, 0));
    let exporter = exporter(&server.url());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(exporter.clone().run(async { drop(stopped.await) }));
    take(&exporter, 512);
    while server.received(PATH).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.reply(PATH, answer(200, 0));
    // The end interrupts the pause: the batch goes back into the queue and out with the last ones.
    take(&exporter, 1);
    drop(stop);
    running.await.unwrap();
    assert_eq!(exporter.tally(), SpanTally { sent: 513, ..SpanTally::default() });
}

#[test]
fn spans_beyond_the_room_are_dropped_and_counted() {
    let queue = Arc::<Queue>::default();
    for _ in 0..8195 {
        queue.take(span());
    }
    assert_eq!(queue.tally(), SpanTally { overflowed: 3, ..SpanTally::default() });
    let batch = queue.next_batch().unwrap();
    assert_eq!(batch.spans().len(), 512);
    drop(batch);
    assert_eq!(queue.give_up(), 8192, "an interrupted batch waits again");
}
