//! No route without an access rule: until it says who may call it, it can neither read nor answer.

use palisade_core::limits::NORMAL;
use palisade_core::routes::get;

pub fn declare() {
    get("/books").limit(NORMAL).no_input();
}
