//! The revocations after a store was restored from a backup.

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::token::KeyId;
use palisade_core::values::Id as _;
use palisade_lib::store::{Store, StoreError};

use super::repository::Repository;
use super::schema::{Revocation, RevocationId, Revoked};
use crate::keys;
use crate::staged::Staged;

/// Makes every instance, running or starting, refuse the tokens that these keys signed.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn revoke_keys(
    store: &Store,
    with: &keys::Setup,
    kids: Vec<KeyId>,
    until: Timestamp,
) -> Result<(), StoreError> {
    let repository = Repository::new(store)?;
    for kid in kids {
        let id = RevocationId::generate(with.clock.as_ref(), with.rng.as_ref());
        let revoked = Revoked::Key { kid: kid.as_str().to_owned() };
        let revocation = Revocation { revoked, expires_at: until };
        repository.revoke((id, revocation), Staged::nothing(), Staged::nothing()).await?;
    }
    Ok(())
}
