//! `/auth/identities`: the accounts at providers through which the caller signs in.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::{FreshUser, Person};
use palisade_core::limits::{NORMAL, PASSWORD};
use palisade_core::output::{Empty, Paginated, Success};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Identities;
use palisade_modules::auth::types::oauth::{IdentityView, ListIdentities, RemoveIdentity};
use palisade_modules::user::types::LAST_SIGN_IN_METHOD;

const REMOVING: &[&Code] = &[&codes::NOT_FOUND, &LAST_SIGN_IN_METHOD];

pub(crate) fn declare_list(route: NewRoute) -> Route<Arc<Identities>> {
    route
        .limit(NORMAL)
        .in_person()
        .input::<ListIdentities>()
        .handle(list)
        .summary("The accounts at providers through which the caller signs in, the earliest first.")
}

pub(crate) fn declare_remove(route: NewRoute) -> Route<Arc<Identities>> {
    route
        .limit(PASSWORD)
        .fresh()
        .input::<RemoveIdentity>()
        .handle(remove)
        .summary("Remove one of them. The last way to sign in cannot be removed.")
        .errors(REMOVING)
}

async fn list(
    identities: Arc<Identities>,
    caller: Person,
    input: ListIdentities,
) -> Result<Paginated<IdentityView>, AppError> {
    let linked = identities.list(caller, input).await?;
    Ok(Paginated::new(linked))
}

async fn remove(
    identities: Arc<Identities>,
    caller: FreshUser,
    input: RemoveIdentity,
) -> Result<Success<Empty>, AppError> {
    identities.remove(caller, input).await?;
    Ok(Success::new(Empty {}))
}
