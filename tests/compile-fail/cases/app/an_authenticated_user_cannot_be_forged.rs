//! Core authenticates the user: no other code can create one.

use palisade_core::identity::{AuthenticatedUser, Client, Principal};

pub fn pose(client: Client, principal: Principal) -> AuthenticatedUser {
    AuthenticatedUser { client, principal }
}
