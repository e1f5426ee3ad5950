//! The policies routes name, and the catalogue that gives them their numbers.
//!
//! A route names a [`Policy`] constant, never a quota: every number in here is a starting value that the
//! environment can replace. What is counted, and for whom, is decided here and cannot be configured away.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::key::SubjectKind::{
    self, Account, Device, FailingDevice, FailingNetwork, Network, SprayingNetwork, User,
};
use super::{AccountKey, Charge, LimitKey, Quota, Subject};
use crate::net::NetworkKey;

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

/// What every environment variable of this module begins with.
const PREFIX: &str = "RATE_LIMIT_";

/// How tightly a kind of route is held, and where its number comes from when the policy has none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// What costs much or is worth attacking: credentials, mail, tokens. A pattern, not a bucket: each policy
    /// counts apart.
    Strict,
    /// Everything without a reason to be something else: per user, and more loosely per network.
    Normal,
    /// Public and cheap.
    Relaxed,
    /// Liveness and readiness: never in the way of an orchestrator, never in the way of others.
    Probe,
}

/// A bucket a tier brings along: the end of its name, whom it counts, its starting number.
type TierBucket = (&'static str, SubjectKind, Quota);

impl Tier {
    const ALL: [Self; 4] = [Self::Strict, Self::Normal, Self::Relaxed, Self::Probe];

    /// The word for it, which is also the name of the policy that is nothing but this tier.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Normal => "normal",
            Self::Relaxed => "relaxed",
            Self::Probe => "probe",
        }
    }

    const fn buckets(self) -> &'static [TierBucket] {
        match self {
            Self::Strict => const { &[("", Network, Quota::of(10, MINUTE))] },
            Self::Normal => {
                const { &[("", User, Quota::of(120, MINUTE)), ("network", Network, Quota::of(300, MINUTE))] }
            }
            Self::Relaxed | Self::Probe => const { &[("", Network, Quota::of(600, MINUTE))] },
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A bucket a policy has beside those of its tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extra {
    suffix: &'static str,
    counts: SubjectKind,
    quota: Quota,
}

/// What a route is held to, by name. Made as a constant: `const EXPORT: Policy = Policy::strict("export");`
///
/// Routes under one policy share its buckets. The name is lower-case words joined by `-`; a bucket is named
/// after the policy and its own suffix (`login-hourly`), and so is its environment variable
/// (`RATE_LIMIT_LOGIN_HOURLY`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    name: &'static str,
    tier: Tier,
    /// Whether its routes know no user when they are limited, so that a bucket of users would never be charged.
    anonymous: bool,
    extras: [Option<Extra>; 8],
}

impl Policy {
    const fn new(name: &'static str, tier: Tier) -> Self {
        assert!(is_name(name), "a policy's name is lower-case words joined by `-`");
        Self { name, tier, anonymous: false, extras: [None; 8] }
    }

    /// Ten a minute for each network, unless set otherwise.
    ///
    /// # Panics
    /// Here and below, at compile time: for a name or suffix that is not lower-case words joined by `-`, and for more than
    /// eight buckets beside the tier's.
    pub const fn strict(name: &'static str) -> Self {
        Self::new(name, Tier::Strict)
    }

    /// As the policy [`NORMAL`], counted apart.
    pub const fn normal(name: &'static str) -> Self {
        Self::new(name, Tier::Normal)
    }

    /// As the policy [`RELAXED`], counted apart.
    pub const fn relaxed(name: &'static str) -> Self {
        Self::new(name, Tier::Relaxed)
    }

    /// As the policy [`PROBE`], counted apart.
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

    /// A bucket for each account the input names, charged by devices the account does not know.
    #[must_use]
    pub const fn account(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, Account, quota)
    }

    /// A bucket for each known device of the account the input names, charged instead of the account's.
    #[must_use]
    pub const fn device(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, Device, quota)
    }

    /// How many attempts in a row may fail under a known device, before it counts as unknown until they have left the
    /// window. Signing in begins a new row.
    #[must_use]
    pub const fn failing_device(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, FailingDevice, quota)
    }

    /// At how many different accounts unknown devices of one wide network (IPv4 /24, IPv6 /48) may fail, before the
    /// next bucket holds that network.
    #[must_use]
    pub const fn failing_network(self, suffix: &'static str, quota: Quota) -> Self {
        self.with(suffix, FailingNetwork, quota)
    }

    /// What unknown devices of a wide network may still try when it has failed at too many accounts.
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

    /// Whether it counts what an input names: then its routes say what that is with `limit_by`.
    pub fn limits_accounts(&self) -> bool {
        self.extras.iter().flatten().any(|extra| matches!(extra.counts, Account | Device))
    }

    fn variables(self) -> impl Iterator<Item = Variable> {
        let counted = move |counts: SubjectKind| !(self.anonymous && counts == User);
        let tier = self.tier.buckets().iter().filter(move |(_, counts, _)| counted(*counts)).map(
            move |(suffix, counts, quota)| Variable {
                name: variable(self.name, suffix),
                bucket: bucket(self.name, suffix),
                counts: *counts,
                default: *quota,
                falls_back_to: Some(variable(self.tier.name(), suffix)),
            },
        );
        let own = self.extras.into_iter().flatten().map(move |extra| Variable {
            name: variable(self.name, extra.suffix),
            bucket: bucket(self.name, extra.suffix),
            counts: extra.counts,
            default: extra.quota,
            falls_back_to: None,
        });
        tier.chain(own)
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

fn bucket(policy: &str, suffix: &str) -> String {
    if suffix.is_empty() { policy.to_owned() } else { format!("{policy}-{suffix}") }
}

fn variable(policy: &str, suffix: &str) -> String {
    format!("{PREFIX}{}", bucket(policy, suffix).to_ascii_uppercase().replace('-', "_"))
}

/// Signing in. The account's buckets bound guessing from everywhere at once, a known device keeps its owner
/// able to sign in meanwhile, the hour bounds what one network can try over many accounts, and the last two what a
/// neighborhood of networks can: one password tried at many accounts fails at many accounts.
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
/// Whatever sends a mail to an address the caller names.
pub const MAIL: Policy = Policy::strict("mail");
/// Whatever takes a mailed token.
pub const TOKEN: Policy = Policy::strict("token");
/// Renewing an access token. Apart from the rest, so that an exhausted network can still renew.
pub const REFRESH: Policy = Policy::normal("refresh").anonymous();
/// What a route has without a reason for another.
pub const NORMAL: Policy = Policy::normal("normal");
/// Public and cheap routes.
pub const RELAXED: Policy = Policy::relaxed("relaxed");
/// Liveness and readiness.
pub const PROBE: Policy = Policy::probe("probe");
/// What leads nowhere: requests that a page elsewhere made a browser send, paths and methods that are not there. Apart from
/// every route's own, for anybody's page can send them from the network of whoever reads it.
pub const REFUSED: Policy = Policy::relaxed("refused");

/// The policies that come with Palisade.
pub const BUILT_IN: &[Policy] = &[LOGIN, REGISTER, MAIL, TOKEN, REFRESH, NORMAL, RELAXED, PROBE, REFUSED];

/// One number the environment can set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name: `RATE_LIMIT_LOGIN_HOURLY`.
    pub name: String,
    /// The bucket it is for. For a tier's number, the name of the tier.
    pub bucket: String,
    /// Whom the bucket counts.
    pub counts: SubjectKind,
    /// The number when neither this nor what it falls back to is set.
    pub default: Quota,
    /// The variable whose number is taken when this one is not set.
    pub falls_back_to: Option<String>,
}

/// A bucket with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    name: Arc<str>,
    counts: SubjectKind,
    quota: Quota,
    variable: String,
}

impl Bucket {
    /// Its name, unique among all policies: `login-hourly`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whom it counts.
    pub const fn counts(&self) -> SubjectKind {
        self.counts
    }

    /// Its number.
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// The environment variable that sets the number.
    pub fn variable(&self) -> &str {
        &self.variable
    }
}

/// A policy with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedPolicy {
    policy: Policy,
    buckets: Vec<Bucket>,
}

impl ResolvedPolicy {
    /// The policy.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Its buckets, the tier's first.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// Whether a bucket of this name is one the policy itself brings along, and not its tier.
    pub fn is_own(&self, bucket: &str) -> bool {
        let own = self.policy.extras.iter().flatten();
        own.into_iter().any(|extra| self::bucket(self.policy.name, extra.suffix) == bucket)
    }

    /// What an attempt from an unknown device charges that failed at this account: the wide network, unless it has
    /// failed at that account in the window before. Empty when the policy does not count such.
    pub fn failure(&self, network: NetworkKey, account: AccountKey) -> Vec<Charge> {
        let network = network.wide();
        let once = |bucket: &Bucket| {
            let key = |subject| LimitKey::new(Arc::clone(&bucket.name), subject);
            let window = bucket.quota.window();
            let first = Charge::new(key(Subject::Tried(network, account)), Quota::new(1, window).ok()?);
            Some([first, Charge::new(key(Subject::FailingNetwork(network)), bucket.quota)])
        };
        let buckets = self.buckets.iter().filter(|bucket| bucket.counts == FailingNetwork);
        buckets.filter_map(once).flatten().collect()
    }

    /// What one request of this subject charges. Empty when the policy does not count such subjects.
    pub fn charges(&self, subject: &Subject) -> Vec<Charge> {
        self.buckets
            .iter()
            .filter(|bucket| bucket.counts == subject.kind())
            .map(|bucket| Charge::new(LimitKey::new(Arc::clone(&bucket.name), subject.clone()), bucket.quota))
            .collect()
    }
}

/// Why policies make no catalogue. Found when a server is put together, before it serves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Two different policies have one name.
    #[error("two different policies are called `{0}`")]
    NameTaken(&'static str),
    /// Two buckets have one name, and so one variable: `a-b` with no suffix, and `a` with the suffix `b`.
    #[error("two buckets are called `{0}`")]
    BucketTaken(String),
    /// A policy is called like a tier that is not its own.
    #[error("the policy `{0}` has the name of another tier")]
    NameOfATier(&'static str),
    /// A policy is called so that its number would be in a variable that says something else.
    #[error(
        "{0}: says something else, and would be the number of a policy of that name: give the policy another"
    )]
    VariableTaken(String),
    /// What the environment says is no number.
    #[error("{variable}: {problem}")]
    Number {
        /// The variable.
        variable: String,
        /// What is wrong with its value.
        problem: String,
    },
}

/// The catalogue: every policy in use, with its numbers.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    by_name: BTreeMap<&'static str, Arc<ResolvedPolicy>>,
}

impl Policies {
    /// The catalogue of these policies; the same one may come several times.
    ///
    /// `read` gives what the environment sets, and is asked once for each variable. What is not set falls
    /// back to the tier's variable, and then to the number in the code.
    ///
    /// # Errors
    /// When names collide.
    pub fn resolve(
        policies: impl IntoIterator<Item = Policy>,
        mut read: impl FnMut(&str) -> Option<Quota>,
    ) -> Result<Self, PolicyError> {
        let policies = distinct(policies)?;
        let mut numbers = BTreeMap::new();
        for variable in variables_of(&policies) {
            let inherited = variable.falls_back_to.as_ref().and_then(|tier| numbers.get(tier).copied());
            let number = read(&variable.name).or(inherited).unwrap_or(variable.default);
            numbers.insert(variable.name, number);
        }

        let mut by_name = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for policy in policies {
            let mut buckets = Vec::new();
            for Variable { name, bucket, counts, default, .. } in policy.variables() {
                if !taken.insert(bucket.clone()) {
                    return Err(PolicyError::BucketTaken(bucket));
                }
                let quota = numbers.get(&name).copied().unwrap_or(default);
                buckets.push(Bucket { name: bucket.into(), counts, quota, variable: name });
            }
            by_name.insert(policy.name, Arc::new(ResolvedPolicy { policy, buckets }));
        }
        Ok(Self { by_name })
    }

    /// Every variable that [`resolve`](Self::resolve) asks for, the tiers' first: for documentation and
    /// `.env.example`.
    ///
    /// # Errors
    /// When names collide.
    pub fn variables(policies: impl IntoIterator<Item = Policy>) -> Result<Vec<Variable>, PolicyError> {
        distinct(policies).map(|policies| variables_of(&policies))
    }

    /// The numbers of a policy; `None` when it is not in the catalogue.
    pub fn limits(&self, policy: &Policy) -> Option<Arc<ResolvedPolicy>> {
        self.by_name.get(policy.name).filter(|limits| limits.policy == *policy).map(Arc::clone)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &ResolvedPolicy> {
        self.by_name.values().map(Arc::as_ref)
    }
}

fn distinct(policies: impl IntoIterator<Item = Policy>) -> Result<Vec<Policy>, PolicyError> {
    let mut list: Vec<Policy> = Vec::new();
    for policy in policies {
        if Tier::ALL.iter().any(|tier| tier.name() == policy.name && *tier != policy.tier) {
            return Err(PolicyError::NameOfATier(policy.name));
        }
        match list.iter().find(|known| known.name == policy.name) {
            Some(known) if *known == policy => {}
            Some(_) => return Err(PolicyError::NameTaken(policy.name)),
            None => list.push(policy),
        }
    }
    Ok(list)
}

/// The tiers' variables come first, because the others inherit from them; each name once.
fn variables_of(policies: &[Policy]) -> Vec<Variable> {
    let tiers = Tier::ALL.into_iter().flat_map(|tier| Policy::new(tier.name(), tier).variables());
    let mut list: Vec<Variable> = tiers.map(|number| Variable { falls_back_to: None, ..number }).collect();
    for variable in policies.iter().flat_map(|policy| policy.variables()) {
        if !list.iter().any(|known| known.name == variable.name) {
            list.push(variable);
        }
    }
    list
}

impl fmt::Display for Policies {
    /// A table, one line a bucket.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {:<8} {:<16} {:>12}  variable", "policy", "tier", "counts", "quota")?;
        for limits in self.iter() {
            for bucket in &limits.buckets {
                writeln!(
                    f,
                    "{:<12} {:<8} {:<16} {:>12}  {}",
                    limits.policy.name,
                    limits.policy.tier,
                    bucket.counts,
                    bucket.quota.to_string(),
                    bucket.variable
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
