//! The handle that signs and verifies: the published keys, replaced as a whole at a rotation.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use palisade_core::cookies::SetCookie;
use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::token::{Claims, PublicKey, Realm, SigningKey, VerificationKeys};
use palisade_lib::store::Stored;
use tokio::sync::Notify;

use super::sealing::{self, Opened};
use super::setup::Setup;
use crate::keys::schema::{Key, KeyName, Signing};
use crate::keys::types::{KeysError, Rotation, SigningState};

/// Signs and verifies access tokens with the current keys. Cheap to clone; all clones follow the rotation.
#[derive(Clone, Debug)]
pub(crate) struct Tokens(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    realm: Realm,
    clock: Arc<dyn Clock>,
    published: ArcSwap<Published>,
    unknown_key: Notify,
}

/// Never changed, only replaced.
#[derive(Debug)]
struct Published {
    /// The one that signs last first.
    keys: Vec<Known>,
    verification: VerificationKeys,
}

/// A key that was opened once and is verified as ours.
#[derive(Clone, Debug)]
struct Known {
    signing: Signing,
    public: PublicKey,
    /// `None` once it signs no more: a key that is not in memory cannot leak.
    private: Option<Arc<SigningKey>>,
}

impl Tokens {
    pub(super) fn new(realm: Realm, clock: Arc<dyn Clock>) -> Result<Self, KeysError> {
        let published = ArcSwap::from_pointee(Published::new(Vec::new(), &realm)?);
        Ok(Self(Arc::new(Shared { realm, clock, published, unknown_key: Notify::new() })))
    }

    /// The issuer and the audience of the tokens.
    #[cfg(test)]
    pub(crate) fn realm(&self) -> &Realm {
        &self.0.realm
    }

    /// The token of such a cookie.
    #[cfg(test)]
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, KeysError> {
        let published = self.0.published.load();
        let key = published.signer(self.0.clock.now()).ok_or(KeysError::NoSigningKey)?;
        Ok(key.sign(claims)?)
    }

    /// The cookie with a token, signed with the current key.
    ///
    /// # Errors
    /// [`KeysError::Sign`] when the token would be too long for a cookie; [`KeysError::NoSigningKey`], which only
    /// happens to an instance without the secret that sealed its successor.
    pub(crate) fn cookie(&self, claims: &Claims, max_age: Duration) -> Result<SetCookie, KeysError> {
        let published = self.0.published.load();
        let key = published.signer(self.0.clock.now()).ok_or(KeysError::NoSigningKey)?;
        Ok(SetCookie::access(key, claims, max_age)?)
    }

    /// The public keys that tokens are currently verified with.
    pub(crate) fn verification(&self) -> VerificationKeys {
        self.0.published.load().verification.clone()
    }

    /// The JWK set (RFC 7517) as published, the key that signs last first.
    #[cfg(test)]
    pub(crate) fn jwks(&self) -> bytes::Bytes {
        self.verification().jwks()
    }

    /// Reports a token with an unknown key: the task of [`keep_current`](super::Service::keep_current) checks
    /// whether another instance created it. Costs nothing and never waits.
    pub(crate) fn report_unknown_key(&self) {
        self.0.unknown_key.notify_one();
    }

    pub(super) async fn unknown_key_reported(&self) {
        self.0.unknown_key.notified().await;
    }

    /// Takes over the stored keys. A known key is not opened again: its name cannot mean another one.
    pub(super) fn publish(
        &self,
        setup: &Setup,
        stored: &[Stored<Key>],
        now: Timestamp,
    ) -> Result<(), KeysError> {
        let before = self.0.published.load();
        let known = stored.iter().filter_map(|key| before.recognize(setup, key, now)).collect();
        self.0.published.store(Arc::new(Published::new(known, &self.0.realm)?));
        Ok(())
    }
}

impl Published {
    fn new(mut keys: Vec<Known>, realm: &Realm) -> Result<Self, KeysError> {
        keys.sort_by_key(|key| Reverse(key.signing.activates_at));
        let verification = VerificationKeys::new(realm.clone(), keys.iter().map(|key| key.public.clone()))?;
        Ok(Self { keys, verification })
    }

    /// The newest active key. Before the first one is active, with a clock that is behind, the one that will be
    /// soonest: everybody knows it already.
    fn signer(&self, now: Timestamp) -> Option<&SigningKey> {
        let mut signers = self.keys.iter().filter(|key| key.private.is_some());
        let soonest = || self.keys.iter().rfind(|key| key.private.is_some());
        let key = signers.find(|key| key.signing.activates_at <= now).or_else(soonest)?;
        key.private.as_deref()
    }

    /// The stored key as one that verifies tokens; `None` if it does not.
    fn recognize(&self, setup: &Setup, stored: &Stored<Key>, now: Timestamp) -> Option<Known> {
        let KeyName::Signing(kid) = stored.id() else { return None };
        let signing = stored.value().signing.as_ref()?;
        if !counts(setup.rotation, signing, now) {
            return None;
        }
        let living = signing.is_living(now);
        let before = self.keys.iter().find(|key| key.public.id() == kid);
        if let Some(before) = before.filter(|key| !living || key.private.is_some()) {
            let private = before.private.clone().filter(|_| living);
            return Some(Known { signing: signing.clone(), public: before.public.clone(), private });
        }
        match sealing::open(&setup.secrets, stored) {
            Ok(Opened::Signing(key)) => {
                let public = key.public().clone();
                Some(Known { signing: signing.clone(), public, private: living.then_some(key) })
            }
            Ok(Opened::Root(_) | Opened::Pepper(..)) => None,
            Err(why) => {
                tracing::error!(key = %stored.id(), ?why, "a signing key cannot be opened: its tokens are refused");
                None
            }
        }
    }
}

/// Whether tokens of this key are accepted.
fn counts(rotation: Rotation, signing: &Signing, now: Timestamp) -> bool {
    signing.state(now) != SigningState::Withdrawn && rotation.over_at(signing).is_none_or(|end| now < end)
}
