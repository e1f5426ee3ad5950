//! Settings of features that are not built. The server knows them and refuses to start with one: an operator would
//! notice too late that a setting is valid but has no effect.

use super::env::Env;
use super::reader::Reader;

/// A feature that is not built, and its settings.
pub(super) struct Feature {
    /// Its name, for a sentence that ends with it.
    pub(super) name: &'static str,
    /// Its settings.
    pub(super) settings: &'static [&'static str],
}

/// All such features. When a feature is built, its settings move from here into a section.
pub(super) const FEATURES: &[Feature] =
    &[Feature { name: "webhooks", settings: &["WEBHOOK_URL", "WEBHOOK_SECRET"] }];

/// The feature that a variable belongs to, if it is not built.
fn feature(variable: &str) -> Option<&'static Feature> {
    let variable = variable.strip_suffix("_FILE").unwrap_or(variable);
    FEATURES.iter().find(|feature| feature.settings.contains(&variable))
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
    fn the_file_of_a_setting_belongs_to_the_same_feature() {
        for known in ["WEBHOOK_URL", "WEBHOOK_SECRET", "WEBHOOK_SECRET_FILE"] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["AUDIT_RETENTION", "CRON_SECRET", "METRICS_ADDR", "OIDC_ACME_ISSUER"] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }
}
