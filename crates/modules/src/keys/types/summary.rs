//! Keys as the operator sees them.

use palisade_core::system::time::Timestamp;

use super::kind::KeyKind;
use super::signing_state::SigningState;

/// A key as the operator sees it. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// Its name: `root`, `pepper-1`, `signing-<kid>`.
    pub name: String,
    /// What it is for.
    pub kind: KeyKind,
    /// Which of `SECRET_KEYS` it is sealed by. `None` when what is stored is no sealed text.
    pub sealed_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// For a key that signs: where it stands.
    pub signing: Option<SigningSummary>,
}

/// Where a signing key stands, and when that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningSummary {
    /// Where it stands now.
    pub state: SigningState,
    /// From then on it signs.
    pub activates_at: Timestamp,
    /// From then on its successor signs; `None` while there is no successor.
    pub retires_at: Option<Timestamp>,
}
