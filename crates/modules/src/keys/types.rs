//! The types of keys: kinds, states, the schedule of rotation, the operator's view, and errors.

mod error;
mod kind;
mod lost;
mod rotation;
mod signing_state;
mod summary;

pub use error::KeysError;
pub use kind::KeyKind;
pub use lost::{Lost, LostKey};
pub use rotation::{Rotation, RotationError};
pub use signing_state::SigningState;
pub use summary::{KeySummary, SigningSummary};
