//! `GET /auth/jwks`: the keys with which anyone can verify our access tokens.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::Document;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::keys::Service;

pub(crate) fn declare(route: NewRoute) -> Route<Service> {
    route
        .limit(RELAXED)
        .public()
        .no_input()
        .handle(jwks)
        .summary("The public keys of the access tokens, as a JWK set (RFC 7517).")
}

async fn jwks(keys: Service, _: Visitor, _: Nothing) -> Result<Document, AppError> {
    let keys = keys.jwks().await?;
    Ok(keys)
}
