//! A field without a rule.

use axum::routing::post;
use axum::{Json, Router};
use axum_valid::Valid;
use serde::Deserialize;
use validator::Validate;

#[derive(Deserialize, Validate)]
pub struct Rename {
    #[validate(length(min = 1, max = 100))]
    name: String,
}

pub fn app() -> Router {
    Router::new().route("/name", post(rename))
}

async fn rename(Json(rename): Json<Rename>) -> String {
    format!("{} bytes are stored", rename.name.len())
}

/// What was meant.
pub fn app_that_asks() -> Router {
    Router::new().route("/name", post(rename_if_valid))
}

async fn rename_if_valid(Valid(rename): Valid<Json<Rename>>) -> String {
    self::rename(rename).await
}
