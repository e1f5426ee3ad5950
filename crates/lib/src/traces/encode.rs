//! A span in the messages of OTLP, with the names of OpenTelemetry's conventions for HTTP servers (stable since 1.23).

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use palisade_core::traces::RequestSpan;

/// The methods that the conventions know, of those that this server answers.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// The longest name of an unknown method, in bytes: a client chooses it.
const MAX_METHOD: usize = 32;

/// The flags of a span: sampled, and that the next flag is meant.
const FLAGS: u32 = 0x101;
/// Its parent is in another process.
const PARENT_IS_REMOTE: u32 = 0x200;

/// The process that the spans are of.
#[derive(Clone, Debug)]
pub(super) struct Resource(v1::Resource);

impl Resource {
    pub(super) fn named(service: &str) -> Self {
        let attributes =
            vec![text("service.name", service), text("service.version", env!("CARGO_PKG_VERSION"))];
        Self(v1::Resource { attributes, ..v1::Resource::default() })
    }
}

/// A request with these spans.
pub(super) fn request(resource: &Resource, spans: &[RequestSpan]) -> ExportTraceServiceRequest {
    let scope = InstrumentationScope {
        name: "palisade".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let spans = spans.iter().map(encoded).collect();
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() }];
    let of_this_process =
        ResourceSpans { resource: Some(resource.0.clone()), scope_spans, ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![of_this_process] }
}

fn encoded(span: &RequestSpan) -> Span {
    let known = METHODS.contains(&&*span.method);
    let method = if known { &*span.method } else { "_OTHER" };
    // An unknown method would be a name that a client chooses.
    let named = if known { method } else { "HTTP" };
    let name = match &span.route {
        Some(route) => format!("{named} {route}"),
        None => named.to_owned(),
    };
    let started = u64::try_from(span.at.as_millis()).unwrap_or(0).saturating_mul(1_000_000);
    let took = u64::try_from(span.took.as_nanos()).unwrap_or(u64::MAX);
    let failed = span.status >= 500;
    let remote = if span.parent.is_some() { PARENT_IS_REMOTE } else { 0 };
    Span {
        trace_id: span.trace.to_bytes().to_vec(),
        span_id: span.id.to_bytes().to_vec(),
        parent_span_id: span.parent.map(|parent| parent.to_bytes().to_vec()).unwrap_or_default(),
        trace_state: span.state.as_deref().unwrap_or_default().to_owned(),
        flags: FLAGS | remote,
        name,
        kind: SpanKind::Server.into(),
        start_time_unix_nano: started,
        end_time_unix_nano: started.saturating_add(took),
        attributes: attributes(span, method, known, failed),
        status: failed.then(|| Status { code: StatusCode::Error.into(), ..Status::default() }),
        ..Span::default()
    }
}

fn attributes(span: &RequestSpan, method: &str, known: bool, failed: bool) -> Vec<KeyValue> {
    // The conventions demand a path; one that matched may contain an id, so its template stands for it.
    let path = span.route.as_deref().or(span.path.as_deref()).unwrap_or_default();
    let mut attributes = vec![
        text("http.request.method", method),
        text("url.scheme", if span.is_https { "https" } else { "http" }),
        text("url.path", path),
        pair("http.response.status_code", Value::IntValue(span.status.into())),
        pair(
            "http.response.header.x-request-id",
            Value::ArrayValue(ArrayValue { values: vec![string(&span.request_id)] }),
        ),
    ];
    attributes.extend(span.route.as_deref().map(|route| text("http.route", route)));
    if !known {
        let original = span.method.get(..span.method.floor_char_boundary(MAX_METHOD)).unwrap_or_default();
        attributes.push(text("http.request.method_original", original));
    }
    if failed {
        let status = span.status.to_string();
        attributes.push(text("error.type", span.code.unwrap_or(&status)));
    }
    attributes
}

fn string(value: &str) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(value.to_owned())) }
}

fn text(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(string(value)), ..KeyValue::default() }
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
