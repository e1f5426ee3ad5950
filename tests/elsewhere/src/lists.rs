//! A list without a page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use parking_lot::Mutex;
use rusqlite::Connection;

pub type Database = Arc<Mutex<Connection>>;

pub fn app(database: Database) -> Router {
    Router::new().route("/notes", get(list)).with_state(database)
}

async fn list(State(database): State<Database>) -> Result<Json<Vec<String>>, StatusCode> {
    read(&database.lock()).map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn read(database: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut notes = database.prepare("SELECT text FROM notes ORDER BY id DESC")?;
    notes.query_map([], |row| row.get(0))?.collect()
}
