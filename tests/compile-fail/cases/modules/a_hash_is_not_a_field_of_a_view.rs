//! A password hash has no way out.

use palisade_core::utils::crypto::password::PasswordHash;

palisade_core::view! {
    /// A person, with too much.
    pub struct PersonView = "Person" {
        /// The hash.
        password: PasswordHash,
    }
}
