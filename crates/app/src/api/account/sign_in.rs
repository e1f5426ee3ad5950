//! `GET /account/sign-in`: begins a session.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::BuiltInPage;
use palisade_core::routes::{NewRoute, Route};

use crate::pages::{AccountPage, Pages};

pub(crate) fn declare(route: NewRoute) -> Route<Pages> {
    route.limit(RELAXED).public().no_input().handle(sign_in).summary("The page on which a user signs in.")
}

async fn sign_in(pages: Pages, visitor: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = pages.show(AccountPage::SignIn, visitor).await?;
    Ok(page)
}
