//! Withdrawing a signing key: from one write on, nothing it signed is believed by any instance.

use palisade_core::identity::Operator;
use palisade_core::utils::crypto::token::KeyId;
use palisade_lib::store::StoreError;

use super::{Service, SessionTermination};
use crate::auth::schema::Revoked;
use crate::keys::types::KeysError;

/// How often a withdrawal that lost a race for the keys is decided anew.
const MAX_CAS_RETRIES: usize = 8;

impl Service {
    /// Withdraws a signing key, for one that leaked. The key, whatever signs in its place and the revocation that every
    /// instance follows are one write: there is no moment at which the key is gone and its tokens still count.
    ///
    /// Nobody is logged out: browsers get another token by refreshing.
    ///
    /// # Errors
    /// [`KeysError::UnknownKey`] when there is no such key or it was withdrawn before; [`KeysError::Store`];
    /// [`KeysError::Contended`].
    pub async fn withdraw_signing_key(&self, operator: &Operator<'_>, kid: &KeyId) -> Result<(), KeysError> {
        for _ in 0..MAX_CAS_RETRIES {
            let withdrawal = self.keys.stage_withdrawal(operator, kid).await?;
            let revoked = Revoked::Key { kid: withdrawal.kid.as_str().to_owned() };
            let ending = SessionTermination::of(withdrawal.batch);
            match self.write(ending.and(self.stage_revocation_until(revoked, withdrawal.until))).await {
                Ok(()) => return self.keys.refresh().await,
                Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(KeysError::Contended)
    }
}
