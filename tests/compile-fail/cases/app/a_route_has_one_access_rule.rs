//! A route has one access rule: the second would silently replace the first.

use palisade_core::limits::NORMAL;
use palisade_core::routes::get;

pub fn declare() {
    get("/books").limit(NORMAL).session().public();
}
