//! `/users/{id}/restore`: restoring a deleted user.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::GrantedInPerson;
use palisade_core::limits::NORMAL;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::UserManagement;
use palisade_modules::auth::types::managing::ChangeUser;
use palisade_modules::permissions::UserDelete;
use palisade_modules::user::types::{REVISION_MISMATCH, UserView};

const ERRORS: &[&Code] = &[&codes::NOT_FOUND, &codes::CONFLICT, &REVISION_MISMATCH];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<UserManagement>> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserDelete>()
        .key()
        .input::<ChangeUser>()
        .handle(restore)
        .summary("Restore a deleted user. Their sessions and links stay ended.")
        .errors(ERRORS)
}

async fn restore(
    users: Arc<UserManagement>,
    by: GrantedInPerson<UserDelete>,
    input: ChangeUser,
) -> Result<Success<UserView>, AppError> {
    let user = users.restore(by, input).await?;
    Ok(Success::new(user))
}
