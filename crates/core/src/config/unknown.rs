//! Variables that look like ours but are not: without a warning, a typing error would silently leave a default in
//! force.

use super::env::Env;
use super::own_settings::OwnVariables;
use super::rate_limit::RateLimitConfig;
use super::reader::file_variable;
use super::settings::Definition;

/// Prefixes that no other program uses for the same purpose.
const PREFIXES: [&str; 11] = [
    "ACCESS_TOKEN_",
    "BCRYPT_",
    "CORS_",
    "HASHING_",
    "MAIL_",
    "OIDC_",
    "REFRESH_",
    "SECRET_KEY",
    "SMTP_",
    "TRUSTED_",
    "UPSTASH_REDIS_REST_",
];

/// Shorter names are close to too many others (`PORT`, `PATH`).
const SHORTEST_FUZZY: usize = 6;

/// Variables that similar programs read, and the variable that this one reads instead.
const INSTEAD: [(&str, &str); 2] =
    [("RUST_LOG", "LOG_LEVEL"), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")];

/// One warning for each such variable.
pub(super) fn warnings(env: &Env) -> Vec<String> {
    env.names().filter_map(|name| warning(env.own(), name)).collect()
}

fn warning(own: &OwnVariables, name: &str) -> Option<String> {
    let mut definitions = own.definitions();
    let declared = |definition: &Definition| definition.is_meant_by(name);
    if definitions.clone().any(declared) || RateLimitConfig::is_known(name) {
        return None;
    }
    if let Some(plain) = definitions.clone().find(|definition| file_variable(definition.name) == name) {
        return Some(format!(
            "{name}: is not read; {} is not secret and cannot be given as a file",
            plain.name
        ));
    }
    if let Some((_, ours)) = INSTEAD.iter().find(|(other, _)| *other == name) {
        return Some(format!("{name}: is not read; this program reads {ours}"));
    }
    if let Some(meant) = definitions.find(|definition| is_near(name, definition.name)) {
        return Some(format!("{name}: is not read; did you mean {}?", meant.name));
    }
    // A name that is close to none of ours may be the quota of a product's policy: the server reports it once it
    // knows the routes.
    if name.starts_with("RATE_LIMIT_") {
        return None;
    }
    PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix))
        .then(|| format!("{name}: is not read; no such variable"))
}

/// One typing error in a short name, two in a long one, ignoring case; two swapped letters are one error. A very
/// short name has too many neighbors with another meaning (`PORT`, `SORT`): only its own letters count, in any case
/// and with two neighbors swapped.
fn is_near(name: &str, known: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let slips = strsim::osa_distance(&name, known);
    match known.len() {
        ..SHORTEST_FUZZY => slips <= 1 && sorted(&name) == sorted(known),
        SHORTEST_FUZZY..10 => name.len() >= SHORTEST_FUZZY && slips <= 1,
        _ => slips <= 2,
    }
}

fn sorted(name: &str) -> Vec<u8> {
    let mut letters = name.as_bytes().to_vec();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(name: &str) -> Option<String> {
        super::warning(&OwnVariables::NONE, name)
    }

    #[test]
    fn a_slip_is_noticed() {
        for (name, meant) in [
            ("DATABASE_URI", "DATABASE_URL"),
            ("RATELIMIT_STRICT", "RATE_LIMIT_STRICT"),
            ("BCRYPT_COSTS", "BCRYPT_COST"),
            ("smtp_url", "SMTP_URL"),
            ("SECRET_KEYS_FILES", "is not read"),
            ("SMTP_PASSWORD", "no such variable"),
            ("PORT_FILE", "not secret"),
            ("PROT", "PORT"),
            ("port", "PORT"),
            ("HSOT", "HOST"),
            ("APP_ULR", "APP_URL"),
            ("BCRYTP_COTS", "BCRYPT_COST"),
            ("RUST_LOG", "this program reads LOG_LEVEL"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "this program reads OTEL_EXPORTER_OTLP_ENDPOINT"),
        ] {
            let warning = warning(name).unwrap_or_default();
            assert!(warning.starts_with(name) && warning.contains(meant), "{name}: {warning:?}");
        }
    }

    #[test]
    fn what_others_set_is_left_alone() {
        for name in [
            "PATH",
            "HOME",
            "HOSTNAME",
            "LOGNAME",
            "SHELL",
            "GITHUB_TOKEN",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "SESSION_MANAGER",
            "CARGO_TARGET_DIR",
            "SORT",
            "POST",
            "PORTS",
            "HOSTS",
            "GHOST",
            "RUST_LOG_STYLE",
            "SECRET_KEYS",
            "SECRET_KEYS_FILE",
            "OIDC_ACME_ISSUER",
            "KV_REST_API_URL",
            "RATE_LIMIT_BURST",
        ] {
            assert_eq!(warning(name), None, "{name}");
        }
    }
}
