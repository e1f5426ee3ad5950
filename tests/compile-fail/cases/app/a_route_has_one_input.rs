//! A route reads one input.

use palisade_core::limits::NORMAL;
use palisade_core::routes::get;

pub fn declare() {
    get("/books").limit(NORMAL).public().no_input().no_input();
}
