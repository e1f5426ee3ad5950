//! A route declared with core's types compiles.

use palisade_core::errors::AppError;
use palisade_core::output::Success;

palisade_core::text! { pub Name, 1..=100 characters, |text| Ok(text); }

palisade_core::input! {
    /// What a person wants changed.
    pub struct Rename {
        body { name: Name }
    }
}

palisade_core::view! {
    /// A person.
    pub struct PersonView = "Person" {
        /// The name of the user.
        name: String,
    }
}

pub async fn rename(person: PersonView, _input: Rename) -> Result<Success<PersonView>, AppError> {
    Ok(Success::new(person))
}
