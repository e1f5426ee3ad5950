//! No route without a rate limit: until it has one, it has no other methods.

use palisade_core::routes::get;

pub fn declare() {
    get("/books").public();
}
