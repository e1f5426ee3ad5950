//! The policies of routes.
//!
//! A route names a [`Policy`] constant, never a quota: every number here is a default that the environment can
//! replace. The subjects that a policy counts are fixed here and not configurable.

use std::fmt;

use super::Quota;
use super::key::SubjectKind::{
    self, Account, ApiKey, Device, FailingDevice, FailingNetwork, Network, SprayingNetwork, User,
};

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

/// The strictness of a kind of route, and the default number of a policy without its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Routes that are expensive or worth attacking: credentials, mail, tokens. A pattern, not a bucket: each
    /// policy counts separately.
    Strict,
    /// Everything without a reason for another tier: per user, and more loosely per network.
    Normal,
    /// Public and cheap.
    Relaxed,
    /// Liveness and readiness: never in the way of an orchestrator, never in the way of others.
    Probe,
    /// Requests that present an API key, per key. No route has it: it counts in place of the buckets of users.
    ApiKey,
}

/// A bucket of a tier: the end of its name, its subject, its default number.
pub(super) type TierBucket = (&'static str, SubjectKind, Quota);

impl Tier {
    pub(super) const ALL: [Self; 5] = [Self::Strict, Self::Normal, Self::Relaxed, Self::Probe, Self::ApiKey];

    /// Its name, which is also the name of the policy that consists only of this tier.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Normal => "normal",
            Self::Relaxed => "relaxed",
            Self::Probe => "probe",
            Self::ApiKey => "api-key",
        }
    }

    pub(super) const fn buckets(self) -> &'static [TierBucket] {
        match self {
            Self::Strict => const { &[("", Network, Quota::of(10, MINUTE))] },
            Self::Normal => {
                const { &[("", User, Quota::of(120, MINUTE)), ("network", Network, Quota::of(300, MINUTE))] }
            }
            Self::Relaxed | Self::Probe => const { &[("", Network, Quota::of(600, MINUTE))] },
            Self::ApiKey => const { &[("", ApiKey, Quota::of(600, MINUTE))] },
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A bucket of a policy beyond those of its tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extra {
    pub(super) suffix: &'static str,
    pub(super) counts: SubjectKind,
    pub(super) quota: Quota,
}

/// The limit of a route, by name. Created as a constant: `const EXPORT: Policy = Policy::strict("export");`
///
/// Routes under one policy share its buckets. The name is lower-case words joined by `-`; a bucket is named after
/// the policy and its own suffix (`login-hourly`), and so is its environment variable (`RATE_LIMIT_LOGIN_HOURLY`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) name: &'static str,
    pub(super) tier: Tier,
    /// Whether its routes know no user when they are limited, so that a bucket of users would never be charged.
    pub(super) anonymous: bool,
    pub(super) extras: [Option<Extra>; 8],
}

impl Policy {
    pub(super) const fn new(name: &'static str, tier: Tier) -> Self {
        assert!(is_name(name), "a policy's name is lower-case words joined by `-`");
        Self { name, tier, anonymous: false, extras: [None; 8] }
    }

    /// Ten a minute for each network, by default.
    ///
    /// # Panics
    /// Here and below, at compile time: for a name or suffix that is not lower-case words joined by `-`, and for
    /// more than eight buckets beside the tier's.
    pub const fn strict(name: &'static str) -> Self {
        Self::new(name, Tier::Strict)
    }

    /// Like the policy [`NORMAL`], counted separately.
    pub const fn normal(name: &'static str) -> Self {
        Self::new(name, Tier::Normal)
    }

    /// Like the policy [`RELAXED`], counted separately.
    pub const fn relaxed(name: &'static str) -> Self {
        Self::new(name, Tier::Relaxed)
    }

    /// Like the policy [`PROBE`], counted separately.
    pub const fn probe(name: &'static str) -> Self {
        Self::new(name, Tier::Probe)
    }

    /// Without the tier's buckets of users: for routes whose caller is not known before their handler.
    #[must_use]
    pub const fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// One more bucket for each network.
    #[must_use]
    pub const fn network(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, Network, quota)
    }

    /// One more bucket for each signed-in user.
    #[must_use]
    pub const fn user(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, User, quota)
    }

    /// A bucket for each account that the input names, charged by devices that the account does not know.
    #[must_use]
    pub const fn account(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, Account, quota)
    }

    /// A bucket for each known device of the account that the input names, charged instead of the account's.
    #[must_use]
    pub const fn device(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, Device, quota)
    }

    /// How many consecutive attempts may fail with a known device, before it counts as unknown until they have left
    /// the window. A successful sign-in begins a new series.
    #[must_use]
    pub const fn failing_device(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, FailingDevice, quota)
    }

    /// At how many different accounts unknown devices of one wide network (IPv4 /24, IPv6 /48) may fail, before the
    /// next bucket limits that network.
    #[must_use]
    pub const fn failing_network(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, FailingNetwork, quota)
    }

    /// The remaining attempts for unknown devices of a wide network that has failed at too many accounts.
    #[must_use]
    pub const fn spraying_network(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, SprayingNetwork, quota)
    }

    const fn with(mut self, suffix: &'static str, counts: SubjectKind, quota: Quota) -> Self {
        assert!(is_name(suffix), "a bucket's suffix is lower-case words joined by `-`");
        let mut slots: &mut [Option<Extra>] = &mut self.extras;
        while let [slot, rest @ ..] = slots {
            if slot.is_none() {
                *slot = Some(Extra { suffix, counts, quota });
                return self;
            }
            slots = rest;
        }
        #[expect(clippy::panic, reason = "stops the compiler, where a constant has too many buckets")]
        {
            panic!("a policy has at most eight buckets beside its tier's")
        }
    }

    /// Its name: `login`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its tier.
    pub const fn tier(&self) -> Tier {
        self.tier
    }

    /// Whether it bounds what one user can guess: strict, with a bucket of its own for each user.
    pub fn bounds_guesses(&self) -> bool {
        self.tier == Tier::Strict && self.extras.iter().flatten().any(|extra| extra.counts == User)
    }

    /// Whether it counts something that an input names: its routes then declare it with `limit_by`.
    pub fn limits_accounts(&self) -> bool {
        self.extras.iter().flatten().any(|extra| matches!(extra.counts, Account | Device))
    }
}

/// Lower-case ASCII words joined by single `-`.
const fn is_name(text: &str) -> bool {
    let mut bytes = text.as_bytes();
    let mut after_letter = false;
    while let [first, rest @ ..] = bytes {
        match *first {
            b'a'..=b'z' => after_letter = true,
            b'0'..=b'9' if after_letter => {}
            b'-' if after_letter => after_letter = false,
            _ => return false,
        }
        bytes = rest;
    }
    after_letter
}

/// Signing in. The account's buckets bound distributed guessing; a known device keeps its owner able to sign in
/// meanwhile; the hourly bucket bounds what one network can try over many accounts; and the last two bound a wide
/// network: one password tried on many accounts fails at many accounts.
pub const LOGIN: Policy = Policy::strict("login")
    .network("network", Quota::of(100, HOUR))
    .account("account", Quota::of(5, 15 * MINUTE))
    .account("account-day", Quota::of(30, DAY))
    .device("device", Quota::of(10, 15 * MINUTE))
    .failing_device("device-failing", Quota::of(10, DAY))
    .failing_network("spray", Quota::of(30, 10 * MINUTE))
    .spraying_network("spraying", Quota::of(1, MINUTE));
/// Registering, and the first account of an installation.
pub const REGISTER: Policy = Policy::strict("register");
/// Signing in through a provider: its beginning, and the return from there.
pub const OAUTH: Policy = Policy::strict("oauth");
/// Every route that sends a mail to an address that the caller names.
pub const MAIL: Policy = Policy::strict("mail");
/// Every route that accepts a mailed token.
pub const TOKEN: Policy = Policy::strict("token");
/// Every route behind a session that compares the caller's password. The user's bucket bounds what a stolen session can
/// guess from many networks.
pub const PASSWORD: Policy = Policy::strict("password").user("user", Quota::of(10, 15 * MINUTE));
/// Renewing an access token. Separate, so that an exhausted network can still renew.
pub const REFRESH: Policy = Policy::normal("refresh").anonymous();
/// The policy of a route without a reason for another.
pub const NORMAL: Policy = Policy::normal("normal");
/// Public and cheap routes.
pub const RELAXED: Policy = Policy::relaxed("relaxed");
/// Liveness and readiness.
pub const PROBE: Policy = Policy::probe("probe");
/// Jobs that the scheduler starts.
pub const CRON: Policy = Policy::strict("cron");
/// Requests that lead nowhere: cross-site requests that another page made a browser send, unknown paths and
/// methods. Separate from every route's own bucket, because any page can send them from the network of its readers.
pub const REFUSED: Policy = Policy::relaxed("refused");

/// Requests that present an API key. They count by key and not by user, so that no program uses up the limit of its owner.
/// The phases charge it; a route cannot have it, because it counts no networks.
pub(crate) const API_KEY: Policy = Policy::new("api-key", Tier::ApiKey);

/// The policies that come with Palisade.
pub const BUILT_IN: &[Policy] =
    &[LOGIN, REGISTER, OAUTH, MAIL, TOKEN, PASSWORD, REFRESH, NORMAL, RELAXED, PROBE, CRON, REFUSED, API_KEY];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_words_joined_by_dashes() {
        for good in ["a", "login", "v2", "a-b-c"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a_b", "2a", "login-2fa", "a b", "é"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
