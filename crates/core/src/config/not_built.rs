//! Settings of features that are not built. The server knows them and refuses to start with one: an operator would
//! notice too late that a setting is valid but has no effect.

use super::env::Env;
use super::reader::Reader;

/// A feature that is not built, and its settings. In a name `<NAME>` stands for any name that an operator chooses.
pub(super) struct Feature {
    /// Its name, for a sentence that ends with it.
    pub(super) name: &'static str,
    /// Its settings.
    pub(super) settings: &'static [&'static str],
}

/// All such features. When a feature is built, its settings move from here into a section.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        name: "sign-in through providers",
        settings: &[
            "GOOGLE_CLIENT_ID",
            "GOOGLE_CLIENT_SECRET",
            "GITHUB_CLIENT_ID",
            "GITHUB_CLIENT_SECRET",
            "OIDC_<NAME>_ISSUER",
            "OIDC_<NAME>_CLIENT_ID",
            "OIDC_<NAME>_CLIENT_SECRET",
            "RETURN_TO_ORIGINS",
            "OAUTH_TTL",
            "RATE_LIMIT_OAUTH",
        ],
    },
    Feature { name: "the audit log", settings: &["AUDIT_RETENTION"] },
    Feature { name: "jobs started by a scheduler", settings: &["CRON_SECRET"] },
    Feature { name: "metrics", settings: &["METRICS_ADDR"] },
];

/// The feature that a variable belongs to, if it is not built.
fn feature(variable: &str) -> Option<&'static Feature> {
    let variable = variable.strip_suffix("_FILE").unwrap_or(variable);
    FEATURES.iter().find(|feature| feature.settings.iter().any(|setting| is_named(setting, variable)))
}

fn is_named(setting: &str, variable: &str) -> bool {
    let Some((before, after)) = setting.split_once("<NAME>") else { return setting == variable };
    let chosen = variable.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    chosen.is_some_and(|chosen| !chosen.is_empty())
}

/// Whether this is a setting, or the `_FILE` variant of one, of a feature that is not built.
pub(super) fn is_known(variable: &str) -> bool {
    feature(variable).is_some()
}

/// Refuses every such setting.
pub(super) fn refuse(env: &Env, reader: &mut Reader<'_>) {
    for variable in env.names() {
        if let Some(feature) = feature(variable) {
            let problem = format!("belongs to a feature that is not built yet: {}", feature.name);
            reader.mistake(variable, problem, "no value");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SECTIONS;

    #[test]
    fn what_is_built_is_not_called_otherwise() {
        for definition in SECTIONS.iter().flat_map(|section| section.definitions) {
            assert!(!is_known(definition.name), "{}", definition.name);
        }
    }

    #[test]
    fn a_name_that_an_operator_chooses_stands_in_the_middle() {
        for known in
            ["OIDC_ACME_ISSUER", "OIDC_A_B_CLIENT_ID", "OIDC_ACME_CLIENT_SECRET_FILE", "CRON_SECRET_FILE"]
        {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["OIDC__ISSUER", "OIDC_ISSUER", "OIDC_ACME_SCOPE", "CRON_SECRETS", "METRICS"] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }
}
