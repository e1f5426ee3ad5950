//! `GET /account/secure`: the target of the mailed link.

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
        .handle(secure)
        .summary("The page that the link of a notice opens: its button ends every session.")
}

async fn secure(pages: Pages, visitor: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = pages.show(AccountPage::Secure, visitor).await?;
    Ok(page)
}
