//! Settings of what is not built. They are known, so that whoever sets one is told at the start that it does nothing:
//! a value that is called valid and changes nothing is found out too late.

use super::env::Env;
use super::reader::Reader;

/// What is not built, and the settings that belong to it. In a name `<NAME>` stands for whatever an operator chose.
pub(super) struct Feature {
    /// What it is, for a sentence that goes on with "which is not built yet".
    pub(super) name: &'static str,
    /// Its settings.
    pub(super) settings: &'static [&'static str],
}

/// All of them. A feature that gets built takes its settings from here into a section.
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
    Feature {
        name: "the change of a password",
        settings: &["PASSWORD_RESET_TTL", "FRESH_TTL", "RATE_LIMIT_PASSWORD"],
    },
    Feature { name: "the change of an address", settings: &["EMAIL_CHANGE_TTL"] },
    Feature { name: "the invitation of people", settings: &["INVITATION_TTL"] },
    Feature { name: "the audit", settings: &["AUDIT_RETENTION"] },
    Feature { name: "the start of jobs by a scheduler", settings: &["CRON_SECRET"] },
    Feature { name: "the serving of metrics", settings: &["METRICS_ADDR"] },
];

/// What a variable belongs to, if that is not built.
fn feature(variable: &str) -> Option<&'static Feature> {
    let variable = variable.strip_suffix("_FILE").unwrap_or(variable);
    FEATURES.iter().find(|feature| feature.settings.iter().any(|setting| is_named(setting, variable)))
}

fn is_named(setting: &str, variable: &str) -> bool {
    let Some((before, after)) = setting.split_once("<NAME>") else { return setting == variable };
    let chosen = variable.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    chosen.is_some_and(|chosen| !chosen.is_empty())
}

/// Whether this is a setting, or the file of one, of something that is not built.
pub(super) fn is_known(variable: &str) -> bool {
    feature(variable).is_some()
}

/// Refuses every one that is set.
pub(super) fn refuse(env: &Env, reader: &mut Reader<'_>) {
    for variable in env.names() {
        if let Some(feature) = feature(variable) {
            let problem = format!("belongs to {}, which is not built yet", feature.name);
            reader.mistake(variable, problem, "it not to be set");
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
