//! `GET /account/connect`: the target of the mailed link.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::BuiltInPage;
use palisade_core::routes::{NewRoute, Route};

use crate::pages::{AccountPage, Pages};

pub(crate) fn declare(route: NewRoute) -> Route<Pages> {
    route.limit(RELAXED).public().no_input().handle(connect).summary(
        "The page that the mailed link opens: its button joins an account at a provider and signs in.",
    )
}

async fn connect(pages: Pages, visitor: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = pages.show(AccountPage::Connect, visitor).await?;
    Ok(page)
}
