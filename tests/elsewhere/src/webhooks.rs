//! A webhook that nobody verifies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Paid {
    cents: u64,
}

pub fn app(credit: Arc<AtomicU64>) -> Router {
    Router::new().route("/hooks/payments", post(paid)).with_state(credit)
}

async fn paid(State(credit): State<Arc<AtomicU64>>, Json(event): Json<Paid>) -> StatusCode {
    credit.fetch_add(event.cents, Ordering::Relaxed);
    StatusCode::ACCEPTED
}
