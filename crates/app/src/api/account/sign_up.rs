//! `GET /account/sign-up`: asks for an account.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::BuiltInPage;
use palisade_core::routes::{NewRoute, Route};

use crate::pages::{AccountPage, Pages};

pub(crate) fn declare(route: NewRoute) -> Route<Pages> {
    route
        .limit(RELAXED)
        .public()
        .no_input()
        .handle(sign_up)
        .summary("The page on which somebody asks for an account.")
}

async fn sign_up(pages: Pages, visitor: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = pages.show(AccountPage::SignUp, visitor).await?;
    Ok(page)
}
