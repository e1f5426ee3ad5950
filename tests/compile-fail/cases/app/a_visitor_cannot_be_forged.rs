//! A visitor is what core hands to a public route: a service cannot be called on behalf of nobody.

use palisade_core::identity::{Client, Visitor};

pub fn pose(client: Client) -> Visitor {
    Visitor { client }
}
