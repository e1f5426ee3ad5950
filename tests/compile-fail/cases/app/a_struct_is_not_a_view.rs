//! What is shown is declared with `view!`; that a type can be serialized does not make it an answer.

use palisade_core::output::Success;

pub struct StoredUser {
    pub email: String,
    pub password_hash: String,
}

pub fn leak(user: StoredUser) {
    Success::new(user);
}
