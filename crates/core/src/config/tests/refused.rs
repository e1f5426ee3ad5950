//! The values that each variable refuses.

use super::*;

/// Each variable with values that it refuses. A variable that is missing here fails the test.
const REFUSED: &[(&str, &[&str])] = &[
    ("APP_ENV", &["prod", "Production", "staging", " development"]),
    ("HOST", &["example.org", "localhost:80", "127.0.0.1:80", "0.0.0.0", "::", "192.0.2.1"]),
    ("PORT", &["0", "65536", "-1", "80a", "eighty"]),
    ("APP_URL", &["localhost", "https://app.example.org", "http://localhost/path", "ftp://localhost"]),
    ("APP_NAME", &["…", "a\nb", "Shop <shop@example.org>", "\u{202e}Shop"]),
    ("LOG_LEVEL", &["loud", "hyper=loud"]),
    ("LOG_FORMAT", &["text", "JSON"]),
    (
        "DATABASE_URL",
        &[
            "postgres://db",
            "mongodb://",
            "mongodb://ada:p@ss@db",
            "mongodb://db/admin",
            "mongodb://db/x?tlsInsecure=true",
            "mongodb+srv://db:27017",
            "sqlite://",
            "sqlite://a/",
            "sqlite://:memory:",
            "sqlite://a?mode=ro",
        ],
    ),
    ("DELETED_RETENTION", &["23h", "3651d", "30"]),
    ("AUDIT_RETENTION", &["23h", "3651d", "400"]),
    (
        "SECRET_KEYS",
        &[
            "<KEY>",
            "a:not-base64!",
            "a:c2hvcnQ=",
            "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "a:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
            "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "a:Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWUtISE=",
            "a:VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIGE=",
            "a:3q2+796tvu/erb7v3q2+796tvu/erb7v3q2+796tvu8=",
            "A b:<KEY>",
            "a:<KEY>,b:<KEY>",
            "a:<KEY>,a:<OTHER>",
            "a:<KEY>,",
        ],
    ),
    (
        "CORS_ORIGINS",
        &[
            "*",
            "null",
            "https://*.example.org",
            "example.org",
            "https://a.example/x",
            "https://a.example,,",
            "capacitor://",
            "capacitor://*",
            "file://localhost",
        ],
    ),
    ("TRUSTED_PROXIES", &["*", "0.0.0.0/0", "::/0", "10.0.0.1/8", "proxy.example", "Vercel"]),
    ("SMTP_CA_FILE", &["/nowhere/authority.pem", "/dev/null"]),
    ("SSL_CERT_FILE", &["/nowhere/authority.pem", "/dev/null"]),
    (
        "SMTP_URL",
        &[
            "smtp.example.org",
            "http://smtp.example.org",
            "smtps://user@h",
            "smtps://:pw@h",
            "smtps://h/path",
            "smtps://h?tls=no",
        ],
    ),
    (
        "HOME_URL",
        &["app.example.org", "/home", "javascript:alert(1)", "https://u:p@a.example", "http://a.example"],
    ),
    ("SIGN_IN_URL", &["sign-in", "ftp://a.example", "http://10.0.0.1/sign-in"]),
    (
        "MAIL_FROM",
        &[
            "nobody",
            "A <a@b",
            "a@b>",
            "a b@example.org",
            "A\r\nBcc: x <a@example.org>",
            "a@-b.example",
            "a@ｘ.org",
            "a@10.0.0.1",
        ],
    ),
    ("MAIL_BUDGET", &["3", "0/15m", "3/13h"]),
    ("MAIL_BUDGET_DAY", &["10", "0/1d", "10/31d"]),
    ("MAIL_BUDGET_SERVER", &["many", "0/1h"]),
    ("MAIL_CONNECTIONS", &["0", "65"]),
    ("MAIL_TEMPLATES_DIR", &["/nowhere/mails", "/dev/null"]),
    ("DEFAULT_LOCALE", &["deutsch", "sv", "*"]),
    ("LOCALES_DIR", &["/nowhere/locales", "/dev/null"]),
    ("BCRYPT_COST", &["11", "4", "17", "31", "12.0", "twelve"]),
    ("PASSWORD_MIN_LENGTH", &["7", "65"]),
    ("PASSWORD_HASHER", &["bcrypt", "Lanes", "libraries"]),
    ("HASHING_LANES", &["0", "9", "four"]),
    ("HASHING_THREADS", &["0", "257"]),
    ("HASHING_QUEUE", &["1", "10001"]),
    ("ACCESS_TOKEN_TTL", &["61m", "0s", "10", "10M"]),
    ("REFRESH_GRACE", &["0s", "6m"]),
    ("SESSION_IDLE_TTL", &["401d", "91d", "5m"]),
    ("SESSION_MAX_TTL", &["401d", "13d"]),
    ("REGISTRATION_TTL", &["59s", "8d", "29m"]),
    ("SETUP_TTL", &["59s", "25h"]),
    ("PASSWORD_RESET_TTL", &["59s", "25h", "29m"]),
    ("EMAIL_CHANGE_TTL", &["59s", "25h", "29m"]),
    ("FRESH_TTL", &["0s", "61m"]),
    ("IMPERSONATION_TTL", &["4m", "61m"]),
    ("INVITATION_TTL", &["59s", "31d", "29m"]),
    ("DEVICE_TTL", &["23h", "401d"]),
    (
        "ADMIN_EMAIL",
        &["nobody", "a@b@c", "@example.org", "root@localhost", "ä@example.org", "a@\u{212A}.org"],
    ),
    ("ADMIN_PASSWORD", &["short", "a password without an address"]),
    ("GOOGLE_CLIENT_ID", &["two words", "<your-id>", "ïd"]),
    ("GOOGLE_CLIENT_SECRET", &["two words", "<your-secret>", "line\nbreak"]),
    (
        "GOOGLE_URL",
        &["localhost:9000", "http://id.example.org", "https://id.example.org?x", "ftp://localhost"],
    ),
    ("GITHUB_CLIENT_ID", &["two words", "<your-id>", "ïd"]),
    ("GITHUB_CLIENT_SECRET", &["two words", "<your-secret>", "line\nbreak"]),
    (
        "GITHUB_URL",
        &["localhost:9000", "http://id.example.org", "https://id.example.org?x", "ftp://localhost"],
    ),
    ("MICROSOFT_CLIENT_ID", &["two words", "<your-id>", "ïd"]),
    ("MICROSOFT_CLIENT_SECRET", &["two words", "<your-secret>", "line\nbreak"]),
    (
        "MICROSOFT_URL",
        &["localhost:9000", "http://id.example.org", "https://id.example.org?x", "ftp://localhost"],
    ),
    ("MICROSOFT_TENANT", &["a b", "common/v2.0", ".."]),
    ("GITLAB_CLIENT_ID", &["two words", "<your-id>", "ïd"]),
    ("GITLAB_CLIENT_SECRET", &["two words", "<your-secret>", "line\nbreak"]),
    (
        "GITLAB_URL",
        &["localhost:9000", "http://id.example.org", "https://id.example.org?x", "ftp://localhost"],
    ),
    ("DISCORD_CLIENT_ID", &["two words", "<your-id>", "ïd"]),
    ("DISCORD_CLIENT_SECRET", &["two words", "<your-secret>", "line\nbreak"]),
    (
        "DISCORD_URL",
        &["localhost:9000", "http://id.example.org", "https://id.example.org?x", "ftp://localhost"],
    ),
    ("SLACK_CLIENT_ID", &["two words", "<your-id>", "ïd"]),
    ("SLACK_CLIENT_SECRET", &["two words", "<your-secret>", "line\nbreak"]),
    (
        "SLACK_URL",
        &["localhost:9000", "http://id.example.org", "https://id.example.org?x", "ftp://localhost"],
    ),
    ("LINKEDIN_CLIENT_ID", &["two words", "<your-id>", "ïd"]),
    ("LINKEDIN_CLIENT_SECRET", &["two words", "<your-secret>", "line\nbreak"]),
    (
        "LINKEDIN_URL",
        &["localhost:9000", "http://id.example.org", "https://id.example.org?x", "ftp://localhost"],
    ),
    ("APPLE_CLIENT_ID", &["two words", "<your-id>"]),
    ("APPLE_TEAM_ID", &["A1B2C3D4E", "a1b2c3d4e5", "A1B2C3D4E5F"]),
    ("APPLE_KEY_ID", &["A1B2C3D4E", "A1B2C3D4E-"]),
    ("APPLE_PRIVATE_KEY", &["key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]),
    (
        "APPLE_URL",
        &["localhost:9000", "http://id.example.org", "https://id.example.org?x", "ftp://localhost"],
    ),
    ("OAUTH_TTL", &["59s", "61m", "10"]),
    (
        "RETURN_TO_ORIGINS",
        &[
            "*",
            "www.example.org",
            "https://www.example.org/page",
            "app:/callback",
            "http://127.0.0.1:80/callback",
        ],
    ),
    ("OIDC_<NAME>_ISSUER", &["id.example.org", "http://id.example.org", "https://u:p@id.example.org"]),
    ("OIDC_<NAME>_CLIENT_ID", &["two words"]),
    ("OIDC_<NAME>_CLIENT_SECRET", &["two words"]),
    ("OIDC_<NAME>_SCOPES", &["email profile", "openid \"x\""]),
    ("OIDC_<NAME>_LABEL", &["…", "a\nb", "<b>"]),
    ("OIDC_<NAME>_AUTHORITATIVE_DOMAINS", &["org", "*.example.org", "ada@example.org"]),
    ("OIDC_<NAME>_TOKEN_AUTH", &["Basic", "header"]),
    ("OUTBOUND_ALLOW", &["*", "0.0.0.0/0", "10.1.2.3/16", "https://idp.internal"]),
    ("OUTBOUND_PROXY", &["proxy:3128", "socks5://proxy", "http://ada@proxy", "http://proxy/path"]),
    ("RATE_LIMIT_OAUTH", &["many"]),
    (
        "RATE_LIMIT_URL",
        &[
            "redis://",
            "redis://cache/name",
            "rediss://cache/#insecure",
            "mongodb:",
            "mongodb://",
            "mongodb://db/admin",
            "mongodb://db/x?tlsInsecure=true",
            "upstash",
            "memory",
            "memory://x",
            "tcp://x",
        ],
    ),
    (
        "UPSTASH_REDIS_REST_URL",
        &["name.upstash.io", "http://name.upstash.io", "https://name.upstash.io/path"],
    ),
    ("UPSTASH_REDIS_REST_TOKEN", &["two words"]),
    ("KV_REST_API_URL", &["name.upstash.io", "redis://name.upstash.io"]),
    ("KV_REST_API_TOKEN", &["tök"]),
    ("RATE_LIMIT_CA_FILE", &["/nowhere/authority.pem", "/dev/null"]),
    ("RATE_LIMIT_PREFIX", &["a b", "{a}", "a-prefix-of-more-than-thirty-two-bytes"]),
    ("RATE_LIMIT_TIMEOUT", &["100", "4ms", "6s"]),
    ("RATE_LIMIT_MEMORY", &["1KiB", "64"]),
    ("RATE_LIMIT_UNSHARED", &["yes"]),
    ("RATE_LIMIT_STRICT", &["10", "0/60s", "10/0s", "10/60", "10/31d", "1000001/60s"]),
    ("RATE_LIMIT_NORMAL", &["many"]),
    ("RATE_LIMIT_NORMAL_NETWORK", &["many"]),
    ("RATE_LIMIT_RELAXED", &["many"]),
    ("RATE_LIMIT_PROBE", &["many"]),
    ("RATE_LIMIT_API_KEY", &["many"]),
    ("RATE_LIMIT_CRON", &["many"]),
    ("RATE_LIMIT_REFUSED", &["many"]),
    ("RATE_LIMIT_LOGIN", &["many"]),
    ("RATE_LIMIT_REGISTER", &["many"]),
    ("RATE_LIMIT_MAIL", &["many"]),
    ("RATE_LIMIT_TOKEN", &["many"]),
    ("RATE_LIMIT_PASSWORD", &["many"]),
    ("RATE_LIMIT_PASSWORD_USER", &["many"]),
    ("RATE_LIMIT_REFRESH_NETWORK", &["many"]),
    ("RATE_LIMIT_LOGIN_DEVICE_FAILING", &["many"]),
    ("RATE_LIMIT_LOGIN_SPRAY", &["many"]),
    ("RATE_LIMIT_LOGIN_SPRAYING", &["many"]),
    ("RATE_LIMIT_LOGIN_ACCOUNT", &["many"]),
    ("RATE_LIMIT_LOGIN_ACCOUNT_DAY", &["many"]),
    ("RATE_LIMIT_LOGIN_DEVICE", &["many"]),
    ("RATE_LIMIT_LOGIN_NETWORK", &["many"]),
    ("BODY_LIMIT", &["1023", "5MiB", "64KB", "64"]),
    ("HEADER_TIMEOUT", &["0s", "61s"]),
    ("BODY_TIMEOUT", &["0s", "301s"]),
    ("HANDLER_TIMEOUT", &["0s", "301s", "26s"]),
    ("IDLE_TIMEOUT", &["0s", "61m"]),
    ("MAX_CONNECTIONS", &["0", "1000001"]),
    ("START_TIMEOUT", &["0s", "601s"]),
    ("PROXY_SECRET", &["tooshort", "0123456789abcdef 0123456789abcdef"]),
    ("METRICS_ADDR", &["9464", "127.0.0.1:0", "localhost:9464", "127.0.0.1:8080", "0.0.0.0:9464"]),
    ("CRON_SECRET", &["tooshort", "0123456789abcdef 0123456789abcdef"]),
    (
        "WEBHOOK_URL",
        &["app.example.org/hook", "http://app.example.org/", "https://ada:secret@app.example.org/"],
    ),
    ("WEBHOOK_SECRET", &["secret", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64"]),
    ("WEBHOOK_EVENTS", &["*", "user", "User.renamed", "user.*,,"]),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        &[
            "127.0.0.1:4318",
            "grpc://127.0.0.1:4317",
            "http://user:secret@127.0.0.1:4318",
            "http://127.0.0.1:4318?token=1",
            "http://127.0.0.1:4318/v1/traces",
        ],
    ),
    ("OTEL_SERVICE_NAME", &["two words", "größer"]),
    ("DRAIN_TIMEOUT", &["601s", "14s"]),
];

/// The variable of a setting, with a name that an operator could choose.
fn with_a_name(setting: &str) -> String {
    setting.replace("<NAME>", "ACME")
}

#[test]
fn what_is_malformed_or_out_of_bounds_is_refused_by_name() {
    let world = development();
    for definition in definitions() {
        let (_, values) = REFUSED
            .iter()
            .find(|(name, _)| *name == definition.name)
            .unwrap_or_else(|| panic!("{} is not in the table", definition.name));
        for value in *values {
            let value = value.replace("<KEY>", &KEY).replace("<OTHER>", &OTHER_KEY);
            let name = with_a_name(definition.name);
            let found = mistakes(&world.env.clone().with(&name, &value));
            assert!(found.iter().any(|mistake| mistake.contains(&name)), "{name}={value}: {found:?}");
            assert!(found.iter().all(|mistake| mistake.contains("expected")), "{found:?}");
        }
    }
    assert_eq!(REFUSED.len(), definitions().count());
}

#[test]
fn all_mistakes_are_found_at_once() {
    let World { env, folder: _folder } = development();
    let env = REFUSED.iter().fold(env, |env, (name, values)| env.with(with_a_name(name), values[0]));
    let errors = load(&env).unwrap_err();
    for definition in definitions() {
        assert!(
            errors.mistakes().iter().any(|mistake| mistake.variable == with_a_name(definition.name)),
            "{} was not reported",
            definition.name
        );
    }
    assert_eq!(errors.to_string().lines().count(), errors.mistakes().len());
}
