//! Stored data is never shown: a stored type, which contains the hash, is not an answer.

use palisade_core::output::Success;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_lib::store::Stored;

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

pub fn show(person: Stored<Person>) {
    Success::new(person.into_value());
}
