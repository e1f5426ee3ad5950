//! `/permissions`: what a user can be permitted.

use palisade_core::errors::AppError;
use palisade_core::identity::Granted;
use palisade_core::limits::NORMAL;
use palisade_core::output::Paginated;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::permissions::UserGrant;
use palisade_modules::user::Service;
use palisade_modules::user::types::{ListPermissions, PermissionView};

pub(crate) fn declare_list(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires::<UserGrant>()
        .input::<ListPermissions>()
        .handle(list)
        .summary("Every permission that a user can be given, by name, and the roles that have it.")
}

async fn list(
    users: Service,
    by: Granted<UserGrant>,
    input: ListPermissions,
) -> Result<Paginated<PermissionView>, AppError> {
    let permissions = users.permissions(by, input).await?;
    Ok(Paginated::new(permissions))
}
