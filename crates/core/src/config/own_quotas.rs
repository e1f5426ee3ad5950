//! The quotas of a product's policies. A product names a policy where it declares its route, and routes are
//! declared after the environment was read. So possible quotas are kept until the routes are known.

use std::collections::BTreeMap;

use super::env::{Env, Given};
use super::own_settings::OwnVariables;
use super::rate_limit::RateLimitConfig;
use super::reader::file_variable;
use super::settings::Definition;
use crate::limits::{BUILT_IN, Bucket, Policies, Policy, PolicyError, Quota, QuotaError, ResolvedPolicy};

/// The prefix of the variables of policies.
const PREFIX: &str = "RATE_LIMIT_";

/// Every variable of that form that is not built in, with its quota or its mistake.
#[derive(Clone, Debug)]
pub(super) struct OwnQuotas {
    given: BTreeMap<String, Result<Quota, String>>,
    variables: OwnVariables,
}

impl OwnQuotas {
    pub(super) fn read(env: &Env) -> Self {
        let own = |name: &&str| name.starts_with(PREFIX) && !is_taken(env.own(), name);
        let read = |name: &str| {
            let quota = match env.get(name) {
                Given::Text(text) => text.parse().map_err(|error: QuotaError| error.to_string()),
                Given::Nothing | Given::NotUnicode => Err("is not text".to_owned()),
            };
            (name.to_owned(), quota)
        };
        Self { given: env.names().filter(own).map(read).collect(), variables: *env.own() }
    }

    /// The catalogue of these policies and of the built-in ones.
    ///
    /// # Errors
    /// When names collide, or when a number is invalid.
    pub(super) fn resolve(
        &self,
        ours: &RateLimitConfig,
        named: impl IntoIterator<Item = Policy>,
    ) -> Result<Policies, PolicyError> {
        let policies: Vec<Policy> = named.into_iter().chain(BUILT_IN.iter().copied()).collect();
        for variable in Policies::variables(policies.iter().copied())? {
            let name = variable.name;
            if is_taken(&self.variables, &name) && ours.quota(&name).is_none() {
                return Err(PolicyError::VariableTaken(name));
            }
            if let Some(Err(problem)) = self.given.get(&name) {
                return Err(PolicyError::Number { variable: name, problem: problem.clone() });
            }
        }
        let own = |variable: &str| self.given.get(variable)?.as_ref().ok().copied();
        Policies::resolve(policies, |variable| ours.quota(variable).or_else(|| own(variable)))
    }

    /// The variables that belong to no policy of this catalogue.
    pub(super) fn unread(&self, policies: &Policies) -> Vec<String> {
        let read: Vec<&str> =
            policies.iter().flat_map(ResolvedPolicy::buckets).map(Bucket::variable).collect();
        self.given.keys().filter(|name| !read.contains(&name.as_str())).cloned().collect()
    }
}

/// Whether the name has another meaning.
fn is_taken(own: &OwnVariables, name: &str) -> bool {
    let from_file = |definition: &Definition| definition.secret && file_variable(definition.name) == name;
    own.definitions().any(|definition| definition.name == name || from_file(definition))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::system::SystemRng;

    const NOTES: Policy = Policy::strict("notes-write").user("user", Quota::of(5, 60));

    fn config(variables: &[(&str, &str)]) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", folder.path().join("p.db").display());
        let env = Env::from_pairs(variables.iter().copied().chain([("DATABASE_URL", database.as_str())]));
        Config::load(&env, &SystemRng).unwrap()
    }

    fn quotas(variables: &[(&str, &str)]) -> Vec<String> {
        let limits = config(variables).policies([NOTES]).unwrap().limits(&NOTES).unwrap();
        limits.buckets().iter().map(|bucket| bucket.quota().to_string()).collect()
    }

    #[test]
    fn a_policy_of_a_product_has_the_number_that_is_set() {
        assert_eq!(quotas(&[]), ["10/60s", "5/60s"]);
        assert_eq!(quotas(&[("RATE_LIMIT_STRICT", "7/60s")]), ["7/60s", "5/60s"]);
        assert_eq!(
            quotas(&[("RATE_LIMIT_NOTES_WRITE", "3/60s"), ("RATE_LIMIT_NOTES_WRITE_USER", "2/60s")]),
            ["3/60s", "2/60s"]
        );
    }

    #[test]
    fn a_number_that_is_none_does_not_start() {
        for wrong in ["abc", "0/60s", "-1/60s", "3", "3/60"] {
            let refused = config(&[("RATE_LIMIT_NOTES_WRITE", wrong)]).policies([NOTES]).unwrap_err();
            assert!(refused.to_string().starts_with("RATE_LIMIT_NOTES_WRITE: "), "{refused}");
        }
    }

    #[test]
    fn what_no_policy_has_is_told() {
        let config = config(&[("RATE_LIMIT_NOTES_WRITE", "3/60s"), ("RATE_LIMIT_NOTES_READ", "x")]);
        let policies = config.policies([NOTES]).unwrap();
        assert_eq!(config.unread_quotas(&policies), ["RATE_LIMIT_NOTES_READ"]);
        assert_eq!(config.unread_quotas(&config.policies([]).unwrap()).len(), 2);
    }

    #[test]
    fn a_policy_cannot_take_a_variable_that_says_something_else() {
        for name in ["timeout", "url", "memory"] {
            let refused = config(&[]).policies([Policy::strict(name)]).unwrap_err();
            assert!(matches!(refused, PolicyError::VariableTaken(_)), "{name}: {refused}");
        }
    }
}
