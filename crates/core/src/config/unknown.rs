//! Variables that look like ours and are not: a typing error would otherwise leave a default in force, silently.

use super::env::Env;
use super::rate_limit::RateLimitConfig;
use super::reader::file_variable;
use super::settings::Definition;
use super::{SECTIONS, oauth};

/// Beginnings nobody but us uses for what they say.
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

/// Shorter names are near to too many others (`PORT`, `PATH`).
const SHORTEST_FUZZY: usize = 6;

/// One warning for each such variable.
pub(super) fn warnings(env: &Env) -> Vec<String> {
    env.names().filter_map(warning).collect()
}

fn warning(name: &str) -> Option<String> {
    let mut definitions = SECTIONS.iter().flat_map(|section| section.definitions.iter().copied());
    let declared = |definition: &Definition| {
        definition.name == name || (definition.secret && file_variable(definition.name) == name)
    };
    if definitions.clone().any(declared) || RateLimitConfig::is_known(name) || oauth::is_known(name) {
        return None;
    }
    if let Some(plain) = definitions.clone().find(|definition| file_variable(definition.name) == name) {
        return Some(format!("{name}: is not read; {} is no secret and comes from no file", plain.name));
    }
    if let Some(meant) = definitions.find(|definition| is_near(name, definition.name)) {
        return Some(format!("{name}: is not read; did you mean {}?", meant.name));
    }
    // What is near to none of ours may be the number of a product's policy: the server says so, once it knows the routes.
    if name.starts_with("RATE_LIMIT_") {
        return None;
    }
    PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix))
        .then(|| format!("{name}: is not read; no such variable"))
}

/// One slip in a short name, two in a long one, case aside.
fn is_near(name: &str, known: &str) -> bool {
    let allowed = if known.len() < 10 { 1 } else { 2 };
    if name.len().min(known.len()) < SHORTEST_FUZZY || name.len().abs_diff(known.len()) > allowed {
        return false;
    }
    distance(&name.to_ascii_uppercase(), known) <= allowed
}

/// Levenshtein's distance, a row at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (above, to) in row.iter().skip(1).zip(&b) {
            left = (diagonal + usize::from(from != *to)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_noticed() {
        for (name, meant) in [
            ("DATABASE_URI", "DATABASE_URL"),
            ("RATELIMIT_STRICT", "RATE_LIMIT_STRICT"),
            ("BCRYPT_COSTS", "BCRYPT_COST"),
            ("smtp_url", "SMTP_URL"),
            ("SECRET_KEYS_FILES", "is not read"),
            ("SMTP_PASSWORD", "no such variable"),
            ("PORT_FILE", "no secret"),
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
            "RUST_LOG",
            "SECRET_KEYS",
            "SECRET_KEYS_FILE",
            "OIDC_ACME_ISSUER",
            "KV_REST_API_URL",
            "RATE_LIMIT_BURST",
        ] {
            assert_eq!(warning(name), None, "{name}");
        }
    }

    #[test]
    fn distance_counts_slips() {
        for (a, b, slips) in
            [("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("abc", "abc", 0)]
        {
            assert_eq!(distance(a, b), slips, "{a} {b}");
        }
    }
}
