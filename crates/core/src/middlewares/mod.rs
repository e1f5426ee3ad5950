//! The phases of a request, one module each. `lifecycle` orders them; nothing here knows what comes before or
//! after.

pub mod access;
mod attempt;
pub mod auth;
pub mod cors;
pub mod csrf;
mod decide;
mod listening;
pub mod permission;
pub mod rate_limit;
pub(crate) mod reauthentication;
mod repeating;
mod uploading;
pub(crate) mod validation;
