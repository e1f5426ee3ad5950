//! A route without an access rule.

use axum::Router;
use axum::routing::get;
use axum_login::login_required;

use crate::people::{Backend, with_sign_in};

pub fn app() -> Router {
    let routes = Router::new()
        .route("/notes", get(notes))
        .route_layer(login_required!(Backend))
        .route("/notes/export", get(export));
    with_sign_in(routes)
}

async fn notes() -> &'static str {
    "the notes of the caller"
}

async fn export() -> &'static str {
    "the notes of everybody"
}
