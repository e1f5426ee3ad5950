//! `GET /account/forgot`: where somebody who forgot a password begins.

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
        .handle(forgot)
        .summary("The page that asks for a mail with a link to choose another password.")
}

async fn forgot(pages: Pages, visitor: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = pages.show(AccountPage::Forgot, visitor).await?;
    Ok(page)
}
