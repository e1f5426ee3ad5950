//! The values that users consist of. Each has one fallible constructor, which is the only place of its rule.
//!
//! Stored documents and answers may not enter here: they consist of these values.

use palisade_core::error_codes;

error_codes! {
    /// The error codes of the user module.
    pub ERRORS;

    EMAIL_TAKEN = 409, "An account with this email address already exists",
        "Answered only to operators, to users who may invite, and to users who confirm an address that another account got meanwhile.";
    LAST_SIGN_IN_METHOD = 409, "This is the last way to sign in: choose a password first",
        "Without a password and without another provider the account could not be used any more.";
    REVISION_MISMATCH = 409, "This user has changed meanwhile. Read it again, then decide again",
        "The request was based on another `revision` of the user than the present one.";
    LAST_SUPER_ADMIN = 409, "This is the last super-admin: make another one first",
        "Without a super-admin nobody could administer this deployment.";
}

pub mod email;
pub mod identity_id;
pub mod name;
pub mod password;
pub mod permission;
pub mod status;
mod wire;

pub use crate::role::Role;
pub use email::Email;
pub use identity_id::IdentityId;
pub use name::Name;
pub use password::{NewPassword, PasswordPolicy, PresentedPassword};
pub use permission::{PermissionList, PermissionWord};
pub use status::Status;
pub use wire::{EmailPrefix, ListPermissions, ListUsers, PermissionView, Rename, UserPath, UserView};
