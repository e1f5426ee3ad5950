//! Only finished routes are mounted: here nobody said who may call it.

use palisade_core::limits::NORMAL;
use palisade_core::routes::{Routes, get};

pub fn routes() -> Routes<()> {
    Routes::new().add(get("/books").limit(NORMAL))
}
