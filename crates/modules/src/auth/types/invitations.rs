//! The types of the routes about invitations.

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::{input, view};

use super::{LinkToken, RegistrationCookie};
use crate::user::types::{Email, Name, NewPassword, Role};

palisade_core::id! {
    /// An invitation.
    pub InvitationId = "inv";
}

input! {
    /// Invites somebody to an account.
    pub struct InviteUser {
        body { email: Email, name: Option<Name>, role: Option<Role> }
    }
}

input! {
    /// The pending invitations to list.
    pub struct ListInvitations {} with page
}

input! {
    /// The id of the invitation.
    pub struct InvitationPath {
        path { id: InvitationId }
    }
}

input! {
    /// Accepts an invitation with a mailed link.
    pub struct AcceptInvitation {
        body { token: LinkToken, password: NewPassword, name: Option<Name> }
        cookie { registration: RegistrationCookie }
    }
}

view! {
    /// A pending invitation.
    pub struct InvitationView = "Invitation" {
        /// Its id.
        id: InvitationId,
        /// The canonical address that it was mailed to.
        email: Email,
        /// The name of the account, unless the invited person gives another one.
        name: Option<Name>,
        /// The role of the account.
        role: Role,
        /// The user who sent it last, and must still be allowed to when it is accepted; `null` for the operator.
        invited_by as "invitedBy": Option<UserId>,
        /// When it was created.
        created_at as "createdAt": Timestamp,
        /// When it ends, unless it is sent again.
        expires_at as "expiresAt": Timestamp,
    }
}

view! {
    /// The invitation that was created.
    pub struct InvitedView = "Invited" {
        /// The invitation.
        invitation: InvitationView,
    }
}
