//! A secret has no way out: its type is not `ResponseField`, so no view can have it as a field.

#[derive(Clone, Debug)]
pub struct PasswordHash(String);

palisade_core::view! {
    /// A person, with too much.
    pub struct UserView = "User" {
        /// The hash.
        password_hash: PasswordHash,
    }
}
