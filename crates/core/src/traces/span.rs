//! The span of a request, and where it goes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::parent::{Parent, SpanId, TraceId};
use crate::system::Rng;
use crate::system::time::Timestamp;

/// A request that was answered, as a span of the kind `server`.
#[derive(Clone, Debug)]
pub struct RequestSpan {
    /// The trace that it belongs to.
    pub trace: TraceId,
    /// Its own id.
    pub id: SpanId,
    /// The span of the trusted proxy that sent the request.
    pub parent: Option<SpanId>,
    /// `tracestate`, as that proxy sent it.
    pub state: Option<Box<str>>,
    /// The method, as the client sent it.
    pub method: Box<str>,
    /// The template that matched.
    pub route: Option<Arc<str>>,
    /// The beginning of the path, if nothing matched: a path that matched may contain an id.
    pub path: Option<Box<str>>,
    /// Whether clients reach this server by `https`.
    pub is_https: bool,
    /// The status.
    pub status: u16,
    /// The code of an error.
    pub code: Option<&'static str>,
    /// The id in the response and in the log.
    pub request_id: Arc<str>,
    /// When the request arrived.
    pub at: Timestamp,
    /// From its arrival until its answer was ready.
    pub took: Duration,
}

/// The maximum number of bytes of a path, as in the access log.
const MAX_PATH: usize = 200;

/// Accepts spans.
pub trait SpanSink: Send + Sync + fmt::Debug {
    /// Accepts one. Cannot fail and does not wait: a collector that is away must neither fail a request nor delay it.
    fn take(&self, span: RequestSpan);
}

/// Where spans go. Clones share it. The default takes none, and requests then have no ids of a trace.
#[derive(Clone, Debug, Default)]
pub struct Traces(Option<Arc<dyn SpanSink>>);

impl Traces {
    /// Spans go to this sink.
    pub fn to(sink: Arc<dyn SpanSink>) -> Self {
        Self(Some(sink))
    }

    /// Begins the span of a request; `None` if there are no traces. On the heap, so that a request without one carries only a
    /// pointer.
    pub(crate) fn begin(
        &self,
        rng: &dyn Rng,
        parent: impl FnOnce() -> Option<Parent>,
    ) -> Option<Box<RunningSpan>> {
        let sink = Arc::clone(self.0.as_ref()?);
        let id = SpanId::random(rng);
        let Some(Parent { trace, span, is_sampled, state }) = parent() else {
            let trace = TraceId::random(rng);
            let running = RunningSpan { sink, trace, id, parent: None, state: None, is_sampled: true };
            return Some(Box::new(running));
        };
        Some(Box::new(RunningSpan { sink, trace, id, parent: Some(span), state, is_sampled }))
    }
}

/// A span whose request is under way.
#[derive(Debug)]
pub(crate) struct RunningSpan {
    sink: Arc<dyn SpanSink>,
    pub(crate) trace: TraceId,
    id: SpanId,
    parent: Option<SpanId>,
    state: Option<Box<str>>,
    /// A caller that does not record its trace wants nothing recorded below it.
    is_sampled: bool,
}

/// What is known of a request once its answer is ready.
pub(crate) struct Ended<'a> {
    pub(crate) method: &'a str,
    pub(crate) route: Option<Arc<str>>,
    pub(crate) path: Option<&'a str>,
    pub(crate) is_https: bool,
    pub(crate) status: u16,
    pub(crate) code: Option<&'static str>,
    pub(crate) request_id: Arc<str>,
    pub(crate) at: Timestamp,
    pub(crate) took: Duration,
}

impl RunningSpan {
    /// Hands it over.
    pub(crate) fn end(self, ended: Ended<'_>) {
        let Self { sink, trace, id, parent, state, is_sampled } = self;
        if !is_sampled {
            return;
        }
        let Ended { method, route, path, is_https, status, code, request_id, at, took } = ended;
        sink.take(RequestSpan {
            trace,
            id,
            parent,
            state,
            method: method.into(),
            route,
            path: path.and_then(|path| path.get(..path.floor_char_boundary(MAX_PATH))).map(Into::into),
            is_https,
            status,
            code,
            request_id,
            at,
            took,
        });
    }
}
