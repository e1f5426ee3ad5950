//! The rules between variables, and the rules for all of them.

mod oauth;
mod own_settings;
mod refused;
mod secrets;
mod warned;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::settings::{Definition, Presence};
use super::*;
use crate::system::{Rng as _, SystemRng};
use crate::utils::crypto::secret::ExposeSecret as _;
use crate::utils::logger::LogFormat;

/// A random key in base64, a new one for every run: a key in a repository is a key that somebody uses.
struct RandomKey(LazyLock<String>);

impl RandomKey {
    const fn new() -> Self {
        Self(LazyLock::new(|| {
            let mut bytes = [0; 32];
            SystemRng.fill(&mut bytes);
            STANDARD.encode(bytes)
        }))
    }
}

impl std::ops::Deref for RandomKey {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RandomKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

static KEY: RandomKey = RandomKey::new();
static OTHER_KEY: RandomKey = RandomKey::new();
const PASSPHRASE: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b";

/// A development environment with a store of its own.
struct World {
    env: Env,
    folder: tempfile::TempDir,
}

fn development() -> World {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite://{}/store.db", folder.path().display());
    World { env: Env::from_pairs([("DATABASE_URL", store)]), folder }
}

fn production() -> World {
    let World { env, folder } = development();
    let env = env
        .with("APP_ENV", "production")
        .with("APP_URL", "https://app.example.org")
        .with("SECRET_KEYS", format!("2026a:{KEY}"))
        .with("SMTP_URL", "smtps://mailer:hunter7@smtp.example.org")
        .with("MAIL_FROM", "Example <no-reply@example.org>");
    World { env, folder }
}

fn load(env: &Env) -> Result<Config, ConfigErrors> {
    Config::load(env, &SystemRng)
}

fn mistakes(env: &Env) -> Vec<String> {
    load(env)
        .err()
        .map(|errors| errors.mistakes().iter().map(ToString::to_string).collect())
        .unwrap_or_default()
}

fn definitions() -> impl Iterator<Item = &'static Definition> {
    SECTIONS.iter().flat_map(|section| section.definitions.iter().copied())
}

#[test]
fn nothing_has_to_be_set_in_development() {
    let world = development();
    let config = load(&world.env).unwrap();
    assert_eq!(config.app.host.to_string(), "127.0.0.1");
    assert_eq!(config.app.url.to_string(), "http://localhost:8080");
    assert!(matches!(config.mail.delivery, Delivery::Mailbox));
    assert_eq!(config.auth.bcrypt_cost.get(), 12);
    assert_eq!(config.rate_limit.login, config.rate_limit.strict);
    assert!(config.warnings().is_empty(), "{:?}", config.warnings());
    assert_eq!(config.summary().len(), definitions().filter(|setting| !setting.is_of_many()).count());
}

#[test]
fn log_lines_suit_whoever_reads_them_unless_it_is_said() {
    let (development, production) = (development(), production());
    let format = |env: &Env, at_terminal| load(env).unwrap().app.log_format(at_terminal);
    assert_eq!(format(&development.env, true), LogFormat::Pretty);
    assert_eq!(format(&development.env, false), LogFormat::Json);
    assert_eq!(format(&production.env, true), LogFormat::Json);
    assert_eq!(format(&development.env.clone().with("LOG_FORMAT", "json"), true), LogFormat::Json);
    assert_eq!(format(&development.env.clone().with("LOG_FORMAT", "pretty"), false), LogFormat::Pretty);
}

#[test]
fn production_listens_everywhere_with_what_it_requires() {
    let config = load(&production().env).unwrap();
    assert_eq!(config.app.host.to_string(), "0.0.0.0");
    assert!(matches!(&config.mail.delivery, Delivery::Smtp(server) if server.port() == 465));
    assert_eq!(config.security.secret_keys.ids().collect::<Vec<_>>(), ["2026a"]);
}

#[test]
fn every_variable_is_declared_once_and_its_default_holds() {
    let names: BTreeSet<_> = definitions().map(|definition| definition.name).collect();
    assert_eq!(names.len(), definitions().count());
    for definition in definitions() {
        if let Presence::Default(text) = definition.presence {
            // Reading the default as if it were given: relations between defaults hold too.
            let world = development();
            let text = if definition.name == "DATABASE_URL" { continue } else { text };
            assert_eq!(mistakes(&world.env.with(definition.name, text)), [""; 0], "{}", definition.name);
        }
        if let Presence::Follows(name) = definition.presence {
            assert!(names.contains(name), "{} follows {name}", definition.name);
        }
        assert!(definition.doc.trim().ends_with('.'), "{}", definition.name);
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let world = development();
    let env = definitions()
        .filter(|definition| definition.name != "DATABASE_URL")
        .fold(world.env.clone(), |env, definition| env.with(definition.name, ""));
    assert_eq!(mistakes(&env), [""; 0]);
}

#[test]
fn a_relation_is_not_judged_on_a_default_nobody_chose() {
    let world = development();
    let env = world
        .env
        .clone()
        .with("ACCESS_TOKEN_TTL", "bogus")
        .with("REFRESH_GRACE", "5m")
        .with("SESSION_IDLE_TTL", "5m");
    let found = mistakes(&env);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn production_refuses_what_only_development_may_have() {
    let cases: &[(&str, &str)] = &[
        ("SECRET_KEYS", ""),
        ("APP_URL", ""),
        ("SMTP_URL", ""),
        ("MAIL_FROM", ""),
        ("APP_URL", "http://app.example.org"),
        ("APP_URL", "http://localhost:8080"),
        ("HOME_URL", "http://localhost:3000"),
        ("SIGN_IN_URL", "http://www.example.org/sign-in"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "http://www.example.org"),
        ("CORS_ORIGINS", "https://www.example.org,http://www.example.org"),
        ("SECRET_KEYS", &format!("dev-0123:{KEY}")),
        ("SECRET_KEYS", &format!("2026a:{KEY},dev-0123:{OTHER_KEY}")),
        ("ADMIN_PASSWORD", "changeme-changeme-changeme-changeme"),
        ("ADMIN_PASSWORD", "dev-9f86d081884c7d659a2feaa0c55ad015"),
        ("CRON_SECRET", "changeme-changeme-changeme-changeme"),
        ("ADMIN_PASSWORD", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("ADMIN_PASSWORD", "Password123456"),
        ("ADMIN_PASSWORD", &KEY),
        ("SMTP_URL", "smtps://user:password@smtp.example.org:465"),
        ("LOG_FORMAT", "pretty"),
        ("RETURN_TO_ORIGINS", "http://localhost:3000"),
    ];
    let world = production();
    let env = world.env.with("ADMIN_EMAIL", "ada@example.org");
    for (name, value) in cases {
        let found = mistakes(&env.clone().with(*name, *value));
        assert!(found.len() == 1 && found[0].starts_with(name), "{name}={value}: {found:?}");
    }
    let reused = env
        .with("ADMIN_PASSWORD", PASSPHRASE)
        .with("SMTP_URL", format!("smtps://mailer:{PASSPHRASE}@smtp.example.org"));
    let found = mistakes(&reused);
    assert!(found.len() == 1 && found[0].contains("same secret"), "{found:?}");
}

#[test]
fn a_function_needs_a_store_elsewhere_shared_limits_and_the_headers_of_its_platform() {
    let world = production();
    let on_vercel = world.env.with("VERCEL", "1");
    let mut found = mistakes(&on_vercel);
    found.sort();
    let names: Vec<&str> = found.iter().filter_map(|mistake| mistake.split(':').next()).collect();
    assert_eq!(names, ["DATABASE_URL", "RATE_LIMIT_URL", "TRUSTED_PROXIES"], "{found:?}");
    let right = on_vercel
        .with("DATABASE_URL", "mongodb://db.example.org/palisade?tls=true")
        .with("TRUSTED_PROXIES", "vercel")
        .with("RATE_LIMIT_URL", "mongodb");
    let config = load(&right).unwrap();
    assert!(config.warnings().len() == 1 && config.warnings()[0].contains("maxPoolSize"), "{config:?}");
    let bounded = "mongodb://db.example.org/palisade?tls=true&maxPoolSize=5";
    assert_eq!(load(&right.with("DATABASE_URL", bounded)).unwrap().warnings(), [""; 0]);
}

#[test]
fn production_refuses_a_store_that_was_used_in_development() {
    let World { env, folder } = production();
    assert_eq!(mistakes(&env), [""; 0]);
    std::fs::write(folder.path().join("store.db.dev-secrets"), "").unwrap();
    let found = mistakes(&env);
    assert!(found.len() == 1 && found[0].starts_with("DATABASE_URL"), "{found:?}");
}

#[test]
fn development_stays_on_this_machine() {
    let world = development();
    let env = || world.env.clone();
    for (env, name) in [
        (env().with("HOST", "0.0.0.0"), "HOST"),
        (env().with("HOST", "::"), "HOST"),
        (env().with("APP_URL", "http://192.168.1.5:8080"), "APP_URL"),
        (env().with("APP_URL", "https://localhost.example.org"), "APP_URL"),
        (env().with("VERCEL", "1"), "APP_ENV"),
        (env().with("KUBERNETES_SERVICE_HOST", "10.0.0.1"), "APP_ENV"),
        (env().as_first_process(), "APP_ENV"),
    ] {
        let found = mistakes(&env);
        assert!(found.len() == 1 && found[0].starts_with(name), "{name}: {found:?}");
    }
    for (name, value) in [("HOST", "::1"), ("HOST", "localhost"), ("APP_URL", "http://app.localhost:3000")] {
        assert_eq!(mistakes(&env().with(name, value)), [""; 0], "{name}={value}");
    }
    let shared = production().env.with("RATE_LIMIT_URL", "rediss://cache");
    assert_eq!(mistakes(&shared.as_first_process()), [""; 0]);
}

#[test]
fn limits_are_counted_where_the_environment_says_first() {
    const UPSTASH: [(&str, &str); 2] =
        [("UPSTASH_REDIS_REST_URL", "https://u.upstash.io"), ("UPSTASH_REDIS_REST_TOKEN", "u-token")];
    const KV: [(&str, &str); 2] =
        [("KV_REST_API_URL", "https://kv.upstash.io"), ("KV_REST_API_TOKEN", "kv-token")];
    let world = development();
    let store = |variables: &[&[(&str, &str)]]| {
        let with = |env: Env, (name, value): &(&str, &str)| env.with(*name, *value);
        let env = variables.iter().copied().flatten().fold(world.env.clone(), with);
        load(&env).map(|config| config.limit_store().to_string()).map_err(|errors| errors.to_string())
    };
    let of = |variables: &[&[(&str, &str)]]| store(variables).unwrap();
    assert!(of(&[]).contains("in this process"));
    assert!(
        of(&[&[("RATE_LIMIT_URL", "rediss://:secret@cache")]]).contains("in Redis at rediss://…@cache:6379")
    );
    let mongodb = of(&[&[("RATE_LIMIT_URL", "mongodb://ada:secret@a:1,b:2/limits?replicaSet=rs0")]]);
    assert!(mongodb.contains("in MongoDB at mongodb://a:1,b:2/limits,"), "{mongodb}");
    // With its own keys, or development would create some.
    let keys = format!("mine:{OTHER_KEY}");
    let with_documents = [
        ("RATE_LIMIT_URL", "mongodb"),
        ("DATABASE_URL", "mongodb+srv://db.example.org/shop"),
        ("SECRET_KEYS", keys.as_str()),
    ];
    assert!(of(&[&with_documents]).contains("in MongoDB at mongodb+srv://db.example.org/shop,"));
    let embedded = store(&[&with_documents[..1]]).unwrap_err();
    assert!(embedded.starts_with("RATE_LIMIT_URL") && embedded.contains("embedded store"), "{embedded}");
    let too_many = store(&[&with_documents, &[("RATE_LIMIT_LOGIN_SPRAY", "10001/10m")]]).unwrap_err();
    assert!(too_many.starts_with("RATE_LIMIT_LOGIN_SPRAY"), "{too_many}");
    assert!(of(&[&[("RATE_LIMIT_LOGIN_SPRAY", "10001/10m")]]).contains("in this process"));
    assert!(of(&[&UPSTASH]).contains("https://u.upstash.io"));
    assert!(of(&[&KV]).contains("https://kv.upstash.io"));
    assert!(of(&[&UPSTASH, &KV]).contains("https://u.upstash.io"));
    assert!(of(&[&UPSTASH, &[("RATE_LIMIT_URL", "memory://")]]).contains("in this process"));
    // Half a pair is a mistake, also beside a whole one; elsewhere it does not matter.
    for half in [&UPSTASH[..1], &UPSTASH[1..], &KV[..1], &KV[1..]] {
        let said = store(&[half]).unwrap_err();
        assert!(said.starts_with(half[0].0) && said.lines().count() == 1, "{said}");
        assert!(of(&[half, &[("RATE_LIMIT_URL", "redis://cache")]]).contains("Redis"));
    }
}

#[test]
fn production_without_a_shared_store_does_not_start_where_instances_come_and_go() {
    let vercel = production()
        .env
        .with("VERCEL", "1")
        .with("DATABASE_URL", "mongodb://db.example.org/palisade?tls=true")
        .with("TRUSTED_PROXIES", "vercel");
    let found = mistakes(&vercel);
    assert!(found.len() == 1 && found[0].starts_with("RATE_LIMIT_URL"), "{found:?}");
    let shared = vercel.clone().with("RATE_LIMIT_URL", "rediss://cache");
    assert_eq!(mistakes(&shared), [""; 0]);
    let allowed = load(&vercel.with("RATE_LIMIT_UNSHARED", "allow")).unwrap();
    assert!(allowed.warnings().iter().any(|warning| warning.starts_with("RATE_LIMIT_UNSHARED")));
}

#[test]
fn mail_is_sent_in_the_clear_to_this_machine_only() {
    use crate::config::mail::SmtpSecurity;
    let world = production();
    for (url, security) in [
        ("smtps://u:p%40ss@smtp.example.org", SmtpSecurity::Tls),
        ("smtps://localhost", SmtpSecurity::Tls),
        ("smtp://u:p@smtp.example.org:25", SmtpSecurity::StartTls),
        ("smtp://10.0.0.5", SmtpSecurity::StartTls),
        ("smtp://localhost.example.org", SmtpSecurity::StartTls),
        ("smtp://localhost:1025", SmtpSecurity::Plain),
        ("smtp://127.0.0.1:1025", SmtpSecurity::Plain),
        ("smtp://[::1]:1025", SmtpSecurity::Plain),
    ] {
        let config = load(&world.env.clone().with("SMTP_URL", url)).unwrap();
        let Delivery::Smtp(server) = config.mail.delivery else { panic!("{url} is no server") };
        assert_eq!(server.security(), security, "{url}");
        assert!(!server.host().contains(['[', ']']));
        if let Some((_, password)) = server.credentials().filter(|_| url.contains("%40")) {
            assert_eq!(password.expose_secret(), "p@ss");
        }
    }
}

#[test]
fn addresses_are_read_by_the_rule_that_accounts_have() {
    let world = production();
    for (typed, address) in [
        (" no-reply@STRASSE.example ", "no-reply@strasse.example"),
        ("Example < no-reply@straße.example >", "no-reply@xn--strae-oqa.example"),
        ("No-Reply@mu\u{308}nchen.example", "No-Reply@xn--mnchen-3ya.example"),
        ("palisade@mailhost", "palisade@mailhost"),
    ] {
        let config = load(&world.env.clone().with("MAIL_FROM", typed)).unwrap();
        assert_eq!(config.mail.from.address(), address, "{typed:?}");
    }
    let config = load(&world.env.clone().with("ADMIN_EMAIL", " Root@MÜNCHEN.example")).unwrap();
    assert_eq!(config.auth.admin_email.unwrap().as_str(), "root@xn--mnchen-3ya.example");
}
