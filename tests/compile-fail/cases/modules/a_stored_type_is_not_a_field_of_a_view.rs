//! What is stored is never shown: a stored type is not a field of a view either.

use palisade_core::utils::crypto::password::PasswordHash;

palisade_core::id! { pub PersonId = "per"; }

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Person {
    pub name: String,
    pub password: PasswordHash,
}

palisade_lib::collection! {
    Person in "people" {
        id: PersonId,
        version: 1,
        kind: soft,
    }
}

palisade_core::view! {
    /// A book and whoever wrote it.
    pub struct BookView = "Book" {
        /// Whoever wrote it.
        author: Person,
    }
}
