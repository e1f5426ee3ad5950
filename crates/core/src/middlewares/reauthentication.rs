//! Reauthentication: the caller of a fresh route signed in a moment ago, or sends the password.
//!
//! It follows validation, because the password is part of the input.

use crate::errors::{AppError, codes};
use crate::identity::UserId;
use crate::input::Demand;
use crate::state::ServerState;
use crate::system::time::Timestamp;

/// The sign-in of a caller, as the access token states it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignIn {
    pub(crate) user_id: UserId,
    pub(crate) at: Timestamp,
}

/// The reauthentication phase.
///
/// # Errors
/// `REAUTHENTICATION_REQUIRED` when the sign-in is too long ago and the password is missing or wrong; 503 when the
/// password cannot be verified.
pub(crate) async fn demand(
    shared: &ServerState,
    demand: Demand<'_>,
    sign_in: Option<SignIn>,
) -> Result<(), AppError> {
    let Demand::Presence(password) = demand else { return Ok(()) };
    let refused = || AppError::new(&codes::REAUTHENTICATION_REQUIRED);
    let sign_in = sign_in.ok_or_else(refused)?;
    if shared.clock.now() < sign_in.at.plus(shared.fresh_for) {
        return Ok(());
    }
    let password = password.ok_or_else(refused)?;
    if shared.authenticator.verify_password(sign_in.user_id, password).await? {
        return Ok(());
    }
    Err(refused().with_message("The password is wrong"))
}
