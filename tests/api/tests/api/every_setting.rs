//! Every documented setting changes something visible from outside. The name of each test starts with its setting;
//! a setting without a test fails `every_setting_is_set_by_a_test`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod settings;

use palisade_core::config::SECTIONS;

/// Where the tests are, by the sections of the documentation.
const FILES: [&str; 9] = [
    include_str!("every_setting/settings/accounts.rs"),
    include_str!("every_setting/settings/application.rs"),
    include_str!("every_setting/settings/languages.rs"),
    include_str!("every_setting/settings/limits.rs"),
    include_str!("every_setting/settings/limit_store.rs"),
    include_str!("every_setting/settings/mail.rs"),
    include_str!("every_setting/settings/server.rs"),
    include_str!("every_setting/settings/store.rs"),
    include_str!("every_setting/settings/webhooks.rs"),
];

/// What a test of another file sets, and there with more beside it: the setting, the file, and the test.
const ELSEWHERE: [(&str, &str, &str); 7] = [
    ("CRON_SECRET", include_str!("vercel.rs"), "the_platform_starts_jobs"),
    ("METRICS_ADDR", include_str!("metrics.rs"), "they_tell_what_happened_and_only_there"),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        include_str!("traces.rs"),
        "each_request_is_one_span_under_the_names_of_opentelemetry",
    ),
    (
        "OTEL_SERVICE_NAME",
        include_str!("traces.rs"),
        "each_request_is_one_span_under_the_names_of_opentelemetry",
    ),
    ("SMTP_CA_FILE", include_str!("trust.rs"), "a_mail_server_is_verified_with_the_configured_authorities"),
    ("RATE_LIMIT_CA_FILE", include_str!("trust.rs"), "redis_is_verified_with_the_configured_authorities"),
    ("SSL_CERT_FILE", include_str!("trust.rs"), "mongodb_is_verified_with_the_configured_authorities"),
];

/// The settings of providers, which one test sets all together.
const PROVIDERS: (&str, &str) =
    (include_str!("provider_settings.rs"), "every_provider_is_made_by_its_settings");

/// The names of the tests in a file: of the functions behind `#[test]` and `#[tokio::test]`.
fn tests(file: &str) -> Vec<&str> {
    let mut lines = file.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if matches!(line, "#[test]") || line.starts_with("#[tokio::test") {
            let declared = lines.next().unwrap().trim_start_matches("async ");
            found.push(declared.trim_start_matches("fn ").split('(').next().unwrap());
        }
    }
    found
}

/// The setting that the name of a test begins with: the longest there is.
fn setting_of(test: &str) -> Option<&'static str> {
    let all = SECTIONS.iter().flat_map(|section| section.definitions).map(|definition| definition.name);
    let begun = |name: &&str| test.starts_with(&format!("{}_", name.to_lowercase()));
    all.filter(begun).max_by_key(|name| name.len())
}

#[test]
fn every_setting_is_set_by_a_test() {
    let tests: Vec<&str> = FILES.into_iter().flat_map(tests).collect();
    let mut set: Vec<&str> = tests
        .iter()
        .map(|test| setting_of(test).unwrap_or_else(|| panic!("{test} begins with no setting")))
        .collect();
    for (setting, file, test) in ELSEWHERE {
        assert!(self::tests(file).contains(&test) && file.contains(setting), "{test} is not there any more");
        set.push(setting);
    }
    let (file, test) = PROVIDERS;
    assert!(self::tests(file).contains(&test), "{test} is not there any more");
    let all = SECTIONS.iter().flat_map(|section| section.definitions).map(|definition| definition.name);
    set.extend(all.clone().filter(|name| file.contains(&format!("    (\"{name}\", "))));
    let without: Vec<&str> = all.filter(|name| !set.contains(name)).collect();
    assert_eq!(without, [""; 0], "no test shows what these change");
}
