//! `/api-keys`: the API keys of the caller.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::{FreshGranted, Person};
use palisade_core::limits::{NORMAL, PASSWORD};
use palisade_core::output::{Created, Empty, Paginated, Success};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::ApiKeys;
use palisade_modules::auth::types::api_keys::{
    ApiKeyPath, ApiKeyView, CreateApiKey, CreatedApiKeyView, ListApiKeys,
};
use palisade_modules::permissions::ApiKeyCreate;

const CREATING: &[&Code] = &[&codes::CONFLICT];
const REVOKING: &[&Code] = &[&codes::NOT_FOUND];

pub(crate) fn declare_create(route: NewRoute) -> Route<Arc<ApiKeys>> {
    route
        .limit(PASSWORD)
        .requires_fresh::<ApiKeyCreate>()
        .input::<CreateApiKey>()
        .handle(create)
        .summary(
            "Make an API key with permissions that the caller has. The whole key is in this answer only.",
        )
        .errors(CREATING)
}

pub(crate) fn declare_list(route: NewRoute) -> Route<Arc<ApiKeys>> {
    route
        .limit(NORMAL)
        .in_person()
        .input::<ListApiKeys>()
        .handle(list)
        .summary("The API keys of the caller, newest first.")
}

pub(crate) fn declare_revoke(route: NewRoute) -> Route<Arc<ApiKeys>> {
    route
        .limit(NORMAL)
        .in_person()
        .input::<ApiKeyPath>()
        .handle(revoke)
        .summary("Revoke an API key of the caller. It stops working at once.")
        .errors(REVOKING)
}

async fn create(
    keys: Arc<ApiKeys>,
    by: FreshGranted<ApiKeyCreate>,
    input: CreateApiKey,
) -> Result<Created<CreatedApiKeyView>, AppError> {
    let created = keys.create(by, input).await?;
    Ok(Created::new(created))
}

async fn list(
    keys: Arc<ApiKeys>,
    caller: Person,
    input: ListApiKeys,
) -> Result<Paginated<ApiKeyView>, AppError> {
    let own = keys.list(caller, input).await?;
    Ok(Paginated::new(own))
}

async fn revoke(keys: Arc<ApiKeys>, caller: Person, input: ApiKeyPath) -> Result<Success<Empty>, AppError> {
    keys.revoke(caller, input).await?;
    Ok(Success::new(Empty {}))
}
