//! A `Granted` is proof because only core can make one, where it looks the permission up.

use palisade_core::identity::{Account, Granted};
use palisade_modules::user::types::permission::UserDelete;

pub fn promote(account: Account) -> Option<Granted<UserDelete>> {
    Granted::prove(account)
}
