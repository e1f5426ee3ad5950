//! Operator tasks on a whole deployment. All of them require an [`Operator`].

mod backing_up;
mod connectivity;
mod copy_state;
mod copying;
mod opened;
mod restoring;
mod setup;

pub(crate) use copy_state::copy_state;
pub use opened::Service;
pub use restoring::Restoring;
pub(crate) use setup::{keys_setup, with_named};
