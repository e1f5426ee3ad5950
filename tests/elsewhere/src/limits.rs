//! A route without a rate limit.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use tower_governor::GovernorLayer;
use tower_governor::governor::GovernorConfigBuilder;

pub fn app() -> Router {
    // Five requests at once from an address, then one a minute.
    let limit = GovernorConfigBuilder::default().per_second(60).burst_size(5).finish().unwrap();
    Router::new()
        .route("/login", post(login))
        .layer(GovernorLayer::new(limit))
        .route("/forgot-password", post(forgot_password))
}

async fn login() -> StatusCode {
    StatusCode::UNAUTHORIZED
}

async fn forgot_password() -> StatusCode {
    StatusCode::ACCEPTED
}
