//! What the keys of a deployment are opened with.

use std::collections::BTreeSet;
use std::sync::Arc;

use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::seal::SecretKeys;
use palisade_core::utils::crypto::token::Realm;
use palisade_lib::store::Store;

use crate::audit;
use crate::keys::types::Rotation;

/// The dependencies of the keys of a deployment.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// Where they are kept, opened with [`COLLECTION`](crate::keys::COLLECTION).
    pub(crate) store: Store,
    /// The secrets that seal them.
    pub(crate) secrets: SecretKeys,
    /// The issuer and the audience of the tokens.
    pub(crate) realm: Realm,
    /// When signing keys rotate.
    pub(crate) rotation: Rotation,
    /// The peppers that stored hashes name, as far as known: each must exist, or have been given up.
    pub(crate) named: BTreeSet<String>,
    /// Where changes by the operator are recorded.
    pub(crate) audit: audit::Service,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Randomness.
    pub(crate) rng: Arc<dyn Rng>,
}
