//! Only finished routes can be mounted: this one has no access rule.

use palisade_core::limits::NORMAL;
use palisade_core::routes::{Routes, get};

pub fn routes() -> Routes<()> {
    Routes::new().add(get("/books").limit(NORMAL))
}
