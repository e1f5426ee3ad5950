//! `GET /account/setup`: the target of the setup link.

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
        .handle(setup)
        .summary("The page that the setup link opens: it creates the first super-admin.")
}

async fn setup(pages: Pages, visitor: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = pages.show(AccountPage::Setup, visitor).await?;
    Ok(page)
}
