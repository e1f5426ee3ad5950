//! A service knows no transport.

pub fn status() -> axum::http::StatusCode {
    axum::http::StatusCode::OK
}
