//! Decisions about keys: which are created, which sign, when they rotate. The repository accesses the store.

mod commands;
mod inventory;
mod opened;
mod opening;
mod purging;
mod restoring;
mod rotation;
mod sealing;
mod setup;
mod tokens;

pub(crate) use commands::Withdrawal;
pub use opened::Service;
pub(crate) use restoring::{lasting, refuse_sealed, sealed_by, signing_keys_ever, withdraw_all};
pub use rotation::Successor;
pub(crate) use setup::Setup;
pub(crate) use tokens::Tokens;

#[cfg(test)]
mod tests;
