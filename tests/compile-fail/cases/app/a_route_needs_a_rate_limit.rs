//! No route without a rate limit: until it has one, nothing else can be said about it.

use palisade_core::routes::get;

pub fn declare() {
    get("/books").public();
}
