//! Who is signed in is found out by core: nobody else can say it.

use palisade_core::identity::{Account, Client, Principal};

pub fn pose(client: Client, principal: Principal) -> Account {
    Account { client, principal }
}
