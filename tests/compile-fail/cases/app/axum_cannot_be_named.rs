//! Only core speaks HTTP: a route cannot name the framework, so there is no second door.

pub fn second_door() -> axum::Router {
    axum::Router::new()
}
