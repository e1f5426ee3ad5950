//! All other lines: events of `tracing`, with the fields of the spans around them.

use std::fmt::Debug;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::line::{make_line, write_json};
use super::look::Look;
use super::pretty;
use super::sink::Sink;
use crate::causes::with_causes;
use crate::system::Clock;
use crate::system::time::Timestamp;

/// The layer that turns events into lines.
#[derive(Debug)]
pub(super) struct EventLines {
    look: Look,
    sink: Arc<dyn Sink>,
    clock: Arc<dyn Clock>,
}

impl EventLines {
    pub(super) fn new(look: Look, sink: Arc<dyn Sink>, clock: Arc<dyn Clock>) -> Self {
        Self { look, sink, clock }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for EventLines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten().collect::<Vec<_>>().into_iter().rev() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                outer.0.iter().for_each(|(name, value)| fields.set(name, value.clone()));
            }
        }
        event.record(&mut fields);
        let line = EventLine { ts: self.clock.now(), metadata: event.metadata(), fields: &fields };
        make_line(
            |text| self.sink.write_line(text),
            |out| match self.look {
                Look::Json => write_json(out, &line),
                Look::Pretty(paint) => {
                    let head = (line.ts, line.level(), line.metadata.target());
                    pretty::write_event(out, paint, head, &fields.0);
                }
            },
        );
    }
}

/// Fields in the order of their first occurrence; the innermost value counts.
#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field.name(), Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), Value::from(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), Value::from(value));
    }

    /// An error with all its causes: what the program was doing, and why it failed.
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.set(field.name(), Value::String(with_causes(value)));
    }
}

struct EventLine<'a> {
    ts: Timestamp,
    metadata: &'a Metadata<'a>,
    fields: &'a Fields,
}

impl EventLine<'_> {
    fn level(&self) -> &'static str {
        match *self.metadata.level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        }
    }
}

impl Serialize for EventLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("level", self.level())?;
        map.serialize_entry("target", self.metadata.target())?;
        map.serialize_entry("ts", &self.ts.to_string())?;
        for (name, value) in &self.fields.0 {
            match *name {
                // A key must not occur twice: readers disagree on which of the two counts.
                "level" | "target" | "ts" => map.serialize_entry(&format!("{name}_"), value)?,
                name => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}
