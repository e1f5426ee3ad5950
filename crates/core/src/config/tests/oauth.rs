//! Sign-in through providers: which settings belong together.

use super::{World, development, load, mistakes, production};
use crate::config::oauth::{ClientCredential, ProviderConfig, ProviderKind};
use crate::config::{Config, Env, Source};

const ACME: [(&str, &str); 3] = [
    ("OIDC_ACME_ISSUER", "https://id.example.org/o/"),
    ("OIDC_ACME_CLIENT_ID", "palisade"),
    ("OIDC_ACME_CLIENT_SECRET", "a-secret-of-acme"),
];

fn with(env: &Env, variables: &[(&str, &str)]) -> Env {
    variables.iter().fold(env.clone(), |env, (name, value)| env.with(*name, *value))
}

fn names(config: &Config) -> Vec<&str> {
    config.oauth.providers.iter().map(|provider| provider.name.as_str()).collect()
}

fn secret(provider: &ProviderConfig) -> &str {
    match &provider.credential {
        ClientCredential::Secret(secret) => secret.expose(),
        ClientCredential::AppleKey(_) => "",
    }
}

#[test]
fn two_variables_make_a_provider() {
    let World { env, folder: _folder } = production();
    let none = load(&env).unwrap();
    assert!(none.oauth.providers.is_empty() && none.notes().iter().all(|note| !note.starts_with("sign-in")));
    for kind in ProviderKind::PRESETS.into_iter().filter(|kind| *kind != ProviderKind::Apple) {
        let prefix = kind.name().to_uppercase();
        let (id, key) = (format!("{prefix}_CLIENT_ID"), format!("{prefix}_CLIENT_SECRET"));
        let both = env.clone().with(&id, "ours").with(&key, "our-secret");
        let config = load(&both).unwrap();
        let [provider] = config.oauth.providers.as_slice() else { panic!("{prefix}: {:?}", config.oauth) };
        assert_eq!((provider.name.as_str(), provider.kind), (kind.name(), kind));
        assert_eq!((provider.client_id.as_str(), secret(provider)), ("ours", "our-secret"));
        assert!(config.notes().contains(&format!("sign-in through: {}", kind.name())));
        // Half of them is a mistake in the other one.
        for (set, missing) in [(&id, &key), (&key, &id)] {
            let found = mistakes(&env.clone().with(set, "ours"));
            assert!(found.len() == 1 && found[0].starts_with(missing), "{set}: {found:?}");
        }
    }
}

#[test]
fn apple_needs_its_four_variables() {
    use crate::utils::crypto::secret::ExposeSecret as _;
    use crate::utils::crypto::token::SigningKey;
    use base64::Engine as _;
    let World { env, folder: _folder } = production();
    let key = SigningKey::generate().unwrap();
    let body = base64::engine::general_purpose::STANDARD.encode(key.pkcs8().expose_secret());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let all = [
        ("APPLE_CLIENT_ID", "org.example.app"),
        ("APPLE_TEAM_ID", "A1B2C3D4E5"),
        ("APPLE_KEY_ID", "F6G7H8J9K0"),
        ("APPLE_PRIVATE_KEY", pem.as_str()),
    ];
    let config = load(&with(&env, &all)).unwrap();
    assert_eq!(names(&config), ["apple"]);
    assert!(!format!("{config:?}").contains(&body));
    for (missing, _) in all {
        let found = mistakes(&with(&env, &all).with(missing, ""));
        assert!(found.len() == 1 && found[0].starts_with(missing), "{missing}: {found:?}");
    }
}

#[test]
fn any_number_of_issuers_has_names_that_the_operator_chooses() {
    let World { env, folder: _folder } = production();
    let env = with(&env, &ACME);
    let more = [
        ("OIDC_MY_COMPANY_2_ISSUER", "https://two.example.org"),
        ("OIDC_MY_COMPANY_2_CLIENT_ID", "palisade"),
        ("OIDC_MY_COMPANY_2_CLIENT_SECRET", "another-secret"),
        ("OIDC_MY_COMPANY_2_LABEL", "Unternehmen"),
        ("OIDC_MY_COMPANY_2_SCOPES", "openid,email"),
        ("OIDC_MY_COMPANY_2_AUTHORITATIVE_DOMAINS", "example.org"),
        ("OIDC_MY_COMPANY_2_TOKEN_AUTH", "post"),
    ];
    let config = load(&with(&env, &more)).unwrap();
    assert_eq!(names(&config), ["acme", "my-company-2"]);
    let [one, two] = config.oauth.providers.as_slice() else { panic!("{:?}", config.oauth) };
    assert_eq!((one.label.as_str(), two.label.as_str()), ("Acme", "Unternehmen"));
    assert_eq!(one.server.as_ref().unwrap().as_str(), "https://id.example.org/o/", "byte for byte");
    assert_eq!(two.scopes.as_ref().unwrap().as_str(), "openid email");
    assert!(two.authoritative.contains("example.org") && !one.authoritative.contains("example.org"));
    let entry = config.summary().iter().find(|entry| entry.name == "OIDC_ACME_CLIENT_SECRET").unwrap();
    assert_eq!((entry.value.as_str(), &entry.source), ("(set)", &Source::Environment));
}

#[test]
fn what_an_issuer_lacks_is_named() {
    let World { env, folder: _folder } = production();
    for (missing, _) in ACME {
        let found = mistakes(&with(&env, &ACME).with(missing, ""));
        assert!(found.len() == 1 && found[0].starts_with(missing), "{missing}: {found:?}");
    }
    let found = mistakes(&env.clone().with("OIDC_ACME_LABEL", "Acme"));
    assert_eq!(found.len(), 3, "{found:?}");
    // A misspelled end is no setting, and makes no provider.
    let config = load(&env.clone().with("OIDC_ACME_SCOPE", "openid").with("OIDC__ISSUER", "x")).unwrap();
    assert!(config.oauth.providers.is_empty());
    assert!(config.warnings().iter().any(|warning| warning.starts_with("OIDC_ACME_SCOPE: is not read")));
}

#[test]
fn a_name_belongs_to_one_provider() {
    let World { env, folder: _folder } = production();
    for name in
        ["GOOGLE", "GITHUB", "LINKEDIN", "acme", "A__B", "_A", "A-B", "ACME_BUT_MORE_THAN_THIRTY_TWO_LETTERS"]
    {
        let found = mistakes(&env.clone().with(format!("OIDC_{name}_ISSUER"), "https://id.example.org"));
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("OIDC_{name}_ISSUER")),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn the_secret_of_an_issuer_can_come_from_a_file() {
    let World { env, folder } = production();
    let path = folder.path().join("acme");
    std::fs::write(&path, "from-a-file\n").unwrap();
    let env = with(&env, &ACME).with("OIDC_ACME_CLIENT_SECRET", "");
    let config = load(&env.clone().with("OIDC_ACME_CLIENT_SECRET_FILE", path.as_os_str())).unwrap();
    assert_eq!(secret(&config.oauth.providers[0]), "from-a-file");
    let found = mistakes(&env.with("OIDC_ACME_CLIENT_SECRET_FILE", "/no/such/file"));
    assert!(found.len() == 1 && found[0].starts_with("OIDC_ACME_CLIENT_SECRET_FILE"), "{found:?}");
}

#[test]
fn one_secret_proves_this_server_to_one_provider() {
    let World { env, folder: _folder } = production();
    let env =
        with(&env, &ACME).with("GITHUB_CLIENT_ID", "x").with("GITHUB_CLIENT_SECRET", "a-secret-of-acme");
    let found = mistakes(&env);
    assert!(found.len() == 1 && found[0].contains("same secret"), "{found:?}");
}

#[test]
fn a_secret_from_documentation_is_none_in_production() {
    let (development, production) = (development(), production());
    for sample in ["changeme", "password", "secret"] {
        let set = |env: &Env| with(env, &ACME).with("OIDC_ACME_CLIENT_SECRET", sample);
        let found = mistakes(&set(&production.env));
        assert!(
            found.len() == 1 && found[0].starts_with("OIDC_ACME_CLIENT_SECRET: is a sample"),
            "{found:?}"
        );
        assert_eq!(mistakes(&set(&development.env)), [""; 0]);
    }
}

#[test]
fn production_calls_no_provider_without_tls() {
    let local = [("OIDC_ACME_ISSUER", "http://localhost:9000"), ("GITHUB_URL", "http://127.0.0.1:9001")];
    let github = [("GITHUB_CLIENT_ID", "x"), ("GITHUB_CLIENT_SECRET", "a-secret-of-github")];
    let (development, production) = (development(), production());
    let whole = |env: &Env| with(&with(&with(env, &ACME), &github), &local);
    assert_eq!(mistakes(&whole(&development.env)), [""; 0]);
    let found = mistakes(&whole(&production.env));
    assert!(
        found.len() == 2 && found[0].starts_with("GITHUB_URL") && found[1].starts_with("OIDC_ACME_ISSUER"),
        "{found:?}"
    );
}

#[test]
fn an_address_that_no_provider_uses_is_a_warning() {
    let config = load(&development().env.with("GOOGLE_URL", "https://id.example.org")).unwrap();
    assert!(
        config.warnings().len() == 1 && config.warnings()[0].starts_with("GOOGLE_URL"),
        "{:?}",
        config.warnings()
    );
}
