//! A route without a handler is not a route, so it cannot be mounted.

use palisade_core::limits::NORMAL;
use palisade_core::routes::{Routes, get};

pub fn routes() -> Routes<()> {
    Routes::new().add(get("/books").limit(NORMAL).public().no_input())
}
