//! Correct code compiles: every kind of access, with its kind of caller.

use palisade_core::errors::AppError;
use palisade_core::identity::{AuthenticatedUser, FreshGranted, FreshUser, Granted, GrantedInPerson, Guest, Person, Reach, RefreshHolder, Visitor};
use palisade_core::input::Nothing;
use palisade_core::limits::{NORMAL, PASSWORD};
use palisade_core::output::Accepted;
use palisade_core::routes::{Routes, delete, get, post, put};
use palisade_modules::auth::types::DeleteAccount;
use palisade_modules::permissions::UserDelete;

pub fn routes() -> Routes<()> {
    Routes::new()
        .add(get("/books").limit(NORMAL).public().no_input().handle(visit))
        .add(get("/books/of-the-day").limit(NORMAL).optional().no_input().handle(look))
        .add(post("/books").limit(NORMAL).session().no_input().handle(write))
        .add(post("/books/mine").limit(NORMAL).in_person().no_input().handle(own))
        .add(put("/books").limit(PASSWORD).fresh().input::<DeleteAccount>().handle(replace))
        .add(delete("/books").limit(NORMAL).requires::<UserDelete>().no_input().handle(burn))
        .add(get("/shelves").limit(NORMAL).owner_or::<UserDelete>().no_input().handle(browse))
        .add(put("/shelves").limit(NORMAL).requires_in_person::<UserDelete>().key().no_input().handle(build))
        .add(put("/library").limit(PASSWORD).requires_fresh::<UserDelete>().input::<DeleteAccount>().handle(raze))
        .add(delete("/shelves").limit(NORMAL).requires::<UserDelete>().key().no_input().handle(burn))
        .add(post("/books/again").limit(NORMAL).refresh_cookie().no_input().handle(again))
}

async fn visit(_: (), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn look(_: (), _: Guest, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn write(_: (), _: AuthenticatedUser, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn own(_: (), _: Person, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn browse(_: (), _: Reach<UserDelete>, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn build(_: (), _: GrantedInPerson<UserDelete>, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn raze(_: (), _: FreshGranted<UserDelete>, _: DeleteAccount) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn replace(_: (), _: FreshUser, _: DeleteAccount) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn burn(_: (), _: Granted<UserDelete>, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn again(_: (), _: RefreshHolder, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
