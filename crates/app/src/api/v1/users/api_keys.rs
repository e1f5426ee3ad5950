//! `/users/{id}/api-keys`: the API keys of another user.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::{Granted, GrantedInPerson};
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Paginated, Success};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::ApiKeys;
use palisade_modules::auth::types::api_keys::{ApiKeyView, ListUserApiKeys, UserApiKeyPath};
use palisade_modules::permissions::ApiKeyManage;

const ERRORS: &[&Code] = &[&codes::NOT_FOUND];

pub(crate) fn declare_list(route: NewRoute) -> Route<Arc<ApiKeys>> {
    route
        .limit(NORMAL)
        .requires::<ApiKeyManage>()
        .input::<ListUserApiKeys>()
        .handle(list)
        .summary("The API keys of a user, newest first.")
        .errors(ERRORS)
}

pub(crate) fn declare_revoke(route: NewRoute) -> Route<Arc<ApiKeys>> {
    route
        .limit(NORMAL)
        .requires_in_person::<ApiKeyManage>()
        .input::<UserApiKeyPath>()
        .handle(revoke)
        .summary("Revoke an API key of a user. It stops working at once.")
        .errors(ERRORS)
}

async fn list(
    keys: Arc<ApiKeys>,
    by: Granted<ApiKeyManage>,
    input: ListUserApiKeys,
) -> Result<Paginated<ApiKeyView>, AppError> {
    let theirs = keys.list_of(by, input).await?;
    Ok(Paginated::new(theirs))
}

async fn revoke(
    keys: Arc<ApiKeys>,
    by: GrantedInPerson<ApiKeyManage>,
    input: UserApiKeyPath,
) -> Result<Success<Empty>, AppError> {
    keys.revoke_of(by, input).await?;
    Ok(Success::new(Empty {}))
}
