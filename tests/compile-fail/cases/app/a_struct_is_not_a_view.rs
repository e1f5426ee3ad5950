//! An answer is declared with `view!`; a serializable type is not automatically an answer.

use palisade_core::output::Success;

pub struct StoredUser {
    pub email: String,
    pub password_hash: String,
}

pub fn leak(user: StoredUser) {
    Success::new(user);
}
