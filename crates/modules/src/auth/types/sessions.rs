//! The view of the session of a request.

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::view;

use crate::user::types::UserView;

view! {
    /// The signed-in user, if any.
    pub struct CurrentSessionView = "CurrentSession" {
        /// The signed-in user; `null` for a caller who is not signed in.
        user: Option<UserView>,
        /// When the access token expires.
        expires_at? as "expiresAt": Timestamp,
        /// Who really acts; left out unless an administrator impersonates the user.
        impersonator?: ImpersonatorView,
    }
}

view! {
    /// The administrator who acts as the user.
    pub struct ImpersonatorView = "Impersonator" {
        /// The administrator.
        id: UserId,
    }
}
