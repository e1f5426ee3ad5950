//! A session taken for a permission.

use axum::routing::get;
use axum::{Json, Router};
use axum_login::{login_required, permission_required};

use crate::people::{Backend, with_sign_in};

pub fn app() -> Router {
    let routes = Router::new().route("/users", get(list)).route_layer(login_required!(Backend));
    with_sign_in(routes)
}

async fn list() -> Json<[&'static str; 2]> {
    Json(["ada@example.org", "root@example.org"])
}

/// What was meant.
pub fn app_that_asks() -> Router {
    let asks = permission_required!(Backend, "user.read");
    with_sign_in(Router::new().route("/users", get(list)).route_layer(asks))
}
