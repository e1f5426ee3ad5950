//! A handler reads what its route declared, so nothing reaches it unread by the rules.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;

palisade_core::text! { pub Title, 1..=100 characters, |text| Ok(text); }

palisade_core::input! {
    /// A book.
    pub struct Write {
        body { title: Title }
    }
}

pub fn declare() {
    post("/books").limit(NORMAL).public().input::<Write>().handle(write);
}

async fn write(_: (), _: Visitor, _: String) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
