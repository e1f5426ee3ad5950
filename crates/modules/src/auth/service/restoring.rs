//! What must be refused after a store was put back from a backup.

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::token::KeyId;
use palisade_core::values::Id as _;
use palisade_lib::store::{Store, StoreError};

use crate::auth::repository::Repository;
use crate::auth::schema::{Revocation, RevocationId, Revoked};
use crate::keys;

/// Lets every instance refuse what these keys signed, those that run and those that start.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn revoke_keys(
    store: &Store,
    with: &keys::Setup,
    kids: Vec<KeyId>,
    until: Timestamp,
) -> Result<(), StoreError> {
    for kid in kids {
        let id = RevocationId::generate(with.clock.as_ref(), with.rng.as_ref());
        let revoked = Revoked::Key { kid: kid.as_str().to_owned() };
        store.commit(Repository::add_revocation(id, Revocation { revoked, expires_at: until })).await?;
    }
    Ok(())
}
