//! Stored data is never shown: a stored type cannot be a field of a view.

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
        kind: soft(purge: after_retention),
    }
}

palisade_core::view! {
    /// A book and whoever wrote it.
    pub struct BookView = "Book" {
        /// Whoever wrote it.
        author: Person,
    }
}
