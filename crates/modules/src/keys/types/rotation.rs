//! The schedule of rotation: when a signing key gets a successor, and how long its tokens are accepted.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use thiserror::Error;

use super::signing_state::SigningState;
use crate::keys::schema::Signing;

/// How long others may cache our published keys.
const PUBLISHED_AHEAD: Duration = Duration::from_hours(1);
/// Clocks differ, and an instance may sign for a moment with the key that it read last.
const SLACK: Duration = Duration::from_mins(5);
/// How long a key signs by default.
const EVERY: Duration = Duration::from_hours(24 * 90);

/// The schedule is impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("signing keys must be kept for at least {} s: twice the time that they are published ahead", least.as_secs())]
pub struct RotationError {
    /// The least time.
    pub least: Duration,
}

/// When signing keys rotate. Every instance must have the same schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    every: Duration,
    /// How long a key is published before it signs.
    pub(crate) lead: Duration,
    /// How long after its last signature a key's tokens may still be presented.
    pub(crate) verifies_for: Duration,
}

impl Rotation {
    /// The default schedule, 90 days, for tokens that live for `access_ttl`.
    pub fn new(access_ttl: Duration) -> Self {
        Self {
            every: EVERY,
            lead: access_ttl.saturating_add(PUBLISHED_AHEAD),
            verifies_for: access_ttl.saturating_add(SLACK),
        }
    }

    /// The same with another schedule.
    ///
    /// # Errors
    /// [`RotationError`] when a key would have to be published before the previous one signs.
    pub fn every(self, every: Duration) -> Result<Self, RotationError> {
        let least = self.lead.saturating_mul(2);
        if every < least { Err(RotationError { least }) } else { Ok(Self { every, ..self }) }
    }

    /// When the successor of the newest key begins to sign, once it is time to publish it.
    pub(crate) fn successor_due(&self, newest: &Signing, now: Timestamp) -> Option<Timestamp> {
        let at = newest.activates_at.plus(self.every);
        let earliest = now.plus(self.lead);
        (newest.state(now) == SigningState::Current && at <= earliest).then_some(earliest.max(at))
    }

    /// Until when this key's tokens may still be presented; `None` while it signs or will.
    pub(crate) fn over_at(&self, key: &Signing) -> Option<Timestamp> {
        key.withdrawn_at.or(key.retires_at).map(|end| end.plus(self.verifies_for))
    }
}

impl Signing {
    /// The state of the key at this time.
    pub(crate) fn state(&self, now: Timestamp) -> SigningState {
        if self.withdrawn_at.is_some() {
            SigningState::Withdrawn
        } else if self.retires_at.is_some_and(|end| end <= now) {
            SigningState::Retired
        } else if self.activates_at > now {
            SigningState::Next
        } else {
            SigningState::Current
        }
    }

    /// Whether it signs or will.
    pub(crate) fn is_living(&self, now: Timestamp) -> bool {
        matches!(self.state(now), SigningState::Next | SigningState::Current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_leaves_room_for_publishing() {
        let rotation = Rotation::new(Duration::from_mins(10));
        assert_eq!(
            rotation.every(Duration::from_hours(2)),
            Err(RotationError { least: Duration::from_mins(140) })
        );
        assert!(rotation.every(Duration::from_mins(140)).is_ok());
    }
}
