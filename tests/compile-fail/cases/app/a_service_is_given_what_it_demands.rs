//! A service that lists users requires the proof that the caller may read them: an account is not enough.

use palisade_core::errors::AppError;
use palisade_core::identity::AuthenticatedUser;
use palisade_core::output::Paginated;
use palisade_modules::user::Service;
use palisade_modules::user::types::{ListUsers, UserView};

pub async fn list(users: Service, by: AuthenticatedUser, input: ListUsers) -> Result<Paginated<UserView>, AppError> {
    let people = users.list(by, input).await?;
    Ok(Paginated::new(people))
}
