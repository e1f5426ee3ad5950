//! An API key is a list of permissions: a route that requires none, or that demands presence, takes no keys.

use palisade_core::limits::{NORMAL, PASSWORD};
use palisade_core::routes::{get, post};
use palisade_modules::permissions::UserDelete;

pub fn declare() {
    get("/books").limit(NORMAL).public().key();
    get("/books").limit(NORMAL).session().key();
    get("/books").limit(NORMAL).owner_or::<UserDelete>().key();
    post("/books").limit(PASSWORD).fresh().key();
    post("/books").limit(PASSWORD).requires_fresh::<UserDelete>().key();
    get("/books").limit(NORMAL).key();
    get("/books").limit(NORMAL).requires::<UserDelete>().key().key();
}
