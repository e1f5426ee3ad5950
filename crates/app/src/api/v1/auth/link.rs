//! `POST /auth/link`: the purpose of a link.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Visitor;
use palisade_core::limits::NORMAL;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Links;
use palisade_modules::auth::types::{LinkView, ReadLink, TOKEN_INVALID};

const ERRORS: &[&Code] = &[&TOKEN_INVALID];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Links>> {
    route
        .limit(NORMAL)
        .public()
        .input::<ReadLink>()
        .handle(read)
        .summary("The purpose of a mailed or printed link, before it is used. Changes nothing.")
        .errors(ERRORS)
}

async fn read(links: Arc<Links>, visitor: Visitor, input: ReadLink) -> Result<Success<LinkView>, AppError> {
    let link = links.read(visitor, input).await?;
    Ok(Success::new(link))
}
