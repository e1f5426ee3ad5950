//! The withdrawal of a signing key: one write makes every instance refuse its tokens.

use std::sync::Arc;

use palisade_core::identity::Operator;
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::token::KeyId;

use crate::audit::Act;
use crate::audit::types::EventType;
use crate::auth::terminations::Terminations;
use crate::keys;
use crate::keys::types::KeysError;
use crate::retry::{Attempt, retry_on_stale};

/// Withdraws signing keys.
#[derive(Debug)]
pub struct SigningKeyRevocation {
    pub(in crate::auth) keys: keys::Service,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl SigningKeyRevocation {
    /// Withdraws a leaked signing key. One write contains the withdrawn key, its replacement and the revocation
    /// that every instance follows: at no moment is the key withdrawn while its tokens are still valid.
    ///
    /// Nobody is signed out: browsers get another token by refreshing.
    ///
    /// # Errors
    /// [`KeysError::UnknownKey`] for an unknown or already withdrawn key; [`KeysError::Store`];
    /// [`KeysError::Contended`].
    pub async fn revoke(&self, operator: &Operator<'_>, kid: &KeyId) -> Result<(), KeysError> {
        let withdrawn = retry_on_stale(self.rng.as_ref(), || async {
            let event = Act::of_operator(operator).did(EventType::SigningKeyWithdrawn);
            let keys::Withdrawal { kid, until, writes } = self.keys.stage_withdrawal(operator, kid).await?;
            let refused = self.terminations.refuse_key(kid.as_str(), until, writes, event).await;
            refused.map_or_else(Attempt::unless_raced, |()| Ok::<_, KeysError>(Attempt::Done(())))
        });
        withdrawn.await?.ok_or(KeysError::Contended)?;
        self.keys.refresh().await
    }
}
