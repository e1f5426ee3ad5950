//! Keys as the operator sees them.

use palisade_core::system::time::Timestamp;

use super::kind::KeyKind;
use super::signing_state::SigningState;

/// A key in the operator's view. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// Its name: `root`, `pepper-1`, `signing-<kid>`.
    pub name: String,
    /// What it is for.
    pub kind: KeyKind,
    /// The secret of `SECRET_KEYS` that seals it. `None` if the stored value is not a sealed text.
    pub sealed_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// For a signing key: its state.
    pub signing: Option<SigningSummary>,
}

/// The state of a signing key, and when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningSummary {
    /// The current state.
    pub state: SigningState,
    /// It signs from then on.
    pub activates_at: Timestamp,
    /// Its successor signs from then on; `None` while there is no successor.
    pub retires_at: Option<Timestamp>,
}
