//! `/users/{id}/suspend`: keeping a user out.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::GrantedInPerson;
use palisade_core::limits::NORMAL;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::UserManagement;
use palisade_modules::auth::types::managing::ChangeUser;
use palisade_modules::permissions::UserSuspend;
use palisade_modules::user::types::{LAST_SUPER_ADMIN, REVISION_MISMATCH, UserView};

const ERRORS: &[&Code] = &[&codes::NOT_FOUND, &REVISION_MISMATCH, &LAST_SUPER_ADMIN];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<UserManagement>> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserSuspend>()
        .key()
        .input::<ChangeUser>()
        .handle(suspend)
        .summary("Suspend a user: every session ends, and they cannot sign in.")
        .errors(ERRORS)
}

async fn suspend(
    users: Arc<UserManagement>,
    by: GrantedInPerson<UserSuspend>,
    input: ChangeUser,
) -> Result<Success<UserView>, AppError> {
    let user = users.suspend(by, input).await?;
    Ok(Success::new(user))
}
