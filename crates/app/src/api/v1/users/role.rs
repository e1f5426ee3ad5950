//! `/users/{id}/role`: the role of a user.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::GrantedInPerson;
use palisade_core::limits::NORMAL;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::UserManagement;
use palisade_modules::auth::types::managing::SetRole;
use palisade_modules::permissions::UserGrant;
use palisade_modules::user::types::{LAST_SUPER_ADMIN, REVISION_MISMATCH, UserView};

const ERRORS: &[&Code] = &[&codes::NOT_FOUND, &REVISION_MISMATCH, &LAST_SUPER_ADMIN];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<UserManagement>> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserGrant>()
        .input::<SetRole>()
        .handle(set_role)
        .summary(
            "Give a user another role, below the own one of the caller. It holds from their next request on.",
        )
        .errors(ERRORS)
}

async fn set_role(
    users: Arc<UserManagement>,
    by: GrantedInPerson<UserGrant>,
    input: SetRole,
) -> Result<Success<UserView>, AppError> {
    let user = users.set_role(by, input).await?;
    Ok(Success::new(user))
}
