//! A `Granted` is proof because only core can make one, where it looks the permission up.

use palisade_core::identity::{AuthenticatedUser, Granted};
use palisade_modules::user::types::permission::UserDelete;

pub fn promote(user: AuthenticatedUser) -> Option<Granted<UserDelete>> {
    Granted::prove(user)
}
