//! Secrets: their sources, and that nothing prints them.

use std::fmt::Write as _;

use super::{KEY, OTHER_KEY, PASSPHRASE, World, definitions, development, load, mistakes, production};
use crate::config::{Config, Source};

#[test]
fn a_secret_can_come_from_a_file() {
    let World { env, folder } = production();
    let env = env.with("ADMIN_EMAIL", "ada@example.org");
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    for (end, accepted) in [("", true), ("\n", true), ("\r\n", true), ("\n\n", false)] {
        let path = write("passphrase", format!("{PASSPHRASE}{end}").as_bytes());
        let found = load(&env.clone().with("ADMIN_PASSWORD_FILE", path.as_os_str()));
        assert_eq!(found.is_ok(), accepted, "{end:?}");
        if let Ok(config) = found {
            assert_eq!(config.auth.admin_password.as_ref().unwrap().expose(), PASSPHRASE);
            let entry = config.summary().iter().find(|entry| entry.name == "ADMIN_PASSWORD").unwrap();
            assert_eq!((entry.value.as_str(), entry.source.clone()), ("(set)", Source::File(path)));
        }
    }
    let good = write("passphrase", PASSPHRASE.as_bytes());
    for (env, problem) in [
        (
            env.clone().with("ADMIN_PASSWORD", PASSPHRASE).with("ADMIN_PASSWORD_FILE", good.as_os_str()),
            "set together",
        ),
        (env.clone().with("ADMIN_PASSWORD_FILE", "/no/such/file"), "cannot be read"),
        (env.clone().with("ADMIN_PASSWORD_FILE", folder.path().as_os_str()), "cannot be read"),
        (env.clone().with("ADMIN_PASSWORD_FILE", write("empty", b"\n").as_os_str()), "is empty"),
        (env.clone().with("ADMIN_PASSWORD_FILE", write("binary", &[0xff; 40]).as_os_str()), "cannot be read"),
        (env.clone().with("ADMIN_PASSWORD_FILE", write("large", &vec![b'x'; 70_000]).as_os_str()), "larger"),
        (env.clone().with("SECRET_KEYS", "").with("SECRET_KEYS_FILE", "/no/such/file"), "cannot be read"),
    ] {
        let found = mistakes(&env);
        assert!(
            found.len() == 1 && found[0].contains("_FILE") && found[0].contains(problem),
            "{problem}: {found:?}"
        );
    }
}

#[test]
fn no_secret_is_ever_printed() {
    let canary = "C4n4ryX";
    let key_canary = KEY.get(..20).unwrap();
    let valid = production()
        .env
        .with("DATABASE_URL", format!("mongodb://u:{canary}@db/palisade?tls=true"))
        .with("SMTP_URL", format!("smtps://mailer:{canary}@smtp.example.org"))
        .with("ADMIN_EMAIL", "ada@example.org")
        .with("ADMIN_PASSWORD", format!("{PASSPHRASE}{canary}"))
        .with("GOOGLE_CLIENT_ID", "google")
        .with("GOOGLE_CLIENT_SECRET", format!("{canary}1"))
        .with("OIDC_ACME_ISSUER", "https://id.example.org")
        .with("OIDC_ACME_CLIENT_ID", "acme")
        .with("OIDC_ACME_CLIENT_SECRET", format!("{canary}2"))
        .with("OUTBOUND_PROXY", format!("http://ada:{canary}3@proxy.internal"));
    let config = load(&valid).unwrap();
    let mut printed = format!("{config:?}{config:#?}{valid:?}{:?}{:?}", config.notes(), config.warnings());
    printed.extend(config.summary().iter().map(|entry| format!("{entry:?}")));
    write!(printed, "{:?}", Config::check(&valid)).unwrap();

    for broken in [
        valid.clone().with("SMTP_URL", format!("smtps://mailer:{canary}@smtp.example.org/{canary}")),
        valid.clone().with("SMTP_URL", format!("{canary}://")),
        valid.clone().with("SECRET_KEYS", &*KEY),
        valid.clone().with("SECRET_KEYS", format!("{KEY}:{KEY}")),
        valid.clone().with("SECRET_KEYS", format!("a:{KEY},b:{KEY}")),
        valid.clone().with("SECRET_KEYS", format!("dev-1:{KEY}")),
        valid.clone().with("ADMIN_PASSWORD", canary),
        valid.clone().with("ADMIN_PASSWORD", format!("changeme changeme changeme {canary}")),
        valid.clone().with("ADMIN_EMAIL", "").with("ADMIN_PASSWORD", format!("{PASSPHRASE}{canary}")),
        valid.clone().with("DATABASE_URL", format!("mongodb://u:{canary}@db/admin")),
        valid.clone().with("DATABASE_URL", format!("mongodb://u:{canary}@x@db")),
        valid.clone().with("DATABASE_URL", format!("postgres://u:{canary}@db")),
        valid.clone().with("RATE_LIMIT_URL", format!("redis://u:{canary}@cache/{canary}")),
        valid.clone().with("UPSTASH_REDIS_REST_TOKEN", canary),
        valid.clone().with("GOOGLE_CLIENT_SECRET", format!("{canary} two words")),
        valid.clone().with("OIDC_ACME_CLIENT_SECRET", format!("<{canary}>")),
        valid.clone().with("OIDC_ACME_CLIENT_SECRET", format!("{canary}1")),
        valid.clone().with("APPLE_PRIVATE_KEY", canary),
        valid.clone().with("OUTBOUND_PROXY", format!("http://ada:{canary}@proxy.internal/{canary}")),
    ] {
        let errors = load(&broken).unwrap_err();
        write!(printed, "{errors}{errors:?}{errors:#?}").unwrap();
    }
    for secret in [canary, key_canary, PASSPHRASE] {
        let at = printed.find(secret).map(|at| printed[at.saturating_sub(80)..at].to_owned());
        assert_eq!(at, None, "{secret} was printed after this");
    }
    assert!(
        definitions().filter(|definition| definition.secret).count() >= 6,
        "the canaries above cover these"
    );
}

#[test]
fn a_value_cannot_forge_a_line_of_the_report() {
    let world = development();
    let errors = load(&world.env.clone().with("PORT", "1\nHOST: fine\u{1b}[2K")).unwrap_err();
    assert_eq!(errors.to_string().lines().count(), 1);
    assert!(!errors.to_string().contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn a_value_that_is_no_text_is_refused_by_name() {
    use std::os::unix::ffi::OsStringExt as _;
    let world = development();
    for name in ["PORT", "SECRET_KEYS", "SECRET_KEYS_FILE"] {
        let found = mistakes(&world.env.clone().with(name, std::ffi::OsString::from_vec(vec![0xff, 0xfe])));
        assert!(found.len() == 1 && found[0].starts_with(name), "{name}: {found:?}");
    }
}

#[test]
fn looking_makes_no_secrets_and_loading_makes_them_once() {
    let World { env, folder } = development();
    let report = Config::check(&env).unwrap();
    assert!(report.notes.iter().any(|note| note.contains("development keys")));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let first = load(&env).unwrap();
    let keys = |config: &Config| config.security.secret_keys.encoded().collect::<Vec<_>>();
    assert_eq!(keys(&load(&env).unwrap()), keys(&first));
    let own = load(&env.with("SECRET_KEYS", format!("mine:{OTHER_KEY}"))).unwrap();
    assert_eq!(own.security.secret_keys.ids().collect::<Vec<_>>(), ["mine"]);
}
