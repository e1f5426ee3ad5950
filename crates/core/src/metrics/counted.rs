//! The counters of requests, refusals and sign-ins, and the text of everything.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::RwLock;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::source::MetricSource;
use super::text::registry_of;

/// The upper bounds of the buckets in seconds: from an answer out of memory to the deadline of a handler.
const BOUNDS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The label of requests that match no route.
const NO_ROUTE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    policy: String,
    counts: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignInLabels {
    method: String,
    outcome: String,
}

/// An attempt to sign in.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// `password`, or the name of the provider.
    pub method: &'a str,
    /// [`SUCCESS`](Self::SUCCESS), or the code of the error.
    pub outcome: &'static str,
}

impl SignIn<'_> {
    /// The outcome of a sign-in that succeeded.
    pub const SUCCESS: &'static str = "success";
}

/// Everything that is counted. Clones share it. The default counts nothing, for a process that nobody asks.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    answers: Family<Answer, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    refusals: Family<Refusal, Counter>,
    sign_ins: Family<SignInLabels, Counter>,
    sources: RwLock<Vec<Arc<dyn MetricSource>>>,
}

impl Inner {
    fn new() -> Self {
        let mut registry = Registry::with_prefix("palisade");
        let inner = Self {
            registry: Registry::default(),
            answers: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            refusals: Family::default(),
            sign_ins: Family::default(),
            sources: RwLock::default(),
        };
        registry.register("http_answers", "Answers by route and status", inner.answers.clone());
        registry.register(
            "http_duration_seconds",
            "From the arrival of a request until its answer is ready",
            inner.durations.clone(),
        );
        registry.register(
            "rate_limit_refusals",
            "Requests over a limit, by policy and by what the bucket counts",
            inner.refusals.clone(),
        );
        registry.register("sign_ins", "Attempts to sign in, by method and outcome", inner.sign_ins.clone());
        Self { registry, ..inner }
    }
}

impl Metrics {
    /// Counts from now on.
    pub fn counting() -> Self {
        Self(Some(Arc::new(Inner::new())))
    }

    /// Reads this source whenever somebody asks for the metrics.
    pub fn watch(&self, source: Arc<dyn MetricSource>) {
        if let Some(inner) = &self.0 {
            inner.sources.write().push(source);
        }
    }

    /// Counts an answer. `route` is the template that matched.
    pub(crate) fn answered(&self, method: Option<&str>, route: Option<&str>, status: u16, took: Duration) {
        let Some(inner) = &self.0 else { return };
        // An unknown method would be a value that a client chooses.
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method =
            method.and_then(|method| known.into_iter().find(|known| *known == method)).unwrap_or("other");
        let (method, route) = (method.to_owned(), route.unwrap_or(NO_ROUTE).to_owned());
        let labels = Route { method, route };
        inner.durations.get_or_create(&labels).observe(took.as_secs_f64());
        let Route { method, route } = labels;
        inner.answers.get_or_create(&Answer { method, route, status }).inc();
    }

    /// Counts a request over a limit.
    pub(crate) fn refused(&self, policy: &str, counts: impl fmt::Display) {
        let Some(inner) = &self.0 else { return };
        let labels = Refusal { policy: policy.to_owned(), counts: counts.to_string() };
        inner.refusals.get_or_create(&labels).inc();
    }

    /// Counts an attempt to sign in.
    pub fn signed_in(&self, SignIn { method, outcome }: SignIn<'_>) {
        let Some(inner) = &self.0 else { return };
        let labels = SignInLabels { method: method.to_owned(), outcome: outcome.to_owned() };
        inner.sign_ins.get_or_create(&labels).inc();
    }

    /// Everything, as text.
    pub(crate) async fn text(&self) -> String {
        let Some(inner) = &self.0 else { return "# EOF\n".to_owned() };
        let sources = inner.sources.read().clone();
        let readings = join_all(sources.iter().map(|source| source.read())).await.concat();
        let mut text = String::new();
        // Writing into text cannot fail.
        let _ = encode(&mut text, &inner.registry);
        // The first registry ends the text; what follows goes before that end.
        let end = text.rfind("# EOF").unwrap_or(text.len());
        let mut read = String::new();
        let _ = encode(&mut read, &registry_of(&readings));
        text.replace_range(end.., &read);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Distribution, Reading, ReadingValue};

    #[derive(Debug)]
    struct Queue;

    impl MetricSource for Queue {
        fn read(&self) -> futures_util::future::BoxFuture<'_, Vec<Reading>> {
            let reading = |name, labels, value| Reading { name, help: "A value", labels, value };
            let buckets = vec![(0.001, 2), (0.1, 1), (f64::INFINITY, 1)];
            Box::pin(async move {
                vec![
                    reading("palisade_queue_seconds", vec![], ReadingValue::Gauge(1.5)),
                    reading("palisade_mails", vec![("outcome", "sent")], ReadingValue::Counter(3.0)),
                    reading("palisade_mails", vec![("outcome", "failed")], ReadingValue::Counter(0.0)),
                    reading(
                        "palisade_work_seconds",
                        vec![("operation", "get")],
                        ReadingValue::Histogram(Distribution { buckets, sum: 3.25 }),
                    ),
                ]
            })
        }
    }

    #[tokio::test]
    async fn the_text_has_what_was_counted_and_what_is_read_and_ends_once() {
        let metrics = Metrics::counting();
        metrics.watch(Arc::new(Queue));
        for _ in 0..2 {
            metrics.answered(Some("GET"), Some("/api/v1/users/{id}"), 200, Duration::from_millis(2));
        }
        metrics.answered(Some("BREW"), None, 404, Duration::from_secs(9));
        metrics.refused("login", "network");
        metrics.signed_in(SignIn { method: "password", outcome: "success" });
        let text = metrics.text().await;
        for line in [
            r#"palisade_http_answers_total{method="GET",route="/api/v1/users/{id}",status="200"} 2"#,
            r#"palisade_http_answers_total{method="other",route="none",status="404"} 1"#,
            r#"palisade_http_duration_seconds_bucket{le="0.0025",method="GET",route="/api/v1/users/{id}"} 2"#,
            r#"palisade_http_duration_seconds_bucket{le="5.0",method="other",route="none"} 0"#,
            r#"palisade_rate_limit_refusals_total{policy="login",counts="network"} 1"#,
            r#"palisade_sign_ins_total{method="password",outcome="success"} 1"#,
            "palisade_queue_seconds 1.5",
            r#"palisade_mails_total{outcome="sent"} 3.0"#,
            r#"palisade_mails_total{outcome="failed"} 0.0"#,
            "# TYPE palisade_work_seconds histogram",
            r#"palisade_work_seconds_bucket{le="0.001",operation="get"} 2"#,
            r#"palisade_work_seconds_bucket{le="0.1",operation="get"} 3"#,
            r#"palisade_work_seconds_bucket{le="+Inf",operation="get"} 4"#,
            r#"palisade_work_seconds_count{operation="get"} 4"#,
            r#"palisade_work_seconds_sum{operation="get"} 3.25"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
        }
        assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1, "{text}");
    }
}
