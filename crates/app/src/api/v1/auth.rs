//! `/auth`: one file for each route.

pub(crate) mod accept_invitation;
pub(crate) mod change_email;
pub(crate) mod change_password;
pub(crate) mod confirm_email;
pub(crate) mod confirm_identity;
pub(crate) mod exchange_code;
pub(crate) mod forgot_password;
pub(crate) mod identities;
pub(crate) mod impersonation;
pub(crate) mod jwks;
pub(crate) mod link;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod logout_all;
pub(crate) mod oauth;
pub(crate) mod refresh;
pub(crate) mod register;
pub(crate) mod resend_verification;
pub(crate) mod reset_password;
pub(crate) mod secure_account;
pub(crate) mod session;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod verify_email;
