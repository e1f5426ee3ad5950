//! Settings that are allowed but perhaps not intended.

use super::{development, load, production};

#[test]
fn what_is_perhaps_not_meant_is_warned_about() {
    let world = production();
    for (name, value) in [
        ("BCRYPT_COST", "16"),
        ("LOG_LEVEL", "debug"),
        ("RATE_LIMIT_STRICT", "1000/60s"),
        ("RATE_LIMIT_LOGIN", "1000/60s"),
        ("TRUSTED_PROXIES", "vercel"),
        ("RATE_LIMIT_STRIKT", "1/60s"),
        ("CORS_ORIGINS", "https://www.elsewhere.example"),
    ] {
        let config = load(&world.env.clone().with(name, value)).unwrap();
        assert!(
            config.warnings().len() == 1 && config.warnings()[0].starts_with(name),
            "{name}: {:?}",
            config.warnings()
        );
    }
}

#[test]
fn an_origin_whose_pages_can_never_have_the_cookies_is_named_at_the_start() {
    let warned = |app: &str, origins: &str| -> usize {
        let env = production().env.with("APP_URL", app).with("CORS_ORIGINS", origins);
        let config = load(&env).unwrap();
        config.warnings().iter().filter(|warning| warning.starts_with("CORS_ORIGINS")).count()
    };
    for (app, origins, expected) in [
        ("https://api.example.org", "https://www.example.org,https://example.org:8443", 0),
        ("https://api.example.org", "https://www.example.com,https://www.example.org", 1),
        ("https://api.example.co.uk", "https://shop.other.co.uk", 1),
        ("https://api.vercel.app", "https://shop.vercel.app", 1),
        // A hybrid app gets no warning: its developers know.
        ("https://api.example.org", "capacitor://localhost,http://tauri.localhost", 0),
        ("https://api.example.org", "https://localhost", 1),
    ] {
        assert_eq!(warned(app, origins), expected, "{app} {origins}");
    }
    let local = development().env.with("CORS_ORIGINS", "http://localhost:3000,http://127.0.0.1:3000");
    let config = load(&local).unwrap();
    assert!(config.warnings().len() == 1 && config.warnings()[0].contains("http://127.0.0.1:3000"));
}

#[test]
fn a_home_that_leads_in_a_circle_is_a_warning() {
    let home = |url: &str| load(&production().env.with("HOME_URL", url)).unwrap();
    let circle = home("https://APP.example.org");
    assert_eq!(circle.app.home_url().unwrap().as_str(), "https://app.example.org/");
    assert!(
        circle.warnings().iter().any(|warning| warning.starts_with("HOME_URL:")),
        "{:?}",
        circle.warnings()
    );
    let elsewhere = home("https://www.example.org/welcome");
    assert!(elsewhere.warnings().iter().all(|warning| !warning.starts_with("HOME_URL:")));
}
