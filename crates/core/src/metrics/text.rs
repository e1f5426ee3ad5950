//! Readings, in the form that becomes text.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::source::{Distribution, Reading, ReadingValue};

type Labels = Vec<(&'static str, &'static str)>;

/// The readings as a registry of their own.
pub(super) fn registry_of(readings: &[Reading]) -> Registry {
    let mut registry = Registry::default();
    for group in readings.chunk_by(|one, other| one.name == other.name) {
        register(&mut registry, group);
    }
    registry
}

/// Registers the readings of one name. The first says of which kind all are.
fn register(registry: &mut Registry, group: &[Reading]) {
    let Some(Reading { name, help, value, .. }) = group.first() else { return };
    match value {
        ReadingValue::Gauge(_) => {
            let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
            for reading in group {
                if let ReadingValue::Gauge(value) = &reading.value {
                    family.get_or_create(&reading.labels).set(*value);
                }
            }
            registry.register(*name, *help, family);
        }
        ReadingValue::Counter(_) => {
            let family = Family::<Labels, Counter<f64, AtomicU64>>::default();
            for reading in group {
                if let ReadingValue::Counter(value) = &reading.value {
                    family.get_or_create(&reading.labels).inc_by(*value);
                }
            }
            registry.register(*name, *help, family);
        }
        ReadingValue::Histogram(_) => {
            let distributions = group.iter().filter_map(|reading| match &reading.value {
                ReadingValue::Histogram(distribution) => Some((reading.labels.clone(), distribution.clone())),
                _ => None,
            });
            registry.register(*name, *help, Histograms(distributions.collect()));
        }
    }
}

/// Histograms that are only written. The library's own can only be filled value by value.
#[derive(Debug)]
struct Histograms(Vec<(Labels, Distribution)>);

impl EncodeMetric for Histograms {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (labels, Distribution { buckets, sum }) in &self.0 {
            let count = buckets.iter().map(|(_, count)| count).sum();
            encoder.encode_family(labels)?.encode_histogram::<NoLabelSet>(*sum, count, buckets, None)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
