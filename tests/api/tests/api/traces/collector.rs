//! A collector: takes OTLP over HTTP and keeps what it received.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use parking_lot::Mutex;
use prost::Message as _;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// A running collector. It ends with the runtime of its test.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) url: String,
    received: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
}

/// A span, with what is said about its process.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) state: String,
    pub(super) flags: u32,
    pub(super) started: u64,
    pub(super) ended: u64,
    name: String,
    kind: i32,
    status: Option<i32>,
    attributes: Map<String, Value>,
    resource: Map<String, Value>,
    scope: String,
}

impl Received {
    /// All but ids and times. The id of the request is the one that the log has for the same trace, or else missing.
    pub(super) fn told(&self, lines: &[Value]) -> Value {
        let mut attributes = self.attributes.clone();
        let logged =
            lines.iter().find(|line| line["trace_id"] == *self.trace).map(|line| &line["request_id"]);
        if let Some(ids) = attributes.get_mut("http.response.header.x-request-id")
            && logged.is_some_and(|id| *ids == json!([id]))
        {
            *ids = json!("as in the log");
        }
        let mut resource = self.resource.clone();
        if let Some(version) = resource.get_mut("service.version")
            && *version == env!("CARGO_PKG_VERSION")
        {
            *version = json!("of this release");
        }
        json!({
            "name": self.name,
            "kind": self.kind,
            "status": self.status,
            "flags": self.flags,
            "attributes": attributes,
            "resource": resource,
            "scope": self.scope,
        })
    }
}

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::<Mutex<Vec<_>>>::default();
        let kept = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                let service = service_fn(move |request| take(Arc::clone(&kept), request));
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, received }
    }

    /// All spans so far, in the order of their arrival.
    pub(super) fn spans(&self) -> Vec<Received> {
        let requests = self.received.lock();
        let mut spans = Vec::new();
        for of_process in requests.iter().flat_map(|request| &request.resource_spans) {
            let resource = &of_process.resource.as_ref().expect("a resource").attributes;
            for of_scope in &of_process.scope_spans {
                let scope = &of_scope.scope.as_ref().expect("a scope").name;
                spans.extend(of_scope.spans.iter().map(|span| received(span, resource, scope)));
            }
        }
        spans
    }
}

async fn take(
    kept: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/v1/traces"));
    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
    assert!(request.headers()["user-agent"].to_str().is_ok_and(|agent| agent.starts_with("palisade/")));
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    kept.lock().push(ExportTraceServiceRequest::decode(body).expect("a message of OTLP"));
    let answer = ExportTraceServiceResponse::default().encode_to_vec();
    Ok(Response::new(Full::new(answer.into())))
}

fn received(span: &Span, resource: &[KeyValue], scope: &str) -> Received {
    Received {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        state: span.trace_state.clone(),
        flags: span.flags,
        started: span.start_time_unix_nano,
        ended: span.end_time_unix_nano,
        name: span.name.clone(),
        kind: span.kind,
        status: span.status.as_ref().map(|status| status.code),
        attributes: members(&span.attributes),
        resource: members(resource),
        scope: scope.to_owned(),
    }
}

/// In lower-case hexadecimal, as the log writes ids.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn members(attributes: &[KeyValue]) -> Map<String, Value> {
    attributes.iter().map(|pair| (pair.key.clone(), value(pair.value.as_ref()))).collect()
}

fn value(any: Option<&AnyValue>) -> Value {
    match any.and_then(|any| any.value.as_ref()) {
        Some(Any::StringValue(text)) => json!(text),
        Some(Any::IntValue(number)) => json!(number),
        Some(Any::ArrayValue(array)) => array.values.iter().map(|one| value(Some(one))).collect(),
        other => panic!("nobody sends {other:?}"),
    }
}
