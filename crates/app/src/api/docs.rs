//! `GET /docs`: the reference page.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::openapi::Documentation;
use palisade_core::output::BuiltInPage;
use palisade_core::routes::{NewRoute, Route};

pub(crate) fn declare(route: NewRoute) -> Route<Documentation> {
    route
        .limit(RELAXED)
        .public()
        .no_input()
        .handle(docs)
        .summary("The reference page of this interface. It loads nothing from outside.")
}

async fn docs(documentation: Documentation, _: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = documentation.page().await?;
    Ok(page)
}
