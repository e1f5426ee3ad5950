//! A stored record as an answer.

use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct User {
    name: String,
    password_hash: String,
}

pub fn app() -> Router {
    Router::new().route("/users/{id}", get(show))
}

async fn show() -> Json<User> {
    Json(read())
}

fn read() -> User {
    User { name: "Ada".to_owned(), password_hash: "$2b$12$R9h/cIPz0gi.URNNX3kh2O".to_owned() }
}
