//! `GET /openapi.json`: what all routes declared, as OpenAPI 3.1.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::openapi::Documentation;
use palisade_core::output::Document;
use palisade_core::routes::{Routes, get};

/// The description of the interface.
pub fn routes() -> Routes<Documentation> {
    Routes::new().add(
        get("/openapi.json")
            .limit(RELAXED)
            .public()
            .no_input()
            .handle(openapi)
            .summary("This interface as an OpenAPI 3.1 document."),
    )
}

async fn openapi(documentation: Documentation, _: Visitor, _: Nothing) -> Result<Document, AppError> {
    let document = documentation.document().await?;
    Ok(document)
}
