//! A route has one policy: the second would silently replace the first.

use palisade_core::limits::{NORMAL, RELAXED};
use palisade_core::routes::get;

pub fn declare() {
    get("/books").limit(NORMAL).limit(RELAXED);
}
