//! A soft delete that nobody finishes.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::delete;

use crate::lists::Database;

pub fn app(database: Database) -> Router {
    Router::new().route("/users/{id}", delete(delete_user)).with_state(database)
}

async fn delete_user(State(database): State<Database>, Path(id): Path<i64>) -> StatusCode {
    let database = database.lock();
    let deleted = database.execute("UPDATE users SET deleted_at = unixepoch() WHERE id = ?", [id]);
    match deleted {
        Ok(1) => StatusCode::NO_CONTENT,
        Ok(_) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
