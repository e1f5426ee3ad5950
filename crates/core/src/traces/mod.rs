//! Traces: one span for each request, for a collector of OpenTelemetry.
//!
//! A span is a value that the outermost layer hands over with the answer, as it hands the access line to the log. There is no
//! tree of spans, and nothing here knows the protocol of a collector.

mod parent;
mod span;

pub(crate) use parent::Parent;
pub use parent::{SpanId, TraceId};
pub(crate) use span::{Ended, RunningSpan};
pub use span::{RequestSpan, SpanSink, Traces};
