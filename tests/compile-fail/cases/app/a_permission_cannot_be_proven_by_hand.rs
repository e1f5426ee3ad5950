//! A `Granted` is proof because only core can create one, where it checks the permission.

use palisade_core::identity::{AuthenticatedUser, Granted};
use palisade_modules::permissions::UserDelete;

pub fn promote(user: AuthenticatedUser) -> Option<Granted<UserDelete>> {
    Granted::prove(user)
}
