//! The settings of sign-in through providers, as an operator sees them: `check` names every provider that they make.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_api_tests::binary::run;

/// Each setting, a value, and what `check` shows of it.
const SETTINGS: &[(&str, &str, &str)] = &[
    ("GOOGLE_CLIENT_ID", "our-id", "our-id env"),
    ("GOOGLE_CLIENT_SECRET", "a-secret-of-google", "(set) env"),
    ("GOOGLE_URL", "https://google.example.org", "https://google.example.org env"),
    ("GITHUB_CLIENT_ID", "our-id", "our-id env"),
    ("GITHUB_CLIENT_SECRET", "a-secret-of-github", "(set) env"),
    ("GITHUB_URL", "https://github.example.org", "https://github.example.org env"),
    ("MICROSOFT_CLIENT_ID", "our-id", "our-id env"),
    ("MICROSOFT_CLIENT_SECRET", "a-secret-of-microsoft", "(set) env"),
    ("MICROSOFT_URL", "https://microsoft.example.org", "https://microsoft.example.org env"),
    ("GITLAB_CLIENT_ID", "our-id", "our-id env"),
    ("GITLAB_CLIENT_SECRET", "a-secret-of-gitlab", "(set) env"),
    ("GITLAB_URL", "https://gitlab.example.org", "https://gitlab.example.org env"),
    ("DISCORD_CLIENT_ID", "our-id", "our-id env"),
    ("DISCORD_CLIENT_SECRET", "a-secret-of-discord", "(set) env"),
    ("DISCORD_URL", "https://discord.example.org", "https://discord.example.org env"),
    ("SLACK_CLIENT_ID", "our-id", "our-id env"),
    ("SLACK_CLIENT_SECRET", "a-secret-of-slack", "(set) env"),
    ("SLACK_URL", "https://slack.example.org", "https://slack.example.org env"),
    ("LINKEDIN_CLIENT_ID", "our-id", "our-id env"),
    ("LINKEDIN_CLIENT_SECRET", "a-secret-of-linkedin", "(set) env"),
    ("LINKEDIN_URL", "https://linkedin.example.org", "https://linkedin.example.org env"),
    ("MICROSOFT_TENANT", "organizations", "organizations env"),
    ("APPLE_CLIENT_ID", "org.example.app", "org.example.app env"),
    ("APPLE_TEAM_ID", "A1B2C3D4E5", "A1B2C3D4E5 env"),
    ("APPLE_KEY_ID", "F6G7H8J9K0", "F6G7H8J9K0 env"),
    ("APPLE_PRIVATE_KEY", "<a key>", "(set) env"),
    ("APPLE_URL", "https://apple.example.org", "https://apple.example.org env"),
    ("OIDC_<NAME>_ISSUER", "https://id.example.org", "https://id.example.org env"),
    ("OIDC_<NAME>_CLIENT_ID", "our-id", "our-id env"),
    ("OIDC_<NAME>_CLIENT_SECRET", "a-secret-of-acme", "(set) env"),
    ("OIDC_<NAME>_SCOPES", "openid email", "openid email env"),
    ("OIDC_<NAME>_LABEL", "Acme & Sons", "Acme & Sons env"),
    ("OIDC_<NAME>_AUTHORITATIVE_DOMAINS", "example.org", "example.org env"),
    ("OIDC_<NAME>_TOKEN_AUTH", "post", "post env"),
    ("OAUTH_TTL", "5m", "5m env"),
    ("RETURN_TO_ORIGINS", "https://www.example.org", "https://www.example.org env"),
    ("RATE_LIMIT_OAUTH", "7/60s", "7/60s env"),
    ("OUTBOUND_ALLOW", "idp.internal:8443", "idp.internal:8443 env"),
    ("OUTBOUND_PROXY", "http://ada:a-secret-of-ada@proxy.internal:3128", "http://…@proxy.internal:3128 env"),
];

/// A new key as Apple gives one.
fn key() -> String {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(key.as_ref()))
}

#[test]
fn every_provider_is_made_by_its_settings() {
    let (folder, key) = (tempfile::tempdir().unwrap(), key());
    let variables: Vec<(String, &str)> = SETTINGS
        .iter()
        .map(|(name, value, _)| {
            (name.replace("<NAME>", "ACME"), if *value == "<a key>" { key.as_str() } else { value })
        })
        .collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let check = run(folder.path(), &["check"], &variables);
    assert_eq!((check.status, check.complained.as_str()), (Some(0), ""), "{}", check.printed);
    for ((name, _), (_, _, shown)) in variables.iter().zip(SETTINGS) {
        assert_eq!(check.line(name), format!("{name} {shown}"));
    }
    assert!(!check.printed.contains("a-secret"), "{}", check.printed);
    let made = "sign-in through: google, github, microsoft, apple, gitlab, discord, slack, linkedin, acme\n";
    assert!(check.printed.contains(made), "{}", check.printed);

    let without = run(folder.path(), &["check"], &[]);
    assert!(!without.printed.contains("sign-in through:"), "{}", without.printed);
}
