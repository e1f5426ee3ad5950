//! `/users/{id}/reactivate`: letting a suspended user back in.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::GrantedInPerson;
use palisade_core::limits::NORMAL;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::UserManagement;
use palisade_modules::auth::types::managing::ChangeUser;
use palisade_modules::permissions::UserSuspend;
use palisade_modules::user::types::{REVISION_MISMATCH, UserView};

const ERRORS: &[&Code] = &[&codes::NOT_FOUND, &REVISION_MISMATCH];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<UserManagement>> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserSuspend>()
        .key()
        .input::<ChangeUser>()
        .handle(reactivate)
        .summary("Let a suspended user sign in again.")
        .errors(ERRORS)
}

async fn reactivate(
    users: Arc<UserManagement>,
    by: GrantedInPerson<UserSuspend>,
    input: ChangeUser,
) -> Result<Success<UserView>, AppError> {
    let user = users.reactivate(by, input).await?;
    Ok(Success::new(user))
}
