//! The catalogue: every policy in use, with the numbers of its buckets and the variables that set them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::key::SubjectKind::{self, FailingNetwork, User};
use super::policy::{Policy, Tier};
use super::{AccountKey, Charge, LimitKey, Quota, Subject};
use crate::net::NetworkKey;

/// The prefix of every environment variable of this module.
const PREFIX: &str = "RATE_LIMIT_";

impl Policy {
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

fn bucket(policy: &str, suffix: &str) -> String {
    if suffix.is_empty() { policy.to_owned() } else { format!("{policy}-{suffix}") }
}

fn variable(policy: &str, suffix: &str) -> String {
    format!("{PREFIX}{}", bucket(policy, suffix).to_ascii_uppercase().replace('-', "_"))
}

/// One number that the environment can set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name: `RATE_LIMIT_LOGIN_HOURLY`.
    pub name: String,
    /// Its bucket. For a tier's number, the name of the tier.
    pub bucket: String,
    /// The subject of the bucket.
    pub counts: SubjectKind,
    /// The number if neither this variable nor its fallback is set.
    pub default: Quota,
    /// The variable that supplies the number if this one is not set.
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

    /// Its subject.
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

    /// Whether a bucket of this name belongs to the policy itself, and not to its tier.
    pub fn is_own(&self, bucket: &str) -> bool {
        let own = self.policy.extras.iter().flatten();
        own.into_iter().any(|extra| self::bucket(self.policy.name, extra.suffix) == bucket)
    }

    /// The charges of a failed attempt from an unknown device at this account: the wide network, unless it has
    /// already failed at that account in the window. Empty if the policy does not count such failures.
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

    /// The charges of one request of this subject. Empty if the policy does not count such subjects.
    pub fn charges(&self, subject: &Subject) -> Vec<Charge> {
        self.buckets
            .iter()
            .filter(|bucket| bucket.counts == subject.kind())
            .map(|bucket| Charge::new(LimitKey::new(Arc::clone(&bucket.name), subject.clone()), bucket.quota))
            .collect()
    }
}

/// Why policies form no catalogue. Found when a server is assembled, before it serves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Two different policies have one name.
    #[error("two different policies are called `{0}`")]
    NameTaken(&'static str),
    /// Two buckets have one name, and so one variable: `a-b` with no suffix, and `a` with the suffix `b`.
    #[error("two buckets are called `{0}`")]
    BucketTaken(String),
    /// A policy has the name of a tier that is not its own.
    #[error("the policy `{0}` has the name of another tier")]
    NameOfATier(&'static str),
    /// A policy has a name whose variable has another meaning.
    #[error(
        "{0}: has another meaning, and would be the number of a policy with that name: rename the policy"
    )]
    VariableTaken(String),
    /// A value of the environment is not a quota.
    #[error("{variable}: {problem}")]
    Number {
        /// The variable.
        variable: String,
        /// The problem with its value.
        problem: String,
    },
}

/// The catalogue: every policy in use, with its numbers.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    by_name: BTreeMap<&'static str, Arc<ResolvedPolicy>>,
}

impl Policies {
    /// The catalogue of these policies; the same one may occur several times.
    ///
    /// `read` returns the value in the environment, and is called once for each variable. An unset variable falls
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

    /// Every variable that [`resolve`](Self::resolve) reads, the tiers' first: for documentation and
    /// `.env.example`.
    ///
    /// # Errors
    /// When names collide.
    pub fn variables(policies: impl IntoIterator<Item = Policy>) -> Result<Vec<Variable>, PolicyError> {
        distinct(policies).map(|policies| variables_of(&policies))
    }

    /// The numbers of a policy; `None` if it is not in the catalogue.
    pub fn limits(&self, policy: &Policy) -> Option<Arc<ResolvedPolicy>> {
        self.by_name.get(policy.name).filter(|limits| limits.policy == *policy).map(Arc::clone)
    }

    /// All policies, by name.
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
#[path = "catalogue_tests.rs"]
mod tests;
