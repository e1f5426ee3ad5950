//! The errors of keys.

use palisade_core::errors::AppError;
use palisade_core::utils::crypto::password::PeppersError;
use palisade_core::utils::crypto::token::{KeyError, KeyId, SignError};
use palisade_lib::store::StoreError;
use thiserror::Error;

use super::lost::LostKey;

/// Why an operation on keys failed.
#[derive(Debug, Error)]
pub enum KeysError {
    /// Some keys are unusable. Nothing is created in their place unless the operator says so.
    #[error(
        "opening the keys of this deployment: {}. {}; if it is gone for good, `palisade keys reset --lost` explains the \
         cost and creates new keys",
        list(.0),
        remedy(.0)
    )]
    Lost(Vec<LostKey>),
    /// The store could not be read or written.
    #[error("reaching the stored keys")]
    Store(#[from] StoreError),
    /// Other instances keep writing the same keys.
    #[error("changing the keys: other instances kept changing them")]
    Contended,
    /// No key could be generated.
    #[error("making a signing key")]
    Generate(#[from] KeyError),
    /// The peppers contradict each other, which is a bug.
    #[error("collecting the peppers")]
    Peppers(#[from] PeppersError),
    /// The published document could not be written, which is a bug.
    #[error("publishing the public keys")]
    Publish(#[from] serde_json::Error),
    /// A token could not be signed.
    #[error("signing an access token")]
    Sign(#[from] SignError),
    /// There is no usable signing key.
    #[error("signing an access token: no signing key is usable")]
    NoSigningKey,
    /// There is no signing key of that name.
    #[error("withdrawing the signing key {kid}: it does not exist, or was already withdrawn")]
    UnknownKey {
        /// The name.
        kid: KeyId,
    },
}

fn list(lost: &[LostKey]) -> String {
    lost.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn remedy(lost: &[LostKey]) -> &'static str {
    if lost.iter().any(|key| key.why.is_missing()) {
        "Put back what is missing, from the backup the rest came from: `keys` and users belong together"
    } else {
        "Give the missing secret back to SECRET_KEYS"
    }
}

impl From<KeysError> for AppError {
    /// A store that is down is 503 and temporary; all other errors are not the caller's fault.
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}
