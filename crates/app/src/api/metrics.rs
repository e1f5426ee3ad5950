//! `GET /metrics`: for Prometheus, on the operator's address only.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::metrics::Metrics;
use palisade_core::output::MetricsText;
use palisade_core::routes::{NewRoute, Route};

pub(crate) fn declare(route: NewRoute) -> Route<Metrics> {
    route
        .limit(RELAXED)
        .public()
        .no_input()
        .handle(metrics)
        .summary("What the server counts, in the text format of OpenMetrics.")
}

async fn metrics(metrics: Metrics, _: Visitor, _: Nothing) -> Result<MetricsText, AppError> {
    let text = MetricsText::of(&metrics).await;
    Ok(text)
}
