//! `GET /openapi.json`: the declarations of all routes, as OpenAPI 3.1.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::openapi::Documentation;
use palisade_core::output::Document;
use palisade_core::routes::{NewRoute, Route};

pub(crate) fn declare(route: NewRoute) -> Route<Documentation> {
    route
        .limit(RELAXED)
        .public()
        .no_input()
        .handle(openapi)
        .summary("This interface as an OpenAPI 3.1 document.")
}

async fn openapi(documentation: Documentation, _: Visitor, _: Nothing) -> Result<Document, AppError> {
    let document = documentation.document().await?;
    Ok(document)
}
