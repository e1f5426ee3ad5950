//! `/users/{id}/permissions`: the permissions of a user beside those of the role.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::GrantedInPerson;
use palisade_core::limits::NORMAL;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::UserManagement;
use palisade_modules::auth::types::managing::SetPermissions;
use palisade_modules::permissions::UserGrant;
use palisade_modules::user::types::{REVISION_MISMATCH, UserView};

const ERRORS: &[&Code] = &[&codes::NOT_FOUND, &REVISION_MISMATCH];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<UserManagement>> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserGrant>()
        .input::<SetPermissions>()
        .handle(set_permissions)
        .summary(
            "Give a user other permissions beside those of the role. They hold from their next request on.",
        )
        .errors(ERRORS)
}

async fn set_permissions(
    users: Arc<UserManagement>,
    by: GrantedInPerson<UserGrant>,
    input: SetPermissions,
) -> Result<Success<UserView>, AppError> {
    let user = users.set_permissions(by, input).await?;
    Ok(Success::new(user))
}
