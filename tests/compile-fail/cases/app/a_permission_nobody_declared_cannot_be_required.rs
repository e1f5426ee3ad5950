//! A permission that is in no catalogue could never be granted: it cannot be required either.

use palisade_core::limits::NORMAL;
use palisade_core::routes::get;

pub struct BookRead;

pub fn declare() {
    get("/books").limit(NORMAL).requires::<BookRead>();
}
