//! The domain of Palisade: accounts, sessions, users, mail, keys, jobs.
//!
//! No route and no driver may enter here.

mod addresses;
pub mod audit;
pub mod auth;
mod backoff;
mod clocks;
pub mod deployment;
pub mod jobs;
pub mod keys;
mod limiter;
pub mod mail;
mod open;
mod own_jobs;
mod own_mails;
pub mod permissions;
pub mod product;
mod retry;
pub mod revision;
mod role;
mod staged;
mod system;
mod traces;
pub mod user;
mod user_agent;
pub mod webhook;

pub use addresses::judge;
pub use clocks::ClockState;
pub use limiter::LimiterError;
pub use open::{Background, OpenError, Services, Upkeep};
pub use own_mails::mistakes as mail_mistakes;
use palisade_core::errors::{Code, codes};
pub use system::System;

/// Every code that a Palisade server can answer: those of the life cycle and those of each module.
pub fn error_codes() -> Vec<&'static Code> {
    [codes::CATALOGUE, auth::types::CATALOGUE, user::types::ERRORS, webhook::types::ERRORS].concat()
}
