//! `/account`: the built-in pages: what a user does about the own account, and below it the targets of mailed and printed
//! links, and where some of those begin.

pub(crate) mod accept_invitation;
pub(crate) mod confirm_email;
pub(crate) mod connect;
pub(crate) mod forgot;
pub(crate) mod reset;
pub(crate) mod secure;
pub(crate) mod setup;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod verify;

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
        .handle(overview)
        .summary("The page on which a user manages devices, password and address, and deletes the account.")
}

async fn overview(pages: Pages, visitor: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = pages.show(AccountPage::Overview, visitor).await?;
    Ok(page)
}
