//! `/auth`: one file for each route.

pub(crate) mod jwks;
pub(crate) mod link;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod logout_all;
pub(crate) mod refresh;
pub(crate) mod register;
pub(crate) mod resend_verification;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod verify_email;
