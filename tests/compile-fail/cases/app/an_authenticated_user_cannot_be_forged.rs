//! Who is signed in is found out by core: nobody else can say it.

use palisade_core::identity::{AuthenticatedUser, Client, Principal};

pub fn pose(client: Client, principal: Principal) -> AuthenticatedUser {
    AuthenticatedUser { client, principal }
}
