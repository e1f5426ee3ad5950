//! Presence is a recent sign-in or the password: the input of a `.fresh()` route has a place for it.

use palisade_core::errors::AppError;
use palisade_core::identity::FreshUser;
use palisade_core::input;
use palisade_core::limits::PASSWORD;
use palisade_core::output::Accepted;
use palisade_core::routes::delete;
use palisade_modules::user::types::Name;

input! {
    /// A book to be burnt.
    pub struct BurnBook {
        body { name: Name }
    }
}

pub fn declare() {
    delete("/books").limit(PASSWORD).fresh().input::<BurnBook>().handle(burn);
    delete("/library").limit(PASSWORD).fresh().no_input();
}

async fn burn(_: (), _: FreshUser, _: BurnBook) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
