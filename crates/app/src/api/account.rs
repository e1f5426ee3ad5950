//! `/account`: the small built-in pages that mailed and printed links lead to.

mod setup;
mod verify;

use palisade_core::routes::Routes;

use crate::pages::Pages;

/// Everything below `/account`.
pub fn routes() -> Routes<Pages> {
    Routes::new().join(setup::routes()).join(verify::routes())
}
