//! Core passes a visitor to a public route: no other code can create one to call a service.

use palisade_core::identity::{Client, Visitor};

pub fn pose(client: Client) -> Visitor {
    Visitor { client }
}
